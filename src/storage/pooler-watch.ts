import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientBase, QueryConfig } from 'pg';
import { DatabaseRefused } from './database-refused.js';
import { processOf, refuseSharedSessions } from './shared-sessions.js';

const answerMs = 2_000;

/** Refuses new connections if the address leads to a pooler whose connections do not keep their session, also later than the start. */
export class PoolerWatch {
  /** True if a pooler is in between whose connections keep their sessions. Nothing shows when it stops doing so. */
  #isBehindPooler = false;
  #refusal: DatabaseRefused | null = null;
  #running: Promise<void> | null = null;

  constructor(readonly connect: () => Client) {}

  /** Compares the sessions of two connections. @throws DatabaseRefused, or what a connection throws */
  compare(): Promise<void> {
    this.#running ??= this.#compare().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #compare(): Promise<void> {
    try {
      this.#isBehindPooler = await refuseSharedSessions(this.connect);
      this.#refusal = null;
    } catch (error) {
      if (error instanceof DatabaseRefused) this.#refusal = error;
      throw error;
    }
  }

  /**
   * Checks a new connection before anything is set in its session. PostgreSQL names its process when a connection begins, and
   * a pooler a number of its own.
   *
   * @throws DatabaseRefused, or what a connection throws
   */
  async verify(client: ClientBase): Promise<void> {
    if (this.#isBehindPooler) return;
    const statement = { text: 'select pg_backend_pid() as pid', query_timeout: answerMs } as QueryConfig;
    const { rows } = await client.query<{ pid: number }>(statement);
    if (rows[0]?.pid !== processOf(client)) return this.compare();
    this.#refusal = null;
  }

  /** Returns why new connections are refused; null if they are not, or no longer. */
  async refused(): Promise<DatabaseRefused | null> {
    if (this.#refusal === null) return null;
    const compared = this.compare().catch(() => {
      // A pooler that is still there is in the refusal, and a database that is gone fails the next statement.
    });
    await Promise.race([compared, sleep(answerMs, undefined, { ref: false })]);
    return this.#refusal;
  }
}
