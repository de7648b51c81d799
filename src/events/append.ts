import { invariant } from '../errors.js';
import { type EventId, newId, type OrganizationId } from '../ids.js';
import type { Session } from '../storage/database.js';
import { once, sql } from '../storage/sql.js';
import type { Actor, PendingEvent } from './types.js';

// The head's row lock is held to the commit, so whoever sees position n sees every event up to n. Taken last and in one
// round trip, the lock costs little more than the flush.
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

/** A statement has five seconds; deleting a group of 100,000 tells as many removals. */
const chunk = 5_000;

/** The last event of a transaction, and the transaction's number: by them its outcome can be asked for. */
export interface Appended {
  position: number;
  id: EventId;
  xid: string;
}

/** What all events of one transaction share. */
export interface Origin {
  actor: Actor;
  requestId: string | null;
  at: Date;
}

/**
 * Adds `events` to the organization's log as the last statement before COMMIT, in their order, with the next positions. Very
 * many go in several statements: the head is ours from the first on, so their positions stand together all the same.
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
  // A missing head would drop the events in silence.
  invariant(rows.length === events.length, `${events.length} events were written as ${rows.length}`);
  return rows.reduce((last, row) => (row.position > last.position ? row : last));
}

// The subject's id stands in the column of its kind too, so that one index finds all that concerns a user.
function ids({ subject: { type, id } }: PendingEvent): Pick<PendingEvent, 'userId' | 'groupId' | 'connectionId'> {
  if (type === 'user') return { userId: id };
  if (type === 'group') return { groupId: id };
  return type === 'connection' ? { connectionId: id } : {};
}

/** Makes the counter of a new organization, in the transaction that creates it. */
export async function openLog(session: Session, organizationId: OrganizationId): Promise<void> {
  await session.query(sql`insert into event_heads (organization_id, position) values (${organizationId}, 0)`);
}
