import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Failures } from '../../kernel/failures.js';
import { cut } from '../../storage/unavailable.js';
import type { OpenWire, Wire } from '../bus.js';

const channel = 'rollcall';
const heartbeatMs = 10_000;
const answerMs = 5_000;
const goodbyeMs = 1_000;

/**
 * Functions that connect to the database. `verify` throws if the connection does not keep its session, because LISTEN
 * would be lost.
 */
interface Connecting {
  connect: () => Client;
  verify: (client: Client) => Promise<void>;
}

/**
 * Sends hints through LISTEN and NOTIFY on a separate connection, outside the pool. Each NOTIFY runs in its own
 * transaction, because inside a write it would serialize the commits of the whole cluster. A lost or unresponsive
 * connection is replaced.
 */
export const postgresWire =
  ({ connect, verify }: Connecting, failures: Failures): OpenWire =>
  async (receive) => {
    const wire = new PostgresWire({ connect, verify }, { receive, failures });
    await wire.open();
    return wire;
  };

class PostgresWire implements Wire {
  readonly name = 'PostgreSQL';
  isUp = false;
  #client: Client | null = null;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #attempt = 0;

  constructor(
    readonly connecting: Connecting,
    readonly on: { receive: (text: string) => void; failures: Failures },
  ) {}

  async open(): Promise<void> {
    const client = this.connecting.connect();
    // Without this listener a connection error would end the process.
    client.on('error', (error) => this.#lost(client, error));
    client.on('end', () => this.#lost(client, new Error('The connection has ended.')));
    client.on('notification', ({ payload }) => payload && this.on.receive(payload));
    try {
      await client.connect();
      await this.connecting.verify(client);
      await client.query(`listen ${channel}`);
      if (this.#closed) return cut(client);
      this.#client = client;
      this.isUp = true;
      this.#attempt = 0;
      this.#later(() => this.#beat(client), heartbeatMs);
    } catch (error) {
      this.#client = client;
      this.#lost(client, error);
    }
  }

  send(text: string): void {
    if (this.isUp)
      this.#client?.query('select pg_notify($1, $2)', [channel, text]).catch((error) => {
        this.on.failures.note('a hint to the other nodes was not sent', error);
      });
  }

  // A connection can be half open: only a response proves that notifications would arrive.
  async #beat(client: Client): Promise<void> {
    const late = setTimeout(() => this.#lost(client, new Error('No answer.')), answerMs).unref();
    try {
      await client.query('select 1');
      if (client === this.#client) this.#later(() => this.#beat(client), heartbeatMs);
    } catch (error) {
      this.#lost(client, error);
    } finally {
      clearTimeout(late);
    }
  }

  #lost(client: Client, error: unknown): void {
    if (client !== this.#client) return;
    this.on.failures.note('the connection for hints between nodes is lost', error);
    this.#client = null;
    this.isUp = false;
    client.end().catch(() => {
      // The loss is already recorded above.
    });
    // An unresponsive peer would never close the connection.
    cut(client);
    this.#later(() => this.open(), Math.min(5_000, 200 * 2 ** this.#attempt++));
  }

  #later(work: () => Promise<void>, ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => void work(), ms).unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = null;
    this.isUp = false;
    if (!client) return;
    const ended = client.end().catch(() => {
      // The connection is cut below in any case.
    });
    await Promise.race([ended, sleep(goodbyeMs, undefined, { ref: false })]);
    cut(client);
  }
}
