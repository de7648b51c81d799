import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { GroupId, OrganizationId, UserId } from '../../kernel/ids.js';

/** A user that was deleted before the IdP named it as a member. It becomes a member if it is restored under its id. */
@Entity('pending_members')
@ForeignKey('groups', ['organizationId', 'groupId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey('users', ['organizationId', 'userId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('pending_members_user', ['organizationId', 'userId'])
export class PendingMember {
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
