import type { EventId, OrganizationId } from '../kernel/ids.js';
import { rowsOf } from '../storage/rows.js';
import type { Session } from '../storage/session.js';
import { and, once, type Sql, sql } from '../storage/sql.js';
import type { Anchor } from './cursor.js';
import { EventRecord } from './event.js';
import { conditionsOf, type EventFilter, isOpen } from './filter.js';

/** Part of a log: at most `limit` events after a position, up to another position, in order. */
export interface Stretch {
  after: Anchor;
  upTo?: number;
  limit: number;
  filter?: EventFilter;
  /** The last `limit` events instead of the first ones. */
  isFromEnd?: boolean;
}

/** Returns the column that orders one log, or the log of all organizations. */
const placeIn = (organizationId: OrganizationId | null): Sql => (organizationId ? sql`position` : sql`seq`);

/** The events after a position, and the event that is at that position now. */
export interface Reading {
  events: EventRecord[];
  /** Position that was read after, with the id of the event that is currently there. */
  after: Anchor;
  /** True if that is the event that the reader has seen there. Otherwise `events` is empty. */
  continues: boolean;
  epoch: string;
}

/**
 * SQL expression of the event id at a position of a log: null if there is no event, and an empty text if the event was
 * deleted before retention stored ids. It is part of the statement that reads the next events, so that no failover can
 * happen between the two.
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
 * Reads a part of one organization's log by position, or of all logs by `seq`, oldest first, if the log still contains
 * the event that the reader saw before it. The log of one organization is complete up to its last event, because
 * positions are assigned in commit order. The log of all organizations is complete only up to the frontier.
 */
export async function readEvents(
  session: Session,
  organizationId: OrganizationId | null,
  { after, upTo, limit, filter = {}, isFromEnd = false }: Stretch,
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
        select * from events where ${and(...conditions)}
        order by ${place} ${isFromEnd ? sql`desc` : sql`asc`} limit ${limit}
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

/** Sets the position of the previous matching event of the organization on each event. */
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

/**
 * Returns the newest position of the organization up to `position` whose event matches the filter; 0 if there is none.
 */
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

/** Returns events about a user that are older than `before`, newest first. */
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

/** Returns the event for a reader without a filter: its previous position is the position minus one. */
export function unfiltered(event: EventRecord): EventRecord {
  event.previousPosition = event.position - 1;
  return event;
}

/** Returns the number of matching events after `after`, counted up to `most`. */
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
