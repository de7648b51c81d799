import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ScimSettings } from '../../access/scim-settings.js';
import type { ConnectionState as ConnectionPayload } from '../../events/payloads.js';
import { type ProviderName, providers } from '../../identity-providers/profiles/index.js';
import type { ConnectionId, OrganizationId } from '../../kernel/ids.js';
import type { Json } from '../../kernel/json.js';
import { NodeInterface } from '../../kernel/node.js';
import { JitPolicy, OidcFacet, SamlFacet, type SealedSecrets } from './facets.js';

const providerNames = Object.fromEntries(Object.keys(providers).map((name) => [name, name])) as Record<
  ProviderName,
  ProviderName
>;
registerEnumType(providerNames, { name: 'Provider', description: "The IdP's make; it chooses the dialect." });
export const connectionStates = { DRAFT: 'DRAFT', ACTIVE: 'ACTIVE', INACTIVE: 'INACTIVE' } as const;
export type ConnectionState = keyof typeof connectionStates;
registerEnumType(connectionStates, {
  name: 'ConnectionState',
  description: 'Only an ACTIVE one provisions and signs people in.',
});
export const existingPolicies = { ADOPT: 'ADOPT', CONFLICT: 'CONFLICT', REVIEW: 'REVIEW' } as const;
export type OnExisting = keyof typeof existingPolicies;
registerEnumType(existingPolicies, {
  name: 'OnExisting',
  description: 'What a POST for a person whom no SCIM connection manages does.',
});

export { providerNames };

@ObjectType('AttributeMapping', {
  simpleResolvers: true,
  description:
    'Copies one claim or SCIM path of the IdP into an attribute of the user (a core attribute or a custom one).',
})
export class AttributeMapping {
  @Field(() => String, {
    description: 'A SCIM path, such as addresses[type eq "work"].locality, or the name of a claim.',
  })
  source: string;
  @Field(() => String, {
    description: 'A core attribute, such as title or name.givenName, or a custom one by its name.',
  })
  target: string;
}

@ObjectType('GroupMapping', {
  simpleResolvers: true,
  description: "Members of the IdP's group (by name or external id) get these roles.",
})
export class GroupMapping {
  @Field(() => String)
  group: string;
  @Field(() => [String])
  roles: string[];
}

/** The link between an organization and one IdP: it provisions users (SCIM), signs users in (OIDC or SAML), or both. */
@Entity('connections')
@Index('connections_by_id', ['id'])
@Index('connections_to_resettle', ['resettleSince'], { where: 'resettle_since IS NOT NULL' })
@ObjectType('Connection', {
  simpleResolvers: true,
  implements: NodeInterface,
  description: 'The link between an organization and one identity provider.',
})
export class Connection {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID)
  id: ConnectionId;

  @Column('text')
  @Field(() => String)
  name: string;

  @Column('text')
  @Field(() => providerNames)
  provider: ProviderName;

  @Column('text')
  @Field(() => connectionStates)
  state: ConnectionState;

  @Column('boolean')
  scimEnabled: boolean;

  @Column('text')
  onExisting: OnExisting;

  @Column('jsonb', { nullable: true })
  @Field(() => OidcFacet, { nullable: true })
  oidc: OidcFacet | null;

  @Column('jsonb', { nullable: true })
  @Field(() => SamlFacet, { nullable: true })
  saml: SamlFacet | null;

  /** Encrypted secrets that the server uses itself: the client secret and the private key of the service provider. */
  @Column('jsonb', { default: {} })
  sealed: SealedSecrets;

  /** The issuer whose security events and logout requests are accepted, if it is not the OIDC issuer. */
  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description:
      'Who signs session-ending messages of this IdP (logout tokens, security events, global token revocation); the OIDC issuer unless set.',
  })
  signalsIssuer: string | null;

  @Column('jsonb')
  @Field(() => JitPolicy)
  jit: JitPolicy;

  @Column('jsonb', { default: [] })
  @Field(() => [AttributeMapping])
  attributeMappings: AttributeMapping[];

  @Column('jsonb', { default: [] })
  @Field(() => [GroupMapping])
  groupMappings: GroupMapping[];

  /** Null: the roles that the group mappings name. */
  @Column('text', { array: true, nullable: true, name: 'grantable_roles' })
  givenGrantableRoles: string[] | null;

  @Column('text', { array: true, default: [] })
  @Field(() => [String], { description: 'What the application lets the IdP assign, published at /Entitlements.' })
  entitlements: string[];

  /** Extension schemas in the form of RFC 7643 section 7. */
  @Column('jsonb', { default: [] })
  scimExtensions: Json[];

  /** Counts the changes of rules that apply to writes. Each row stores the revision under which it was written. */
  @Column('integer', { default: 0 })
  settingsRevision: number;

  /** Set while there can be rows that were written under an older revision. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  resettleSince: Date | null;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
  updatedAt: Date;

  @Field(() => [String], {
    description:
      'Roles that this IdP may grant, by SCIM, claims or mapped groups; unless set, those that the group mappings name.',
  })
  get grantableRoles(): string[] {
    return this.givenGrantableRoles ?? [...new Set(this.groupMappings.flatMap(({ roles }) => roles))];
  }
}

/** Returns true if the connection signs users in by OpenID Connect. */
export const hasOidc = (connection: Connection): connection is Connection & { oidc: OidcFacet } =>
  connection.oidc !== null;

/** Returns true if the connection signs users in by SAML. */
export const hasSaml = (connection: Connection): connection is Connection & { saml: SamlFacet } =>
  connection.saml !== null;

/** Returns the settings that apply to all writes through the connection. */
export const settingsOf = (connection: Connection): ScimSettings => ({
  revision: connection.settingsRevision,
  attributeMappings: connection.attributeMappings,
  groupMappings: connection.groupMappings,
  grantableRoles: connection.givenGrantableRoles,
  entitlements: connection.entitlements,
  extensions: connection.scimExtensions,
});

/** Returns the connection in the form that events and responses contain. */
export function connectionState(connection: Connection): ConnectionPayload {
  const { id, name, provider, state, scimEnabled: scim, onExisting, oidc, saml, signalsIssuer } = connection;
  const { vouchesForEmailIsGiven: _internal, ...jit } = connection.jit;
  const { attributeMappings, groupMappings, grantableRoles, entitlements, scimExtensions } = connection;
  const rules = { attributeMappings, groupMappings, grantableRoles, entitlements };
  return { id, name, provider, state, scim, onExisting, oidc, saml, jit, signalsIssuer, ...rules, scimExtensions };
}
