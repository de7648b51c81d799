import { invariant } from '../kernel/errors.js';
import { type EventId, newId, type OrganizationId } from '../kernel/ids.js';
import type { Session } from '../storage/session.js';
import { once, sql } from '../storage/sql.js';
import type { Actor, PendingEvent } from './types.js';

// The row lock on the log's head is held until the commit, so a reader that sees position n sees all events up to n.
// The lock is taken in the last statement, in one round trip, so it adds little to the time of the flush.
const append = (organizationId: OrganizationId, bodies: readonly object[], { actor, requestId, at }: Origin) => {
  const log = once(organizationId);
  const count = once(bodies.length);
  return sql`
  with head as (
    update event_heads set position = position + ${count} where organization_id = ${log} returning position
  )
  insert into events (organization_id, position, seq, id, type, occurred_at, actor_kind, actor_id, request_id,
    subject_type, subject_id, user_id, group_id, connection_id, data, changes, schema_version)
  select ${log}, head.position - ${count} + item.n, nextval('event_seq'), item.body->>'id', item.body->>'type',
    ${at}, ${actor.kind}, ${actor.id}, ${requestId},
    item.body->'subject'->>'type', item.body->'subject'->>'id', item.body->>'userId', item.body->>'groupId',
    item.body->>'connectionId', item.body->'data', item.body->'changes', 1
  from head, jsonb_array_elements(${JSON.stringify(bodies)}::jsonb) with ordinality item(body, n)
  returning position, id, pg_current_xact_id()::text as xid`;
};

/**
 * Maximum number of events per insert. A statement is limited to five seconds; deleting a group can emit 100,000 events.
 */
const chunk = 5_000;

/** Last event of a transaction, with the transaction id. The outcome of the transaction can be queried by them. */
export interface Appended {
  position: number;
  id: EventId;
  xid: string;
}

/** Fields that all events of one transaction share. */
export interface Origin {
  actor: Actor;
  requestId: string | null;
  at: Date;
}

/**
 * Appends `events` to the organization's log, in order, with the next positions. It must be the last statement before
 * COMMIT. Many events are inserted in several statements. Their positions are still consecutive, because the first
 * statement locks the head.
 */
export async function appendEvents(
  session: Session,
  organizationId: OrganizationId,
  events: readonly PendingEvent[],
  origin: Origin,
): Promise<Appended | null> {
  let last: Appended | null = null;
  for (let from = 0; from < events.length; from += chunk) {
    last = await appendSome(session, organizationId, events.slice(from, from + chunk), origin);
  }
  return last;
}

async function appendSome(
  session: Session,
  organizationId: OrganizationId,
  events: readonly PendingEvent[],
  origin: Origin,
): Promise<Appended> {
  const bodies = events.map((event) => ({ ...ids(event), ...event, id: newId('evt'), changes: event.changes ?? [] }));
  const rows = await session.query<Appended>(append(organizationId, bodies, origin));
  // Without the head row, no event would be inserted and no error would be raised.
  invariant(rows.length === events.length, `${events.length} events were written as ${rows.length}`);
  return rows.reduce((last, row) => (row.position > last.position ? row : last));
}

// The subject's id is also stored in the column of its kind, so that one index finds all events about a user.
function ids({ subject: { type, id } }: PendingEvent): Pick<PendingEvent, 'userId' | 'groupId' | 'connectionId'> {
  if (type === 'user') return { userId: id };
  if (type === 'group') return { groupId: id };
  return type === 'connection' ? { connectionId: id } : {};
}

/** Creates the position counter of a new organization, in the transaction that creates the organization. */
export async function openLog(session: Session, organizationId: OrganizationId): Promise<void> {
  await session.query(sql`insert into event_heads (organization_id, position) values (${organizationId}, 0)`);
}
