import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ApiScope } from '../../access/principal.js';
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
    'An application that signs people in through Rollcall: an OpenID Connect client. Its id is the client_id.',
})
export class Application {
  /** Null for an application of the platform, which users of every organization can use. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId | null;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID)
  id: ApplicationId;

  @Column('text')
  @Field(() => String)
  name: string;

  @Column('text')
  @Field(() => clientAuthMethods)
  tokenEndpointAuthMethod: ClientAuthMethod;

  /** Public keys of a client that signs its requests. */
  @Column('jsonb', { nullable: true })
  jwks: { keys: Record<string, unknown>[] } | null;

  @Column('text', { array: true })
  @Field(() => [String], { description: 'Where people come back to; compared character by character.' })
  redirectUris: string[];

  @Column('text', { array: true })
  @Field(() => [String])
  postLogoutRedirectUris: string[];

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'Told by POST when a session ends (OpenID Back-Channel Logout).',
  })
  backchannelLogoutUri: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description:
      'Where a sign-in that started at the IdP goes, to be started properly (OpenID Connect Core section 4).',
  })
  initiateLoginUri: string | null;

  /** Null for the default of the client's kind. See refreshGraceOf. */
  @Column('integer', { nullable: true })
  refreshGraceSeconds: number | null;

  @Column('text', { array: true })
  @Field(() => [String], {
    description:
      'Scopes of this API that the application can request: directory.read, directory.manage, events.read. Without one of them its access tokens open nothing here.',
  })
  apiScopes: ApiScope[];

  @Column('boolean')
  @Field(() => Boolean, {
    description:
      'True for applications from before there were scopes: an access token whose request named no scope of this API has all `apiScopes`.',
  })
  apiScopesUnasked: boolean;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'The color of buttons on sign-in pages, such as #1a56db. Null: the default color.',
  })
  color: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'The support contact on sign-in pages: an email address or an https URL.',
  })
  supportContact: string | null;

  /** SHA-256 of the logo, which is part of its URL. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  logoHash: string | null;

  /** Not read with the row: it is read by its hash when it is served. */
  @Column('bytea', { nullable: true, select: false })
  logo?: Buffer | null;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
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
