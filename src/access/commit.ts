import { setTimeout as sleep } from 'node:timers/promises';
import type { Appended } from '../events/append.js';
import { OutcomeUnknown, Unavailable } from '../kernel/errors.js';
import type { OrganizationId } from '../kernel/ids.js';
import type { ClientSession } from '../storage/client-session.js';
import { TransactionConflict } from '../storage/conflict.js';
import { sql } from '../storage/sql.js';
import type { Store } from './store.js';

/** Maximum time, in milliseconds, to query the outcome of a commit. A restarting database is usually back by then. */
const patienceMs = 4_000;
const pauseMs = 250;

/** Last event of a transaction, and the organization of its log. */
type Written = Appended & { organizationId: OrganizationId };

/**
 * Commits the transaction, with the next statement or with `flush` of the session. If the connection is lost before the
 * response, checks on another connection whether the log contains the last event of the transaction. The status of the transaction id alone is not sufficient: after a
 * failover that lost the commit, the id is assigned to another transaction.
 *
 * @throws Unavailable if nothing was written; OutcomeUnknown if the outcome cannot be determined
 */
export async function commit(
  store: Pick<Store, 'database'>,
  session: Pick<ClientSession, 'commit'>,
  last: Written | null,
): Promise<void> {
  try {
    await session.commit();
  } catch (error) {
    if (!(error instanceof Unavailable) || error instanceof TransactionConflict) throw error;
    const outcome = last === null ? null : await outcomeOf(store, last);
    if (outcome === 'committed') return;
    throw outcome === 'aborted' ? error : new OutcomeUnknown();
  }
}

const look = ({ organizationId, position, id, xid }: Written) => sql`
  select
    exists (
      select from events where organization_id = ${organizationId} and position = ${position} and id = ${id}
    ) as "isThere",
    pg_xact_status(${xid}::xid8) as status`;

async function outcomeOf(
  { database }: Pick<Store, 'database'>,
  written: Written,
): Promise<'committed' | 'aborted' | null> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    try {
      const row = await database.probe<{ isThere: boolean; status: string | null }>(look(written), { limitMs: 2_000 });
      if (row?.isThere) return 'committed';
      if (row?.status === 'aborted') return 'aborted';
    } catch {
      // The database is still unavailable, or does not know this transaction yet.
    }
    await sleep(pauseMs);
  }
  return null;
}
