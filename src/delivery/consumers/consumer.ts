import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { type EventType, eventTypes } from '../../events/types.js';
import type { ConsumerId, OrganizationId } from '../../ids.js';
import { NodeInterface } from '../../node.js';

/** A reader of the log whose cursor the server keeps, of one organization, or of the platform over all of them. */
@Entity('event_consumers')
@Index('event_consumers_name', { synchronize: false })
@ObjectType('Consumer', {
  simpleResolvers: true,
  implements: NodeInterface,
  description:
    'A reader of the log whose cursor the server keeps. What it has not acknowledged is kept beyond retention, up to a ceiling.',
})
export class Consumer {
  @Column({ type: 'text', collation: 'C', nullable: true })
  @ForeignKey('organizations', { onDelete: 'CASCADE' })
  organizationId: OrganizationId | null;

  @PrimaryColumn('text', { collation: 'C' })
  @Field(() => ID)
  id: ConsumerId;

  @Column('text')
  @Field(() => String, { description: 'Unique in its organization, or among those of the platform.' })
  name: string;

  @Column('text', { array: true })
  @Field(() => [eventTypes], { description: 'What it is for; empty for all. `lag` counts these.' })
  types: EventType[];

  /** Everything up to here is acknowledged: a position, or a `seq` of a consumer of the platform. */
  @Column('bigint')
  place: number;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => Date, { nullable: true })
  acknowledgedAt: Date | null;

  /** When the operator was last told that it lags. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  toldAt: Date | null;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date)
  createdAt: Date;
}
