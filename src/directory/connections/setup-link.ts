import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId, SetupLinkId } from '../../kernel/ids.js';

/** A secret with which the customer configures one connection. Only its hash is stored. */
@Entity('setup_links')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('setup_links_expiry', ['expiresAt'])
export class SetupLink {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  id: SetupLinkId;

  @Column({ type: 'text', collation: 'C' })
  connectionId: ConnectionId;

  @Column('bytea', { unique: true })
  hash: Buffer;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt: Date;
}
