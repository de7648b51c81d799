import { CursorExpired, Unavailable } from '../kernel/errors.js';
import type { EventId, OrganizationId } from '../kernel/ids.js';
import type { Session } from '../storage/session.js';
import { sql } from '../storage/sql.js';
import type { Anchor, EventCursor } from './cursor.js';
import type { History } from './history.js';

/** Head of a log, position up to which it was pruned, and event at the requested position. */
export interface Bounds {
  head: Anchor;
  pruned: Anchor;
  /** Null if there is no event at the position, or its id is no longer known. */
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

// This head can be beyond the frontier: an event with a lower `seq` can still be committed.
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
 * Reads the bounds of a log and the event at `place`, in one statement. For the log of all organizations, the head is
 * the newest committed event; its readers stop at the frontier.
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

/** Returns the position with the id of the event that is currently there. */
export async function anchorAt(
  session: Session,
  organizationId: OrganizationId | null,
  place: number,
): Promise<Anchor> {
  return { place, id: (await boundsOf(session, organizationId, place)).found };
}

/**
 * Returns the anchor from which a reader with this cursor continues. The log must contain the cursor's event at its
 * position; the events before it are then those that the reader has seen, in any epoch. A cursor without an id is
 * accepted only in its own epoch.
 *
 * @throws CursorInvalid if the text is not a cursor of this log
 * @throws CursorExpired if the cursor belongs to another history, is beyond the head, or events after it were pruned
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
    // A cursor before the pruned position proves nothing about the history.
    if (cursor.place >= bounds.pruned.place) history.refute(cursor);
    throw refusal;
  }
  return { place: cursor.place, id: bounds.found ?? cursor.id };
}

function isIn({ head, pruned, found, epoch }: Bounds, { place, id, isIdentified, ...cursor }: EventCursor): boolean {
  if (place > head.place || place < pruned.place) return false;
  // At position 0 the reader has seen no event, so the history does not matter.
  if (isIdentified && place === 0) return true;
  const isUnknown = id === null || (found === null && place === pruned.place);
  return isUnknown ? cursor.epoch === epoch : id === found;
}

/** Returns the error with the cursor to continue from. @throws Unavailable on a standby, which can merely lag behind */
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
