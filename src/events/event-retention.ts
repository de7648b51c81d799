import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { EventId, OrganizationId } from '../kernel/ids.js';

/** Position up to which a log was pruned. Separate from the counter, which writers lock. */
@Entity('event_retention')
@Index('event_retention_seq', { synchronize: false })
export class EventRetention {
  @PrimaryColumn('text', { collation: 'C' })
  organizationId: OrganizationId;

  @Column('bigint')
  position: number;

  @Column('bigint')
  seq: number;

  /** Id of the newest pruned event. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  lastId: EventId | null;
}
