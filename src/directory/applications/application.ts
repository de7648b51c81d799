import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ApiScope } from '../../access/principal.js';
import { guardedUpdatedAt, typeId } from '../../kernel/descriptions.js';
import type { ApplicationId, OrganizationId } from '../../kernel/ids.js';
import { NodeInterface } from '../../kernel/node.js';
import { type ClientAuthMethod, clientAuthMethods } from '../connections/facets.js';

/** An application that signs users in through Rollcall: an OpenID Connect client. */
@Entity('applications')
@Index('applications_logo', ['logoHash'], { where: 'logo_hash IS NOT NULL' })
@Index('applications_organization', ['organizationId'])
@ObjectType('Application', {
  simpleResolvers: true,
  implements: NodeInterface,
  description:
    'An application that signs users in through Rollcall: an OpenID Connect client. Its id is the client_id.',
})
export class Application {
  /** Null for an application of the platform, which users of every organization can use. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId | null;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('app') })
  id: ApplicationId;

  @Column('text')
  @Field(() => String, { description: 'Name for display, also on sign-in pages.' })
  name: string;

  @Column('text')
  @Field(() => clientAuthMethods, { description: "Authentication of the application at Rollcall's token endpoint." })
  tokenEndpointAuthMethod: ClientAuthMethod;

  /** Public keys of a client that signs its requests. */
  @Column('jsonb', { nullable: true })
  jwks: { keys: Record<string, unknown>[] } | null;

  @Column('text', { array: true })
  @Field(() => [String], { description: 'URIs to which sign-ins return, compared character by character.' })
  redirectUris: string[];

  @Column('text', { array: true })
  @Field(() => [String], {
    description: 'URIs to which users can return after sign-out, compared character by character.',
  })
  postLogoutRedirectUris: string[];

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'URL that receives a logout token when a session ends (OpenID Connect Back-Channel Logout).',
  })
  backchannelLogoutUri: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'URL that starts a sign-in after one that began at the IdP (OpenID Connect Core section 4).',
  })
  initiateLoginUri: string | null;

  /** Null for the default of the client's kind. See refreshGraceOf. */
  @Column('integer', { nullable: true })
  refreshGraceSeconds: number | null;

  @Column('text', { array: true })
  @Field(() => [String], {
    description:
      'Scopes of this API that the application can request: directory.read, directory.manage, events.read. If empty, its access tokens give no access to this API.',
  })
  apiScopes: ApiScope[];

  @Column('boolean')
  @Field(() => Boolean, {
    description:
      'True if an authorization request without a scope of this API receives all `apiScopes`. Meant for applications registered before scopes existed.',
  })
  apiScopesUnasked: boolean;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'Color of buttons on sign-in pages, such as #1a56db. Null if the default color is used.',
  })
  color: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'Support contact on sign-in pages: an email address or an https URL.',
  })
  supportContact: string | null;

  /** SHA-256 of the logo, which is part of its URL. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  logoHash: string | null;

  /** Not read with the row: it is read by its hash when it is served. */
  @Column('bytea', { nullable: true, select: false })
  logo?: Buffer | null;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: 'Time of the call of `createApplication`.' })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: guardedUpdatedAt })
  updatedAt: Date;
}

/**
 * Default grace period for public clients: two tabs of a browser share a refresh token and can refresh at the same
 * moment.
 */
export const publicGraceSeconds = 10;

/** Returns the seconds for which a used refresh token works once more. Default: 10 for public clients, 0 for others. */
export const refreshGraceOf = ({
  refreshGraceSeconds,
  tokenEndpointAuthMethod,
}: Pick<Application, 'refreshGraceSeconds' | 'tokenEndpointAuthMethod'>): number =>
  refreshGraceSeconds ?? (tokenEndpointAuthMethod === 'NONE' ? publicGraceSeconds : 0);
