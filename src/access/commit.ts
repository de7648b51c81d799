import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeUnknown, Unavailable } from '../errors.js';
import type { Appended } from '../events/append.js';
import type { OrganizationId } from '../ids.js';
import { TransactionConflict } from '../storage/conflict.js';
import type { Session } from '../storage/database.js';
import { sql } from '../storage/sql.js';
import type { Store } from './store.js';

/** How long the outcome of a commit is asked for: a database that restarts is back by then, or will not be soon. */
const patienceMs = 4_000;
const pauseMs = 250;

/** The last event of a transaction, and its log. */
type Written = Appended & { organizationId: OrganizationId };

/**
 * Commits. If the connection is lost before the answer, another connection is asked whether the log has the last event of the
 * transaction. Its status alone proves nothing: after a failover that lost the commit, the number is given to another one.
 *
 * @throws Unavailable if nothing was written; OutcomeUnknown if that cannot be found out
 */
export async function commit(store: Pick<Store, 'database'>, session: Session, last: Written | null): Promise<void> {
  try {
    await session.query(sql`commit`);
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
      // It is still away, or knows of no such transaction yet.
    }
    await sleep(pauseMs);
  }
  return null;
}
