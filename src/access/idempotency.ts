import { setTimeout as sleep } from 'node:timers/promises';
import { LessThanOrEqual } from 'typeorm';
import { dayMs } from '../kernel/durations.js';
import { IdempotencyAnswerLost, IdempotencyKeyReused } from '../kernel/errors.js';
import type { Session } from '../storage/session.js';
import { sql } from '../storage/sql.js';
import { IdempotencyKey } from './idempotency-key.js';
import { actorOf, type Principal } from './principal.js';
import type { Store } from './store.js';
import type { Tx } from './write.js';

/** Time, in milliseconds, for which the first response is returned to repeated requests. */
const keptMs = dayMs;
/** Maximum time, in milliseconds, for which a repeated request waits for the first one. */
const patienceMs = 10_000;
const pollMs = 100;

/** Request that must be executed only once, even if it is sent repeatedly. */
export interface Once {
  /** Caller of the request. The keys of different callers are independent. */
  actor: string;
  key: string;
  /** Hash of all parameters of the request. */
  requestHash: Buffer;
  /** True once the transaction that executes the request has claimed the key. */
  claimed: boolean;
}

/**
 * Another request has already claimed the key. Nothing was changed; the caller returns the response of that request.
 */
export class KeyTaken extends Error {}

/** Returns the request for the caller's key. */
export function onceOf(principal: Principal, key: string, requestHash: Buffer): Once {
  const { kind, id } = actorOf(principal);
  return { actor: `${kind}:${id ?? ''}`, key, requestHash, claimed: false };
}

/**
 * Claims the key in the transaction of the change, so that both are committed or neither. A concurrent request with the
 * same key waits here until the first one commits.
 *
 * @throws KeyTaken if another request has claimed the key
 */
export async function claim(tx: Tx, { actor, key, requestHash }: Once): Promise<void> {
  const taken = await tx.session.unscoped.query(sql`insert into idempotency_keys (actor, key, request_hash, created_at)
    values (${actor}, ${key}, ${requestHash}, ${tx.now})
    on conflict (actor, key) do update set request_hash = ${requestHash}, created_at = ${tx.now}, sealed_answer = null
      where idempotency_keys.created_at <= ${new Date(tx.now.getTime() - keptMs)}
    returning 1`);
  if (taken.length === 0) throw new KeyTaken('The key is taken.');
}

const place = ({ actor, key }: Once) => `idempotency_keys.sealed_answer ${actor} ${key}`;

/**
 * Stores the response for repeated requests. It is encrypted, because it can contain a secret that is shown only once.
 */
export async function keepAnswer({ database, vault }: Store, once: Once, answer: string): Promise<void> {
  await database.query(sql`update idempotency_keys set sealed_answer = ${vault.seal(answer, place(once))}
    where actor = ${once.actor} and key = ${once.key}`);
}

/**
 * Returns the first response to the request; null if the request was not executed yet. Waits for a request in progress.
 *
 * @throws IdempotencyKeyReused, IdempotencyAnswerLost
 */
export async function firstAnswer(store: Store, once: Once): Promise<string | null> {
  const { database, vault, now } = store;
  for (;;) {
    const [row] = await database.rows(
      IdempotencyKey,
      sql`actor = ${once.actor} and key = ${once.key} and created_at > ${new Date(now().getTime() - keptMs)}`,
    );
    if (!row) return null;
    if (!row.requestHash.equals(once.requestHash)) throw new IdempotencyKeyReused();
    if (row.sealedAnswer !== null) return vault.open(row.sealedAnswer, place(once));
    if (now().getTime() - row.createdAt.getTime() > patienceMs) throw new IdempotencyAnswerLost();
    await sleep(pollMs);
  }
}

/** Deletes expired keys. */
export async function pruneIdempotencyKeys(session: Session, now: Date): Promise<void> {
  await session.manager.delete(IdempotencyKey, { createdAt: LessThanOrEqual(new Date(now.getTime() - keptMs)) });
}
