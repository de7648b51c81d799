import { Unavailable } from '../errors.js';
import type { Database } from './database.js';
import { DiskFull } from './disk-guard.js';
import { isUnavailable } from './unavailable.js';

const limitMs = 2_000;

/**
 * Returns if reads and writes work now.
 *
 * @throws Unavailable with the reason
 */
export async function checkReady(database: Database): Promise<void> {
  const state = await stateOf(database);
  if (state?.standby) throw new Unavailable('The database is a standby. Writes are refused.');
  if (database.engine.disk?.isFull) throw new Unavailable('The disk is full. Writes are refused until there is space.');
  if (state?.read_only === 'on') throw new Unavailable('The database is read-only. Writes are refused.');
}

async function stateOf(database: Database): Promise<{ standby: boolean; read_only: string } | undefined> {
  try {
    return await database.probe(
      `select pg_is_in_recovery() as standby, current_setting('transaction_read_only') as read_only`,
      { limitMs },
    );
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    if (error instanceof DiskFull) throw error;
    throw new Unavailable(whyOf(error), { cause: error });
  }
}

const whyOf = (error: unknown): string =>
  error instanceof Error && String(error.cause).includes('standby')
    ? 'The database is a standby. Writes are refused.'
    : 'The database does not answer.';
