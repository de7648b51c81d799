import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { GroupId, OrganizationId, UserId } from '../../kernel/ids.js';

/** A user that is a direct member of a group. */
@Entity('memberships')
@ForeignKey('groups', ['organizationId', 'groupId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey('users', ['organizationId', 'userId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('memberships_user', ['organizationId', 'userId', 'groupId'])
export class Membership {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  groupId: GroupId;

  @PrimaryColumn('text', { collation: 'C' })
  userId: UserId;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
