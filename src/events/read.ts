import { CursorExpired } from '../errors.js';
import type { OrganizationId } from '../ids.js';
import type { Session } from '../storage/database.js';
import { rowsOf } from '../storage/rows.js';
import { type EventCursor, parseCursor, printCursor } from './cursor.js';
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

/** The log of an organization: where it stands and where its retained part begins. */
export interface Log {
  organizationId: OrganizationId;
  epoch: string;
}

function condition({ types, subjectId, since }: EventFilter, values: unknown[]): string {
  const parts = ['organization_id = $1'];
  const place = (value: unknown) => `$${values.push(value)}`;
  if (types) parts.push(`type = any(${place(types)})`);
  if (subjectId) parts.push(`${place(subjectId)} in (subject_id, user_id, group_id, connection_id)`);
  if (since) parts.push(`occurred_at >= ${place(since)}`);
  return parts.join(' and ');
}

/**
 * Up to `limit` events after `position`, oldest first. What it returns is complete up to the last one: positions are
 * given in commit order.
 */
export async function readEvents(
  session: Session,
  organizationId: OrganizationId,
  { position, limit, filter = {} }: { position: number; limit: number; filter?: EventFilter },
): Promise<EventRecord[]> {
  const values: unknown[] = [organizationId];
  const where = condition(filter, values);
  const found = await session.run<Record<string, unknown>>(
    `select * from events where ${where} and position > $${values.length + 1} order by position limit $${values.length + 2}`,
    [...values, position, limit],
  );
  const rows = rowsOf(session.dataSource, EventRecord);
  const events = found.map((row) => rows.from(row));
  let previous = events.length === 0 ? 0 : await positionBefore(session, organizationId, position, filter);
  for (const event of events) {
    event.previousPosition = previous;
    previous = event.position;
  }
  return events;
}

/** The newest position up to `position` whose event passes the filter; 0 when there is none. */
export async function positionBefore(
  session: Session,
  organizationId: OrganizationId,
  position: number,
  filter: EventFilter,
): Promise<number> {
  if (position === 0 || Object.values(filter).every((part) => part === undefined)) return position;
  const values: unknown[] = [organizationId];
  const where = condition(filter, values);
  const [row] = await session.run<{ position: number }>(
    `select position from events where ${where} and position <= $${values.length + 1} order by position desc limit 1`,
    [...values, position],
  );
  return row?.position ?? 0;
}

/** The position of the newest event; 0 for an empty log. */
export async function headOf(session: Session, organizationId: OrganizationId): Promise<number> {
  const [row] = await session.query<{ position: number }>(
    'select position from event_heads where organization_id = $1',
    [organizationId],
  );
  return row?.position ?? 0;
}

/**
 * The position that reading goes on from.
 *
 * @throws CursorInvalid for what is no cursor of this organization
 * @throws CursorExpired for one of another epoch, ahead of the head, or with pruned events behind it
 */
export async function positionAfter(session: Session, { organizationId, epoch }: Log, after: string): Promise<number> {
  const cursor: EventCursor = parseCursor(after, organizationId);
  const [bounds] = await session.query<{ oldest: number | null; head: number }>(
    `select head.position as head,
       (select position from events where organization_id = $1 order by position limit 1) as oldest
     from event_heads head where organization_id = $1`,
    [organizationId],
  );
  const before = (bounds?.oldest ?? 1) - 1;
  const gone = cursor.epoch !== epoch || cursor.position > (bounds?.head ?? 0) || cursor.position < before;
  if (gone) throw new CursorExpired(printCursor({ organizationId, epoch, position: before }));
  return cursor.position;
}
