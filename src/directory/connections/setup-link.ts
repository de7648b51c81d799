import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId, SetupLinkId } from '../../kernel/ids.js';

/** A secret with which the customer configures one connection. Only its hash is stored. */
@Entity('setup_links')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('setup_links_expiry', ['expiresAt'])
@ObjectType('SetupLink', {
  simpleResolvers: true,
  description: 'A link with which the customer configures one connection, without its secret.',
})
export class SetupLink {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID)
  id: SetupLinkId;

  @Column({ type: 'text', collation: 'C' })
  connectionId: ConnectionId;

  @Column('bytea', { unique: true })
  hash: Buffer;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: 'Expiry of the link.' })
  expiresAt: Date;
}
