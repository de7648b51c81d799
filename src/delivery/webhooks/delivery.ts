import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { EventId, OrganizationId, WebhookDeliveryId, WebhookEndpointId } from '../../kernel/ids.js';

/** Attempt to deliver an event. */
@Entity('webhook_deliveries')
@Index('webhook_deliveries_at', ['at'])
@Index('webhook_deliveries_by_id', ['id'])
@Index('webhook_deliveries_event', ['eventOrganizationId', 'eventPosition'])
export class DeliveryRecord {
  @PrimaryColumn('text', { collation: 'C' })
  @ForeignKey('webhook_endpoints', { onDelete: 'CASCADE' })
  endpointId: WebhookEndpointId;

  @PrimaryColumn('text', { collation: 'C' })
  id: WebhookDeliveryId;

  @Column({ type: 'text', collation: 'C', nullable: true })
  eventOrganizationId: OrganizationId | null;

  @Column('bigint', { nullable: true })
  eventPosition: number | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  eventId: EventId | null;

  /** Number of the attempt, starting with 1; 0 if an operator moved the endpoint past events. */
  @Column('integer')
  attempt: number;

  /** Status of the response; null if there was none. */
  @Column('integer', { nullable: true })
  status: number | null;

  @Column('integer')
  durationMs: number;

  @Column('text', { nullable: true })
  error: string | null;

  /** First kilobyte of the response. */
  @Column('text', { nullable: true })
  answer: string | null;

  @Column('boolean')
  delivered: boolean;

  @Column({ type: 'timestamptz', precision: 3 })
  at: Date;
}
