import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeUnknown, Unavailable } from '../errors.js';
import type { Session } from '../storage/database.js';
import type { Store } from './store.js';

/** How long the outcome of a commit is asked for: a database that restarts is back by then, or will not be soon. */
const patienceMs = 4_000;
const pauseMs = 250;

/**
 * Commits. If the connection is lost before the answer, the status of the transaction is read over another connection.
 *
 * @throws Unavailable if nothing was written; OutcomeUnknown if the status cannot be read
 */
export async function commit(store: Pick<Store, 'database'>, session: Session, xid: string | null): Promise<void> {
  try {
    await session.query('commit');
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const outcome = xid === null ? null : await outcomeOf(store, xid);
    if (outcome === 'committed') return;
    throw outcome === 'aborted' ? error : new OutcomeUnknown();
  }
}

async function outcomeOf({ database }: Pick<Store, 'database'>, xid: string): Promise<string | null> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    try {
      const row = await database.probe<{ status: string | null }>('select pg_xact_status($1::xid8) as status', {
        values: [xid],
        limitMs: 2_000,
      });
      if (row && row.status !== 'in progress') return row.status;
    } catch {
      // It is still away.
    }
    await sleep(pauseMs);
  }
  return null;
}
