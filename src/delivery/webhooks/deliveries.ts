import { MoreThan, type SelectQueryBuilder } from 'typeorm';
import { actorOf } from '../../access/principal.js';
import type { Tx } from '../../access/write.js';
import { EventRecord } from '../../events/event.js';
import { newId, type OrganizationId } from '../../kernel/ids.js';
import { create } from '../../storage/rows.js';
import type { Session } from '../../storage/session.js';
import { type Sql, sql } from '../../storage/sql.js';
import { DeliveryRecord } from './delivery.js';
import { WebhookEndpoint } from './endpoint.js';

/** Delivery attempt that is not yet written. */
export type Attempt = Omit<DeliveryRecord, 'endpointId'>;

/** Returns a select of attempts with the columns of `webhook_deliveries`, for an insert. */
export const fromAttempts = (attempts: readonly Attempt[]): Sql => sql`
  select d->>'id' as id, d->>'eventOrganizationId' as event_organization_id,
    (d->>'eventPosition')::bigint as event_position, d->>'eventId' as event_id,
    (d->>'attempt')::int as attempt, (d->>'status')::int as status,
    (d->>'durationMs')::int as duration_ms, d->>'error' as error, d->>'answer' as answer,
    (d->>'delivered')::boolean as delivered, (d->>'at')::timestamptz as at
  from jsonb_array_elements(${JSON.stringify(attempts)}::jsonb) d`;

/** Records that an operator moved the endpoint past undelivered events. The record belongs to the first of them. */
export async function logSkip(tx: Tx, { id, organizationId, place }: WebhookEndpoint, from: number): Promise<void> {
  const { kind, id: who } = actorOf(tx.principal);
  const error = `Left out by moveWebhookCursor of ${kind} ${who}: everything after ${from} up to ${place}.`;
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

/** Selects deliveries `d` whose events `e` still exist. */
const deliveries = ({ manager }: Pick<Session, 'manager'>): SelectQueryBuilder<DeliveryRecord> =>
  manager
    .createQueryBuilder(DeliveryRecord, 'd')
    .innerJoin(EventRecord, 'e', 'e.organizationId = d.eventOrganizationId and e.position = d.eventPosition');

/**
 * Returns the endpoint's deliveries of existing events, newest first. `before` is an id; older deliveries are returned.
 */
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
 * Returns the deliveries of one user's events that are older than `before`, newest first: to the organization's own
 * endpoints, and with `platform` also to platform endpoints.
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

const prunedAtATime = 5_000;

/** Deletes up to 5,000 deliveries that are older than `before`. Returns true if more can be left. */
export async function pruneDeliveries(session: Session, before: Date): Promise<boolean> {
  const { manager } = session;
  const oldest = manager
    .createQueryBuilder(DeliveryRecord, 'd')
    .select(['d.endpointId', 'd.id'])
    .where('d.at < :before')
    .orderBy('d.at')
    .limit(prunedAtATime);
  const { affected } = await manager
    .createQueryBuilder()
    .delete()
    .from(DeliveryRecord)
    .where(`(endpoint_id, id) in (${oldest.getQuery()})`, { before })
    .execute();
  return affected === prunedAtATime;
}
