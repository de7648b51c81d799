import type { Failures } from '../failures.js';
import type { OrganizationId } from '../ids.js';
import type { Database } from '../storage/database.js';
import { sql } from '../storage/sql.js';
import type { Growth } from './bus.js';
import type { EventRecord } from './event.js';
import { type Feed, OrganizationFeed, PlatformFeed } from './feed.js';
import { type Following, follow, type Joined, type Progress } from './follow.js';
import type { History } from './history.js';
import { Tail } from './tail.js';

/** How long a lost hint may delay an event. */
const pollMs = 1_000;
/** Every so many polls the followers are woken without an event. */
const pollsPerTick = 5;

/**
 * The tails of the logs that somebody listens to, woken by hints and by a slow poll. A hint carries no event, so a lost one
 * costs latency and never an event.
 */
export class Tails {
  readonly #tails = new Map<OrganizationId | null, Tail>();
  readonly #platform: PlatformFeed;
  /** Called with what was read, before any subscriber is given it. */
  heed: (events: readonly EventRecord[]) => void = () => {};

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

  // One statement for all, however many logs are followed. A session can outlive a failover: behind a pooler, or when it was
  // opened to a standby.
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

  /** The log of one organization, or of all of them, to read from. */
  feed(organizationId: OrganizationId | null): Feed {
    return organizationId ? new OrganizationFeed(this.database, this.history, organizationId) : this.#platform;
  }

  /** Wakes the readers of a log that has grown. */
  wake({ organizationId, position }: Growth): void {
    const tail = this.#tails.get(organizationId);
    if (tail && tail.head.place < position) tail.wake();
    this.#tails.get(null)?.wake();
  }

  /** Another epoch has begun: every follower goes on from what it was told last, if the log still has that. */
  drop(): void {
    for (const tail of this.#tails.values()) tail.lose();
  }

  /** Follows a log: see `follow`. */
  follow(organizationId: OrganizationId | null, following: Following): AsyncGenerator<EventRecord[] | Progress, void> {
    return follow(() => this.#join(organizationId), following);
  }

  #join(organizationId: OrganizationId | null): Joined {
    const known = this.#tails.get(organizationId);
    const tail = known && !known.isLost ? known : new Tail(this.feed(organizationId), (events) => this.heed(events));
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
