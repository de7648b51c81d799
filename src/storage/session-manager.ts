import type { QueryResult } from 'pg';
import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { invariant } from '../kernel/errors.js';

/** Sends a statement that TypeORM has built. */
type Send = (sql: string, values?: unknown[]) => Promise<QueryResult>;

/** Returns the driver of a data source. */
export function driverOf({ driver }: DataSource): PostgresDriver {
  invariant(driver instanceof PostgresDriver, 'every data source is of PostgreSQL');
  return driver;
}

/**
 * Query runner that sends TypeORM's statements through a Rollcall session, which adds limits, disk guard and error
 * handling.
 */
class SessionRunner extends PostgresQueryRunner {
  constructor(dataSource: DataSource, send: Send, isTransaction: boolean) {
    super(driverOf(dataSource), 'master');
    this.databaseConnection = { query: send };
    this.isTransactionActive = isTransaction;
  }

  /** Runs a statement. @throws the error of the session, without TypeORM's wrapper */
  override async query(
    ...statement: Parameters<PostgresQueryRunner['query']>
  ): ReturnType<PostgresQueryRunner['query']> {
    try {
      return await super.query(...statement);
    } catch (error) {
      throw error instanceof QueryFailedError ? error.driverError : error;
    }
  }

  override async startTransaction(): Promise<void> {
    invariant(false, '`write` begins and ends transactions');
  }

  /** The session returns to the pool with its transaction. */
  override async release(): Promise<void> {}
}

/**
 * Returns the entity manager of a session. Its repositories and query builders send their statements through `send`.
 */
export function managerOf(
  dataSource: DataSource,
  send: Send,
  { isTransaction }: { isTransaction: boolean },
): EntityManager {
  const runner = new SessionRunner(dataSource, send, isTransaction);
  const manager = dataSource.createEntityManager(runner);
  runner.manager = manager;
  return manager;
}
