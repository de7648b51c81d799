import { Field, Int, ObjectType } from 'type-graphql';
import { enumType } from '../../kernel/node.js';
import type { Sealed } from '../../kernel/vault.js';

export const jitModes = enumType('JitMode', 'Condition under which a sign-in creates a user.', {
  ENABLED: 'A sign-in can create a user.',
  UNLESS_SCIM: 'A sign-in can create a user if the connection does not use SCIM.',
  INVITED: 'Only invited users can sign in for the first time.',
  DISABLED: 'A sign-in never creates a user.',
});

export const clientAuthMethods = enumType('ClientAuthMethod', 'Authentication of a client at a token endpoint.', {
  CLIENT_SECRET_BASIC: 'Secret in the Authorization header.',
  CLIENT_SECRET_POST: 'Secret in the request body.',
  PRIVATE_KEY_JWT: "Assertion signed with the client's private key.",
  NONE: 'No authentication: a public client, which must use PKCE.',
});

/** The method by which a client authenticates at a token endpoint (OpenID Connect Core section 9). */
export type ClientAuthMethod = keyof typeof clientAuthMethods;
export const samlBindings = enumType('SamlBinding', 'Binding of authentication requests to the IdP.', {
  REDIRECT: 'HTTP-Redirect: the request is in the query of the URL.',
  POST: 'HTTP-POST: the browser posts the request in a form.',
});

/** Secrets that the server uses itself, each encrypted for its own column and row. */
export interface SealedSecrets {
  clientSecret?: Sealed;
  samlKey?: Sealed;
  /** Certificate of `samlKey` (PEM, not a secret) while the connection has no `saml`. Otherwise `saml` contains it. */
  samlCertificate?: string;
}

/**
 * The OIDC configuration of a connection: the OpenID provider that signs users in, and the client that Rollcall is
 * there.
 */
@ObjectType('OidcFacet', { simpleResolvers: true, description: 'OpenID Connect configuration of a connection.' })
export class OidcFacet {
  @Field(() => Boolean, { description: 'True if users can sign in with this configuration.' })
  enabled: boolean;
  @Field(() => String, {
    description: 'Issuer of the OpenID provider, exactly as its discovery document and its ID tokens contain it.',
  })
  issuer: string;
  @Field(() => String, { description: 'Client id of Rollcall at the IdP.' })
  clientId: string;
  @Field(() => [String], { description: 'Scopes that sign-ins request.' })
  scopes: string[];
  @Field(() => String, {
    description: 'Claim that identifies the user permanently. Default: "sub", or the provider\'s stable claim.',
  })
  subjectClaim: string;
  @Field(() => clientAuthMethods, { description: 'Authentication of Rollcall at the token endpoint of the IdP.' })
  tokenEndpointAuthMethod: Exclude<ClientAuthMethod, 'PRIVATE_KEY_JWT'>;
  @Field(() => [String], {
    description:
      "Hosted domains whose users can sign in (the claim `hd`). Empty: no restriction. Required for Google's issuer, because all its customers share it.",
  })
  hostedDomains: string[];
}

/** The SAML configuration of a connection: the IdP whose assertions sign users in. */
@ObjectType('SamlFacet', { simpleResolvers: true, description: 'SAML configuration of a connection.' })
export class SamlFacet {
  @Field(() => Boolean, { description: 'True if users can sign in with this configuration.' })
  enabled: boolean;
  @Field(() => String, { description: 'Entity ID of the IdP, which must be the Issuer of its responses.' })
  idpEntityId: string;
  @Field(() => String, { description: 'URL of the IdP that receives authentication requests.' })
  ssoUrl: string;
  @Field(() => samlBindings, { description: 'Binding by which Rollcall sends authentication requests to `ssoUrl`.' })
  ssoBinding: keyof typeof samlBindings;
  @Field(() => String, {
    nullable: true,
    description: 'URL of the IdP that receives logout requests. Null if the IdP has none.',
  })
  sloUrl: string | null;
  @Field(() => [String], {
    description: 'X.509 certificates of the IdP in PEM. Several are valid while one is being rotated.',
  })
  certificates: string[];
  @Field(() => Boolean, { description: 'True if sign-ins that start at the IdP are accepted.' })
  allowIdpInitiated: boolean;
  @Field(() => String, {
    nullable: true,
    description: 'Attribute that identifies the user permanently. Null if the NameID does.',
  })
  subjectAttribute: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'NameID format that requests ask for and responses must have. Null if any format is accepted.',
  })
  nameIdFormat: string | null;
  @Field(() => Boolean, { description: 'True if requests to the IdP are signed.' })
  signRequests: boolean;
  @Field(() => String, {
    description:
      'Certificate of the service provider in PEM, with which the IdP verifies signatures and encrypts assertions.',
  })
  spCertificate: string;
}

/** The policy for what a validated sign-in can create and change. */
@ObjectType('JitPolicy', { simpleResolvers: true, description: 'Policy for what a sign-in can create and change.' })
export class JitPolicy {
  @Field(() => jitModes, { description: 'Condition under which a sign-in creates a user.' })
  mode: keyof typeof jitModes;
  @Field(() => [String], { description: 'Email domains for which a sign-in can create a user. Empty: all domains.' })
  allowedDomains: string[];
  @Field(() => Boolean, { description: 'True if the IdP must have verified the email address of a new user.' })
  requireVerifiedEmail: boolean;
  @Field(() => Boolean, {
    description:
      "True if the operator guarantees that no user of this IdP can choose another user's address. Default: true if the connection signs users in through SAML.",
  })
  vouchesForEmail: boolean;
  /** True if the operator has set `vouchesForEmail`. Otherwise the provider decides, when a facet is first set. */
  vouchesForEmailIsGiven?: boolean;
  @Field(() => Boolean, {
    description: 'True if sign-ins update the profile of users that no SCIM connection manages.',
  })
  refreshProfile: boolean;
  @Field(() => Boolean, { description: 'True if a sign-in reactivates a user that was deprovisioned for inactivity.' })
  reactivateOnSignIn: boolean;
  @Field(() => [String], { description: 'Roles of users that a sign-in creates.' })
  defaultRoles: string[];
  defaultGroupIds: string[];
  @Field(() => [String], {
    description: 'Groups in the claims, at least one of which is required to sign in. Empty: none is required.',
  })
  requiredGroups: string[];
  @Field(() => Boolean, { description: 'True if a sign-in without any of `requiredGroups` deprovisions the user.' })
  deprovisionOnGroupLoss: boolean;
  @Field(() => Boolean, {
    description:
      'True if sign-ins create the groups in the claims and update their members. Groups of SCIM do not change.',
  })
  syncGroups: boolean;
  @Field(() => String, { description: "Claim or attribute that contains the user's groups." })
  groupsClaim: string;
  @Field(() => Int, {
    nullable: true,
    description:
      'Days without a sign-in after which JIT users that no SCIM connection manages are deprovisioned. Null if they never are.',
  })
  dormantAfterDays: number | null;
}

/** The policy of a new connection without settings of its own. */
export const defaultPolicy: JitPolicy = {
  mode: 'UNLESS_SCIM',
  allowedDomains: [],
  requireVerifiedEmail: true,
  vouchesForEmail: false,
  refreshProfile: true,
  reactivateOnSignIn: false,
  defaultRoles: [],
  defaultGroupIds: [],
  requiredGroups: [],
  deprovisionOnGroupLoss: false,
  syncGroups: false,
  groupsClaim: 'groups',
  dormantAfterDays: null,
};
