import type { Principal } from '../access/principal.js';
import type { Store } from '../access/store.js';
import { Waiting } from '../events/waiting.js';
import { SlowConsumer } from '../kernel/slow-consumer.js';
import { sql } from '../storage/sql.js';
import { type AttentionFacts, attentionIn } from './find-attention.js';

/** Interval of the checks, in milliseconds: the maximum delay of a change. */
const checkMs = 5_000;
/** Number of the most urgent items that are compared. */
const mostItems = 1_000;
/** Number of changed items that can wait for one subscriber. */
const mostPending = 2_000;

/** Item that has appeared or changed, or that was resolved. */
export type AttentionChange = AttentionFacts & { resolvedAt?: Date };

/** Changed items that a subscriber has not read yet, by their id. */
type Pending = Map<string, AttentionChange>;

/** Items of callers with equal permissions in one organization, or in all. */
interface Watch {
  principal: Principal;
  /** Items at the last check; null before the first. */
  items: ReadonlyMap<string, AttentionFacts> | null;
  pending: Set<Pending>;
  waiting: Set<() => void>;
}

/**
 * Changes of what needs attention, for subscribers on this node. The items are computed from the state of the
 * directory and from the time, so they are compared at intervals: once for all subscribers with equal permissions.
 */
export class LiveAttention {
  readonly #watches = new Map<string, Watch>();
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> = Promise.resolve();

  constructor(readonly store: Pick<Store, 'database' | 'failures' | 'now'>) {}

  /**
   * Yields the items that appear, change or are resolved, in batches, indefinitely. Changes between two checks are
   * merged. Ends when the signal aborts. @throws Forbidden; SlowConsumer if the subscriber reads too slowly
   */
  follow(principal: Principal, signal: AbortSignal): AsyncGenerator<AttentionChange[], void> {
    const { actions } = attentionIn(this.store.database, principal, { now: this.store.now() });
    return this.#follow(JSON.stringify([principal.organizationId, actions]), principal, signal);
  }

  async *#follow(key: string, principal: Principal, signal: AbortSignal): AsyncGenerator<AttentionChange[], void> {
    const watch = this.#watches.get(key) ?? { principal, items: null, pending: new Set(), waiting: new Set() };
    const pending: Pending = new Map();
    this.#watches.set(key, watch);
    watch.pending.add(pending);
    this.#timer ??= setInterval(() => this.#checkAll(), checkMs).unref();
    try {
      const waiting = new Waiting(signal);
      if (!watch.items) await this.#check([watch]);
      while (!signal.aborted) {
        if (pending.size > mostPending) throw new SlowConsumer();
        const changes = [...pending.values()];
        pending.clear();
        if (changes.length > 0) yield changes;
        if (pending.size === 0) await waiting.among(watch.waiting);
      }
    } finally {
      watch.pending.delete(pending);
      if (watch.pending.size === 0) this.#watches.delete(key);
      if (this.#watches.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    }
  }

  // The next interval repeats a failed check.
  #checkAll(): void {
    this.#check(this.#watches.values()).catch((error) =>
      this.store.failures.note('what needs attention cannot be compared', error),
    );
  }

  /** Compares the items of the watches, after the checks that are running. */
  #check(watches: Iterable<Watch>): Promise<void> {
    const check = this.#checking.then(async () => {
      for (const watch of watches) await this.#compare(watch);
    });
    this.#checking = check.catch(() => {
      // The caller receives the error; the next check does not depend on it.
    });
    return check;
  }

  async #compare(watch: Watch): Promise<void> {
    const { database, now } = this.store;
    const time = now();
    const { list } = attentionIn(database, watch.principal, { now: time });
    const found = await list(sql`true`, sql`order by i.urgency, i.id limit ${mostItems}`);
    const changes = watch.items ? changesOf(watch.items, found, time) : [];
    watch.items = new Map(found.map((item) => [item.id, item]));
    if (changes.length === 0) return;
    for (const pending of watch.pending) {
      // A subscriber beyond the limit ends: nothing more is kept for it.
      if (pending.size <= mostPending) for (const change of changes) pending.set(change.id, change);
    }
    for (const wake of [...watch.waiting]) wake();
  }
}

/** Returns the items that are new or differ, and those that are no longer among the found ones. */
function changesOf(
  before: ReadonlyMap<string, AttentionFacts>,
  found: readonly AttentionFacts[],
  now: Date,
): AttentionChange[] {
  const ids = new Set(found.map(({ id }) => id));
  // A longer list is cut: an item beyond its end can still need attention.
  const last = found.length === mostItems ? found.at(-1)?.urgency : undefined;
  const resolved = [...before.values()].filter(({ id, urgency }) => !ids.has(id) && (!last || urgency < last));
  const changed = found.filter((item) => !isSame(before.get(item.id), item));
  return [...changed, ...resolved.map((item) => ({ ...item, resolvedAt: now }))];
}

const isSame = (one: AttentionFacts | undefined, other: AttentionFacts): boolean =>
  one !== undefined &&
  one.severity === other.severity &&
  one.count === other.count &&
  one.since.getTime() === other.since.getTime() &&
  one.dueAt?.getTime() === other.dueAt?.getTime();
