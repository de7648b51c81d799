import type { FastifyBaseLogger } from 'fastify';
import type { OrganizationId, WebhookEndpointId } from '../../ids.js';
import { sql } from '../../storage/sql.js';
import { type Delivering, deliver } from './deliver.js';
import { claim, type Lease, letGo, renew } from './lease.js';

/** Endpoints that one node delivers to at a time: a slow one holds only its own place among them. */
const capacity = 200;
const pollMs = 1_000;
/** How long a hint may wait for others: a burst of commits is one look for work. */
const gatherMs = 10;
const renewMs = 3_000;

interface Turn {
  lease: Lease;
  done: Promise<void>;
}

/** What an endpoint was sent beyond its cursor, as long as it stays in this node's hands. */
interface Ahead {
  fence: number;
  ids: Set<string>;
}

/** One node's share of the webhooks: takes endpoints that have something to be sent, delivers, and lets them go. */
export class Dispatcher {
  readonly #turns = new Map<WebhookEndpointId, Turn>();
  readonly #ahead = new Map<WebhookEndpointId, Ahead>();
  /** Logs that some endpoint follows, known to a second: hints about others are nothing to us. */
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
    on.store.bus.hear((hint) => {
      if (hint !== 'credentials' && (this.#logs.has(hint.organizationId) || this.#logs.has(null))) this.#soon();
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
      // The next poll finds it.
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
    // Anybody else's turn in between, an operator's too, makes what we remember worthless.
    const ids = known && known.fence + 1 === fence ? known.ids : new Set<string>();
    const done = deliver(this.on, lease, ids, this.#stop.signal)
      .catch((error) => this.#giveUp(lease, error))
      .finally(() => {
        this.#turns.delete(id);
        // Something may have come while the turn was ending.
        this.#soon();
      });
    this.#turns.set(id, { lease, done });
    if (lease.endpoint.organizationId === null) this.#ahead.set(id, { fence, ids });
  }

  async #giveUp(lease: Lease, error: unknown): Promise<void> {
    this.log.warn({ err: error, endpoint: lease.endpoint.id }, 'a webhook endpoint could not be worked on');
    // A database that is away frees it by itself, when the lease ends.
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
      // Leases that cannot be renewed end by their own clock.
      this.#failures.note('leases of webhook endpoints cannot be renewed', error);
    }
  }

  /** Takes nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#due);
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([...this.#turns.values()].map(({ done }) => done));
  }
}
