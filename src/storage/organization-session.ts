import type { DataSource, EntityManager } from 'typeorm';
import type { Session } from './database.js';
import type { Scoped, Sql } from './sql.js';

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
  updateAll<T extends object>(entity: Class<T>, values: readonly T[]): Promise<void>;
  /** Session for statements that do not refer to rows of an organization, such as locks and savepoints. */
  readonly unscoped: Session;
}
