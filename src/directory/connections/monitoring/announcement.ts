import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId } from '../../../kernel/ids.js';

/** A condition of a connection, such as a certificate that expires, for which an event was emitted. */
@Entity('announcements')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('announcements_condition', ['condition'])
@Index('announcements_expiry', ['until'])
export class Announcement {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  connectionId: ConnectionId;

  /** The condition and what identifies it, such as a fingerprint or a day. */
  @PrimaryColumn('text', { collation: 'C' })
  condition: string;

  /** Time at which the row is deleted. */
  @Column({ type: 'timestamptz', precision: 3 })
  until: Date;
}
