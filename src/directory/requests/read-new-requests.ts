import { rowsOf } from '../../storage/rows.js';
import type { Session } from '../../storage/session.js';
import { names, sql } from '../../storage/sql.js';
import { ProvisioningRequest } from './provisioning-request.js';
import type { RequestTail } from './request-tail.js';

/** Number of entries of a connection per read. */
const page = 200;
/** Age, in milliseconds, beyond which an entry is not new, whatever its transaction. */
const oldMs = 3_600_000;

type Row = Record<string, unknown> & { tail: number; snapshot: string; id: string | null };

/**
 * Reads the entries that were committed since the last read of each tail, in one statement, and adds them. Returns the
 * tails that have more entries.
 *
 * Entries are compared by the snapshots of their transactions, because their ids and times are assigned before the
 * commit: an earlier entry can become visible later. The first read of a tail finds no entry. It obtains the snapshot
 * from which the tail continues.
 */
export async function readNewRequests(
  session: Session,
  tails: readonly RequestTail[],
  now: Date,
): Promise<RequestTail[]> {
  const rows = rowsOf(session.dataSource, ProvisioningRequest);
  const properties = new Set(rows.metadata.columns.map(({ propertyName }) => propertyName));
  if (tails.every(({ bodyReaders }) => bodyReaders === 0))
    for (const body of ['requestText', 'responseText']) properties.delete(body);
  const { names: columns, from } = rows.pick(properties);
  const all = <T>(value: (tail: RequestTail) => T) => tails.map(value);
  // The condition on `at` is for a dump that was restored in another cluster: its transactions are those of the first.
  const found = await session.run<Row>(
    sql`select w.tail, txid_current_snapshot()::text as snapshot, r.*
      from unnest(${all((tail) => tail.organizationId)}::text[], ${all((tail) => tail.connectionId)}::text[],
        ${all((tail) => tail.seen)}::txid_snapshot[], ${all((tail) => tail.target)}::txid_snapshot[],
        ${all((tail) => tail.after)}::text[])
        with ordinality w(organization_id, connection_id, seen, target, after, tail)
      left join lateral (
        select ${names(columns)} from provisioning_requests p
        where p.organization_id = w.organization_id and p.connection_id = w.connection_id
          and p.written_in >= txid_snapshot_xmin(w.seen) and not txid_visible_in_snapshot(p.written_in, w.seen)
          and txid_visible_in_snapshot(p.written_in, coalesce(w.target, txid_current_snapshot()))
          and p.id > w.after and p.at > ${new Date(now.getTime() - oldMs)}
        order by p.id limit ${page}
      ) r on true
      order by w.tail, r.id`,
  );
  return tails.filter((tail, n) => {
    const own = found.filter((row) => row.tail === n + 1);
    const entries = own.filter(({ id }) => id !== null).map(from);
    return tail.take(entries, own[0]?.snapshot ?? null, entries.length < page);
  });
}
