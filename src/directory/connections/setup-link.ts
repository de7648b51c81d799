import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Actor } from '../../events/types.js';
import { typeId } from '../../kernel/descriptions.js';
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
  @Field(() => ID, { description: typeId('setup') })
  id: SetupLinkId;

  @Column({ type: 'text', collation: 'C' })
  connectionId: ConnectionId;

  @Column('bytea', { unique: true })
  hash: Buffer;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: 'Time of the call of `createSetupLink`.' })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: 'Time after which the link and its secret are invalid.' })
  expiresAt: Date;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'Name for display, such as that of the recipient.' })
  name: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'URL of the application to which the setup pages link back.',
  })
  returnUrl: string | null;

  /** Kind of the principal that created the link; null for links of earlier versions. */
  @Column('text', { nullable: true })
  creatorKind: Actor['kind'] | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  creatorId: string | null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, {
    nullable: true,
    description: 'Time of the last use, accurate to one hour. Null if there was none.',
  })
  lastUsedAt: Date | null;
}
