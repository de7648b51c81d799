import { CursorExpired } from '../errors.js';
import type { OrganizationId } from '../ids.js';
import type { Session } from '../storage/database.js';
import { parseCursor, printCursor } from './cursor.js';

/** The log of one organization, or that of all when it names none, in its present epoch. */
export interface Log {
  organizationId: OrganizationId | null;
  epoch: string;
}

/** Where a log ends, and up to where it was pruned. */
interface Bounds {
  head: number;
  pruned: number;
}

// What is not yet sure to be complete is not yet the head: a cursor into it could skip what commits below it.
const boundsOfAll = `select coalesce((select max(seq) from events), (select max(seq) from event_retention), 0) as head,
  coalesce((select max(seq) from event_retention), 0) as pruned`;
const boundsOfOne = `select head.position as head, coalesce(retained.position, 0) as pruned
  from event_heads head left join event_retention retained using (organization_id) where head.organization_id = $1`;

/** Of all logs the head is the newest event that has committed; readers of them stop at the frontier. */
export async function boundsOf(session: Session, organizationId: OrganizationId | null): Promise<Bounds> {
  const [bounds] = organizationId
    ? await session.query<Bounds>(boundsOfOne, [organizationId])
    : await session.query<Bounds>(boundsOfAll);
  return bounds ?? { head: 0, pruned: 0 };
}

/** The position of the newest event; 0 for an empty log. */
export async function headOf(session: Session, organizationId: OrganizationId): Promise<number> {
  return (await boundsOf(session, organizationId)).head;
}

/**
 * The place that reading goes on from.
 *
 * @throws CursorInvalid for what is no cursor of this log
 * @throws CursorExpired for one of another epoch, ahead of the head, or with pruned events behind it
 */
export async function placeAfter(session: Session, { organizationId, epoch }: Log, after: string): Promise<number> {
  const cursor = parseCursor(after, organizationId);
  const { head, pruned } = await boundsOf(session, organizationId);
  if (cursor.epoch !== epoch || cursor.place > head || cursor.place < pruned) {
    const at = (place: number) => printCursor({ organizationId, epoch, place });
    throw new CursorExpired(at(pruned), at(organizationId ? head : pruned));
  }
  return cursor.place;
}
