import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type EventType, eventTypes } from '../../events/types.js';
import type { ConsumerId, OrganizationId } from '../../ids.js';
import { NodeInterface } from '../../node.js';

/** A reader of the log whose cursor the server keeps, of one organization, or of the platform over all of them. */
@Entity('event_consumers')
@ObjectType('Consumer', {
  simpleResolvers: true,
  implements: NodeInterface,
  description:
    'A reader of the log whose cursor the server keeps. What it has not acknowledged is kept beyond retention, up to a ceiling.',
})
export class Consumer {
  @Column('text', { nullable: true })
  organizationId: OrganizationId | null;

  @PrimaryColumn('text')
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

  @Column('timestamptz', { nullable: true })
  @Field(() => Date, { nullable: true })
  acknowledgedAt: Date | null;

  /** When the operator was last told that it lags. */
  @Column('timestamptz', { nullable: true })
  toldAt: Date | null;

  @Column('timestamptz')
  @Field(() => Date)
  createdAt: Date;
}
