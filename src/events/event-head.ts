import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrganizationId } from '../ids.js';

/** The counter of one log. Apart from the organization, whose row foreign key checks lock. */
@Entity('event_heads')
export class EventHead {
  @PrimaryColumn('text', { collation: 'C' })
  organizationId: OrganizationId;

  /** The position of the newest event. */
  @Column('bigint')
  position: number;
}
