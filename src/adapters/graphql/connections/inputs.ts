import { Field, ID, InputType } from 'type-graphql';
import {
  type ConnectionState,
  connectionStates,
  existingPolicies,
  type OnExisting,
  providerNames,
} from '../../../directory/connections/connection.js';
import type { ProviderName } from '../../../identity-providers/profiles/index.js';
import { expectedUpdatedAt, knownId } from '../../../kernel/descriptions.js';
import { JsonScalar } from '../../../kernel/node.js';
import { JitPolicyInput, OidcInput, SamlInput, ScimInput } from './facet-inputs.js';

@InputType({ description: 'An attribute mapping: see `AttributeMapping`.' })
export class AttributeMappingInput {
  @Field(() => String, {
    description: 'A SCIM path, such as addresses[type eq "work"].locality, or the name of a claim.',
  })
  source: string;
  @Field(() => String, {
    description: 'A core attribute, such as title or name.givenName, or the name of a custom attribute.',
  })
  target: string;
}

@InputType({ description: 'A group mapping: see `GroupMapping`.' })
export class GroupMappingInput {
  @Field(() => String, { description: "Name or externalId of the IdP's group." })
  group: string;
  @Field(() => [String], { description: "Roles of the group's members." })
  roles: string[];
}

/** Settings that a new connection and a change have in common. */
@InputType()
abstract class ConnectionFields {
  @Field(() => ScimInput, { nullable: true, description: 'SCIM settings. Default: SCIM is disabled.' })
  provisioning?: ScimInput | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True if the IdP provisions users through SCIM.',
    deprecationReason: 'Use provisioning.enabled.',
  })
  scim?: boolean | null;
  @Field(() => existingPolicies, {
    nullable: true,
    description: 'Handling of a SCIM POST for an existing unmanaged user.',
    deprecationReason: 'Use provisioning.onExisting.',
  })
  onExisting?: OnExisting | null;
  @Field(() => [JsonScalar], {
    nullable: true,
    description: 'Extension schemas of this IdP (RFC 7643 section 7).',
    deprecationReason: 'Use provisioning.extensions.',
  })
  scimExtensions?: unknown[] | null;
  @Field(() => OidcInput, {
    nullable: true,
    description: 'OpenID Connect configuration. It cannot be combined with `saml`.',
  })
  oidc?: OidcInput | null;
  @Field(() => SamlInput, { nullable: true, description: 'SAML configuration. It cannot be combined with `oidc`.' })
  saml?: SamlInput | null;
  @Field(() => String, {
    nullable: true,
    description: "Issuer of the IdP's messages that end sessions. Default: the OIDC issuer.",
  })
  signalsIssuer?: string | null;
  @Field(() => JitPolicyInput, { nullable: true, description: 'Policy for what a sign-in can create and change.' })
  jit?: JitPolicyInput | null;
  @Field(() => [AttributeMappingInput], { nullable: true, description: 'Attribute mappings, at most 100.' })
  attributeMappings?: AttributeMappingInput[] | null;
  @Field(() => [GroupMappingInput], { nullable: true, description: 'Group mappings, at most 1,000.' })
  groupMappings?: GroupMappingInput[] | null;
  @Field(() => [String], {
    nullable: true,
    description: 'Roles that this IdP can grant. Default: the roles in `groupMappings`.',
  })
  grantableRoles?: string[] | null;
  @Field(() => [String], {
    nullable: true,
    description: 'Entitlements that the IdP can assign, published at /Entitlements.',
  })
  entitlements?: string[] | null;
}

@InputType({ description: 'Settings of a new connection.' })
export class CreateConnectionInput extends ConnectionFields {
  @Field(() => ID, { description: knownId('org') })
  organizationId: string;
  @Field(() => String, { description: 'Name for display, 1 to 256 characters.' })
  name: string;
  @Field(() => providerNames, {
    description: 'Product of the IdP, which selects tolerances and defaults. GENERIC fits any IdP.',
  })
  provider: ProviderName;
  @Field(() => connectionStates, {
    nullable: true,
    description:
      'State of the connection. Default: ACTIVE with `oidc`, `saml` or `provisioning`, otherwise DRAFT, for a setup link. ACTIVE requires one of them.',
  })
  state?: ConnectionState | null;
}

@InputType({ description: 'Settings of a connection to change.' })
export class UpdateConnectionInput extends ConnectionFields {
  @Field(() => ID, { description: knownId('conn') })
  id: string;
  @Field(() => Date, {
    nullable: true,
    description: expectedUpdatedAt,
  })
  expectedUpdatedAt?: Date | null;
  @Field(() => String, { nullable: true, description: 'Name for display, 1 to 256 characters.' })
  name?: string | null;
  @Field(() => providerNames, {
    nullable: true,
    description: 'Product of the IdP, which selects tolerances and defaults. GENERIC fits any IdP.',
  })
  provider?: ProviderName | null;
  @Field(() => connectionStates, {
    nullable: true,
    description: 'ACTIVE requires `oidc`, `saml` or `provisioning`. INACTIVE stops provisioning and sign-ins.',
  })
  state?: ConnectionState | null;
}
