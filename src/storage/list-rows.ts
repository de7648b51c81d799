import { rowsOf } from './rows.js';
import type { Class, OrganizationSession, Session } from './session.js';
import { names, type Scoped, type Sql, sql } from './sql.js';

/** Queries of a list of entities, to which pages add their conditions and orders. */
export interface ListedRows<T> {
  /** Columns, by the names of their properties, for conditions and orders. */
  column(property: keyof T & string): Sql;
  list(condition: Sql, tail: Sql): Promise<T[]>;
  count(): Promise<number>;
}

/**
 * Returns the queries that list and count the rows of one table that match the condition. The table has its own name in
 * them, so that the cursors of two tables differ.
 */
export function listRows<T extends object>(
  session: OrganizationSession,
  entity: Class<T>,
  where: Scoped,
): ListedRows<T>;
export function listRows<T extends object>(session: Session, entity: Class<T>, where: Sql): ListedRows<T>;
export function listRows<T extends object>(session: OrganizationSession, entity: Class<T>, where: Sql): ListedRows<T> {
  const rows = rowsOf(session.dataSource, entity);
  const table = names([rows.table]);
  const columns = names(rows.columns.map((name) => `${rows.table}.${name}`));
  // The overloads require a scope, or a session that needs none.
  const scoped = where as Scoped;
  return {
    column: (property) => names([`${rows.table}.${rows.columnOf(property)}`]),
    async list(condition, tail) {
      const found = await session.run<Record<string, unknown>>(
        sql`select ${columns} from ${table} where ${scoped} and ${condition} ${tail}`,
      );
      return found.map((row) => rows.from(row));
    },
    async count() {
      const [row] = await session.run<{ n: number }>(sql`select count(*) as n from ${table} where ${scoped}`);
      return row?.n ?? 0;
    },
  };
}
