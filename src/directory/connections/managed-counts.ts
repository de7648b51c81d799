import type { Tx } from '../../access/write.js';
import type { Session } from '../../storage/database.js';

/** What a connection manages and shows in its plain lists. */
export type ManagedKind = 'User' | 'Group';

/** Adds to the number of what the connection manages. Rows are only ever added, so writers do not wait for each other. */
export async function countManaged(tx: Tx, connectionId: string, kind: ManagedKind, n: 1 | -1): Promise<void> {
  await tx.session.query(
    'insert into managed_counts (organization_id, connection_id, kind, n) values ($1, $2, $3, $4)',
    [tx.organizationId, connectionId, kind, n],
  );
}

/** How many users or groups the connection manages, without counting them. */
export async function managedCount(
  { session, organizationId }: { session: Session; organizationId: string },
  connectionId: string,
  kind: ManagedKind,
): Promise<number> {
  const [row] = await session.query<{ n: number }>(
    `select coalesce(sum(n), 0)::bigint as n from managed_counts
     where organization_id = $1 and connection_id = $2 and kind = $3`,
    [organizationId, connectionId, kind],
  );
  return row?.n ?? 0;
}

/** Folds the rows of each count into one. Two that fold at once wait for each other, and nothing is counted twice. */
export async function foldCounts(session: Session): Promise<void> {
  await session.query(
    `with many as (
       select organization_id, connection_id, kind from managed_counts group by 1, 2, 3 having count(*) > 100
     ), gone as (
       delete from managed_counts c using many
       where c.organization_id = many.organization_id and c.connection_id = many.connection_id and c.kind = many.kind
       returning c.organization_id, c.connection_id, c.kind, c.n
     )
     insert into managed_counts select organization_id, connection_id, kind, sum(n) from gone group by 1, 2, 3`,
  );
}
