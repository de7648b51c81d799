import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrganizationId } from '../kernel/ids.js';

/** Position counter of one log. It is not a column of the organization, because foreign key checks lock that row. */
@Entity('event_heads')
export class EventHead {
  @PrimaryColumn('text', { collation: 'C' })
  organizationId: OrganizationId;

  /** Position of the newest event. */
  @Column('bigint')
  position: number;
}
