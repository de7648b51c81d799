import { FilterTooSlow, StatementTimeout } from '../kernel/errors.js';
import type { Filter } from '../scim-model/filter.js';
import { keyOf } from '../scim-model/resolve.js';

const indexed = new Set(['id', 'username', 'externalid', 'displayname', 'emails', 'emails.value', 'members.value']);

/**
 * Returns true for a lookup by one of these attributes. Such a lookup uses an index: if it is slow, the cause is the
 * database, and not the filter.
 */
function isLookup(filter: Filter): boolean {
  if (filter.kind === 'and') return isLookup(filter.left) || isLookup(filter.right);
  return filter.kind === 'compare' && filter.op === 'eq' && indexed.has(keyOf(filter.path));
}

/** Reads a list with a filter. @throws FilterTooSlow if a statement times out because of the filter */
export async function readBy<T>(filter: Filter | null | undefined, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const isFilter = error instanceof StatementTimeout && filter && !isLookup(filter);
    throw isFilter ? new FilterTooSlow() : error;
  }
}
