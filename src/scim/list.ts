import type { Filter } from '../attributes/filter.js';
import { parseFilter } from '../attributes/parse-filter.js';
import type { Json } from '../json.js';
import { ScimError } from './errors.js';

const defaultCount = 100;
export const maximumCount = 200;

/** What a list request asks for (RFC 7644 section 3.4.2). */
export interface ListRequest {
  filter: Filter | null;
  /** 1-based. */
  startIndex: number;
  count: number;
  sortBy: string | null;
  descending: boolean;
}

/** Reads the query of a list. A count over the maximum is cut. @throws ScimError invalidValue, FilterSyntax */
export function parseList(query: Json): ListRequest {
  const filter = typeof query.filter === 'string' && query.filter.trim() !== '' ? parseFilter(query.filter) : null;
  const count = wholeNumber(query, 'count', defaultCount);
  return {
    filter,
    startIndex: Math.max(1, wholeNumber(query, 'startIndex', 1)),
    count: Math.min(maximumCount, Math.max(0, count)),
    sortBy: typeof query.sortBy === 'string' && query.sortBy.trim() !== '' ? query.sortBy : null,
    descending: String(query.sortOrder ?? '').toLowerCase() === 'descending',
  };
}

function wholeNumber(query: Json, name: string, fallback: number): number {
  const text = query[name];
  if (text === undefined || text === '') return fallback;
  if (typeof text === 'number' && Number.isInteger(text)) return text;
  if (typeof text !== 'string' || !/^-?\d{1,15}$/.test(text))
    throw new ScimError(400, 'invalidValue', `"${name}" must be a whole number.`);
  return Number(text);
}

/** The ListResponse message. */
export function listResponse(
  resources: readonly Json[],
  { totalResults, startIndex }: { totalResults: number; startIndex: number },
): Json {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

interface Source<T> {
  list: (tail: string) => Promise<T[]>;
  count: () => Promise<number>;
}

/** One page and the number of all matches. A page that is not full tells the number by itself: no second query. */
export async function pageOf<T>({ startIndex, count }: ListRequest, { list, count: total }: Source<T>, order: string) {
  if (count === 0) return { items: [], totalResults: await total() };
  const items = await list(`order by ${order} limit ${count} offset ${startIndex - 1}`);
  const isLast = items.length < count && (items.length > 0 || startIndex === 1);
  return { items, totalResults: isLast ? startIndex - 1 + items.length : await total() };
}
