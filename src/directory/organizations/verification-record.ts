import type { TxtResolver } from '../../access/store.js';
import { codeOf } from '../../storage/error-code.js';

/**
 * Returns the TXT records of a name: none if DNS says that there are none.
 *
 * @throws what the resolver throws if DNS cannot be read, which says nothing about the records
 */
export async function txtRecordsOf(resolve: TxtResolver, host: string): Promise<string[]> {
  try {
    return await resolve(host);
  } catch (error) {
    if (['ENOTFOUND', 'ENODATA'].includes(codeOf(error))) return [];
    throw error;
  }
}
