import { Field, ID, InputType, Int } from 'type-graphql';
import { existingPolicies, type OnExisting } from '../../../directory/connections/connection.js';
import {
  type ClientAuthMethod,
  clientAuthMethods,
  jitModes,
  samlBindings,
} from '../../../directory/connections/facets.js';
import { JsonScalar } from '../../../kernel/node.js';

@InputType({
  description:
    'OpenID Connect configuration of a connection. Absent fields keep their value, or have their default in a new configuration.',
})
export class OidcInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Issuer of the OpenID provider, exactly as its discovery document contains it. Required in a new configuration.',
  })
  issuer?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Client id of Rollcall at the IdP. Required in a new configuration.',
  })
  clientId?: string | null;
  @Field(() => [String], { nullable: true, description: 'Scopes to request. Default: openid, email and profile.' })
  scopes?: string[] | null;
  @Field(() => String, {
    nullable: true,
    description: 'Claim that identifies the user permanently. Default: "sub", or the provider\'s stable claim.',
  })
  subjectClaim?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Client secret of Rollcall at the IdP. It is stored encrypted and never returned.',
  })
  clientSecret?: string | null;
  @Field(() => clientAuthMethods, {
    nullable: true,
    description: "Authentication at the IdP's token endpoint. Default: CLIENT_SECRET_BASIC.",
  })
  tokenEndpointAuthMethod?: Exclude<ClientAuthMethod, 'PRIVATE_KEY_JWT'> | null;
  @Field(() => [String], {
    nullable: true,
    description:
      "Hosted domains whose users can sign in (the claim `hd`). Default: no restriction. Required for Google's issuer, because all its customers share it.",
  })
  hostedDomains?: string[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True if users can sign in with this configuration. Default: true.',
  })
  enabled?: boolean | null;
}

@InputType({
  description:
    'SAML configuration of a connection. A new one requires `metadataXml` or `metadataUrl`, or else `idpEntityId`, `ssoUrl` and `certificates`. Absent fields keep their value, or have their default in a new configuration.',
})
export class SamlInput {
  @Field(() => String, { nullable: true, description: "The IdP's metadata as XML." })
  metadataXml?: string | null;
  @Field(() => String, { nullable: true, description: "URL of the IdP's metadata, which is read once." })
  metadataUrl?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Entity ID of the IdP, which must be the Issuer of its responses.',
  })
  idpEntityId?: string | null;
  @Field(() => String, { nullable: true, description: 'URL of the IdP that receives authentication requests.' })
  ssoUrl?: string | null;
  @Field(() => samlBindings, {
    nullable: true,
    description: 'Binding by which Rollcall sends authentication requests to `ssoUrl`. Default: REDIRECT.',
  })
  ssoBinding?: keyof typeof samlBindings | null;
  @Field(() => String, { nullable: true, description: 'URL of the IdP that receives logout requests.' })
  sloUrl?: string | null;
  @Field(() => [String], { nullable: true, description: 'X.509 certificates of the IdP in PEM.' })
  certificates?: string[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True if sign-ins that start at the IdP are accepted. Default: false.',
  })
  allowIdpInitiated?: boolean | null;
  @Field(() => String, {
    nullable: true,
    description: 'Attribute that identifies the user permanently. Default: the NameID.',
  })
  subjectAttribute?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'NameID format that requests ask for and responses must have. Default: any.',
  })
  nameIdFormat?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'True if requests to the IdP are signed. Default: true.' })
  signRequests?: boolean | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True if users can sign in with this configuration. Default: true.',
  })
  enabled?: boolean | null;
}

@InputType({ description: 'Settings of the sign-in policy. Absent fields stay unchanged.' })
export class JitPolicyInput {
  @Field(() => jitModes, {
    nullable: true,
    description: 'Condition under which a sign-in creates a user. Default for a new connection: UNLESS_SCIM.',
  })
  mode?: keyof typeof jitModes | null;
  @Field(() => [String], {
    nullable: true,
    description: 'Email domains for which a sign-in can create a user. Empty: all domains.',
  })
  allowedDomains?: string[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True if the IdP must have verified the email address of a new user.',
  })
  requireVerifiedEmail?: boolean | null;
  @Field(() => Boolean, {
    nullable: true,
    description: "True if the operator guarantees that no user of this IdP can choose another user's address.",
  })
  trustsEmail?: boolean | null;
  @Field(() => Boolean, {
    nullable: true,
    description: "True if the operator guarantees that no user of this IdP can choose another user's address.",
    deprecationReason: 'Use trustsEmail.',
  })
  vouchesForEmail?: boolean | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True if sign-ins update the profile of users that no SCIM connection manages.',
  })
  refreshProfile?: boolean | null;
  @Field(() => [String], {
    nullable: true,
    description: 'Roles of users that a sign-in creates. Default for a new connection: none.',
  })
  defaultRoles?: string[] | null;
  @Field(() => [ID], {
    nullable: true,
    description:
      'Groups of users that a sign-in creates: unmanaged groups of the organization, at most 100. Default for a new connection: none.',
  })
  defaultGroupIds?: string[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True if a sign-in reactivates a user that was deprovisioned for inactivity.',
  })
  reactivateOnSignIn?: boolean | null;
  @Field(() => [String], {
    nullable: true,
    description: 'Groups in the claims, at least one of which is required to sign in. Empty: none is required.',
  })
  requiredGroups?: string[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True if a sign-in without any of `requiredGroups` deprovisions the user.',
  })
  deprovisionOnGroupLoss?: boolean | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True if sign-ins create the groups in the claims and update their members.',
  })
  syncGroups?: boolean | null;
  @Field(() => String, {
    nullable: true,
    description: "Claim or attribute that contains the user's groups. Default for a new connection: `groups`.",
  })
  groupsClaim?: string | null;
  @Field(() => Int, {
    nullable: true,
    description:
      'Days without a sign-in after which JIT users that no SCIM connection manages are deprovisioned. Null disables it.',
  })
  dormantAfterDays?: number | null;
}

@InputType({
  description:
    'SCIM settings of a connection, as `ScimFacet` returns them. Absent fields keep their value, or have their default in a new connection.',
})
export class ScimInput {
  @Field(() => Boolean, {
    nullable: true,
    description:
      'True if the IdP provisions users through SCIM. Enabling it creates a token. Disabling it revokes all tokens, and fails while the connection is ACTIVE without enabled `oidc` or `saml`. Default for a new connection: true.',
  })
  enabled?: boolean | null;
  @Field(() => existingPolicies, {
    nullable: true,
    description: 'Handling of a SCIM POST for an existing unmanaged user. Default: ADOPT.',
  })
  onExisting?: OnExisting | null;
  @Field(() => [JsonScalar], {
    nullable: true,
    description:
      'Extension schemas of this IdP in the form of RFC 7643 section 7, with `resourceType` User (default) or Group. Default: none.',
  })
  extensions?: unknown[] | null;
}
