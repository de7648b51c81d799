import type { TxtResolver } from '../../access/store.js';
import { codeOf } from '../../storage/error-code.js';

/**
 * Returns the TXT records of a name; an empty list if DNS reports that none exist.
 *
 * @throws the error of the resolver if DNS cannot be read; records can exist nevertheless
 */
export async function txtRecordsOf(resolve: TxtResolver, host: string): Promise<string[]> {
  try {
    return await resolve(host);
  } catch (error) {
    if (['ENOTFOUND', 'ENODATA'].includes(codeOf(error))) return [];
    throw error;
  }
}
