import { CursorExpired } from '../kernel/errors.js';
import { type Anchor, beginning } from './cursor.js';
import type { EventRecord } from './event.js';
import type { Feed } from './feed.js';

const page = 200;
/** Number of events that a tail keeps in memory for subscribers that are nearly live. */
const kept = 1_000;

/** Live end of one log, read once for all its followers. The events from `#floor` to `head` are kept in memory. */
export class Tail {
  listeners = 0;
  head = beginning;
  /** True if the log now has another history than the events in memory. Followers must join another tail. */
  isLost = false;
  readonly started: Promise<void>;
  #floor = beginning;
  #events: EventRecord[] = [];
  #reading = false;
  #again = false;
  /** Functions that wake the waiting followers. */
  readonly waiting = new Set<() => void>();

  constructor(
    readonly feed: Feed,
    readonly onEvents: (events: readonly EventRecord[]) => void,
  ) {
    this.started = feed.head().then((head) => {
      this.head = head;
      this.#floor = head;
    });
    this.started.catch(() => {
      // Followers await the same promise and receive the error.
    });
  }

  /** Wakes the followers without an event, so that they can report their progress. */
  tick(): void {
    for (const wake of [...this.waiting]) wake();
  }

  /** Reads new events, because the log can have grown. The next call repeats a failed read. */
  wake(): void {
    this.#again = true;
    if (this.#reading || this.isLost) return;
    this.#reading = true;
    this.#readOn().catch((error) => {
      if (error instanceof CursorExpired) this.lose();
    });
  }

  /** Marks the tail as lost: its events can belong to another history and must not be delivered. */
  lose(): void {
    this.isLost = true;
    this.tick();
  }

  async #readOn(): Promise<void> {
    try {
      await this.started;
      while (this.#again) {
        // A hint that arrives during the read can refer to an event that the read does not see yet.
        this.#again = false;
        const { events, after } = await this.feed.read({ after: this.head, limit: page });
        if (this.head.id === null) this.head = after;
        if (events.length === 0) continue;
        this.onEvents(events);
        this.#keep(events);
        this.tick();
        if (events.length === page) this.#again = true;
      }
    } finally {
      // Set in the same turn of the event loop as the last check of #again, so that no hint is missed.
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

  /**
   * Returns the events after the anchor, or null if the anchor is not in memory. An event with another id at the
   * position of the anchor belongs to another history.
   */
  after(anchor: Anchor): EventRecord[] | null {
    if (isSame(anchor, this.head)) return [];
    let from = this.#events.length;
    while (from > 0 && this.feed.anchorOf(this.#events[from - 1] as EventRecord).place > anchor.place) from--;
    const before = this.#events[from - 1];
    return isSame(anchor, before ? this.feed.anchorOf(before) : this.#floor) ? this.#events.slice(from) : null;
  }
}

const isSame = (one: Anchor, other: Anchor): boolean => one.place === other.place && one.id === other.id;
