import type { EntityManager } from 'typeorm';
import { type Appended, appendEvents } from '../events/append.js';
import type { NewEvent, OnlyKnownFields, PendingEvent } from '../events/types.js';
import { invariant, NotFound, type PublicError, Unauthenticated } from '../kernel/errors.js';
import type { OrganizationId } from '../kernel/ids.js';
import { storableText } from '../kernel/text.js';
import { isReferenceGone, retryConflicts } from '../storage/conflict.js';
import type { OrganizationSession } from '../storage/session.js';
import { sql } from '../storage/sql.js';
import { commit } from './commit.js';
import { actorOf, type Principal, traceOf, within } from './principal.js';
import type { Store } from './store.js';

/** Context of a read: the principal, the organization, and the database session. */
export interface Read {
  readonly principal: Principal;
  /** Organization that all statements are scoped to. */
  readonly organizationId: OrganizationId;
  readonly session: OrganizationSession;
}

type Refused = (tx: Tx) => Promise<void>;

/**
 * Transaction, created only by `write`. Functions that change rows require it, so a write outside one does not compile.
 */
export class Tx implements Read {
  readonly events: PendingEvent[] = [];
  /**
   * Must be set by an operation that changes what a credential permits: cached lookups are dropped before the caller
   * receives the response.
   */
  credentialsChanged = false;
  #unfinished: Promise<void>[] = [];

  constructor(
    public principal: Principal,
    readonly session: OrganizationSession,
    /** Time of the request, used in every row that it writes. */
    readonly now: Date,
    readonly store: Pick<Store, 'history' | 'resolveTxt' | 'vault'>,
    readonly afterwards: Refused[] = [],
  ) {}

  /** TypeORM entity manager on the session of the transaction. */
  get manager(): EntityManager {
    return this.session.manager;
  }

  get organizationId(): OrganizationId {
    invariant(this.principal.organizationId, 'an operation of an organization runs in one');
    return this.principal.organizationId;
  }

  /** Continues in an organization that this transaction has just created. */
  enter(organizationId: OrganizationId): void {
    this.principal = within(this.principal, organizationId);
  }

  /** Records in the trace of the request that a requested change was not made, or was made differently. */
  note(quirk: string): void {
    traceOf(this.principal)?.quirks.add(storableText(quirk, 200));
  }

  /**
   * Continues without waiting for statements that `session` holds. `write` waits for them before the commit. If they
   * fail, `write` throws what `named` returns for the error.
   */
  later(held: Promise<unknown>, named = (error: unknown) => error): void {
    const sent = held.then(
      () => {},
      (error) => {
        throw named(error);
      },
    );
    sent.catch(() => {
      // `finish` and `causeOf` report it.
    });
    this.#unfinished.push(sent);
  }

  /** Waits for the statements of `later`. @throws the error of the first one that failed */
  async finish(): Promise<void> {
    await this.session.flush();
    await Promise.all(this.#unfinished.splice(0));
  }

  /**
   * Returns the cause of a failure: the first statement of `later` that failed, because PostgreSQL rejects all
   * statements after it, or else `error`. Statements that were not sent yet are dropped.
   */
  async causeOf(error: unknown): Promise<unknown> {
    this.session.drop();
    return Promise.all(this.#unfinished.splice(0)).then(
      () => error,
      (first) => first,
    );
  }

  /**
   * Registers work to run in a separate transaction if this one fails, for refusals that others must be notified of.
   */
  afterRollback(work: (tx: Tx) => Promise<void>): void {
    this.afterwards.push(work);
  }

  /**
   * Emits an event. It gets its position at the commit: the event and the change are committed together or not at all.
   */
  emit<const E extends NewEvent>(event: E & OnlyKnownFields<E>): void {
    this.events.push(event);
  }
}

/**
 * Runs part of a transaction in a savepoint. If it fails, its changes and events are rolled back, and the transaction
 * can continue. The refusals that others must be notified of are then recorded in the transaction, unless `isFinal` is
 * false, because the part will be repeated in smaller parts.
 *
 * @throws the error of `work`, after the rollback of that part
 */
export async function apart<T>(tx: Tx, work: () => Promise<T>, { isFinal = true } = {}): Promise<T> {
  const emitted = tx.events.length;
  const refusals = tx.afterwards.length;
  await tx.session.unscoped.query(sql`savepoint apart`);
  try {
    const result = await work();
    await tx.finish();
    await tx.session.unscoped.query(sql`release savepoint apart`);
    return result;
  } catch (error) {
    const cause = await tx.causeOf(error);
    await tx.session.unscoped.query(sql`rollback to savepoint apart`);
    tx.events.splice(emitted);
    const refused = tx.afterwards.splice(refusals);
    if (isFinal) for (const record of refused) await record(tx);
    throw cause;
  }
}

/** Returns the context of reads outside a transaction. The principal must be in an organization. */
export function reading(store: Store, principal: Principal): Read {
  invariant(principal.organizationId, 'the principal of a read must be in an organization');
  return { principal, organizationId: principal.organizationId, session: store.database };
}

/**
 * Runs `work` in one transaction, appends its events as the last statement, and commits. This is the only function that
 * creates a `Tx`. After a deadlock or serialization failure `work` runs again, so it must have no effect outside its
 * `tx`.
 *
 * @throws the error of `work`, after a rollback: nothing was written
 */
export async function write<T>(store: Store, principal: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
  const { result } = await attempt(store, principal, { work, look: async () => null });
  return result;
}

/**
 * Does the same as `write`, and returns what `look` reads after the commit. The first statement of `look` is sent with
 * COMMIT. If that read fails, it is repeated, but not the write.
 */
export async function writeThenRead<T, R>(
  store: Store,
  principal: Principal,
  work: (tx: Tx) => Promise<T>,
  look: (read: Read, result: T) => Promise<R>,
): Promise<R> {
  const { result, seen } = await attempt(store, principal, { work, look });
  return seen ? seen.value : look(reading(store, principal), result);
}

interface Task<T, R> {
  work: (tx: Tx) => Promise<T>;
  look: (read: Read, result: T) => Promise<R>;
}

/** Result of a transaction that was committed, and what was read after it; null if that read failed. */
interface Done<T, R> {
  result: T;
  seen: { value: R } | null;
}

async function attempt<T, R>(store: Store, principal: Principal, task: Task<T, R>): Promise<Done<T, R>> {
  const leave = await store.writerLimit.enter(principal.organizationId ?? '');
  try {
    let refused: Refused[] = [];
    try {
      return await retryConflicts(() => {
        refused = [];
        return once(store, principal, task, refused);
      });
    } catch (error) {
      // A dry run has no effect, so its refusals are not recorded.
      if (!store.rehearse)
        for (const work of refused)
          await retryConflicts(() => once(store, principal, { work, look: async () => null }));
      throw error;
    }
  } catch (error) {
    throw isReferenceGone(error) ? goneOf(principal, error) : error;
  } finally {
    leave();
  }
}

/** Returns the error for a caller whose write refers to a row that was deleted concurrently. */
function goneOf({ kind }: Principal, cause: unknown): PublicError {
  // The owner of the credential was deleted, and the credential with it.
  if (kind === 'scim' || kind === 'setup' || kind === 'sso') return new Unauthenticated('The connection was deleted.');
  const { constraint = '' } = cause as { constraint?: string };
  const noun = ['connection', 'user', 'group'].find((name) => constraint.includes(`${name}_id`));
  return new NotFound(noun ?? 'organization');
}

async function once<T, R>(
  store: Store,
  principal: Principal,
  { work, look }: Task<T, R>,
  refused: Refused[] = [],
): Promise<Done<T, R>> {
  const { session, release } = await store.database.session();
  const tx = new Tx(principal, session, store.now(), store, refused);
  let broken = false;
  try {
    session.begin();
    const result = await work(tx);
    if (store.rehearse) {
      await tx.finish();
      store.rehearse(tx.events);
      await session.rollback();
      return { result, seen: null };
    }
    const appended = await append(tx);
    await tx.finish();
    const committed = commit(store, session, appended && { ...appended, organizationId: tx.organizationId });
    const looking = look(tx, result).then(
      (value) => ({ value }),
      () => null,
    );
    await session.flush();
    await committed.catch(async (error) => {
      // The session must not be returned while the read still uses it.
      await looking;
      throw error;
    });
    if (tx.credentialsChanged) store.bus.publish('credentials');
    if (appended) {
      trace(tx, appended.position);
      store.bus.publish({ organizationId: tx.organizationId, position: appended.position });
    }
    return { result, seen: await looking };
  } catch (error) {
    const cause = await tx.causeOf(error);
    // A session that cannot roll back must not be used again.
    await session.rollback().catch(() => {
      broken = true;
    });
    throw cause;
  } finally {
    release(broken);
  }
}

function trace({ principal, events }: Tx, last: number): void {
  const record = traceOf(principal);
  if (record) record.positions = { first: record.positions?.first ?? last - events.length + 1, last };
}

async function append(tx: Tx): Promise<Appended | null> {
  if (tx.events.length === 0) return null;
  const origin = { actor: actorOf(tx.principal), requestId: tx.principal.requestId, at: tx.now };
  return appendEvents(tx.session.unscoped, tx.organizationId, tx.events, origin);
}
