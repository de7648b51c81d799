import { CursorExpired } from '../kernel/errors.js';
import type { OrganizationId } from '../kernel/ids.js';
import { create } from '../storage/rows.js';
import type { Anchor } from './cursor.js';
import { EventRecord } from './event.js';
import type { Feed } from './feed.js';
import { type EventFilter, isOpen, passes } from './filter.js';
import type { Reading, Stretch } from './read.js';
import type { Tail } from './tail.js';
import { Waiting } from './waiting.js';

/** Number of events per read of a replay. */
const page = 200;
/** Number of organizations for which a follower of all logs remembers the last matching position. */
const remembered = 10_000;

/** Position up to which a follower has read while its filter hid all events. */
export class Progress {
  constructor(
    readonly organizationId: OrganizationId | null,
    readonly at: Anchor,
  ) {}
}

/** Start and filter of a follower. */
export interface Following {
  /** Anchor of the last event that the reader has seen. */
  after: Anchor;
  filter?: EventFilter;
  signal: AbortSignal;
  /** Milliseconds without a matching event after which a `Progress` is yielded. */
  progressMs?: number;
}

/** Tail that a follower has joined, and the function that leaves it. */
export interface Joined {
  tail: Tail;
  leave: () => void;
}

/**
 * Yields all events after the anchor that match the filter, in order, indefinitely: first the existing ones, then new
 * ones, in batches. Replay and live delivery share one position, so no event is lost or repeated between them. Ends
 * when the signal aborts.
 *
 * @throws CursorExpired if the log no longer contains the last event that the reader received
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
        // Hidden events of the old history do not count. Continue from the last delivered position.
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
        // The database has already linked the events of a replay, because it applied the filter.
        if (passes(event, filter)) passing.push(chain.linked(event, live === null) ?? (await chain.link(event)));
      }
      if (passing.length > 0) {
        told = at;
        toldAt = performance.now();
        yield passing;
      }
      // A short page of a replay contains all matching events up to the head that was known before the read.
      if (read && events.length < page && at.place < head.place) at = head;
      if (progressMs !== undefined && at.place > told.place && performance.now() - toldAt >= progressMs) {
        told = at;
        toldAt = performance.now();
        yield new Progress(feed.organizationId, at);
      }
      if (events.length > 0 || tail.head.place > at.place || tail.isLost) continue;
      // The log has another event, or none, at the position of the head: the follower or the tail has read another
      // history. The tail's next read decides.
      if (live === null) tail.wake();
      await waiting.among(tail.waiting);
    }
  } finally {
    joined.leave();
  }
}

/**
 * Reads the next events. Returns `lost` if the position belongs to another history and the reader can return to an
 * earlier one. @throws CursorExpired
 */
async function readOrLose(feed: Feed, stretch: Stretch, isLast: boolean): Promise<Reading | 'lost'> {
  try {
    return await feed.read(stretch);
  } catch (error) {
    if (error instanceof CursorExpired && !isLast) return 'lost';
    throw error;
  }
}

/** Links each matching event to the previous matching event of its organization. */
class Chain {
  readonly #previous = new Map<OrganizationId, number>();
  readonly #isOpen: boolean;

  constructor(
    readonly feed: Feed,
    readonly filter: EventFilter,
  ) {
    this.#isOpen = isOpen(filter);
  }

  /** Returns the event with its link, or null if the link requires a query. */
  linked(event: EventRecord, isReplay: boolean): EventRecord | null {
    if (this.#isOpen) return event;
    const known = isReplay ? event.previousPosition : this.#previous.get(event.organizationId);
    if (known === undefined) return null;
    return this.#note(event, known);
  }

  /** Returns the first matching event of its organization with its link, which is read from the log. */
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

const copies = new WeakMap<EventRecord, Map<number, EventRecord>>();

// All subscribers share the buffered event, but subscribers with different filters need different previous positions.
// Subscribers with equal values get the same object, so that their responses can be built once.
function seenBy(event: EventRecord, previousPosition: number): EventRecord {
  if (event.previousPosition === previousPosition) return event;
  const known = copies.get(event) ?? new Map<number, EventRecord>();
  copies.set(event, known);
  const copy = known.get(previousPosition) ?? create(EventRecord, { ...event, previousPosition });
  known.set(previousPosition, copy);
  return copy;
}
