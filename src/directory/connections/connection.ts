import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionSettings } from '../../access/connection-settings.js';
import type { ConnectionState as ConnectionPayload } from '../../events/payloads.js';
import { type ProviderName, providers } from '../../identity-providers/profiles/index.js';
import { guardedUpdatedAt, typeId } from '../../kernel/descriptions.js';
import type { ConnectionId, OrganizationId } from '../../kernel/ids.js';
import type { Json } from '../../kernel/json.js';
import { describeEnum, enumType, NodeInterface } from '../../kernel/node.js';
import { JitPolicy, OidcFacet, SamlFacet, type SealedSecrets } from './facets.js';

const providerNames = Object.fromEntries(Object.keys(providers).map((name) => [name, name])) as Record<
  ProviderName,
  ProviderName
>;
describeEnum(providerNames, {
  name: 'Provider',
  description: 'Product of an identity provider. It selects the tolerances and defaults of the connection.',
  texts: Object.fromEntries(
    Object.entries(providers).map(([name, { name: product, docs }]) => [name, `${product} (${docs}).`]),
  ) as Record<ProviderName, string>,
});
export const connectionStates = enumType(
  'ConnectionState',
  'Determines whether a connection provisions users and signs them in.',
  {
    DRAFT: 'Not yet used: only test sign-ins are possible.',
    ACTIVE: 'The IdP can provision users, and users can sign in.',
    INACTIVE: 'The IdP cannot provision users, and users cannot sign in.',
  },
);
export type ConnectionState = keyof typeof connectionStates;
export const existingPolicies = enumType('OnExisting', 'Handling of a SCIM POST for an existing unmanaged user.', {
  ADOPT:
    "The connection adopts the user if the user's domain is verified and assigned to it. Otherwise the IdP receives 409.",
  CONFLICT: 'The IdP receives 409 and can adopt the user with a PUT.',
  REVIEW: 'As ADOPT, but a user of another domain waits for `resolveAdoption`.',
});
export type OnExisting = keyof typeof existingPolicies;

export { providerNames };

@ObjectType('AttributeMapping', {
  simpleResolvers: true,
  description: 'A rule that copies one claim or SCIM attribute of the IdP to an attribute of the user.',
})
export class AttributeMapping {
  @Field(() => String, {
    description: 'A SCIM path, such as addresses[type eq "work"].locality, or the name of a claim.',
  })
  source: string;
  @Field(() => String, {
    description: 'A core attribute, such as title or name.givenName, or the name of a custom attribute.',
  })
  target: string;
}

@ObjectType('GroupMapping', {
  simpleResolvers: true,
  description: "A rule that grants roles to the members of an IdP's group.",
})
export class GroupMapping {
  @Field(() => String, { description: "Name or externalId of the IdP's group." })
  group: string;
  @Field(() => [String], { description: "Roles of the group's members." })
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
  @Field(() => ID, { description: typeId('conn') })
  id: ConnectionId;

  @Column('text')
  @Field(() => String, { description: 'Name for display, also on setup pages. It does not need to be unique.' })
  name: string;

  @Column('text')
  @Field(() => providerNames, { description: 'Product of the IdP. It selects tolerances and defaults.' })
  provider: ProviderName;

  @Column('text')
  @Field(() => connectionStates, { description: 'Only an ACTIVE connection provisions users and signs them in.' })
  state: ConnectionState;

  @Column('boolean')
  scimEnabled: boolean;

  @Column('text')
  onExisting: OnExisting;

  @Column('jsonb', { nullable: true })
  @Field(() => OidcFacet, { nullable: true, description: 'OpenID Connect configuration. Null if there is none.' })
  oidc: OidcFacet | null;

  @Column('jsonb', { nullable: true })
  @Field(() => SamlFacet, { nullable: true, description: 'SAML configuration. Null if there is none.' })
  saml: SamlFacet | null;

  /** Encrypted secrets that the server uses itself: the client secret and the private key of the service provider. */
  @Column('jsonb', { default: {} })
  sealed: SealedSecrets;

  /** The issuer whose security events and logout requests are accepted, if it is not the OIDC issuer. */
  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description:
      "Issuer of the IdP's messages that end sessions: logout tokens, security events and global token revocation. Null if it is the OIDC issuer.",
  })
  signalsIssuer: string | null;

  @Column('jsonb')
  @Field(() => JitPolicy, { description: 'Policy for what a sign-in can create and change.' })
  jit: JitPolicy;

  @Column('jsonb', { default: [] })
  @Field(() => [AttributeMapping], {
    description: 'Rules that copy attributes of the IdP to attributes of users, each target once.',
  })
  attributeMappings: AttributeMapping[];

  @Column('jsonb', { default: [] })
  @Field(() => [GroupMapping], { description: "Rules that grant roles to the members of the IdP's groups." })
  groupMappings: GroupMapping[];

  /** Null: the roles that the group mappings name. */
  @Column('text', { array: true, nullable: true, name: 'grantable_roles' })
  givenGrantableRoles: string[] | null;

  @Column('text', { array: true, default: [] })
  @Field(() => [String], { description: 'Entitlements that the IdP can assign, published at /Entitlements.' })
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
  @Field(() => Date, { description: 'Time of the call of `createConnection`.' })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: guardedUpdatedAt })
  updatedAt: Date;

  @Field(() => [String], {
    description:
      'Roles that this IdP can grant through SCIM, claims or mapped groups. Default: the roles in `groupMappings`.',
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
export const settingsOf = (connection: Connection): ConnectionSettings => ({
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
