import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientBase, QueryConfig } from 'pg';
import { DatabaseRefused } from './database-refused.js';
import { processOf, refuseSharedSessions } from './shared-sessions.js';

const answerMs = 2_000;

/**
 * Rejects new connections if the address leads to a pooler whose connections do not keep their session, including a
 * pooler that is added after the start.
 */
export class PoolerWatch {
  /** True if there is a pooler whose connections keep their sessions. A later change of its mode cannot be detected. */
  #isBehindPooler = false;
  #refusal: DatabaseRefused | null = null;
  #running: Promise<void> | null = null;

  constructor(readonly connect: () => Client) {}

  /** Compares the sessions of two connections. @throws DatabaseRefused, or the error of a connection */
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
   * Checks a new connection before anything is set in its session. PostgreSQL sends its process id at the start of a
   * connection; a pooler sends a different number.
   *
   * @throws DatabaseRefused, or the error of a connection
   */
  async verify(client: ClientBase): Promise<void> {
    if (this.#isBehindPooler) return;
    const statement = { text: 'select pg_backend_pid() as pid', query_timeout: answerMs } as QueryConfig;
    const { rows } = await client.query<{ pid: number }>(statement);
    if (rows[0]?.pid !== processOf(client)) return this.compare();
    this.#refusal = null;
  }

  /** Returns why new connections are rejected; null if they are accepted, or accepted again. */
  async refused(): Promise<DatabaseRefused | null> {
    if (this.#refusal === null) return null;
    const compared = this.compare().catch(() => {
      // If the pooler still exists, the refusal stays. If the database is unavailable, the next statement fails.
    });
    await Promise.race([compared, sleep(answerMs, undefined, { ref: false })]);
    return this.#refusal;
  }
}
