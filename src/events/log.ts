import { CursorExpired, Unavailable } from '../errors.js';
import type { EventId, OrganizationId } from '../ids.js';
import type { Session } from '../storage/database.js';
import { sql } from '../storage/sql.js';
import type { Anchor, EventCursor } from './cursor.js';
import type { History } from './history.js';

/** Where a log ends, up to where it was pruned, and what stands at the place that was asked for. */
export interface Bounds {
  head: Anchor;
  pruned: Anchor;
  /** Null: no event is there, or nobody knows any more which one was. */
  found: EventId | null;
  epoch: string;
}

interface Row {
  head: number;
  headId: EventId | null;
  pruned: number;
  prunedId: EventId | null;
  found: EventId | null;
  epoch: string;
}

// What is not yet sure to be complete is not yet the head: a cursor into it could skip what commits below it.
const boundsOfAll = (place: number) => sql`
  select coalesce(newest.seq, retained.seq, 0) as head, coalesce(newest.id, retained.last_id) as "headId",
    coalesce(retained.seq, 0) as pruned, retained.last_id as "prunedId", epoch,
    (select id from events where seq <= ${place} order by seq desc limit 1) as found
  from event_log
  left join (select seq, id from events order by seq desc limit 1) newest on true
  left join (select seq, last_id from event_retention order by seq desc limit 1) retained on true`;
const boundsOfOne = (organizationId: OrganizationId, place: number) => sql`
  select head.position as head, coalesce(newest.id, retained.last_id) as "headId",
    coalesce(retained.position, 0) as pruned, retained.last_id as "prunedId", epoch,
    (select id from events where organization_id = ${organizationId} and position = ${place}) as found
  from event_heads head cross join event_log
  left join events newest on newest.organization_id = head.organization_id and newest.position = head.position
  left join event_retention retained on retained.organization_id = head.organization_id
  where head.organization_id = ${organizationId}`;

/**
 * The bounds of a log, and what stands at `place`, in one statement. Of all logs the head is the newest event that has
 * committed; readers of them stop at the frontier.
 */
export async function boundsOf(session: Session, organizationId: OrganizationId | null, place = 0): Promise<Bounds> {
  const [row] = organizationId
    ? await session.query<Row>(boundsOfOne(organizationId, place))
    : await session.query<Row>(boundsOfAll(place));
  if (!row) return { head: { place: 0, id: null }, pruned: { place: 0, id: null }, found: null, epoch: '' };
  return {
    head: { place: row.head, id: row.headId },
    pruned: { place: row.pruned, id: row.prunedId },
    found: place > 0 && place === row.pruned ? row.prunedId : row.found,
    epoch: row.epoch,
  };
}

/** The place, with the event that stands there now. */
export async function anchorAt(
  session: Session,
  organizationId: OrganizationId | null,
  place: number,
): Promise<Anchor> {
  return { place, id: (await boundsOf(session, organizationId, place)).found };
}

/**
 * Where reading goes on behind a cursor. Its event has to be the one that stands at its place: then everything before it is
 * what its holder has seen, whatever the epoch. A cursor without an id is believed within its epoch.
 *
 * @throws CursorInvalid for what is no cursor of this log
 * @throws CursorExpired for one of another history, ahead of the head, or with pruned events behind it
 */
export async function placeAfter(
  session: Session,
  history: History,
  { organizationId, after }: { organizationId: OrganizationId | null; after: string },
): Promise<Anchor> {
  const cursor = history.parse(after, organizationId);
  const bounds = await boundsOf(session, organizationId, cursor.place);
  history.read(bounds.epoch);
  if (!isIn(bounds, cursor)) {
    const refusal = await expired(session, history, organizationId, bounds);
    // What was pruned proves nothing.
    if (cursor.place >= bounds.pruned.place) history.refute(cursor);
    throw refusal;
  }
  return { place: cursor.place, id: bounds.found ?? cursor.id };
}

function isIn({ head, pruned, found, epoch }: Bounds, { place, id, isIdentified, ...cursor }: EventCursor): boolean {
  if (place > head.place || place < pruned.place) return false;
  // Before the first event nothing was seen that could be another's.
  if (isIdentified && place === 0) return true;
  const isUnknown = id === null || (found === null && place === pruned.place);
  return isUnknown ? cursor.epoch === epoch : id === found;
}

/** The refusal that says where to go on. @throws Unavailable by a standby, which may only be behind */
export async function expired(
  session: Session,
  history: History,
  organizationId: OrganizationId | null,
  bounds?: Bounds,
): Promise<CursorExpired> {
  const [standby] = await session.query<{ yes: boolean }>(sql`select pg_is_in_recovery() as yes`);
  if (standby?.yes) throw new Unavailable();
  const { head, pruned } = bounds ?? (await boundsOf(session, organizationId));
  const at = (anchor: Anchor) => history.cursorAt(organizationId, anchor);
  return new CursorExpired(at(pruned), at(organizationId ? head : pruned));
}
