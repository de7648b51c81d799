import { authorize } from '../../access/authorize.js';
import type { Store } from '../../access/store.js';
import type { Read } from '../../access/write.js';
import { Waiting } from '../../events/waiting.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { SlowConsumer } from '../../kernel/slow-consumer.js';
import type { Connection } from '../connections/connection.js';
import type { ProvisioningRequest } from './provisioning-request.js';
import { readNewRequests } from './read-new-requests.js';
import { matches, type RequestCriteria } from './request-criteria.js';
import type { RequestLog } from './request-log.js';
import { RequestTail } from './request-tail.js';

/** Interval of the poll, in milliseconds: the maximum delay of an entry after a lost hint. */
const pollMs = 1_000;

/** Entries that a subscriber wants. */
interface Wanted {
  criteria: RequestCriteria;
  /** True to read the bodies of requests and responses too. */
  withBodies: boolean;
  signal: AbortSignal;
}

/**
 * New entries of the request log, for subscribers on this node. Each followed connection is read once for all of its
 * subscribers, after a hint of the node that wrote an entry, and with one poll per second for all connections. Nothing
 * is read while nobody follows.
 */
export class LiveRequests {
  readonly #tails = new Map<ConnectionId, RequestTail>();
  readonly #due = new Set<RequestTail>();
  #reading: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly store: Pick<Store, 'database' | 'bus' | 'history' | 'failures' | 'now'>,
    requests: RequestLog,
  ) {
    requests.onWritten = (ids) => {
      for (const requestsOf of ids) store.bus.publish({ requestsOf });
    };
    store.bus.subscribe((hint) => {
      const tail = typeof hint === 'object' && 'requestsOf' in hint ? this.#tails.get(hint.requestsOf) : undefined;
      if (tail) this.#wake([tail]);
    });
  }

  /**
   * Yields the entries of the connection that match the criteria and are written after the first call of `next`, in
   * batches, indefinitely. Each entry is yielded at most once; entries of several nodes can be in another order than
   * their ids. Ends when the signal aborts.
   *
   * @throws Forbidden; SlowConsumer if the subscriber reads too slowly
   */
  follow(read: Read, { id, organizationId }: Connection, wanted: Wanted): AsyncGenerator<ProvisioningRequest[], void> {
    authorize(read, 'request.read', { organizationId, id });
    return this.#follow(() => this.#join(new RequestTail(organizationId, id), wanted), wanted);
  }

  async *#follow(
    join: () => { tail: RequestTail; leave: () => void },
    { criteria, signal }: Wanted,
  ): AsyncGenerator<ProvisioningRequest[], void> {
    const { tail, leave } = join();
    try {
      const waiting = new Waiting(signal);
      await this.#read([tail]);
      let at = tail.end;
      while (!signal.aborted) {
        const entries = tail.from(at);
        if (!entries) throw new SlowConsumer();
        at = tail.end;
        const matching = entries.filter((entry) => matches(entry, criteria));
        if (matching.length > 0) yield matching;
        if (at === tail.end) await waiting.among(tail.waiting);
      }
    } finally {
      leave();
    }
  }

  #join(fresh: RequestTail, { withBodies }: Wanted): { tail: RequestTail; leave: () => void } {
    const tail = this.#tails.get(fresh.connectionId) ?? fresh;
    this.#tails.set(tail.connectionId, tail);
    tail.listeners++;
    if (withBodies) tail.bodyReaders++;
    this.#timer ??= setInterval(() => this.#wake(this.#tails.values()), pollMs).unref();
    const leave = () => {
      if (withBodies) tail.bodyReaders--;
      if (--tail.listeners === 0) this.#tails.delete(tail.connectionId);
      if (this.#tails.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
    return { tail, leave };
  }

  // The next poll repeats a failed read.
  #wake(tails: Iterable<RequestTail>): void {
    this.#read(tails).catch((error) => this.store.failures.note('the request log cannot be followed', error));
  }

  /** Reads the new entries of the tails. Resolves after a read that began after this call. */
  #read(tails: Iterable<RequestTail>): Promise<void> {
    for (const tail of tails) this.#due.add(tail);
    this.#queued ??= this.#reading.then(() => {
      this.#queued = undefined;
      return this.#readDue();
    });
    this.#reading = this.#queued.catch(() => {
      // The callers receive the error; the next read does not depend on it.
    });
    return this.#queued;
  }

  async #readDue(): Promise<void> {
    const { database, history, now } = this.store;
    let tails = [...this.#due];
    this.#due.clear();
    while (tails.length > 0) {
      for (const tail of tails) if (tail.epoch !== history.epoch) tail.restart(history.epoch);
      tails = await readNewRequests(database, tails, now());
    }
  }
}
