import type { FastifyBaseLogger } from 'fastify';
import type { OrganizationId, WebhookEndpointId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { type Delivering, deliver } from './deliver.js';
import { claim, type Lease, letGo, renew } from './lease.js';

/** Number of endpoints that one node delivers to concurrently. A slow endpoint occupies only its own slot. */
const capacity = 200;
const pollMs = 1_000;
/** Delay, in milliseconds, after a hint. A burst of commits causes one query for pending deliveries. */
const gatherMs = 10;
const renewMs = 3_000;

interface Turn {
  lease: Lease;
  done: Promise<void>;
}

/** Ids of events that were delivered after the endpoint's cursor, valid while no other node has taken the endpoint. */
interface Ahead {
  fence: number;
  ids: Set<string>;
}

/** Delivers webhooks on one node: leases endpoints with pending events, delivers to them, and releases them. */
export class Dispatcher {
  readonly #turns = new Map<WebhookEndpointId, Turn>();
  readonly #ahead = new Map<WebhookEndpointId, Ahead>();
  /**
   * Organizations whose logs an endpoint follows, from the last poll; null stands for all. Hints about other logs are
   * ignored.
   */
  #logs = new Set<OrganizationId | null>();
  readonly #stop = new AbortController();
  readonly #timers: NodeJS.Timeout[];
  #due: NodeJS.Timeout | undefined;
  #claiming = false;
  #again = false;

  constructor(
    readonly on: Delivering,
    readonly log: FastifyBaseLogger,
  ) {
    on.store.bus.subscribe((hint) => {
      if (hint === 'credentials' || !('position' in hint)) return;
      if (this.#logs.has(hint.organizationId) || this.#logs.has(null)) this.#soon();
    });
    this.#timers = [
      setInterval(() => void this.#poll(), pollMs).unref(),
      setInterval(() => void this.#renew(), renewMs).unref(),
    ];
  }

  get #failures() {
    return this.on.store.failures;
  }

  async #poll(): Promise<void> {
    try {
      const rows = await this.on.store.database.query<{ id: OrganizationId | null }>(
        sql`select distinct organization_id as id from webhook_endpoints where state in ('ACTIVE', 'FAILING')`,
      );
      this.#logs = new Set(rows.map(({ id }) => id));
      if (rows.length > 0) this.#soon();
    } catch (error) {
      // The next poll repeats the query.
      this.#failures.note('webhook endpoints cannot be polled', error);
    }
  }

  #soon(): void {
    this.#due ??= setTimeout(() => {
      this.#due = undefined;
      void this.#claim();
    }, gatherMs).unref();
  }

  async #claim(): Promise<void> {
    this.#again = true;
    if (this.#claiming) return;
    this.#claiming = true;
    try {
      while (this.#again && !this.#stop.signal.aborted && this.#turns.size < capacity) {
        this.#again = false;
        const leases = await claim(this.on.store, capacity - this.#turns.size, [...this.#turns.keys()]);
        for (const lease of leases) this.#begin(lease);
      }
    } catch (error) {
      this.#failures.note('webhooks cannot be delivered right now', error);
    } finally {
      this.#claiming = false;
    }
  }

  #begin(lease: Lease): void {
    const { id, fence } = lease.endpoint;
    const known = this.#ahead.get(id);
    // The ids are invalid if another node or an operator has changed the endpoint in the meantime.
    const ids = known && known.fence + 1 === fence ? known.ids : new Set<string>();
    const done = deliver(this.on, lease, ids, this.#stop.signal)
      .catch((error) => this.#giveUp(lease, error))
      .finally(() => {
        this.#turns.delete(id);
        // New events can have arrived while the delivery was ending.
        this.#soon();
      });
    this.#turns.set(id, { lease, done });
    if (lease.endpoint.organizationId === null) this.#ahead.set(id, { fence, ids });
  }

  async #giveUp(lease: Lease, error: unknown): Promise<void> {
    this.log.warn({ err: error, endpoint: lease.endpoint.id }, 'a webhook endpoint could not be processed');
    // If the database is unavailable, the lease expires.
    await letGo(this.on.store, lease).catch((fault) => {
      this.#failures.note('the lease of a webhook endpoint could not be released', fault);
    });
  }

  async #renew(): Promise<void> {
    try {
      await renew(
        this.on.store,
        [...this.#turns.values()].map(({ lease }) => lease),
      );
    } catch (error) {
      // Leases that cannot be renewed expire.
      this.#failures.note('leases of webhook endpoints cannot be renewed', error);
    }
  }

  /** Stops leasing endpoints and waits for deliveries in progress. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#due);
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([...this.#turns.values()].map(({ done }) => done));
  }
}
