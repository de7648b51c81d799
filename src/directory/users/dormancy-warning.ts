import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ConnectionId, OrganizationId, UserId } from '../../kernel/ids.js';

/** The warning that an unused account will be closed by the rule of a connection. */
@Entity('dormancy_warnings')
@ForeignKey('connections', ['organizationId', 'connectionId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey('users', ['organizationId', 'userId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('dormancy_warnings_user', ['organizationId', 'userId'])
export class DormancyWarning {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  connectionId: ConnectionId;

  @PrimaryColumn('text', { collation: 'C' })
  userId: UserId;

  @Column({ type: 'timestamptz', precision: 3 })
  warnedAt: Date;

  /** The account is not closed before this time. */
  @Column({ type: 'timestamptz', precision: 3 })
  dueAt: Date;
}
