import type { ClientBase, Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import type { DataSource } from 'typeorm';
import { BadInput, StatementTimeout, Unavailable } from '../errors.js';
import type { DiskGuard } from './disk-guard.js';
import { codeOf } from './error-code.js';
import type { Engine } from './open.js';
import { rowsOf, type Statement } from './rows.js';
import { CheckOut, cut, endsSession, isSilent, isUnavailable } from './unavailable.js';

type Class<T> = abstract new () => T;

/** Where statements go: a transaction's session, or any session of the pool. */
export abstract class Session {
  constructor(readonly dataSource: DataSource) {}

  /** Sends one statement to the server. */
  protected abstract deliver(statement: QueryConfig): Promise<QueryResult>;

  /** Any session of the data source's pool. */
  static of(dataSource: DataSource): Session {
    return new PoolSession(dataSource);
  }

  /** Runs a statement whose text is a constant of the program: it is prepared once a session, by name. */
  async query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return this.#send({ name: nameOf(sql), text: sql, values });
  }

  /** Runs a statement that was composed for this call (a filter, an order): prepared only once it proves to be frequent. */
  async run<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return isFrequent(sql) ? this.query(sql, values) : this.#send({ text: sql, values });
  }

  /** Entities by a constant condition: `select * from <table> where <condition>`. */
  async rows<T extends object>(entity: Class<T>, condition: string, values: unknown[] = []): Promise<T[]> {
    const rows = rowsOf(this.dataSource, entity);
    const found = await this.query<Record<string, unknown>>(`select * from ${rows.table} where ${condition}`, values);
    return found.map((row) => rows.from(row));
  }

  /** Adds a row. A unique violation is the caller's to name, by `on conflict` or by checking first. */
  async insert<T extends object>(entity: Class<T>, value: T, suffix = ''): Promise<boolean> {
    const { sql, values } = rowsOf(this.dataSource, entity).insert(value);
    const written = await this.query(`${sql} ${suffix} returning 1`, values);
    return written.length === 1;
  }

  /** Writes every column of a row that was read and locked before. */
  async update<T extends object>(entity: Class<T>, value: T): Promise<void> {
    const { sql, values }: Statement = rowsOf(this.dataSource, entity).update(value);
    await this.query(sql, values);
  }

  async #send<Row>(statement: QueryConfig): Promise<Row[]> {
    try {
      const result = await this.deliver(statement);
      return result.rows as Row[];
    } catch (error) {
      if (isNoText(error))
        throw new BadInput('A name or value has a NUL or half a surrogate pair in it, which is no text.');
      if (codeOf(error) === '57014') throw new StatementTimeout();
      throw isUnavailable(error) && !(error instanceof Unavailable)
        ? new Unavailable(undefined, { cause: error })
        : error;
    }
  }
}

/** Any session of a pool, for tools that work as the owner. */
class PoolSession extends Session {
  override deliver(statement: QueryConfig): Promise<QueryResult> {
    return (this.dataSource.driver as unknown as { master: Pool }).master.query(statement);
  }
}

/** The end of a transaction, which has to be possible on a full disk. */
const isEnd = /^(commit|rollback)/;

/** One session of the server, for a transaction. */
class ClientSession extends Session {
  /** True after an error that leaves the session in an unknown state: further statements are refused without waiting. */
  isLost = false;

  constructor(
    dataSource: DataSource,
    readonly client: ClientBase,
    readonly on: { disk: DiskGuard | null; silence: () => void },
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
      if (isSilent(error)) this.on.silence();
      throw this.on.disk?.named(error) ?? error;
    }
  }
}

/** Whether PostgreSQL refused a string that JSON lets through. What holds it is the caller's, so the fault is too. */
function isNoText(error: unknown): boolean {
  const code = codeOf(error);
  const isJson = error instanceof Error && / type json/.test(error.message);
  return code === '22P05' || code === '22021' || (code === '22P02' && isJson);
}

const names = new Map<string, string>();
function nameOf(sql: string): string {
  const name = names.get(sql) ?? `q${names.size}`;
  names.set(sql, name);
  return name;
}

// What IdPs look up by comes in a few shapes, thousands of times a day; what a person types comes once.
const seen = new Map<string, number>();
const frequent = 5;
const remembered = 256;
function isFrequent(sql: string): boolean {
  // A pattern decides by its words which index is good: it is planned anew each time.
  if (sql.includes(' like $')) return false;
  const times = (seen.get(sql) ?? 0) + 1;
  if (times === 1 && seen.size >= remembered) return false;
  seen.set(sql, times);
  return times > frequent;
}

const ignore = () => {};

/** The open database: read through it directly, write through `write`. */
export class Database extends Session {
  readonly #sessions: CheckOut;
  readonly #on = { disk: null as DiskGuard | null, silence: () => this.#sessions.distrust() };
  constructor(
    readonly engine: Engine,
    dataSource: DataSource,
  ) {
    super(dataSource);
    this.#on.disk = engine.disk;
    this.#sessions = new CheckOut((dataSource.driver as unknown as { master: Pool }).master);
  }

  /** Has `look` called with every new session before anybody else uses it. What it throws refuses the session. */
  set onSession(look: (session: Session) => Promise<void>) {
    this.engine.onSession = (client) => look(new ClientSession(this.dataSource, client, this.#on));
  }

  protected override async deliver(statement: QueryConfig, options: { always?: boolean } = {}): Promise<QueryResult> {
    const client = await this.#sessions.take(options);
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
   * A session of its own for one transaction. `release(true)` destroys it: after an error its state is unknown.
   *
   * @throws Unavailable
   */
  async session(): Promise<{ session: Session; release(broken: boolean): void }> {
    return this.#lend(await this.#sessions.take());
  }

  #lend(client: PoolClient) {
    // The pool listens to idle clients only. A connection that ends between two statements of a transaction would end the
    // process; the next statement fails by itself.
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
   * Returns the one row of a statement, within `limitMs` after it has a session, even if the network is silent. Tries to
   * connect even shortly after a failure.
   *
   * @throws Unavailable
   */
  async probe<Row>(
    text: string,
    { values = [], limitMs }: { values?: unknown[]; limitMs: number },
  ): Promise<Row | undefined> {
    const statement: QueryConfig & { query_timeout: number } = { text, values, query_timeout: limitMs };
    const { rows } = await this.deliver(statement, { always: true });
    return rows[0] as Row | undefined;
  }

  /** Looks several times at one and the same state. Short: an old snapshot slows the writers of busy rows. */
  async consistently<T>(look: (session: Session) => Promise<T>): Promise<T> {
    const { session, release } = await this.session();
    let broken = true;
    try {
      await session.query('begin isolation level repeatable read read only');
      const seen = await look(session);
      await session.query('commit');
      broken = false;
      return seen;
    } finally {
      if (broken) await session.query('rollback').catch(() => {});
      release(broken);
    }
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.engine.close();
  }
}
