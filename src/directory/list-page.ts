import { type ListOrder, orderSql } from '../scim-model/compile-order.js';
import type { OrganizationSession } from '../storage/session.js';
import { integer, raw, type Scoped, type Sql, sql } from '../storage/sql.js';

/** Page of a list of users `u` or groups `g`. */
export interface Page {
  where: Scoped;
  order: ListOrder;
  /** Reverses the order. */
  backwards?: boolean;
  limit: number;
  /** Number of rows before the page. A page after another one is bound, so that all pages share one statement. */
  offset?: number;
  /** Scalar query for the number of all matches, read with the page. */
  total?: Sql | null;
}

/** Rows of a page, each with its id and the value that it is sorted by, as text. */
export interface PageOf<T> {
  rows: { id: string; item: T; value: string | null }[];
  /** Result of `total`. Null if the page has no rows, or if `total` is null. */
  total: number | null;
}

type Reader = Pick<OrganizationSession, 'run'>;

/** Names of the table and of its alias, in which conditions and orders of the list are written. */
export const userTable = { table: raw('users'), alias: raw('u') };
export const groupTable = { table: raw('groups'), alias: raw('g') };

/** Reads the number that a scalar query returns. */
export async function readTotal(session: Reader, total: Scoped): Promise<number> {
  const [row] = await session.run<{ n: number }>(sql`select ${total} as n`);
  return row?.n ?? 0;
}

/** Returns a total that is counted only if the page is full. A shorter page shows the total without a count. */
export const totalIfFull = (limit: number, total: Sql): Sql =>
  sql`case when count(*) over () = ${integer(limit)} then ${total} end`;

/**
 * Reads a page in one statement. `select` is evaluated for the rows of the page only, so it can contain the data of
 * other tables.
 */
export async function readPage<T>(
  session: Reader,
  { table, alias }: typeof userTable,
  { select, itemOf }: { select: Sql; itemOf: (row: Record<string, unknown>) => T },
  { where, order, backwards = false, limit, offset = 0, total = null }: Page,
): Promise<PageOf<T>> {
  const sorted = sql`order by ${orderSql(order, backwards)}`;
  // Skipped rows are read from the index alone where that is possible.
  const page =
    offset === 0
      ? sql`(select ${alias}.* from ${table} ${alias} where ${where} ${sorted} limit ${integer(limit)}) ${alias}`
      : sql`(select ${alias}.organization_id, ${alias}.id from ${table} ${alias} where ${where}
          ${sorted} limit ${integer(limit)} offset ${offset}) page
        join ${table} ${alias} on ${alias}.organization_id = page.organization_id and ${alias}.id = page.id`;
  const found = await session.run<Record<string, unknown> & { id: string }>(
    sql`select ${select}${total ? sql`, ${total} as total` : sql``}
      ${order.value ? sql`, (${order.value.sql})::text as sort_value` : sql``}
      from ${page} ${sorted}`,
  );
  const rows = found.map((row) => ({ id: row.id, item: itemOf(row), value: textOf(row.sort_value) }));
  return { rows, total: numberOf(found[0]?.total) };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
const numberOf = (value: unknown) => (typeof value === 'number' ? value : null);
