import { MoreThan, type SelectQueryBuilder } from 'typeorm';
import { actorOf } from '../../access/principal.js';
import type { Tx } from '../../access/write.js';
import { EventRecord } from '../../events/event.js';
import { newId, type OrganizationId } from '../../ids.js';
import type { Session } from '../../storage/database.js';
import { create } from '../../storage/rows.js';
import { type Sql, sql } from '../../storage/sql.js';
import { DeliveryRecord } from './delivery.js';
import { WebhookEndpoint } from './endpoint.js';

/** An attempt of one endpoint's turn, before it is written. */
export type Attempt = Omit<DeliveryRecord, 'endpointId'>;

/** The columns of `webhook_deliveries` out of attempts, for an insert. */
export const fromAttempts = (attempts: readonly Attempt[]): Sql => sql`
  select d->>'id' as id, d->>'eventOrganizationId' as event_organization_id,
    (d->>'eventPosition')::bigint as event_position, d->>'eventId' as event_id,
    (d->>'attempt')::int as attempt, (d->>'status')::int as status,
    (d->>'durationMs')::int as duration_ms, d->>'error' as error, d->>'answer' as answer,
    (d->>'delivered')::boolean as delivered, (d->>'at')::timestamptz as at
  from jsonb_array_elements(${JSON.stringify(attempts)}::jsonb) d`;

/** Records that an operator moved the endpoint over events that were not delivered, under the first of them. */
export async function logSkip(tx: Tx, { id, organizationId, place }: WebhookEndpoint, from: number): Promise<void> {
  const { kind, id: who } = actorOf(tx.principal);
  const error = `Left out by replayWebhooks of ${kind} ${who}: everything after ${from} up to ${place}.`;
  const where = organizationId === null ? { seq: MoreThan(from) } : { organizationId, position: MoreThan(from) };
  const event = await tx.manager.findOne(EventRecord, { where, order: { seq: 'ASC' } });
  if (!event) return;
  const record = create(DeliveryRecord, {
    endpointId: id,
    id: newId('dlv'),
    eventOrganizationId: event.organizationId,
    eventPosition: event.position,
    eventId: event.id,
    attempt: 0,
    status: null,
    durationMs: 0,
    error,
    answer: null,
    delivered: false,
    at: tx.now,
  });
  await tx.manager.insert(DeliveryRecord, record);
}

/** Selects deliveries `d` of events `e` that are still there. */
const deliveries = ({ manager }: Pick<Session, 'manager'>): SelectQueryBuilder<DeliveryRecord> =>
  manager
    .createQueryBuilder(DeliveryRecord, 'd')
    .innerJoin(EventRecord, 'e', 'e.organizationId = d.eventOrganizationId and e.position = d.eventPosition');

/** The endpoint's deliveries of events that are still there, newest first, older than `before` where that is given. */
export async function findDeliveries(
  session: Session,
  endpointId: string,
  { before, limit }: { before: string | null; limit: number },
): Promise<DeliveryRecord[]> {
  const found = deliveries(session).where('d.endpointId = :endpointId', { endpointId });
  if (before !== null) found.andWhere('d.id < :before', { before });
  return found.orderBy('d.id', 'DESC').limit(limit).getMany();
}

/**
 * Attempts to tell somebody of one user's events, newest first, from before that moment: to the organization's own
 * endpoints, and with `platform` to the operator's too.
 */
export async function deliveriesAbout(
  session: Session,
  { organizationId, userId, platform }: { organizationId: OrganizationId; userId: string; platform: boolean },
  { before, limit }: { before: { at: Date; id: string } | null; limit: number },
): Promise<DeliveryRecord[]> {
  const found = deliveries(session)
    .innerJoin(WebhookEndpoint, 'w', 'w.id = d.endpointId')
    .where('d.eventOrganizationId = :organizationId and e.userId = :userId', { organizationId, userId });
  if (!platform) found.andWhere('w.organizationId = :organizationId');
  if (before !== null) found.andWhere('(d.at, d.id) < (:at, :id)', before);
  return found.orderBy('d.at', 'DESC').addOrderBy('d.id', 'DESC').limit(limit).getMany();
}

/** Removes deliveries that are older than `before`, some thousands at a time. True when there may be more. */
export async function pruneDeliveries(session: Session, before: Date): Promise<boolean> {
  const gone = await session.query(sql`delete from webhook_deliveries
    where (endpoint_id, id) in (
      select endpoint_id, id from webhook_deliveries where at < ${before} order by at limit 5000
    )
    returning 1`);
  return gone.length === 5_000;
}
