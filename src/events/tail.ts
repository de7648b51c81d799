import { CursorExpired } from '../errors.js';
import { type Anchor, beginning } from './cursor.js';
import type { EventRecord } from './event.js';
import type { Feed } from './feed.js';

const page = 200;
/** Events that a tail keeps in memory for subscribers that are nearly live. */
const kept = 1_000;

/** The live end of one log, read once for all who follow it, from `#floor` to `head` in memory. */
export class Tail {
  listeners = 0;
  head = beginning;
  /** The log has another history than what is kept here: whoever follows goes on with another tail. */
  isLost = false;
  readonly started: Promise<void>;
  #floor = beginning;
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
    this.started.catch(() => {
      // Followers await the same promise and receive the failure.
    });
  }

  /** Wakes followers without an event, so that they can tell how far they have looked. */
  tick(): void {
    for (const wake of [...this.waiting]) wake();
  }

  /** Reads on: the log may have grown. A read that fails is made good by the next one. */
  wake(): void {
    this.#again = true;
    if (this.#reading || this.isLost) return;
    this.#reading = true;
    this.#readOn().catch((error) => {
      if (error instanceof CursorExpired) this.lose();
    });
  }

  /** What is kept in memory may be of another history: nobody is given it any more. */
  lose(): void {
    this.isLost = true;
    this.tick();
  }

  async #readOn(): Promise<void> {
    try {
      await this.started;
      while (this.#again) {
        // A hint that comes while reading may be for an event that this page is too early for.
        this.#again = false;
        const { events, after } = await this.feed.read({ after: this.head, limit: page });
        if (this.head.id === null) this.head = after;
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
    this.head = this.feed.anchorOf(events.at(-1) as EventRecord);
    const surplus = this.#events.length - kept;
    if (surplus <= 0) return;
    const gone = this.#events.splice(0, surplus);
    this.#floor = this.feed.anchorOf(gone.at(-1) as EventRecord);
  }

  /** The events after the anchor, or null when it is not in memory: an event at its place with another id is another history. */
  after(anchor: Anchor): EventRecord[] | null {
    if (isSame(anchor, this.head)) return [];
    let from = this.#events.length;
    while (from > 0 && this.feed.anchorOf(this.#events[from - 1] as EventRecord).place > anchor.place) from--;
    const before = this.#events[from - 1];
    return isSame(anchor, before ? this.feed.anchorOf(before) : this.#floor) ? this.#events.slice(from) : null;
  }
}

const isSame = (one: Anchor, other: Anchor): boolean => one.place === other.place && one.id === other.id;
