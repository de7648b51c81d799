import { EventEmitter, once } from 'node:events';
import type { OrganizationId } from '../ids.js';
import type { Database } from '../storage/database.js';
import { EventRecord } from './event.js';
import { type EventFilter, headOf, passes, positionBefore, readEvents } from './read.js';

const page = 200;
/** Events that a tail keeps in memory for subscribers that are nearly live. */
const kept = 1_000;
/** How long a lost hint may delay an event. */
const pollMs = 1_000;

/**
 * The live end of the logs that somebody listens to: one reader an organization, woken by hints and by a slow poll.
 * A hint carries no event, so a lost one costs latency and never an event.
 */
export class Tails {
  readonly #tails = new Map<OrganizationId, Tail>();
  /** Called with what was read, before any subscriber is given it. */
  heed: (events: readonly EventRecord[]) => void = () => {};
  constructor(readonly database: Database) {}

  /** Tells that the organization's log has grown to `position`. */
  hint(organizationId: OrganizationId, position: number): void {
    this.#tails.get(organizationId)?.wake(position);
  }

  /**
   * Every event after `position` that passes the filter, in order, replayed and then live, for ever. One position and
   * no switch-over, so there is no seam. Ends when `signal` aborts.
   */
  async *follow(
    organizationId: OrganizationId,
    { position, filter = {}, signal }: { position: number; filter?: EventFilter; signal: AbortSignal },
  ): AsyncGenerator<EventRecord, void> {
    const tail = this.#join(organizationId);
    let at = position;
    try {
      await tail.started;
      let previousPosition = await positionBefore(this.database, organizationId, at, filter);
      while (!signal.aborted) {
        const head = tail.head;
        const live = tail.after(at);
        const events = live ?? (await readEvents(this.database, organizationId, { position: at, limit: page, filter }));
        for (const event of events) {
          at = event.position;
          if (!passes(event, filter)) continue;
          yield seenBy(event, previousPosition);
          previousPosition = at;
          if (signal.aborted) return;
        }
        // A short page of a replay has shown all that passes up to the head that was known before it was read.
        if (live === null && events.length < page) at = Math.max(at, head);
        if (live?.length === 0) await tail.grown(at, signal);
      }
    } finally {
      this.#leave(organizationId, tail);
    }
  }

  #join(organizationId: OrganizationId): Tail {
    const tail =
      this.#tails.get(organizationId) ?? new Tail(this.database, organizationId, (events) => this.heed(events));
    this.#tails.set(organizationId, tail);
    tail.listeners++;
    return tail;
  }

  #leave(organizationId: OrganizationId, tail: Tail): void {
    if (--tail.listeners > 0) return;
    tail.stop();
    this.#tails.delete(organizationId);
  }

  /** Stops all reading. Subscriptions end by their own signals. */
  close(): void {
    for (const tail of this.#tails.values()) tail.stop();
    this.#tails.clear();
  }
}

// The buffered event is shared by all subscribers, and each has its own idea of the one before.
function seenBy(event: EventRecord, previousPosition: number): EventRecord {
  return Object.assign(new EventRecord(), event, { previousPosition });
}

/** One organization's log from `#floor` to `head`, in memory. Positions have no gap, so a position is an index. */
class Tail {
  listeners = 0;
  head = 0;
  readonly started: Promise<void>;
  #floor = 0;
  #events: EventRecord[] = [];
  #reading = false;
  #known = 0;
  readonly #timer: NodeJS.Timeout;
  readonly #growth = new EventEmitter().setMaxListeners(0);

  constructor(
    readonly database: Database,
    readonly organizationId: OrganizationId,
    readonly heed: (events: readonly EventRecord[]) => void,
  ) {
    this.started = headOf(database, organizationId).then((head) => {
      this.head = head;
      this.#floor = head;
    });
    // A failed read is tried again by the next poll; nothing is lost by it.
    this.#timer = setInterval(() => this.wake(), pollMs).unref();
  }

  /** The events after `position`, or null when they are no longer in memory. */
  after(position: number): EventRecord[] | null {
    return position < this.#floor ? null : this.#events.slice(position - this.#floor);
  }

  wake(position = Number.POSITIVE_INFINITY): void {
    this.#known = Math.max(this.#known, position);
    if (this.#reading || this.#known <= this.head) return;
    this.#reading = true;
    this.started
      .then(() => this.#read())
      .catch(() => {})
      .finally(() => {
        this.#reading = false;
        // A hint that came while reading may be for an event that the last page was too early for.
        if (this.#known > this.head && this.#known !== Number.POSITIVE_INFINITY) setImmediate(() => this.wake(0));
      });
  }

  async #read(): Promise<void> {
    for (;;) {
      if (this.#known === Number.POSITIVE_INFINITY) this.#known = 0;
      const events = await readEvents(this.database, this.organizationId, { position: this.head, limit: page });
      this.heed(events);
      this.#events.push(...events);
      this.head = events.at(-1)?.position ?? this.head;
      const surplus = this.#events.length - kept;
      if (surplus > 0) {
        this.#events.splice(0, surplus);
        this.#floor += surplus;
      }
      if (events.length > 0) this.#growth.emit('grown');
      if (events.length < page) return;
    }
  }

  /** Waits for an event after `position`, or for the signal. */
  async grown(position: number, signal: AbortSignal): Promise<void> {
    if (this.head > position || signal.aborted) return;
    await once(this.#growth, 'grown', { signal }).catch(() => {});
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
