import { Field, ID, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { EventId, OrganizationId } from '../kernel/ids.js';
import { JsonScalar, NodeInterface, PositionScalar } from '../kernel/node.js';
import { plainText } from './payloads/field.js';
import { eventDefinitions } from './payloads.js';
import { type Change, type EventType, eventTypes } from './types.js';

const described = Object.entries(eventTypes).map(([name, type]) => {
  const { description } = eventDefinitions[type];
  return [name, { description: plainText(description) }] as const;
});
registerEnumType(eventTypes, {
  name: 'EventType',
  description: 'Kind of event. docs/events.md shows each payload. New versions add values.',
  valuesConfig: Object.fromEntries(described),
});

@ObjectType('Change', { simpleResolvers: true, description: 'One attribute that an update changed.' })
export class ChangeObject {
  @Field(() => String, { description: 'SCIM path of the attribute (RFC 7644 section 3.10).' })
  path: string;
  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Value before the change. Null if the attribute was absent.',
  })
  before: unknown;
  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Value after the change. Null if the change removed the attribute.',
  })
  after: unknown;
}

/** Entry of an organization's log. Rows are inserted and read, never changed. */
@Entity('events')
@Index('events_actor', ['actorId', 'organizationId', 'position'], { where: 'actor_id IS NOT NULL' })
@Index('events_attention', ['occurredAt'], {
  where: "type = ANY (ARRAY['connection.attention'::text, 'connection.mass_change'::text, 'domain.lapsed'::text])",
})
@Index('events_by_id', ['id'])
@Index('events_by_request', ['requestId'], { where: 'request_id IS NOT NULL' })
@Index('events_connection', ['organizationId', 'connectionId', 'position'], { where: 'connection_id IS NOT NULL' })
@Index('events_deprovisioned', ['occurredAt'], { where: "type = 'user.deprovisioned'::text" })
@Index('events_group', ['organizationId', 'groupId', 'position'], { where: 'group_id IS NOT NULL' })
@Index('events_seq', ['seq'])
@Index('events_subject', ['organizationId', 'subjectId', 'position'])
@Index('events_type', ['organizationId', 'type', 'position'])
@Index('events_user', ['organizationId', 'userId', 'position'], { where: 'user_id IS NOT NULL' })
@InterfaceType('Event', {
  implements: NodeInterface,
  description: "An event of an organization's log. Each type of event has an object type; new versions add types.",
})
export class EventRecord {
  @PrimaryColumn('text', { collation: 'C' })
  organizationId: OrganizationId;

  @PrimaryColumn('bigint')
  @Field(() => PositionScalar, {
    description: "Position in the organization's log: 1, 2, 3, ... without gaps, in commit order.",
  })
  position: number;

  @Column('bigint')
  seq: number;

  @Column({ type: 'text', collation: 'C' })
  @Field(() => ID, {
    description: 'Equal in each delivery of the event, on every transport: use it to detect repetitions.',
  })
  id: EventId;

  @Column('text')
  @Field(() => eventTypes, {
    description: 'Kind of event, which determines the object type and the content of `data`.',
  })
  type: EventType;

  @Column({ type: 'timestamptz', precision: 3 })
  @Field(() => Date, {
    description: 'Time at which the transaction of the change began, by the clock of the database.',
  })
  occurredAt: Date;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  @Field(() => Date, {
    description: 'Time at which the event was written, directly before the commit, by the clock of the database.',
  })
  recordedAt: Date;

  @Column('text')
  actorKind: string;
  @Column({ type: 'text', collation: 'C', nullable: true })
  actorId: string | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  @Field(() => String, {
    nullable: true,
    description:
      'Id of the request that caused the event. All events of a request have the same id. Null if no request caused it.',
  })
  requestId: string | null;

  @Column('text')
  subjectType: string;
  @Column({ type: 'text', collation: 'C' })
  @Field(() => ID, {
    description:
      'Id of the object that the event is about, such as a user or a domain. The object can have been deleted since.',
  })
  subjectId: string;

  @Column({ type: 'text', collation: 'C', nullable: true })
  userId: string | null;
  @Column({ type: 'text', collation: 'C', nullable: true })
  groupId: string | null;
  @Column({ type: 'text', collation: 'C', nullable: true })
  connectionId: string | null;

  @Column('jsonb')
  @Field(() => JsonScalar, {
    description: 'State of the subject after the change, and fields specific to the event type.',
  })
  data: Record<string, unknown>;

  @Column('jsonb')
  @Field(() => [ChangeObject], {
    description: 'Changed attributes of an update. Empty for other types of events, and after an erasure.',
  })
  changes: Change[];

  @Column('integer')
  @Field(() => Int, { description: 'Version of the format of `data`.' })
  schemaVersion: number;

  @Field(() => PositionScalar, {
    description:
      'Position of the previous event that matches the same filter, so that a filtered reader can detect a missing event.',
  })
  previousPosition: number;

  /** True if the event was read from the log of all organizations. Its cursor then belongs to that log. */
  acrossOrganizations: boolean;
}
