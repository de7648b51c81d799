import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { type EventType, eventTypes } from '../../events/types.js';
import { typeId } from '../../kernel/descriptions.js';
import type { ConsumerId, OrganizationId } from '../../kernel/ids.js';
import { NodeInterface } from '../../kernel/node.js';

/**
 * Reader of a log with a cursor that the server stores. Without an organization, it reads the log of all organizations.
 */
@Entity('event_consumers')
@Index('event_consumers_lagging', ['toldAt'], { where: 'told_at IS NOT NULL' })
@Index('event_consumers_name', { synchronize: false })
@ObjectType('Consumer', {
  simpleResolvers: true,
  implements: NodeInterface,
  description:
    'A reader of the log whose cursor the server stores. Events that it has not acknowledged are kept longer than the retention period, up to a maximum age.',
})
export class Consumer {
  @Column({ type: 'text', collation: 'C', nullable: true })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId | null;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID, { description: typeId('cons') })
  id: ConsumerId;

  @Column('text')
  @Field(() => String, { description: 'Name, unique among the consumers of its organization or of the platform.' })
  name: string;

  @Column('text', { array: true })
  @Field(() => [eventTypes], {
    description: 'Event types that the consumer receives and `lag` counts. Empty for all types.',
  })
  types: EventType[];

  /** Acknowledged position; a `seq` for a platform consumer. */
  @Column('bigint')
  place: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true, description: 'Time of the last acknowledgement. Null if there was none.' })
  acknowledgedAt: Date | null;

  /** Time of the last notification that the consumer lags. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  toldAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, { description: 'Time of the first call of `createConsumer` with its name.' })
  createdAt: Date;
}
