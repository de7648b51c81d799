import type { EventId, OrganizationId } from '../ids.js';
import type { Session } from '../storage/database.js';
import { rowsOf } from '../storage/rows.js';
import type { Anchor } from './cursor.js';
import { EventRecord } from './event.js';
import type { EventType } from './types.js';

/** Which events a reader wants; an absent part wants all. */
export interface EventFilter {
  types?: readonly EventType[];
  /** A user, group or connection that the event is about. */
  subjectId?: string;
  since?: Date;
}

/** Whether the filter lets the event pass: the same rule as the SQL below. */
export function passes(event: EventRecord, { types, subjectId, since }: EventFilter): boolean {
  if (types && !types.includes(event.type)) return false;
  if (since && event.occurredAt < since) return false;
  return !subjectId || [event.subjectId, event.userId, event.groupId, event.connectionId].includes(subjectId);
}

/** Whether it lets every event pass. */
export const isOpen = (filter: EventFilter) => Object.values(filter).every((part) => part === undefined);

/** Part of a log: what lies after a place, up to another, in order, so many at the most. */
export interface Stretch {
  after: Anchor;
  upTo?: number;
  limit: number;
  filter?: EventFilter;
}

function condition(organizationId: OrganizationId | null, { types, subjectId, since }: EventFilter, values: unknown[]) {
  const place = (value: unknown) => `$${values.push(value)}`;
  const parts: string[] = [];
  if (organizationId) parts.push(`organization_id = ${place(organizationId)}`);
  if (types) parts.push(`type = any(${place(types)})`);
  if (subjectId) {
    // One condition for each index.
    const id = place(subjectId);
    parts.push(`(subject_id = ${id} or user_id = ${id} or group_id = ${id} or connection_id = ${id})`);
  }
  if (since) parts.push(`occurred_at >= ${place(since)}`);
  return parts;
}

/** Events, and what the log has at the place that they were read after. */
export interface Reading {
  events: EventRecord[];
  /** The place that was read after, with the id that stands there. */
  after: Anchor;
  /** Whether that is the event that the reader had seen there. When it is not, there are no events. */
  continues: boolean;
  epoch: string;
}

/**
 * SQL of the id that a log has at a place: null for none, and the empty text for that of an event that was deleted before
 * retention kept ids. In the statement that reads on from the place, so that no failover fits in between.
 */
export const standing = {
  one: (log: string, place: string) => `coalesce(
    (select id from events where organization_id = ${log} and position = ${place}),
    (select coalesce(last_id, '') from event_retention where organization_id = ${log} and position = ${place}))`,
  all: (place: string) => `coalesce(
    (select coalesce(last_id, '') from event_retention where seq = ${place}),
    (select id from events where seq <= ${place} order by seq desc limit 1))`,
};

/**
 * A stretch of one organization's log by position, or of all logs by `seq`, oldest first, if the log still has the event
 * that the reader saw before it. Of one organization it is complete up to its last event, as positions are given in commit
 * order; of all of them only up to the frontier.
 */
export async function readEvents(
  session: Session,
  organizationId: OrganizationId | null,
  { after, upTo, limit, filter = {} }: Stretch,
): Promise<Reading> {
  const values: unknown[] = [];
  const parts = condition(organizationId, filter, values);
  const place = organizationId ? 'position' : 'seq';
  const from = `$${values.push(after.place)}`;
  parts.push(`${place} > ${from}`);
  if (upTo !== undefined) parts.push(`${place} <= $${values.push(upTo)}`);
  const found = await session.run<Record<string, unknown> & { anchor: EventId | '' | null; epoch: string }>(
    `select e.*, log.epoch, log.anchor
     from (select epoch, ${organizationId ? standing.one('$1', from) : standing.all(from)} as anchor from event_log) log
     left join lateral (
       select * from events where ${parts.join(' and ')}
       order by ${place} limit $${values.push(limit)}
     ) e on true order by e.${place}`,
    values,
  );
  const [first] = found;
  const continues = after.id === null || first?.anchor === after.id || first?.anchor === '';
  const rows = rowsOf(session.dataSource, EventRecord);
  const events = found
    .filter((row) => continues && row.id !== null)
    .map((row) => Object.assign(rows.from(row), { acrossOrganizations: organizationId === null }));
  await linkBack(session, events, filter);
  return {
    events,
    after: { place: after.place, id: after.place === 0 ? null : first?.anchor || after.id },
    continues,
    epoch: first?.epoch ?? '',
  };
}

/** Tells each event which one of its organization passed the same filter before it. */
async function linkBack(session: Session, events: EventRecord[], filter: EventFilter): Promise<void> {
  const before = new Map<OrganizationId, number>();
  for (const event of events) {
    const { organizationId, position } = event;
    const previous =
      before.get(organizationId) ?? (await positionBefore(session, organizationId, position - 1, filter));
    event.previousPosition = previous;
    before.set(organizationId, position);
  }
}

/** The newest position of the organization up to `position` whose event passes the filter; 0 when there is none. */
export async function positionBefore(
  session: Session,
  organizationId: OrganizationId,
  position: number,
  filter: EventFilter,
): Promise<number> {
  if (position === 0 || isOpen(filter)) return position;
  const values: unknown[] = [];
  const parts = condition(organizationId, filter, values);
  const [row] = await session.run<{ position: number }>(
    `select position from events where ${parts.join(' and ')} and position <= $${values.push(position)}
     order by position desc limit 1`,
    values,
  );
  return row?.position ?? 0;
}

/** Events about a user, newest first, from before that moment. */
export async function eventsAbout(
  session: Session,
  { organizationId, userId }: { organizationId: OrganizationId; userId: string },
  { before, limit }: { before: { at: Date; id: string } | null; limit: number },
): Promise<EventRecord[]> {
  const events = await session.rows(
    EventRecord,
    `organization_id = $1 and user_id = $2 and ($3::timestamptz is null or (occurred_at, id) < ($3, $4))
     order by occurred_at desc, id desc limit $5`,
    [organizationId, userId, before?.at ?? null, before?.id ?? null, limit],
  );
  return events.map((event) => Object.assign(event, { previousPosition: event.position - 1 }));
}

/** How many events that pass the filter lie after `after`, counted up to `most`. */
export async function countAfter(
  session: Session,
  organizationId: OrganizationId | null,
  { after, filter, most }: { after: number; filter: EventFilter; most: number },
): Promise<number> {
  const values: unknown[] = [];
  const parts = condition(organizationId, filter, values);
  const place = organizationId ? 'position' : 'seq';
  parts.push(`${place} > $${values.push(after)}`);
  const [row] = await session.run<{ n: number }>(
    `select count(*) as n from (select from events where ${parts.join(' and ')} limit $${values.push(most)}) behind`,
    values,
  );
  return row?.n ?? 0;
}
