import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import type { DataSource } from 'typeorm';
import { AccessLost } from './access-lost.js';
import { ClientSession } from './client-session.js';
import { retryConflicts } from './conflict.js';
import type { DiskGuard } from './disk-guard.js';
import type { Engine } from './engine.js';
import { Session, sent } from './session.js';
import { driverOf } from './session-manager.js';
import { type Sql, sql } from './sql.js';
import { CheckOut, cut } from './unavailable.js';

const ignore = () => {};

/** Open database. Reads use it directly, writes use `write`. */
export class Database extends Session {
  readonly #sessions: CheckOut;
  readonly #on = {
    disk: null as DiskGuard | null,
    distrust: () => this.#sessions.distrust(),
    refusal: (error: unknown) => this.onRefusal(error),
  };
  /**
   * Called with each error by which the database refuses the server: a missing right or table, or a missing role or
   * user.
   */
  onRefusal: (error: unknown) => void = ignore;

  constructor(
    readonly engine: Engine,
    dataSource: DataSource,
  ) {
    super(dataSource);
    this.#on.disk = engine.disk;
    this.#sessions = new CheckOut(driverOf(dataSource).master);
  }

  /**
   * Sets a function that is called with each new session before its first use. If it throws, the session is rejected.
   */
  set onSession(look: (session: Session) => Promise<void>) {
    this.engine.onSession = (client) => look(new ClientSession(this.dataSource, client, this.#on));
  }

  protected override deliver(statement: QueryConfig, options: { always?: boolean } = {}): Promise<QueryResult> {
    return retryConflicts(() => this.#deliver(statement, options));
  }

  async #deliver(statement: QueryConfig, options: { always?: boolean }): Promise<QueryResult> {
    const client = await this.#take(options);
    const { session, release } = this.#lend(client);
    let broken = true;
    try {
      const result = await session.deliver(statement);
      broken = false;
      return result;
    } finally {
      release(broken);
    }
  }

  /**
   * Takes a session for one transaction. `release(true)` closes its connection, because after an error its state is
   * unknown.
   *
   * @throws Unavailable
   */
  async session(): Promise<{ session: ClientSession; release(broken: boolean): void }> {
    return this.#lend(await this.#take());
  }

  async #take(options?: { always?: boolean }): Promise<PoolClient> {
    try {
      return await this.#sessions.take(options);
    } catch (error) {
      if (error instanceof AccessLost) this.onRefusal(error.cause);
      throw error;
    }
  }

  #lend(client: PoolClient) {
    // The pool listens to idle clients only. Without this listener, a connection that ends between two statements of a
    // transaction would end the process. The next statement fails.
    client.on('error', ignore);
    const session = new ClientSession(this.dataSource, client, this.#on);
    const release = (broken: boolean) => {
      client.off('error', ignore);
      client.release(broken || session.isLost || session.isSlow);
      if (session.isLost) cut(client);
    };
    return { session, release };
  }

  /**
   * Returns the only row of a statement, within `limitMs` after it has a session, even if the network does not respond.
   * Tries to connect even shortly after a failure.
   *
   * @throws Unavailable
   */
  async probe<Row>(
    asked: string | Sql,
    { values = [], limitMs }: { values?: unknown[]; limitMs: number },
  ): Promise<Row | undefined> {
    const statement: QueryConfig & { query_timeout: number } = { ...sent(asked, values), query_timeout: limitMs };
    const { rows } = await this.deliver(statement, { always: true });
    return rows[0] as Row | undefined;
  }

  /**
   * Runs several reads on one snapshot. `look` must be short: an old snapshot slows down the writers of frequently
   * updated rows.
   */
  consistently<T>(look: (session: Session) => Promise<T>): Promise<T> {
    return retryConflicts(() => this.#snapshot(look));
  }

  async #snapshot<T>(look: (session: Session) => Promise<T>): Promise<T> {
    const { session, release } = await this.session();
    let broken = true;
    try {
      await session.query(sql`begin isolation level repeatable read read only`);
      const seen = await look(session);
      await session.query(sql`commit`);
      broken = false;
      return seen;
    } finally {
      if (broken)
        await session.query(sql`rollback`).catch(() => {
          // The first error is thrown, and a broken session is not used again.
        });
      release(broken);
    }
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.engine.close();
  }
}
