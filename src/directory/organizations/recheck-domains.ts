import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { write } from '../../access/write.js';
import { sql } from '../../storage/sql.js';
import { Domain } from './domain.js';
import { connectionsOf } from './domain-connections.js';
import { txtRecordsOf } from './verification-record.js';

const dayMs = 86_400_000;
/** A record that is gone for so long is gone for good. */
const lapsesAfterDays = 7;

type Due = Pick<Domain, 'organizationId' | 'id' | 'domain' | 'verificationValue' | 'failingSince'>;

/**
 * Looks the TXT records of verified domains up again, each once a day. One that has failed for seven days is PENDING again:
 * links that were made stay, new ones stop. What the operator vouched for is left alone. True when there is more to do.
 */
export async function recheckDomains(store: Store): Promise<boolean> {
  const now = store.now();
  const due = await store.database.query<Due>(sql`update domains set checked_at = ${now}
    where (organization_id, id) in (
      select organization_id, id from domains
      where state = 'VERIFIED' and by_record
        and coalesce(checked_at, verified_at) <= ${new Date(now.getTime() - dayMs)}
      order by checked_at nulls first limit 20 for update skip locked
    )
    returning organization_id as "organizationId", id, domain, verification_value as "verificationValue",
      failing_since as "failingSince"`);
  await Promise.all(due.map((row) => recheck(store, row)));
  return due.length === 20;
}

async function recheck(store: Store, due: Due): Promise<void> {
  const { organizationId, id, domain, failingSince } = due;
  const records = await txtRecordsOf(store.resolveTxt, `_rollcall.${domain}`).catch((error: unknown) => {
    store.failures.note('the TXT records of a verified domain cannot be read; it stays verified', error);
    return null;
  });
  if (records === null) return;
  const isThere = records.includes(due.verificationValue);
  await write(store, system(organizationId), async (tx) => {
    const set = (values: Partial<Pick<Domain, 'state' | 'verifiedAt' | 'failingSince'>>) =>
      tx.manager.update(Domain, { organizationId, id }, values);
    if (isThere) return void (await set({ failingSince: null }));
    if (!failingSince) return void (await set({ failingSince: tx.now }));
    if (failingSince.getTime() > tx.now.getTime() - lapsesAfterDays * dayMs) return;
    await set({ state: 'PENDING', verifiedAt: null, failingSince: null });
    const data = { id, domain, connections: await connectionsOf(tx, id) };
    tx.emit({ type: 'domain.lapsed', subject: { type: 'domain', id }, data });
  });
}
