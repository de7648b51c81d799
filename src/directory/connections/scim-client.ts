import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId, ScimClientId } from '../../kernel/ids.js';
import type { Json } from '../../kernel/json.js';
import { type ClientAuthMethod, clientAuthMethods } from './facets.js';

/**
 * An OAuth client of one connection. It authenticates with a secret or a key and obtains short-lived SCIM tokens (RFC
 * 6749 section 4.4).
 */
@Entity('scim_clients')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('scim_clients_by_id', ['id'])
@ObjectType('ScimClient', {
  simpleResolvers: true,
  description: 'An OAuth client that requests short-lived SCIM tokens of the connection (client credentials grant).',
})
export class ScimClient {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: 'Id of the client, which is its client_id.' })
  id: ScimClientId;

  @Column({ type: 'text', collation: 'C' })
  connectionId: ConnectionId;

  @Column('text')
  @Field(() => String, { description: 'Name for display, given by the administrator who created the client.' })
  name: string;

  @Column('bytea', { nullable: true })
  secretHash: Buffer | null;

  /** Public keys of a client that signs its requests (private_key_jwt). */
  @Column('jsonb', { nullable: true })
  jwks: { keys: Json[] } | null;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: 'Time of the call of `createScimClient`.' })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true, description: 'Time of the last token request. Null if there was none.' })
  lastUsedAt: Date | null;

  @Field(() => clientAuthMethods, { description: 'Authentication of the client at the token endpoint.' })
  get tokenEndpointAuthMethod(): ClientAuthMethod {
    return this.jwks ? 'PRIVATE_KEY_JWT' : 'CLIENT_SECRET_BASIC';
  }

  @Field(() => String, {
    description: 'Authentication method: client_secret_basic or private_key_jwt.',
    deprecationReason: 'Use tokenEndpointAuthMethod.',
  })
  get authMethod(): string {
    return this.jwks ? 'private_key_jwt' : 'client_secret_basic';
  }
}
