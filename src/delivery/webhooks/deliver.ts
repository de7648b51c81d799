import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { write } from '../../access/write.js';
import type { Anchor } from '../../events/cursor.js';
import type { EventRecord } from '../../events/event.js';
import type { Feed } from '../../events/feed.js';
import { newId, type OrganizationId } from '../../kernel/ids.js';
import type { Outbound } from '../../outbound/outbound.js';
import { backoffMs } from './backoff.js';
import type { Attempt } from './deliveries.js';
import type { WebhookEndpoint } from './endpoint.js';
import { type Lease, type Standing, saveStanding } from './lease.js';
import { jsonMessage, type Message, signedHeaders } from './message.js';
import { type Outcome, post } from './post.js';

/** Dependencies of webhook delivery. */
export interface Delivering {
  store: Store;
  outbound: Outbound;
  /** Milliseconds without a successful delivery after which the operator is notified. */
  failingAfterMs: number;
  /** Returns the security event token of an event, for endpoints that use this format; null if the event has none. */
  securityEvent: (endpoint: WebhookEndpoint, event: EventRecord) => Promise<Message | null>;
}

const batch = 100;
/** Number of organizations whose events are sent to one platform endpoint concurrently. */
const abreast = 8;
/** Maximum time, in milliseconds, between writes of the progress. A crash can repeat the deliveries of this time. */
const saveEveryMs = 250;

/**
 * Delivers the pending events of the endpoint, in order for each organization, until none is left, a delivery fails, or
 * the lease ends. `delivered` contains the ids of delivered events after the cursor, which stays at the first failed
 * event of any organization.
 *
 * @throws CursorExpired if the log has another history than the endpoint: the stored state of the endpoint decides
 */
export async function deliver(on: Delivering, lease: Lease, delivered: Set<string>, stop: AbortSignal): Promise<void> {
  const { endpoint } = lease;
  const feed = on.store.tails.feed(endpoint.organizationId);
  const types = endpoint.types.length > 0 ? endpoint.types : undefined;
  const run = new Run(on, lease, delivered, stop);
  for (;;) {
    const after = run.at;
    const head = await feed.head();
    const { events } = await feed.read({ after, upTo: head.place, limit: batch, filter: { types } });
    await run.send(events, feed);
    if (!run.goesOn) break;
    if (events.length < batch) {
      if (head.place > after.place) run.at = head;
      break;
    }
  }
  await run.end();
}

/** Returns the events grouped by organization, in order. */
function inQueues(events: readonly EventRecord[]): EventRecord[][] {
  const queues = new Map<OrganizationId, EventRecord[]>();
  for (const event of events) queues.set(event.organizationId, [...(queues.get(event.organizationId) ?? []), event]);
  return [...queues.values()];
}

/** Delivery by one node to one endpoint, for the time of a lease. */
class Run {
  at: Anchor;
  readonly #epoch: string;
  #standing: Omit<Standing, 'at' | 'release'>;
  #records: Attempt[] = [];
  #savedAt = performance.now();
  #failed: EventRecord | null = null;

  constructor(
    readonly on: Delivering,
    readonly lease: Lease,
    readonly delivered: Set<string>,
    readonly stop: AbortSignal,
  ) {
    const { attempts, failingSince, nextAt, lastError, state } = lease.endpoint;
    this.at = lease.at;
    this.#epoch = on.store.history.epoch;
    this.#standing = { attempts, failingSince, nextAt, lastError, state };
  }

  /**
   * True while delivery can continue. After a change of epoch, the events that were read can belong to another history.
   */
  get goesOn(): boolean {
    const isSame = this.on.store.history.epoch === this.#epoch;
    return !this.#failed && !this.stop.aborted && this.lease.holds && isSame;
  }

  /**
   * Sends the events, in order for each organization and concurrently for several organizations. The cursor advances to
   * the last event before which all are delivered.
   */
  async send(events: readonly EventRecord[], feed: Feed): Promise<void> {
    const queues = inQueues(events);
    const workers = Array.from({ length: Math.min(abreast, queues.length) }, async () => {
      for (let queue = queues.shift(); queue; queue = queues.shift()) await this.#sendInOrder(queue, events, feed);
    });
    await Promise.all(workers);
    this.#advance(events, feed);
    if (events.every(({ id }) => this.delivered.has(id))) for (const { id } of events) this.delivered.delete(id);
  }

  async #sendInOrder(queue: readonly EventRecord[], events: readonly EventRecord[], feed: Feed): Promise<void> {
    for (const event of queue) {
      if (this.delivered.has(event.id)) continue;
      if (!this.goesOn) return;
      if (!(await this.#attempt(event))) return;
      if (performance.now() - this.#savedAt > saveEveryMs) {
        this.#advance(events, feed);
        await this.#save(false);
      }
    }
  }

  /** Returns true if the event is done: it was delivered, or the endpoint's format has no message for it. */
  async #attempt(event: EventRecord): Promise<boolean> {
    const { store, outbound, securityEvent } = this.on;
    const { endpoint } = this.lease;
    const isJson = endpoint.format === 'JSON';
    const message = isJson ? jsonMessage(endpoint, event, store.history) : await securityEvent(endpoint, event);
    if (message) {
      const headers = signedHeaders(store, endpoint, message);
      const outcome = await post({ outbound, now: store.now }, { url: endpoint.url, headers, body: message.body });
      this.#note(event, outcome);
      if (!outcome.delivered) return false;
    }
    this.delivered.add(event.id);
    return true;
  }

  #note(event: EventRecord, { delivered, status, durationMs, error, answer, retryAfterMs, gone }: Outcome): void {
    const now = this.on.store.now();
    const attempt = this.#standing.attempts + 1;
    const about = { eventOrganizationId: event.organizationId, eventPosition: event.position, eventId: event.id };
    this.#records.push({ ...about, id: newId('dlv'), attempt, status, durationMs, error, answer, delivered, at: now });
    if (delivered) {
      this.#standing = { attempts: 0, failingSince: null, nextAt: now, lastError: null, state: 'ACTIVE' };
      return;
    }
    this.#failed = event;
    const pauseMs = Math.max(backoffMs(attempt), retryAfterMs);
    this.#standing = {
      attempts: attempt,
      failingSince: this.#standing.failingSince ?? now,
      nextAt: new Date(now.getTime() + pauseMs),
      lastError: error,
      state: gone ? 'PAUSED' : this.#standing.state,
    };
  }

  // Events that were delivered after another organization's failed event are remembered, so that this node does not
  // send them again.
  #advance(events: readonly EventRecord[], feed: Feed): void {
    for (const event of events) {
      if (!this.delivered.has(event.id)) return;
      const at = feed.anchorOf(event);
      if (at.place > this.at.place) this.at = at;
    }
  }

  async #save(release: boolean): Promise<void> {
    const records = this.#records;
    this.#records = [];
    this.#savedAt = performance.now();
    const standing = { ...this.#standing, at: this.at, release };
    if (!(await saveStanding(this.on.store, this.lease, standing, records))) this.lease.lose();
  }

  /** Writes the state, releases the lease, and notifies the operator if the endpoint has failed for too long. */
  async end(): Promise<void> {
    const { failingSince, state } = this.#standing;
    const failed = this.#failed;
    const isOverdue =
      failed &&
      state === 'ACTIVE' &&
      failingSince &&
      this.on.store.now().getTime() - failingSince.getTime() >= this.on.failingAfterMs;
    if (isOverdue) this.#standing.state = 'FAILING';
    await this.#save(true);
    if (isOverdue && failed) await this.#emitFailing(failed.organizationId, failingSince);
  }

  async #emitFailing(organizationId: OrganizationId, since: Date): Promise<void> {
    const { id, url } = this.lease.endpoint;
    const { lastError } = this.#standing;
    const data = { id, url: new URL(url).origin, since, lastError };
    await write(this.on.store, system(organizationId), async (tx) => {
      tx.emit({ type: 'webhook.failing', subject: { type: 'webhook', id }, data });
    });
  }
}
