import type { OrganizationId } from '../ids.js';
import { EventRecord } from './event.js';
import type { Feed } from './feed.js';
import { type EventFilter, isOpen, passes } from './read.js';
import type { Tail } from './tail.js';

/** Events of a replay that are read at a time. */
const page = 200;
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

/** A tail, and how to leave it. */
export interface Joined {
  tail: Tail;
  leave: () => void;
}

/**
 * Every event after the place that passes the filter, in order, replayed and then live, for ever: as many at a time as there
 * are. One place and no switch-over, so there is no seam. Ends when the signal aborts.
 */
export async function* follow(
  join: () => Joined,
  { after, filter = {}, signal, progressMs }: Following,
): AsyncGenerator<EventRecord[] | Progress, void> {
  const { tail, leave } = join();
  try {
    await tail.started;
    const { feed } = tail;
    const chain = new Chain(feed, filter);
    const waiting = new Waiting(signal);
    let at = after;
    let told = after;
    let toldAt = performance.now();
    while (!signal.aborted) {
      const { head } = tail;
      const live = tail.after(at);
      const events = live ?? (await feed.read({ after: at, upTo: head, limit: page, filter }));
      const passing: EventRecord[] = [];
      for (const event of events) {
        at = feed.placeOf(event);
        // A replay was read through the filter, and knows.
        if (passes(event, filter)) passing.push(chain.linked(event, live === null) ?? (await chain.link(event)));
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
        yield new Progress(feed.organizationId, at);
      }
      if (live?.length === 0 && tail.head <= at) await waiting.among(tail.waiting);
    }
  } finally {
    leave();
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
    const place = this.feed.placeOf(event);
    const [found] = await this.feed.read({ after: place - 1, upTo: place, limit: 1, filter: this.filter });
    return this.#note(event, found?.previousPosition ?? event.position - 1);
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
  const copy = known.get(previousPosition) ?? Object.assign(new EventRecord(), event, { previousPosition });
  known.set(previousPosition, copy);
  return copy;
}
