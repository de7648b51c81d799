import { type Page, type PageOf, totalIfFull } from '../../../directory/list-page.js';
import { readBy } from '../../../directory/slow-filter.js';
import type { Json } from '../../../kernel/json.js';
import { beyond, type ListOrder } from '../../../scim-model/compile-order.js';
import type { Filter } from '../../../scim-model/filter.js';
import { parseFilter } from '../../../scim-model/parse-filter.js';
import { type Scoped, type Sql, sql } from '../../../storage/sql.js';
import { ScimError } from '../http/errors.js';
import { numberParameter, textParameter } from '../http/parameters.js';
import { parseCursor, printCursor } from './cursor.js';

export const defaultCount = 100;
export const maximumCount = 200;

/** Parameters of a list request (RFC 7644 section 3.4.2, RFC 9865). */
export interface ListRequest {
  filter: Filter | null;
  /** Index of the first result, starting with 1. */
  startIndex: number;
  count: number;
  sortBy: string | null;
  descending: boolean;
  /** Cursor of the page. Null for paging by index, empty for the first page with cursors. */
  cursor: string | null;
  /** Filter and order as they were sent. A cursor is valid only for them. */
  text: string;
}

/**
 * Parses the parameters of a list. A count over the maximum is reduced to it, and a negative one is 0 (RFC 7644 section
 * 3.4.2.4).
 *
 * @throws ScimError that names the parameter, FilterSyntax
 */
export function parseList(query: Json): ListRequest {
  const filter = textParameter(query, 'filter', 'invalidFilter')?.trim() ?? '';
  const sortBy = textParameter(query, 'sortBy')?.trim() ?? '';
  const descending = isDescending(textParameter(query, 'sortOrder')?.trim() ?? '');
  const cursor = textParameter(query, 'cursor', 'invalidCursor');
  const count = numberParameter(query, 'count', cursor === null ? 'invalidValue' : 'invalidCount') ?? defaultCount;
  return {
    filter: filter === '' ? null : parseFilter(filter),
    startIndex: Math.max(1, numberParameter(query, 'startIndex') ?? 1),
    count: Math.min(maximumCount, Math.max(0, count)),
    sortBy: sortBy === '' ? null : sortBy,
    descending,
    cursor,
    text: JSON.stringify([filter, sortBy.toLowerCase(), descending]),
  };
}

function isDescending(sortOrder: string): boolean {
  if (!/^(|ascending|descending)$/i.test(sortOrder))
    throw new ScimError(400, 'invalidValue', '"sortOrder" must be "ascending" or "descending".');
  return sortOrder.toLowerCase() === 'descending';
}

/** Rejects a cursor for a list that supports only paging by index. @throws ScimError invalidCursor (RFC 9865) */
export function refuseCursor({ cursor }: ListRequest): void {
  if (cursor !== null)
    throw new ScimError(
      400,
      'invalidCursor',
      'This list does not support cursors. Remove "cursor" and use "startIndex".',
    );
}

/** Returns a ListResponse message. `more` contains the fields of the kind of paging. */
export function listResponse(resources: readonly Json[], more: Json): Json {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    ...more,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

/** List that can be read in pages. */
export interface Source<T> {
  where: Scoped;
  order: ListOrder;
  /** Scalar query for the number of all matches if it is known without counting, else null. */
  known: Sql | null;
  /** Scalar query for the number of all matches. */
  total: Sql;
  /** Reads a page in one statement. */
  read: (page: Page) => Promise<PageOf<T>>;
  /** Reads the number of all matches. */
  count: () => Promise<number>;
}

/** Page of a list, and the fields of its ListResponse other than the resources. */
export interface ListPage<T> {
  items: T[];
  more: Json;
}

/** Returns one page, by index or by cursor. @throws ScimError invalidCursor, expiredCursor; FilterTooSlow */
export function pageOf<T>(
  asked: ListRequest,
  source: Source<T>,
  { owner, now }: { owner: string; now: Date },
): Promise<ListPage<T>> {
  return readBy(asked.filter, () =>
    asked.cursor === null ? byIndex(asked, source) : byCursor(asked, source, { list: `${owner} ${asked.text}`, now }),
  );
}

/** Returns a page by index. A page that is not full determines the total without a count. */
async function byIndex<T>({ startIndex, count }: ListRequest, source: Source<T>): Promise<ListPage<T>> {
  const { where, order } = source;
  if (count === 0) return { items: [], more: { totalResults: await source.count(), startIndex } };
  const offset = startIndex - 1;
  const { rows, total } = await source.read({
    where,
    order,
    limit: count,
    offset,
    total: totalIfFull(count, source.total),
  });
  const isLast = rows.length < count && (rows.length > 0 || startIndex === 1);
  const totalResults = isLast ? offset + rows.length : (total ?? (await source.count()));
  return { items: rows.map(({ item }) => item), more: { totalResults, startIndex } };
}

/**
 * Returns a page by cursor (RFC 9865). The cost does not grow with the depth, because each page starts at the end of
 * the previous one.
 */
async function byCursor<T>(
  { cursor, count }: ListRequest,
  source: Source<T>,
  { list, now }: { list: string; now: Date },
): Promise<ListPage<T>> {
  const { where, order, known } = source;
  const from = cursor ? parseCursor(cursor, list, { order, now }) : null;
  const backwards = from?.backwards ?? false;
  if (count === 0) return { items: [], more: { totalResults: await source.count() } };
  const place = from ? sql`${where} and ${beyond(order, from, backwards)}` : where;
  const page = await source.read({ where: place, order, backwards, limit: count + 1, total: known });
  const rows = page.rows.slice(0, count);
  if (backwards) rows.reverse();
  const more = page.rows.length > count;
  const at = (row: { id: string; value: string | null } | undefined, back: boolean): string | undefined =>
    row && printCursor({ backwards: back, value: row.value, id: row.id }, list, now);
  const nextCursor = backwards || more ? at(rows.at(-1), false) : undefined;
  const previousCursor = (backwards ? more : from) ? at(rows[0], true) : undefined;
  const isWhole = from === null && !more;
  const total = isWhole ? rows.length : known && (page.total ?? (await source.count()));
  return {
    items: rows.map(({ item }) => item),
    more: {
      ...(total !== null && { totalResults: total }),
      ...(nextCursor && { nextCursor }),
      ...(previousCursor && { previousCursor }),
    },
  };
}
