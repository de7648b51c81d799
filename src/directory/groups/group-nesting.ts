import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { GroupId, OrganizationId } from '../../kernel/ids.js';

/** A group that is a direct member of another group. */
@Entity('group_nestings')
@ForeignKey('groups', ['organizationId', 'childGroupId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey('groups', ['organizationId', 'groupId'], ['organizationId', 'id'], { onDelete: 'CASCADE' })
@Index('group_nestings_child', ['organizationId', 'childGroupId'])
export class GroupNesting {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId;

  @PrimaryColumn('text', { collation: 'C' })
  groupId: GroupId;

  @PrimaryColumn('text', { collation: 'C' })
  childGroupId: GroupId;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
