import type { ClientBase, Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { StatementTimeout, Unavailable } from '../kernel/errors.js';
import { AccessLost, isAccessLost } from './access-lost.js';
import { isConflict, isOutdated, retryConflicts, TransactionConflict } from './conflict.js';
import type { DiskGuard } from './disk-guard.js';
import type { Engine } from './engine.js';
import { codeOf } from './error-code.js';
import { isBroken, isNoText, noText } from './no-text.js';
import type { Class, OrganizationSession } from './organization-session.js';
import { nameIfFrequent, nameOf } from './prepared.js';
import { rowsOf } from './rows.js';
import { driverOf, managerOf } from './session-manager.js';
import { names, numbered, type Sql, sql } from './sql.js';
import { CheckOut, cut, endsSession, isSilent, isUnavailable } from './unavailable.js';

const sent = (statement: string | Sql, values: unknown[]): { text: string; values: unknown[] } =>
  typeof statement === 'string' ? { text: statement, values } : numbered(statement);

/** Target of statements: the session of a transaction, or any session of the pool. */
export abstract class Session implements OrganizationSession {
  /** True for a session whose statements belong to one transaction. */
  protected readonly isTransaction: boolean = false;
  #manager: EntityManager | undefined;

  constructor(readonly dataSource: DataSource) {}

  /**
   * TypeORM entity manager on this session, with repositories and query builders. Outside a transaction it cannot lock
   * rows.
   */
  get manager(): EntityManager {
    this.#manager ??= managerOf(this.dataSource, (sql, values) => this.#run(sql, values), {
      isTransaction: this.isTransaction,
    });
    return this.#manager;
  }

  get unscoped(): Session {
    return this;
  }

  /** Sends one statement to the server. */
  protected abstract deliver(statement: QueryConfig): Promise<QueryResult>;

  /** Returns a session that uses any connection of the data source's pool. */
  static of(dataSource: DataSource): Session {
    return new PoolSession(dataSource);
  }

  /** Runs a statement with a constant text. It is prepared once for each connection, by name. */
  async query<Row>(statement: string | Sql, bound: unknown[] = []): Promise<Row[]> {
    const { text, values } = sent(statement, bound);
    return (await this.#send({ name: nameOf(text), text, values })).rows;
  }

  /**
   * Runs a statement that was composed for this call, such as a filter or an order. It is prepared only if it is
   * frequent.
   */
  async run<Row>(statement: string | Sql, bound: unknown[] = []): Promise<Row[]> {
    const { text, values } = sent(statement, bound);
    return (await this.#run(text, values)).rows;
  }

  async #run(text: string, values: unknown[] = []): Promise<QueryResult> {
    return this.#send({ ...nameIfFrequent(text), text, values });
  }

  /** Returns the entities that match a constant condition: `select * from <table> where <condition>`. */
  async rows<T extends object>(entity: Class<T>, condition: string | Sql, values: unknown[] = []): Promise<T[]> {
    const rows = rowsOf(this.dataSource, entity);
    const found =
      typeof condition === 'string'
        ? await this.query<Record<string, unknown>>(`select * from ${rows.table} where ${condition}`, values)
        : await this.query<Record<string, unknown>>(sql`select * from ${names([rows.table])} where ${condition}`);
    return found.map((row) => rows.from(row));
  }

  /**
   * Inserts a row. Returns false if `suffix` skips it. The caller must handle unique violations, by `on conflict` or by
   * checking first.
   */
  async insert<T extends object>(entity: Class<T>, value: T, suffix: Sql = sql``): Promise<boolean> {
    const insert = rowsOf(this.dataSource, entity).insert(value);
    const written = await this.query(sql`${insert} ${suffix} returning 1`);
    return written.length === 1;
  }

  /** Updates all columns of a row that was read and locked before. */
  async update<T extends object>(entity: Class<T>, value: T): Promise<void> {
    await this.query(rowsOf(this.dataSource, entity).update(value));
  }

  /** Updates all columns of rows that were read and locked before: one statement for each thousand. */
  async updateAll<T extends object>(entity: Class<T>, values: readonly T[]): Promise<void> {
    const [first] = values;
    if (first && values.length === 1) return this.update(entity, first);
    const rows = rowsOf(this.dataSource, entity);
    // A statement that writes them all would exceed the time limit of statements.
    for (let at = 0; at < values.length; at += rowsAtATime)
      await this.query(rows.updateMany(values.slice(at, at + rowsAtATime)));
  }

  async #send(statement: QueryConfig): Promise<QueryResult> {
    // The driver would silently replace half of a surrogate pair by U+FFFD.
    if (statement.values?.some(isBroken)) throw noText();
    try {
      return await this.deliver(statement);
    } catch (error) {
      if (isNoText(error)) throw noText();
      if (codeOf(error) === '57014') throw new StatementTimeout();
      if (error instanceof Unavailable) throw error;
      if (isConflict(error)) throw new TransactionConflict({ cause: error });
      if (isAccessLost(error)) throw new AccessLost(undefined, { cause: error });
      throw isUnavailable(error) ? new Unavailable(undefined, { cause: error }) : error;
    }
  }
}

const rowsAtATime = 1_000;

/** Session that uses any connection of a pool, for tools that work as the owner. */
class PoolSession extends Session {
  readonly #pool: Pool = driverOf(this.dataSource).master;

  override deliver(statement: QueryConfig): Promise<QueryResult> {
    return this.#pool.query(statement);
  }
}

/** Pattern of statements that end a transaction. They must also run on a full disk. */
const isEnd = /^(commit|rollback)/;

/** Session on one connection, for a transaction. */
class ClientSession extends Session {
  protected override readonly isTransaction = true;
  /** True after an error that leaves the session in an unknown state. Further statements fail immediately. */
  isLost = false;

  constructor(
    dataSource: DataSource,
    readonly client: ClientBase,
    readonly on: { disk: DiskGuard | null; distrust: () => void; refusal: (error: unknown) => void },
  ) {
    super(dataSource);
  }

  override async deliver(statement: QueryConfig): Promise<QueryResult> {
    if (this.isLost) throw new Unavailable();
    try {
      if (!isEnd.test(statement.text)) await this.on.disk?.before(this.client, statement);
      return await this.client.query(statement);
    } catch (error) {
      this.isLost = endsSession(error);
      if (isSilent(error) || isOutdated(error)) this.on.distrust();
      if (isAccessLost(error)) this.on.refusal(error);
      throw this.on.disk?.named(error) ?? error;
    }
  }
}

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
  async session(): Promise<{ session: Session; release(broken: boolean): void }> {
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
      client.release(broken || session.isLost);
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
