import { Field, ID, InputType, Int } from 'type-graphql';
import {
  type ConnectionState,
  connectionStates,
  existingPolicies,
  type OnExisting,
  providerNames,
} from '../../../directory/connections/connection.js';
import {
  type ClientAuthMethod,
  clientAuthMethods,
  jitModes,
  samlBindings,
} from '../../../directory/connections/facets.js';
import type { ProviderName } from '../../../identity-providers/profiles/index.js';
import { JsonScalar } from '../../../kernel/node.js';

@InputType()
export class OidcInput {
  @Field(() => String)
  issuer: string;
  @Field(() => String)
  clientId: string;
  @Field(() => [String], { nullable: true })
  scopes?: string[] | null;
  @Field(() => String, { nullable: true })
  subjectClaim?: string | null;
  @Field(() => String, { nullable: true, description: 'Kept sealed; never shown again.' })
  clientSecret?: string | null;
  @Field(() => clientAuthMethods, { nullable: true, description: 'CLIENT_SECRET_BASIC unless said otherwise.' })
  tokenEndpointAuthMethod?: Exclude<ClientAuthMethod, 'PRIVATE_KEY_JWT'> | null;
  @Field(() => [String], { nullable: true })
  hostedDomains?: string[] | null;
  @Field(() => Boolean, { nullable: true })
  enabled?: boolean | null;
}

@InputType({ description: 'Either metadata (XML or a URL to it) or the three values it holds.' })
export class SamlInput {
  @Field(() => String, { nullable: true })
  metadataXml?: string | null;
  @Field(() => String, { nullable: true })
  metadataUrl?: string | null;
  @Field(() => String, { nullable: true })
  idpEntityId?: string | null;
  @Field(() => String, { nullable: true })
  ssoUrl?: string | null;
  @Field(() => samlBindings, { nullable: true })
  ssoBinding?: keyof typeof samlBindings | null;
  @Field(() => String, { nullable: true })
  sloUrl?: string | null;
  @Field(() => [String], { nullable: true })
  certificates?: string[] | null;
  @Field(() => Boolean, { nullable: true })
  allowIdpInitiated?: boolean | null;
  @Field(() => String, { nullable: true })
  subjectAttribute?: string | null;
  @Field(() => String, { nullable: true })
  nameIdFormat?: string | null;
  @Field(() => Boolean, { nullable: true })
  signRequests?: boolean | null;
  @Field(() => Boolean, { nullable: true })
  enabled?: boolean | null;
}

@InputType()
export class JitPolicyInput {
  @Field(() => jitModes, { nullable: true })
  mode?: keyof typeof jitModes | null;
  @Field(() => [String], { nullable: true })
  allowedDomains?: string[] | null;
  @Field(() => Boolean, { nullable: true })
  requireVerifiedEmail?: boolean | null;
  @Field(() => Boolean, { nullable: true })
  vouchesForEmail?: boolean | null;
  @Field(() => Boolean, { nullable: true })
  refreshProfile?: boolean | null;
  @Field(() => [String], { nullable: true })
  defaultRoles?: string[] | null;
  @Field(() => [ID], { nullable: true })
  defaultGroupIds?: string[] | null;
  @Field(() => Boolean, { nullable: true })
  reactivateOnSignIn?: boolean | null;
  @Field(() => [String], { nullable: true })
  requiredGroups?: string[] | null;
  @Field(() => Boolean, { nullable: true })
  deprovisionOnGroupLoss?: boolean | null;
  @Field(() => Boolean, { nullable: true })
  syncGroups?: boolean | null;
  @Field(() => String, { nullable: true })
  groupsClaim?: string | null;
  @Field(() => Int, { nullable: true, description: 'Null lets accounts stand.' })
  dormantAfterDays?: number | null;
}

@InputType()
export class AttributeMappingInput {
  @Field(() => String)
  source: string;
  @Field(() => String)
  target: string;
}

@InputType()
export class GroupMappingInput {
  @Field(() => String)
  group: string;
  @Field(() => [String])
  roles: string[];
}

@InputType()
export class CreateConnectionInput {
  @Field(() => ID)
  organizationId: string;
  @Field(() => String)
  name: string;
  @Field(() => providerNames)
  provider: ProviderName;
  @Field(() => connectionStates, {
    nullable: true,
    description:
      'Default: ACTIVE with `oidc`, `saml` or `scim`, or else DRAFT, for a setup link. ACTIVE is refused without any of them.',
  })
  state?: ConnectionState | null;
  @Field(() => Boolean, { nullable: true })
  scim?: boolean | null;
  @Field(() => existingPolicies, { nullable: true })
  onExisting?: OnExisting | null;
  @Field(() => OidcInput, { nullable: true })
  oidc?: OidcInput | null;
  @Field(() => SamlInput, { nullable: true })
  saml?: SamlInput | null;
  @Field(() => String, { nullable: true })
  signalsIssuer?: string | null;
  @Field(() => JitPolicyInput, { nullable: true })
  jit?: JitPolicyInput | null;
  @Field(() => [AttributeMappingInput], { nullable: true })
  attributeMappings?: AttributeMappingInput[] | null;
  @Field(() => [GroupMappingInput], { nullable: true })
  groupMappings?: GroupMappingInput[] | null;
  @Field(() => [String], { nullable: true })
  grantableRoles?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Entitlements to publish to the IdP at /Entitlements.' })
  entitlements?: string[] | null;
  @Field(() => [JsonScalar], {
    nullable: true,
    description:
      'Extension schemas of this IdP in the form of RFC 7643 section 7, with `resourceType` User (unless said) or Group.',
  })
  scimExtensions?: unknown[] | null;
}

@InputType()
export class UpdateConnectionInput {
  @Field(() => ID)
  id: string;
  @Field(() => Date, {
    nullable: true,
    description: 'The updatedAt that you read: refused with CONFLICT when somebody has changed it since.',
  })
  expectedUpdatedAt?: Date | null;
  @Field(() => String, { nullable: true })
  name?: string | null;
  @Field(() => providerNames, { nullable: true })
  provider?: ProviderName | null;
  @Field(() => connectionStates, { nullable: true })
  state?: ConnectionState | null;
  @Field(() => Boolean, {
    nullable: true,
    description:
      'True creates a token if SCIM was off. False ends all tokens; it is refused while the connection is ACTIVE and nothing else of it is enabled.',
  })
  scim?: boolean | null;
  @Field(() => existingPolicies, { nullable: true })
  onExisting?: OnExisting | null;
  @Field(() => OidcInput, {
    nullable: true,
    description: 'Null removes it with its client secret: see `updateConnection`.',
  })
  oidc?: OidcInput | null;
  @Field(() => SamlInput, {
    nullable: true,
    description: "Null removes it: see `updateConnection`. The service provider's key stays.",
  })
  saml?: SamlInput | null;
  @Field(() => String, { nullable: true })
  signalsIssuer?: string | null;
  @Field(() => JitPolicyInput, { nullable: true })
  jit?: JitPolicyInput | null;
  @Field(() => [AttributeMappingInput], { nullable: true })
  attributeMappings?: AttributeMappingInput[] | null;
  @Field(() => [GroupMappingInput], { nullable: true })
  groupMappings?: GroupMappingInput[] | null;
  @Field(() => [String], { nullable: true })
  grantableRoles?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Entitlements to publish to the IdP at /Entitlements.' })
  entitlements?: string[] | null;
  @Field(() => [JsonScalar], {
    nullable: true,
    description:
      'Extension schemas of this IdP in the form of RFC 7643 section 7, with `resourceType` User (unless said) or Group.',
  })
  scimExtensions?: unknown[] | null;
}
