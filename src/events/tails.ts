import type { Failures } from '../kernel/failures.js';
import type { OrganizationId } from '../kernel/ids.js';
import type { Database } from '../storage/database.js';
import { sql } from '../storage/sql.js';
import type { Growth } from './bus.js';
import type { EventRecord } from './event.js';
import { type Feed, OrganizationFeed, PlatformFeed } from './feed.js';
import { type Following, follow, type Joined, type Progress } from './follow.js';
import type { History } from './history.js';
import { Tail } from './tail.js';

/** Interval of the poll, in milliseconds: the maximum delay of an event after a lost hint. */
const pollMs = 1_000;
/** Number of polls after which followers are woken without an event. */
const pollsPerTick = 5;

/**
 * Manages the tails of all logs that have followers, woken by hints and by a slow poll. Hints contain no events, so a
 * lost hint delays an event but never loses one.
 */
export class Tails {
  readonly #tails = new Map<OrganizationId | null, Tail>();
  readonly #platform: PlatformFeed;
  /** Called with the events of each read, before any subscriber receives them. */
  onEvents: (events: readonly EventRecord[]) => void = () => {};

  #polls = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly database: Database,
    readonly history: History,
    failures: Failures,
  ) {
    this.#platform = new PlatformFeed(database, history);
    const late = (error: unknown) => failures.note('the event log cannot be polled', error);
    this.#timer = setInterval(() => void this.#poll().catch(late), pollMs).unref();
  }

  // One statement for all followed logs. Checking only new sessions is not sufficient: a session can survive a
  // failover, behind a pooler, or if it was opened to a standby.
  async #poll(): Promise<void> {
    await this.history.look();
    if (this.#tails.size === 0) return;
    this.#tails.get(null)?.wake();
    const followed = [...this.#tails.keys()].filter((id) => id !== null);
    const heads = await this.database.query<{ organizationId: OrganizationId; position: number }>(
      sql`select organization_id as "organizationId", position from event_heads
        where organization_id = any(${followed})`,
    );
    for (const { organizationId: id, position } of heads) {
      const tail = this.#tails.get(id);
      if (tail && tail.head.place !== position) tail.wake();
    }
    if (++this.#polls % pollsPerTick === 0) for (const tail of this.#tails.values()) tail.tick();
  }

  /** Returns the log of one organization, or of all organizations, for reading. */
  feed(organizationId: OrganizationId | null): Feed {
    return organizationId ? new OrganizationFeed(this.database, this.history, organizationId) : this.#platform;
  }

  /** Wakes the readers of a log that has grown. */
  wake({ organizationId, position }: Growth): void {
    const tail = this.#tails.get(organizationId);
    if (tail && tail.head.place < position) tail.wake();
    this.#tails.get(null)?.wake();
  }

  /**
   * Drops all tails after a new epoch has begun. Each follower continues from its last delivered event, if the log
   * still contains it.
   */
  drop(): void {
    for (const tail of this.#tails.values()) tail.lose();
  }

  /** Follows a log: see `follow`. */
  follow(organizationId: OrganizationId | null, following: Following): AsyncGenerator<EventRecord[] | Progress, void> {
    return follow(() => this.#join(organizationId), following);
  }

  #join(organizationId: OrganizationId | null): Joined {
    const known = this.#tails.get(organizationId);
    const tail =
      known && !known.isLost ? known : new Tail(this.feed(organizationId), (events) => this.onEvents(events));
    this.#tails.set(organizationId, tail);
    tail.listeners++;
    const leave = () => {
      if (--tail.listeners === 0 && this.#tails.get(organizationId) === tail) this.#tails.delete(organizationId);
    };
    return { tail, leave };
  }

  /** Stops all reading. Subscriptions end by their own signals. */
  close(): void {
    clearInterval(this.#timer);
    this.#tails.clear();
  }
}
