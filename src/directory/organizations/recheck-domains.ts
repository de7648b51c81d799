import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { write } from '../../access/write.js';
import type { OrganizationId } from '../../ids.js';
import { connectionsOf } from './domain-connections.js';

const dayMs = 86_400_000;
/** A record that is gone for so long is gone for good. */
const lapsesAfterDays = 7;

interface Row {
  organization_id: OrganizationId;
  id: string;
  domain: string;
  verification_value: string;
  failing_since: Date | null;
}

/**
 * Looks the TXT records of verified domains up again, each once a day. One that has failed for seven days is PENDING again:
 * links that were made stay, new ones stop. What the operator vouched for is left alone. True when there is more to do.
 */
export async function recheckDomains(store: Store): Promise<boolean> {
  const now = store.now();
  const due = await store.database.query<Row>(
    `update domains set checked_at = $1 where (organization_id, id) in (
       select organization_id, id from domains where state = 'VERIFIED' and by_record
         and coalesce(checked_at, verified_at) <= $2 order by checked_at nulls first limit 20 for update skip locked
     ) returning organization_id, id, domain, verification_value, failing_since`,
    [now, new Date(now.getTime() - dayMs)],
  );
  await Promise.all(due.map((row) => recheck(store, row)));
  return due.length === 20;
}

async function recheck(store: Store, row: Row): Promise<void> {
  const records = await store.resolveTxt(`_rollcall.${row.domain}`).catch((): string[] => []);
  const isThere = records.includes(row.verification_value);
  await write(store, system(row.organization_id), async (tx) => {
    const key = [tx.organizationId, row.id];
    const set = (sql: string, ...values: unknown[]) =>
      tx.session.query(`update domains set ${sql} where organization_id = $1 and id = $2`, [...key, ...values]);
    if (isThere) return void (await set('failing_since = null'));
    if (row.failing_since === null) return void (await set('failing_since = $3', tx.now));
    if (row.failing_since.getTime() > tx.now.getTime() - lapsesAfterDays * dayMs) return;
    await set(`state = 'PENDING', verified_at = null, failing_since = null`);
    const data = { id: row.id, domain: row.domain, connections: await connectionsOf(tx, row.id) };
    tx.emit({ type: 'domain.lapsed', subject: { type: 'domain', id: row.id }, data });
  });
}
