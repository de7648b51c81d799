import { setTimeout as sleep } from 'node:timers/promises';
import { LessThanOrEqual } from 'typeorm';
import { IdempotencyAnswerLost, IdempotencyKeyReused } from '../errors.js';
import type { Session } from '../storage/database.js';
import { sql } from '../storage/sql.js';
import { IdempotencyKey } from './idempotency-key.js';
import { actorOf, type Principal } from './principal.js';
import type { Store } from './store.js';
import type { Tx } from './write.js';

/** How long the first answer is given back. */
const keptMs = 86_400_000;
/** How long a request may take that another one with its key waits for. */
const patienceMs = 10_000;
const pollMs = 100;

/** One request that is to be carried out once, however often it is sent. */
export interface Once {
  /** The caller: keys of two callers never meet. */
  actor: string;
  key: string;
  /** Of everything that the request asks for. */
  requestHash: Buffer;
  /** Set once the transaction that carries it out has taken the key. */
  claimed: boolean;
}

/** Somebody has taken the key already: nothing was done, and the answer is theirs. */
export class KeyTaken extends Error {}

/** The request under the caller's key. */
export function onceOf(principal: Principal, key: string, requestHash: Buffer): Once {
  const { kind, id } = actorOf(principal);
  return { actor: `${kind}:${id ?? ''}`, key, requestHash, claimed: false };
}

/**
 * Takes the key, in the transaction of the change: both are there or neither. A second request that comes meanwhile waits
 * here for the first one's commit.
 *
 * @throws KeyTaken
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

/** Keeps the answer for whoever sends the request again. It may hold a secret that is shown once, so it is sealed. */
export async function keepAnswer({ database, vault }: Store, once: Once, answer: string): Promise<void> {
  await database.query(sql`update idempotency_keys set sealed_answer = ${vault.seal(answer, place(once))}
    where actor = ${once.actor} and key = ${once.key}`);
}

/**
 * The first answer to the request; null when it was not carried out yet. Waits for one that is under way.
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

/** Removes keys whose time is over. */
export async function pruneIdempotencyKeys(session: Session, now: Date): Promise<void> {
  await session.manager.delete(IdempotencyKey, { createdAt: LessThanOrEqual(new Date(now.getTime() - keptMs)) });
}
