import { actorOf } from '../../access/principal.js';
import type { Tx } from '../../access/write.js';
import type { EventId, OrganizationId, WebhookDeliveryId } from '../../ids.js';
import { newId } from '../../ids.js';
import type { Session } from '../../storage/database.js';
import { type Sql, sql } from '../../storage/sql.js';
import type { WebhookEndpoint } from './endpoint.js';

/** One attempt to deliver an event, as the delivery log keeps it. */
export interface DeliveryRecord {
  id: WebhookDeliveryId;
  eventOrganizationId: OrganizationId;
  eventPosition: number;
  eventId: EventId;
  /** 1 for the first; 0 where an operator left events out. */
  attempt: number;
  /** Of the answer; null when there was none. */
  status: number | null;
  durationMs: number;
  error: string | null;
  /** The first kilobyte of the answer. */
  answer: string | null;
  delivered: boolean;
  at: Date;
}

/** The columns of `webhook_deliveries` out of records, for an insert. */
export const fromRecords = (records: readonly DeliveryRecord[]): Sql => sql`
  select d->>'id' as id, d->>'eventOrganizationId' as event_organization_id,
  (d->>'eventPosition')::bigint as event_position,
    d->>'eventId' as event_id, (d->>'attempt')::int as attempt, (d->>'status')::int as status,
    (d->>'durationMs')::int as duration_ms, d->>'error' as error, d->>'answer' as answer,
    (d->>'delivered')::boolean as delivered, (d->>'at')::timestamptz as at
  from jsonb_array_elements(${JSON.stringify(records)}::jsonb) d`;

/** Records that an operator moved the endpoint over events that were not delivered, under the first of them. */
export async function logSkip(tx: Tx, { id, organizationId, place }: WebhookEndpoint, from: number): Promise<void> {
  const { kind, id: who } = actorOf(tx.principal);
  const error = `Left out by replayWebhooks of ${kind} ${who}: everything after ${from} up to ${place}.`;
  await tx.session.unscoped.query(sql`insert into webhook_deliveries (endpoint_id, id, event_organization_id, event_position,
    event_id, attempt,
       duration_ms, error, delivered, at)
     select ${id}, ${newId('dlv')}, organization_id, position, id, 0, 0, ${error}, false, ${tx.now} from events
     where case when ${organizationId}::text is null then seq > ${from} else organization_id = ${organizationId}
     and position > ${from} end
     order by seq limit 1`);
}

interface Row {
  id: WebhookDeliveryId;
  event_organization_id: OrganizationId;
  event_position: number;
  event_id: EventId;
  attempt: number;
  status: number | null;
  duration_ms: number;
  error: string | null;
  answer: string | null;
  delivered: boolean;
  at: Date;
}

/** The endpoint's deliveries of events that are still there, newest first, older than `before` where that is given. */
export async function findDeliveries(
  session: Session,
  endpointId: string,
  { before, limit }: { before: string | null; limit: number },
): Promise<DeliveryRecord[]> {
  const rows = await session.query<Row>(sql`select * from webhook_deliveries d where endpoint_id = ${endpointId}
      and (${before}::text is null or id < ${before}) and exists (
       select from events where organization_id = d.event_organization_id and position = d.event_position)
     order by id desc limit ${limit}`);
  return rows.map(recordOf);
}

const recordOf = ({ event_organization_id, event_position, event_id, duration_ms, ...row }: Row): DeliveryRecord => ({
  ...row,
  eventOrganizationId: event_organization_id,
  eventPosition: event_position,
  eventId: event_id,
  durationMs: duration_ms,
});

/**
 * Attempts to tell somebody of one user's events, newest first, from before that moment: to the organization's own
 * endpoints, and with `platform` to the operator's too.
 */
export async function deliveriesAbout(
  session: Session,
  { organizationId, userId, platform }: { organizationId: OrganizationId; userId: string; platform: boolean },
  { before, limit }: { before: { at: Date; id: string } | null; limit: number },
): Promise<DeliveryRecord[]> {
  const rows = await session.query<Row>(sql`select d.* from webhook_deliveries d
     join events e on e.organization_id = d.event_organization_id and e.position = d.event_position
     join webhook_endpoints w on w.id = d.endpoint_id
     where d.event_organization_id = ${organizationId} and e.user_id = ${userId}
     and (w.organization_id = ${organizationId} or ${platform})
       and (${before?.at ?? null}::timestamptz is null
       or (d.at, d.id) < (${before?.at ?? null}, ${before?.id ?? null}))
     order by d.at desc, d.id desc limit ${limit}`);
  return rows.map(recordOf);
}

/** Removes deliveries that are older than `before`, some thousands at a time. True when there may be more. */
export async function pruneDeliveries(session: Session, before: Date): Promise<boolean> {
  const gone = await session.query(sql`delete from webhook_deliveries where (endpoint_id, id) in (
       select endpoint_id, id from webhook_deliveries where at < ${before} order by at limit 5000) returning 1`);
  return gone.length === 5_000;
}
