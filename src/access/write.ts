import type { EntityManager } from 'typeorm';
import { invariant, NotFound, type PublicError, Unauthenticated } from '../errors.js';
import { type Appended, appendEvents } from '../events/append.js';
import type { NewEvent, OnlyKnownFields, PendingEvent } from '../events/types.js';
import type { OrganizationId } from '../ids.js';
import { isReferenceGone, retryConflicts } from '../storage/conflict.js';
import type { OrganizationSession } from '../storage/organization-session.js';
import { sql } from '../storage/sql.js';
import { storableText } from '../text.js';
import { commit } from './commit.js';
import { actorOf, type Principal, traceOf, within } from './principal.js';
import type { Store } from './store.js';

/** The right to look: who is looking, in which organization, through which session. */
export interface Read {
  readonly principal: Principal;
  /** The organization that every statement is scoped to. */
  readonly organizationId: OrganizationId;
  readonly session: OrganizationSession;
}

type Refused = (tx: Tx) => Promise<void>;

/** The right to change rows, held only inside `write`: a write outside a transaction does not compile. */
export class Tx implements Read {
  readonly events: PendingEvent[] = [];
  /** Set by whoever changes what a credential may open: cached look-ups are dropped before the caller is answered. */
  credentialsChanged = false;

  constructor(
    public principal: Principal,
    readonly session: OrganizationSession,
    /** The time of the request; every row that it writes carries this one. */
    readonly now: Date,
    readonly store: Pick<Store, 'history' | 'resolveTxt' | 'vault'>,
    readonly afterwards: Refused[] = [],
  ) {}

  /** TypeORM on the transaction's session. */
  get manager(): EntityManager {
    return this.session.manager;
  }

  get organizationId(): OrganizationId {
    invariant(this.principal.organizationId, 'an operation of an organization runs in one');
    return this.principal.organizationId;
  }

  /** Goes on in an organization that this transaction has just made. */
  enter(organizationId: OrganizationId): void {
    this.principal = within(this.principal, organizationId);
  }

  /** Tells the request's record of something that was asked for and not done, or done otherwise. */
  note(quirk: string): void {
    traceOf(this.principal)?.quirks.add(storableText(quirk, 200));
  }

  /** What is to be written when the transaction is refused: a refusal that others have to hear of. */
  whenRefused(work: (tx: Tx) => Promise<void>): void {
    this.afterwards.push(work);
  }

  /** Emits an event. It gets its position with the commit: both are there or neither. */
  emit<const E extends NewEvent>(event: E & OnlyKnownFields<E>): void {
    this.events.push(event);
  }
}

/**
 * Part of a transaction that may fail by itself: then nothing of it is written or told, and the rest goes on.
 *
 * @throws what `work` throws, after that part was taken back
 */
export async function apart<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  const told = tx.events.length;
  const refusals = tx.afterwards.length;
  await tx.session.unscoped.query(sql`savepoint apart`);
  try {
    const result = await work();
    await tx.session.unscoped.query(sql`release savepoint apart`);
    return result;
  } catch (error) {
    await tx.session.unscoped.query(sql`rollback to savepoint apart`);
    tx.events.splice(told);
    tx.afterwards.splice(refusals);
    throw error;
  }
}

/** A look outside any transaction, as `principal`, who must be in an organization. */
export function reading(store: Store, principal: Principal): Read {
  invariant(principal.organizationId, 'a look into an organization happens in one');
  return { principal, organizationId: principal.organizationId, session: store.database };
}

/**
 * The only maker of a `Tx`. Runs `work` in one transaction, gives its events their positions as the last statement, and
 * commits. On deadlock or serialization failure `work` runs again, so it has no effect outside its `tx`.
 *
 * @throws what `work` throws, after a rollback: then nothing was written
 */
export async function write<T>(store: Store, principal: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
  const leave = await store.turnstile.enter(principal.organizationId ?? '');
  try {
    let refused: Refused[] = [];
    try {
      return await retryConflicts(() => {
        refused = [];
        return once(store, principal, work, refused);
      });
    } catch (error) {
      // A rehearsal refuses nobody in earnest.
      if (!store.rehearse) for (const tell of refused) await retryConflicts(() => once(store, principal, tell));
      throw error;
    }
  } catch (error) {
    throw isReferenceGone(error) ? goneOf(principal, error) : error;
  } finally {
    leave();
  }
}

/** Returns what a caller is told whose write refers to something that was deleted meanwhile. */
function goneOf({ kind }: Principal, cause: unknown): PublicError {
  // What the credential belongs to is gone, and the credential with it.
  if (kind === 'scim' || kind === 'setup' || kind === 'sso') return new Unauthenticated('The connection was deleted.');
  const { constraint = '' } = cause as { constraint?: string };
  const noun = ['connection', 'user', 'group'].find((name) => constraint.includes(`${name}_id`));
  return new NotFound(noun ?? 'organization');
}

async function once<T>(
  store: Store,
  principal: Principal,
  work: (tx: Tx) => Promise<T>,
  refused: Refused[] = [],
): Promise<T> {
  const { session, release } = await store.database.session();
  let broken = false;
  try {
    await session.query(sql`begin`);
    const tx = new Tx(principal, session, store.now(), store, refused);
    const result = await work(tx);
    if (store.rehearse) {
      store.rehearse(tx.events);
      await session.query(sql`rollback`);
      return result;
    }
    const appended = await append(tx);
    await commit(store, session, appended && { ...appended, organizationId: tx.organizationId });
    if (tx.credentialsChanged) store.bus.tell('credentials');
    if (appended) {
      trace(tx, appended.position);
      store.bus.tell({ organizationId: tx.organizationId, position: appended.position });
    }
    return result;
  } catch (error) {
    // A session that cannot even roll back is in no state to be used again.
    await session.query(sql`rollback`).catch(() => {
      broken = true;
    });
    throw error;
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
