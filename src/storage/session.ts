import type { Pool, QueryConfig, QueryResult } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { StatementTimeout, Unavailable } from '../kernel/errors.js';
import { AccessLost, isAccessLost } from './access-lost.js';
import { isConflict, TransactionConflict } from './conflict.js';
import { codeOf } from './error-code.js';
import { isBroken, isNoText, noText } from './no-text.js';
import { nameIfFrequent, nameOf, prepared } from './prepared.js';
import { rowsOf } from './rows.js';
import { driverOf, managerOf } from './session-manager.js';
import { names, numbered, type Scoped, type Sql, sql } from './sql.js';
import { isUnavailable } from './unavailable.js';

/** Class of an entity. */
export type Class<T> = abstract new () => T;

/**
 * Session whose statements all contain the organization of their rows. A statement without an organization does not
 * compile.
 */
export interface OrganizationSession {
  readonly dataSource: DataSource;
  readonly manager: EntityManager;
  query<Row>(statement: Scoped): Promise<Row[]>;
  run<Row>(statement: Scoped): Promise<Row[]>;
  rows<T extends object>(entity: Class<T>, condition: Scoped): Promise<T[]>;
  insert<T extends object>(entity: Class<T>, value: T, suffix?: Sql): Promise<boolean>;
  update<T extends object>(entity: Class<T>, value: T): Promise<void>;
  /** Sends a statement whose rows are not needed, together with the next statement or with `flush`. */
  hold(statement: Scoped): Promise<void>;
  /** Updates all columns of rows that were read and locked before, with statements that are held: one for each thousand. */
  holdAll<T extends object>(entity: Class<T>, values: readonly T[]): Promise<void>;
  /** Sends the statements that are held. */
  flush(): Promise<void>;
  /** Drops the statements that are held. */
  drop(): void;
  /** Session for statements that do not refer to rows of an organization, such as locks and savepoints. */
  readonly unscoped: Session;
}

/** Returns the text and the values of a statement for the driver. */
export const sent = (statement: string | Sql, values: unknown[]): { text: string; values: unknown[] } =>
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
    this.#manager ??= managerOf(
      this.dataSource,
      (text, values) => this.#send({ ...nameIfFrequent(text), text, values }),
      {
        isTransaction: this.isTransaction,
      },
    );
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
    if (typeof statement !== 'string') return (await this.#send(prepared(statement, { isConstant: true }))).rows;
    return (await this.#send({ name: nameOf(statement), text: statement, values: bound })).rows;
  }

  /**
   * Runs a statement that was composed for this call, such as a filter or an order. It is prepared only if it is
   * frequent.
   */
  async run<Row>(statement: string | Sql, bound: unknown[] = []): Promise<Row[]> {
    if (typeof statement !== 'string') return (await this.#send(prepared(statement, { isConstant: false }))).rows;
    return (await this.#send({ text: statement, values: bound })).rows;
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

  async hold(statement: Sql): Promise<void> {
    await this.query(statement);
  }

  async holdAll<T extends object>(entity: Class<T>, values: readonly T[]): Promise<void> {
    await Promise.all(
      rowsOf(this.dataSource, entity)
        .updates(values)
        .map((update) => this.hold(update)),
    );
  }

  async flush(): Promise<void> {}

  drop(): void {}

  /** Updates all columns of a row that was read and locked before. */
  async update<T extends object>(entity: Class<T>, value: T): Promise<void> {
    await this.query(rowsOf(this.dataSource, entity).update(value));
  }

  async #send(statement: QueryConfig): Promise<QueryResult> {
    // The driver would silently replace half of a surrogate pair by U+FFFD.
    if (statement.values?.some(isBroken)) throw noText();
    try {
      return await this.deliver(statement);
    } catch (error) {
      throw errorOf(error);
    }
  }
}

/** Returns the error that callers receive for an error of the driver. */
export function errorOf(error: unknown): unknown {
  if (isNoText(error)) return noText();
  if (codeOf(error) === '57014') return new StatementTimeout();
  if (error instanceof Unavailable) return error;
  if (isConflict(error)) return new TransactionConflict({ cause: error });
  if (isAccessLost(error)) return new AccessLost(undefined, { cause: error });
  return isUnavailable(error) ? new Unavailable(undefined, { cause: error }) : error;
}

/** Session that uses any connection of a pool, for tools that work as the owner. */
class PoolSession extends Session {
  readonly #pool: Pool = driverOf(this.dataSource).master;

  override deliver(statement: QueryConfig): Promise<QueryResult> {
    return this.#pool.query(statement);
  }
}
