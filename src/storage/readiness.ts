import { Unavailable } from '../kernel/errors.js';
import { AccessLost } from './access-lost.js';
import type { Database } from './database.js';
import { DiskFull } from './disk-guard.js';
import { sql } from './sql.js';
import { isUnavailable } from './unavailable.js';
import { whyLacking, whyRefused } from './why-refused.js';

const limitMs = 2_000;

/**
 * Checks that reads and writes currently work.
 *
 * @throws Unavailable with the reason
 */
export async function checkReady(database: Database): Promise<void> {
  const refused = await database.engine.refused();
  if (refused) throw new AccessLost(refused.message, { cause: refused });
  const state = await stateOf(database);
  if (state?.isStandby) throw new Unavailable('The database is a standby and rejects writes.');
  if (database.engine.disk?.isFull) throw new Unavailable('The disk is full. Writes are refused until there is space.');
  if (state?.readOnly === 'on') throw new Unavailable('The database is read-only. Writes are refused.');
  await checkAccess(database);
}

const look = sql`select pg_is_in_recovery() as "isStandby", current_setting('transaction_read_only') as "readOnly"`;

async function stateOf(database: Database): Promise<{ isStandby: boolean; readOnly: string } | undefined> {
  try {
    return await database.probe(look, { limitMs });
  } catch (error) {
    if (error instanceof AccessLost) throw new AccessLost(await whyRefused(database, error.cause), { cause: error });
    if (!isUnavailable(error)) throw error;
    if (error instanceof DiskFull) throw error;
    throw new Unavailable(whyOf(error), { cause: error });
  }
}

const whyOf = (error: unknown): string =>
  error instanceof Error && String(error.cause).includes('standby')
    ? 'The database is a standby and rejects writes.'
    : 'The database is not responding.';

/** Checks the rights and tables of sessions. @throws AccessLost with the statement that repairs them */
async function checkAccess(database: Database): Promise<void> {
  const ask = async <Row>(text: string, values?: unknown[]) => {
    const row = await database.probe<Row>(text, { ...(values && { values }), limitMs });
    return row === undefined ? [] : [row];
  };
  const why = await whyLacking(ask, database.engine);
  if (why !== null) throw new AccessLost(why);
}
