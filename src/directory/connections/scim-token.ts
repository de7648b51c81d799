import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { typeId } from '../../kernel/descriptions.js';
import type { ConnectionId, OrganizationId, ScimClientId, ScimTokenId } from '../../kernel/ids.js';

/** Bearer token of one connection's SCIM endpoint, valid only for its base URL. Only its hash is stored. */
@Entity('scim_tokens')
@ForeignKey('scim_clients', ['organizationId', 'clientId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('scim_tokens_by_id', ['id'])
@Index('scim_tokens_client', ['organizationId', 'clientId'], { where: 'client_id IS NOT NULL' })
@Index('scim_tokens_expiry', ['expiresAt'], { where: '(client_id IS NULL) AND (expires_at IS NOT NULL)' })
@Index('scim_tokens_client_expiry', ['expiresAt'], { where: 'client_id IS NOT NULL' })
@ObjectType('ScimToken', {
  simpleResolvers: true,
  description: 'A bearer token of the SCIM endpoint, without its secret.',
})
export class ScimToken {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('tok') })
  id: ScimTokenId;

  @Column({ type: 'text', collation: 'C' })
  connectionId: ConnectionId;

  /** OAuth client that requested the token; null if an administrator created it. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  clientId: ScimClientId | null;

  @Column('bytea', { unique: true })
  hash: Buffer;

  @Column('text')
  @Field(() => String, { description: 'Last characters of the secret.' })
  hint: string;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: 'Time at which an administrator rotated the token or a SCIM client requested it.' })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true, description: 'Expiry. Null if the token does not expire.' })
  expiresAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'Time of the last use, precise to the hour. Null if it was never used.',
  })
  lastUsedAt: Date | null;
}
