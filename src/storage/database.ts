import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { BadInput, StatementTimeout, Unavailable } from '../errors.js';
import { codeOf } from './error-code.js';
import type { Engine } from './open.js';
import { rowsOf, type Statement } from './rows.js';

type Class<T> = abstract new () => T;

/** Where statements go: a transaction's session, or any session of the pool. */
export class Session {
  constructor(
    readonly dataSource: DataSource,
    readonly target: Pool | PoolClient,
  ) {}

  /** Any session of the data source's pool. */
  static of(dataSource: DataSource): Session {
    return new Session(dataSource, (dataSource.driver as unknown as { master: Pool }).master);
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

  async #send<Row>(statement: { name?: string; text: string; values: unknown[] }): Promise<Row[]> {
    try {
      const result = await this.target.query(statement);
      return result.rows as Row[];
    } catch (error) {
      if (isNoText(error))
        throw new BadInput('A name or value has a NUL or half a surrogate pair in it, which is no text.');
      if (codeOf(error) === '57014') throw new StatementTimeout();
      throw unavailable(error) ? new Unavailable() : error;
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

// Class 08: connection. 57014, 55P03: our own time-outs. 57P0x: the server stops or starts. 53: out of resources.
const unavailableCodes = /^(08|53|57014|55P03|57P0|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/;
function unavailable(error: unknown): boolean {
  if (unavailableCodes.test(codeOf(error))) return true;
  return error instanceof Error && /timeout exceeded when trying to connect|Connection terminated/.test(error.message);
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
  readonly #pool: Pool;
  constructor(
    readonly engine: Engine,
    dataSource: DataSource,
  ) {
    const pool = (dataSource.driver as unknown as { master: Pool }).master;
    super(dataSource, pool);
    this.#pool = pool;
  }

  /** Has `look` called with every new session before anybody else uses it. What it throws refuses the session. */
  set onSession(look: (session: Session) => Promise<void>) {
    this.engine.onSession = (client) => look(new Session(this.dataSource, client));
  }

  /** A session of its own for one transaction. `release(true)` destroys it: after an error its state is unknown. */
  async session(): Promise<{ session: Session; release(broken: boolean): void }> {
    try {
      const client = await this.#pool.connect();
      // The pool listens to idle clients only. A connection that ends between two statements of a transaction would end the
      // process; the next statement fails by itself.
      client.on('error', ignore);
      const release = (broken: boolean) => {
        client.off('error', ignore);
        client.release(broken);
      };
      return { session: new Session(this.dataSource, client), release };
    } catch (error) {
      throw unavailable(error) ? new Unavailable() : error;
    }
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
