import type { EventId, OrganizationId } from '../ids.js';
import type { Session } from '../storage/database.js';
import { rowsOf } from '../storage/rows.js';
import { and, once, or, type Sql, sql } from '../storage/sql.js';
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

/** The conditions of the filter, in one log or in all. */
function conditionsOf(organizationId: OrganizationId | null, { types, subjectId, since }: EventFilter): Sql[] {
  return [
    ...(organizationId ? [sql`organization_id = ${organizationId}`] : []),
    ...(types ? [sql`type = any(${types})`] : []),
    // One condition for each index.
    ...(subjectId
      ? [
          or(
            ...[sql`subject_id`, sql`user_id`, sql`group_id`, sql`connection_id`].map(
              (id) => sql`${id} = ${subjectId}`,
            ),
          ),
        ]
      : []),
    ...(since ? [sql`occurred_at >= ${since}`] : []),
  ];
}

/** Returns the column by which a log, or all logs, are in order. */
const placeIn = (organizationId: OrganizationId | null): Sql => (organizationId ? sql`position` : sql`seq`);

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
  one: (log: Sql, place: Sql) => sql`coalesce(
    (select id from events where organization_id = ${log} and position = ${place}),
    (select coalesce(last_id, '') from event_retention where organization_id = ${log} and position = ${place}))`,
  all: (place: Sql) => sql`coalesce(
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
  const place = placeIn(organizationId);
  const from = once(after.place);
  const log = organizationId ? standing.one(once(organizationId), from) : standing.all(from);
  const conditions = [
    ...conditionsOf(organizationId, filter),
    sql`${place} > ${from}`,
    ...(upTo === undefined ? [] : [sql`${place} <= ${upTo}`]),
  ];
  const found = await session.run<Record<string, unknown> & { anchor: EventId | '' | null; epoch: string }>(
    sql`select e.*, log.epoch, log.anchor
      from (select epoch, ${log} as anchor from event_log) log
      left join lateral (
        select * from events where ${and(...conditions)} order by ${place} limit ${limit}
      ) e on true
      order by e.${place}`,
  );
  const [first] = found;
  const continues = after.id === null || first?.anchor === after.id || first?.anchor === '';
  const rows = rowsOf(session.dataSource, EventRecord);
  const events = found.filter((row) => continues && row.id !== null).map((row) => rows.from(row));
  for (const event of events) event.acrossOrganizations = organizationId === null;
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
  const conditions = [...conditionsOf(organizationId, filter), sql`position <= ${position}`];
  const [row] = await session.run<{ position: number }>(
    sql`select position from events where ${and(...conditions)} order by position desc limit 1`,
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
    sql`organization_id = ${organizationId} and user_id = ${userId}
      and (${before?.at ?? null}::timestamptz is null
        or (occurred_at, id) < (${before?.at ?? null}, ${before?.id ?? null}))
      order by occurred_at desc, id desc limit ${limit}`,
  );
  return events.map(unfiltered);
}

/** Returns the event as a reader without a filter gets it: the position before it is the one below. */
export function unfiltered(event: EventRecord): EventRecord {
  event.previousPosition = event.position - 1;
  return event;
}

/** How many events that pass the filter lie after `after`, counted up to `most`. */
export async function countAfter(
  session: Session,
  organizationId: OrganizationId | null,
  { after, filter, most }: { after: number; filter: EventFilter; most: number },
): Promise<number> {
  const conditions = [...conditionsOf(organizationId, filter), sql`${placeIn(organizationId)} > ${after}`];
  const [row] = await session.run<{ n: number }>(
    sql`select count(*) as n from (select from events where ${and(...conditions)} limit ${most}) behind`,
  );
  return row?.n ?? 0;
}
