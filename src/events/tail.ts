import type { EventRecord } from './event.js';
import type { Feed } from './feed.js';

const page = 200;
/** Events that a tail keeps in memory for subscribers that are nearly live. */
const kept = 1_000;

/** The live end of one log, read once for all who follow it, from `#floor` to `head` in memory. */
export class Tail {
  listeners = 0;
  head = 0;
  readonly started: Promise<void>;
  #floor = 0;
  #events: EventRecord[] = [];
  #reading = false;
  #again = false;
  /** How to wake each follower that waits. */
  readonly waiting = new Set<() => void>();

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
    for (const wake of [...this.waiting]) wake();
  }

  /** Reads on: the log may have grown. A read that fails is made good by the next one. */
  wake(): void {
    this.#again = true;
    if (this.#reading) return;
    this.#reading = true;
    this.#readOn().catch(() => {});
  }

  async #readOn(): Promise<void> {
    try {
      await this.started;
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
    } finally {
      // In the same turn as the last look at #again: no hint falls between.
      this.#reading = false;
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
}
