import { type FindOptionsWhere, IsNull } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import { checkCount, lockCount } from '../../access/check-count.js';
import { findOwned, ownedBy } from '../../access/owned.js';
import type { Principal } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import type { Tx } from '../../access/write.js';
import { placeAfter } from '../../events/log.js';
import type { EventType } from '../../events/types.js';
import { BadInput, CursorInvalid, NotFound } from '../../kernel/errors.js';
import { type ConsumerId, newId, type OrganizationId, parseId } from '../../kernel/ids.js';
import { type ListedRows, listRows } from '../../storage/list-rows.js';
import { create } from '../../storage/rows.js';
import type { Session } from '../../storage/session.js';
import { Consumer } from './consumer.js';

const limit = {
  most: 100,
  owner: 'An organization or the platform',
  rows: 'consumers',
  remedy: 'Delete unused ones.',
  field: 'name',
};

/** Input for a new consumer. */
export interface ConsumerFacts {
  name: string;
  types?: readonly EventType[] | null;
  /**
   * Cursor to start after. It is obtained before the transaction: the end of the log of all organizations is known only
   * when older transactions have ended.
   */
  after: string;
}

/**
 * Creates a consumer of the organization that the principal acts in, or of the platform if it acts in none. An existing
 * consumer with the same name is returned unchanged, so every node of an application can call this at startup.
 *
 * @throws Forbidden, BadInput, CursorInvalid, CursorExpired
 */
export async function createConsumer(tx: Tx, { name, types, after }: ConsumerFacts): Promise<Consumer> {
  const { organizationId } = tx.principal;
  authorize(tx, 'consumer.manage', { organizationId });
  if (!/^[\w.:-]{1,100}$/.test(name)) {
    throw new BadInput('"name" must be 1 to 100 letters, digits, ".", ":", "_" or "-".');
  }
  const { store, now } = tx;
  const session = tx.session.unscoped;
  const find = async () => (await findConsumers(session, organizationId, { name }))[0];
  const existing = await find();
  if (existing) return existing;
  await lockCount(tx, Consumer);
  // Another node of the application can have created it during the wait.
  const created = await find();
  if (created) return created;
  await checkCount(tx, Consumer, { organizationId: organizationId ?? IsNull() }, limit);
  const consumer: Consumer = create(Consumer, {
    organizationId,
    id: newId('cons'),
    name,
    types: [...(types ?? [])],
    place: (await placeAfter(session, store.history, { organizationId, after })).place,
    acknowledgedAt: null,
    toldAt: null,
    createdAt: now,
  });
  await session.insert(Consumer, consumer);
  return consumer;
}

/**
 * Acknowledges all events up to the cursor. An older cursor has no effect.
 *
 * @throws NotFound, Forbidden, CursorInvalid, CursorExpired
 */
export async function acknowledge(tx: Tx, id: string, cursor: string): Promise<Consumer> {
  const consumer = await lockConsumer(tx, id);
  const { organizationId } = consumer;
  const { place } = await placeAfter(tx.session.unscoped, tx.store.history, { organizationId, after: cursor }).catch(
    (error) => {
      throw error instanceof CursorInvalid ? new CursorInvalid('cursor') : error;
    },
  );
  if (place <= consumer.place) return consumer;
  consumer.place = place;
  consumer.acknowledgedAt = tx.now;
  consumer.toldAt = null;
  await tx.session.update(Consumer, consumer);
  return consumer;
}

/** Deletes a consumer. It no longer prevents the deletion of events. @throws NotFound, Forbidden */
export async function deleteConsumer(tx: Tx, id: string): Promise<ConsumerId> {
  const consumer = await lockConsumer(tx, id);
  await tx.manager.delete(Consumer, consumer.id);
  return consumer.id;
}

async function lockConsumer(tx: Tx, id: string): Promise<Consumer> {
  const consumer = await findOwned(tx.session.unscoped, Consumer, tx.principal, parseId('cons', id), { lock: true });
  if (!consumer) throw new NotFound('consumer');
  authorize(tx, 'consumer.manage', consumer);
  return consumer;
}

/**
 * Returns a consumer of the log that the caller reads. @throws NotFound, Forbidden, BadInput if it reads another log
 */
export async function findConsumer(
  { principal, store }: { principal: Principal; store: Pick<Store, 'database'> },
  id: string,
  log: OrganizationId | null,
): Promise<Consumer> {
  const consumer = await findOwned(store.database, Consumer, principal, parseId('cons', id));
  if (!consumer) throw new NotFound('consumer');
  authorize({ principal }, 'consumer.read', consumer);
  if (consumer.organizationId !== log)
    throw new BadInput(
      'The consumer reads the log of another organization. Use a consumer of this organization.',
      'consumerId',
    );
  return consumer;
}

/** Returns the consumers of one organization, or of the platform, ordered by name. */
export const findConsumers = (
  session: Session,
  organizationId: OrganizationId | null,
  condition: FindOptionsWhere<Consumer> = {},
): Promise<Consumer[]> => {
  const where = { ...condition, organizationId: organizationId ?? IsNull() };
  return session.manager.find(Consumer, { where, order: { name: 'ASC' } });
};

/**
 * Returns the queries of the consumers of an organization, or of the platform if it is null. Default: those of the
 * caller.
 *
 * @throws Forbidden
 */
export function listConsumers(
  session: Session,
  principal: Principal,
  organizationId: OrganizationId | null = principal.organizationId,
): ListedRows<Consumer> {
  authorize({ principal }, 'consumer.read', { organizationId });
  return listRows(session, Consumer, ownedBy(organizationId));
}
