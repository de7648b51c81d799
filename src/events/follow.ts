import { CursorExpired } from '../errors.js';
import type { OrganizationId } from '../ids.js';
import { create } from '../storage/rows.js';
import type { Anchor } from './cursor.js';
import { EventRecord } from './event.js';
import type { Feed } from './feed.js';
import { type EventFilter, isOpen, passes, type Reading, type Stretch } from './read.js';
import type { Tail } from './tail.js';

/** Events of a replay that are read at a time. */
const page = 200;
/** Organizations whose last passing position a follower of all logs remembers. */
const remembered = 10_000;

/** How far a follower has looked while its filter hid everything. */
export class Progress {
  constructor(
    readonly organizationId: OrganizationId | null,
    readonly at: Anchor,
  ) {}
}

/** What a follower wants, and from where. */
export interface Following {
  /** Everything up to here was seen. */
  after: Anchor;
  filter?: EventFilter;
  signal: AbortSignal;
  /** How long everything may be hidden before a `Progress` is due. */
  progressMs?: number;
}

/** A tail, and how to leave it. */
export interface Joined {
  tail: Tail;
  leave: () => void;
}

/**
 * Every event after the place that passes the filter, in order, replayed and then live, for ever: as many at a time as there
 * are. One place and no switch-over, so there is no seam. Ends when the signal aborts.
 *
 * @throws CursorExpired when the log has not the last event any more that its reader was told of
 */
export async function* follow(
  join: () => Joined,
  { after, filter = {}, signal, progressMs }: Following,
): AsyncGenerator<EventRecord[] | Progress, void> {
  let joined = join();
  try {
    const waiting = new Waiting(signal);
    let chain = new Chain(joined.tail.feed, filter);
    let at = after;
    let told = after;
    let toldAt = performance.now();
    await joined.tail.started;
    while (!signal.aborted) {
      if (joined.tail.isLost) {
        // What the filter has hidden since was of the other history. What was told decides.
        joined.leave();
        joined = join();
        chain = new Chain(joined.tail.feed, filter);
        at = told;
        await joined.tail.started;
      }
      const { tail } = joined;
      const { feed, head } = tail;
      const live = tail.after(at);
      const read = live
        ? null
        : await readOrLose(feed, { after: at, upTo: head.place, limit: page, filter }, at === told);
      if (read === 'lost') {
        at = told;
        continue;
      }
      if (read && at.id === null) at = read.after;
      const events = live ?? read?.events ?? [];
      const passing: EventRecord[] = [];
      for (const event of events) {
        at = feed.anchorOf(event);
        // A replay was read through the filter, and knows.
        if (passes(event, filter)) passing.push(chain.linked(event, live === null) ?? (await chain.link(event)));
      }
      if (passing.length > 0) {
        told = at;
        toldAt = performance.now();
        yield passing;
      }
      // A short page of a replay has shown all that passes up to the head that was known before it was read.
      if (read && events.length < page && at.place < head.place) at = head;
      if (progressMs !== undefined && at.place > told.place && performance.now() - toldAt >= progressMs) {
        told = at;
        toldAt = performance.now();
        yield new Progress(feed.organizationId, at);
      }
      if (events.length > 0 || tail.head.place > at.place || tail.isLost) continue;
      // At the place of the head another event, or none: one of us two is of another history. The tail's next read tells.
      if (live === null) tail.wake();
      await waiting.among(tail.waiting);
    }
  } finally {
    joined.leave();
  }
}

/** Reads on, or says that the place is of another history where an earlier one is left to go back to. @throws CursorExpired */
async function readOrLose(feed: Feed, stretch: Stretch, isLast: boolean): Promise<Reading | 'lost'> {
  try {
    return await feed.read(stretch);
  } catch (error) {
    if (error instanceof CursorExpired && !isLast) return 'lost';
    throw error;
  }
}

/** Links each event that passes to the one of its organization that passed before it. */
class Chain {
  readonly #previous = new Map<OrganizationId, number>();
  readonly #isOpen: boolean;

  constructor(
    readonly feed: Feed,
    readonly filter: EventFilter,
  ) {
    this.#isOpen = isOpen(filter);
  }

  /** The event with its link, where that is known without asking. */
  linked(event: EventRecord, isReplay: boolean): EventRecord | null {
    if (this.#isOpen) return event;
    const known = isReplay ? event.previousPosition : this.#previous.get(event.organizationId);
    if (known === undefined) return null;
    return this.#note(event, known);
  }

  /** The same for the first event of its organization: the log is asked. */
  async link(event: EventRecord): Promise<EventRecord> {
    const { place } = this.feed.anchorOf(event);
    const before = { place: place - 1, id: null };
    const { events } = await this.feed.read({ after: before, upTo: place, limit: 1, filter: this.filter });
    return this.#note(event, events[0]?.previousPosition ?? event.position - 1);
  }

  #note(event: EventRecord, previousPosition: number): EventRecord {
    if (this.#previous.size > remembered) this.#previous.clear();
    this.#previous.set(event.organizationId, event.position);
    return seenBy(event, previousPosition);
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
  const copy = known.get(previousPosition) ?? create(EventRecord, { ...event, previousPosition });
  known.set(previousPosition, copy);
  return copy;
}
