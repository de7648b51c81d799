import { scopeOf } from '../../access/scope.js';
import type { Read, Tx } from '../../access/write.js';
import type { Session } from '../../storage/session.js';
import { type Scoped, sql } from '../../storage/sql.js';
import { readTotal } from '../list-page.js';

/** The types of resources that a connection manages and lists. */
export type ManagedKind = 'User' | 'Group';

/** Adds `n` to the number of managed users or groups. Writers only add rows, so they do not wait for each other. */
export async function countManaged(tx: Tx, connectionId: string, kind: ManagedKind, n: number): Promise<void> {
  await tx.session.query(sql`insert into managed_counts (organization_id, connection_id, kind, n)
    values (${scopeOf(tx)}, ${connectionId}, ${kind}, ${n})`);
}

/** Returns a scalar query for the stored number of users or groups that the connection manages. */
export const managedTotal = (read: Pick<Read, 'organizationId'>, connectionId: string, kind: ManagedKind): Scoped =>
  sql`(select coalesce(sum(n), 0)::bigint from managed_counts
    where organization_id = ${scopeOf(read)} and connection_id = ${connectionId} and kind = ${kind})`;

/** Returns the stored number of users or groups that the connection manages. */
export const managedCount = (
  read: Pick<Read, 'session' | 'organizationId'>,
  connectionId: string,
  kind: ManagedKind,
): Promise<number> => readTotal(read.session, managedTotal(read, connectionId, kind));

/**
 * Merges the rows of each count into one. Concurrent calls wait for each other, so nothing is counted twice. Handwritten
 * SQL, because the rows are deleted and inserted in one statement.
 */
export async function foldCounts(session: Session): Promise<void> {
  await session.query(sql`with many as (
      select organization_id, connection_id, kind from managed_counts group by 1, 2, 3 having count(*) > 100
    ), gone as (
      delete from managed_counts c using many
      where c.organization_id = many.organization_id and c.connection_id = many.connection_id and c.kind = many.kind
      returning c.organization_id, c.connection_id, c.kind, c.n
    )
    insert into managed_counts
    select organization_id, connection_id, kind, sum(n) from gone group by 1, 2, 3`);
}
