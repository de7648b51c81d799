import type { Filter } from '../attributes/filter.js';
import { keyOf } from '../attributes/resolve.js';
import { FilterTooSlow, StatementTimeout } from '../errors.js';

const indexed = new Set(['id', 'username', 'externalid', 'displayname', 'emails', 'emails.value', 'members.value']);

/** A lookup by one of these is fast: when it takes long, the cause is the database and not the filter. */
function isLookup(filter: Filter): boolean {
  if (filter.kind === 'and') return isLookup(filter.left) || isLookup(filter.right);
  return filter.kind === 'compare' && filter.op === 'eq' && indexed.has(keyOf(filter.path));
}

/** Reads a list by a filter. @throws FilterTooSlow if a statement takes too long because of it */
export async function readBy<T>(filter: Filter | null | undefined, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const isFilter = error instanceof StatementTimeout && filter && !isLookup(filter);
    throw isFilter ? new FilterTooSlow() : error;
  }
}
