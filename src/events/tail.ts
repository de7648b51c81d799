import type { OrganizationId } from '../ids.js';
import { EventRecord } from './event.js';
import type { Feed } from './feed.js';
import { type EventFilter, isOpen, passes } from './read.js';

const page = 200;
/** Events that a tail keeps in memory for subscribers that are nearly live. */
const kept = 1_000;
/** Organizations whose last passing position a follower of all logs remembers. */
const remembered = 10_000;

/** How far a follower has looked while its filter hid everything. */
export class Progress {
  constructor(
    readonly organizationId: OrganizationId | null,
    readonly place: number,
  ) {}
}

/** What a follower wants, and from where. */
export interface Following {
  /** Everything up to here was seen. */
  after: number;
  filter?: EventFilter;
  signal: AbortSignal;
  /** How long everything may be hidden before a `Progress` is due. */
  progressMs?: number;
}

/** The live end of one log, read once for all who follow it, from `#floor` to `head` in memory. */
export class Tail {
  listeners = 0;
  head = 0;
  readonly started: Promise<void>;
  #floor = 0;
  #events: EventRecord[] = [];
  #reading = false;
  #again = false;
  readonly #waiting = new Set<() => void>();

  constructor(
    readonly feed: Feed,
    readonly heed: (events: readonly EventRecord[]) => void,
  ) {
    this.started = feed.head().then((head) => {
      this.head = head;
      this.#floor = head;
    });
    // Who follows meets the failure; nobody else waits for this.
    this.started.catch(() => {});
  }

  /** Wakes followers without an event, so that they can tell how far they have looked. */
  tick(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Reads on: the log may have grown. A read that fails is made good by the next one. */
  wake(): void {
    this.#again = true;
    if (this.#reading) return;
    this.#reading = true;
    this.started
      .then(() => this.#readOn())
      .catch(() => {})
      .finally(() => {
        this.#reading = false;
      });
  }

  async #readOn(): Promise<void> {
    while (this.#again) {
      // A hint that comes while reading may be for an event that this page is too early for.
      this.#again = false;
      const events = await this.feed.read({ after: this.head, limit: page });
      if (events.length === 0) continue;
      this.heed(events);
      this.#keep(events);
      this.tick();
      if (events.length === page) this.#again = true;
    }
  }

  #keep(events: EventRecord[]): void {
    this.#events.push(...events);
    this.head = this.feed.placeOf(events.at(-1) as EventRecord);
    const surplus = this.#events.length - kept;
    if (surplus <= 0) return;
    const gone = this.#events.splice(0, surplus);
    this.#floor = this.feed.placeOf(gone.at(-1) as EventRecord);
  }

  /** The events after `place`, or null when they are no longer in memory. */
  after(place: number): EventRecord[] | null {
    if (place < this.#floor) return null;
    let from = this.#events.length;
    while (from > 0 && this.feed.placeOf(this.#events[from - 1] as EventRecord) > place) from--;
    return this.#events.slice(from);
  }

  /**
   * Every event after the place that passes the filter, in order, replayed and then live, for ever: as many at a time as
   * there are. One place and no switch-over, so there is no seam. Ends when the signal aborts.
   */
  async *follow({ after, filter = {}, signal, progressMs }: Following): AsyncGenerator<EventRecord[] | Progress, void> {
    await this.started;
    const waiting = new Waiting(signal);
    let at = after;
    let told = after;
    let toldAt = performance.now();
    const previous = new Map<string, number>();
    while (!signal.aborted) {
      const { head } = this;
      const live = this.after(at);
      const events = live ?? (await this.feed.read({ after: at, upTo: head, limit: page, filter }));
      const passing: EventRecord[] = [];
      for (const event of events) {
        at = this.feed.placeOf(event);
        if (!passes(event, filter)) continue;
        // A replay was read through the filter, and knows.
        const known = live === null || isOpen(filter) ? event.previousPosition : previous.get(event.organizationId);
        passing.push(seenBy(event, known ?? (await this.#linked(event, filter))));
        if (previous.size > remembered) previous.clear();
        if (!isOpen(filter)) previous.set(event.organizationId, event.position);
      }
      if (passing.length > 0) {
        told = at;
        toldAt = performance.now();
        yield passing;
      }
      // A short page of a replay has shown all that passes up to the head that was known before it was read.
      if (live === null && events.length < page) at = Math.max(at, head);
      if (progressMs !== undefined && at > told && performance.now() - toldAt >= progressMs) {
        told = at;
        toldAt = performance.now();
        yield new Progress(this.feed.organizationId, at);
      }
      if (live?.length === 0 && this.head <= at) await waiting.among(this.#waiting);
    }
  }

  /** The position before the event that passed the same filter, for the first one of its organization. */
  async #linked(event: EventRecord, filter: EventFilter): Promise<number> {
    const place = this.feed.placeOf(event);
    const [linked] = await this.feed.read({ after: place - 1, upTo: place, limit: 1, filter });
    return linked?.previousPosition ?? event.position - 1;
  }
}

/** One follower's wait for growth, a tick, or its end: a promise each time, and one listener for all of them. */
class Waiting {
  #wake: () => void = () => {};

  constructor(readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  among(others: Set<() => void>): Promise<void> {
    if (this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        others.delete(this.#wake);
        resolve();
      };
      others.add(this.#wake);
    });
  }
}

const copies = new WeakMap<EventRecord, Map<number, EventRecord>>();

// The buffered event is shared by all subscribers, and those with another filter have another idea of the one before. What
// is equal for two of them is the same object, so that their answers can be made once.
function seenBy(event: EventRecord, previousPosition: number): EventRecord {
  if (event.previousPosition === previousPosition) return event;
  const known = copies.get(event) ?? new Map<number, EventRecord>();
  copies.set(event, known);
  const copy = known.get(previousPosition) ?? Object.assign(new EventRecord(), event, { previousPosition });
  known.set(previousPosition, copy);
  return copy;
}
