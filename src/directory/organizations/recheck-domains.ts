import { system } from '../../access/principal.js';
import type { Store } from '../../access/store.js';
import { write } from '../../access/write.js';
import { dayMs } from '../../kernel/durations.js';
import { sql } from '../../storage/sql.js';
import { Domain } from './domain.js';
import { verifiedDomain } from './domain-sql.js';
import { connectionsOf } from './domain-trust.js';
import { txtRecordsOf } from './verification-record.js';

/** Days after which a domain with a missing TXT record becomes PENDING again. */
const lapsesAfterDays = 7;

type Due = Pick<Domain, 'organizationId' | 'id' | 'domain' | 'verificationValue' | 'failingSince'>;

/**
 * Checks the TXT records of verified domains once a day. A domain whose record was missing for seven days becomes
 * PENDING: existing links stay, new links are not created. Domains that the operator verified are not checked. Returns
 * true if more domains are due.
 */
export async function recheckDomains(store: Store): Promise<boolean> {
  const now = store.now();
  // Handwritten SQL: one statement takes the domains, so that no other node checks them too.
  const due = await store.database.query<Due>(sql`update domains set checked_at = ${now}
    where (organization_id, id) in (
      select d.organization_id, d.id from domains d
      where ${verifiedDomain} and d.by_record
        and coalesce(d.checked_at, d.verified_at) <= ${new Date(now.getTime() - dayMs)}
      order by d.checked_at nulls first limit 20 for update skip locked
    )
    returning organization_id as "organizationId", id, domain, verification_value as "verificationValue",
      failing_since as "failingSince"`);
  await Promise.all(due.map((row) => recheck(store, row)));
  return due.length === 20;
}

async function recheck(store: Store, due: Due): Promise<void> {
  const { organizationId, id, domain, failingSince } = due;
  const records = await txtRecordsOf(store.resolveTxt, `_rollcall.${domain}`).catch((error: unknown) => {
    store.failures.note('the TXT records of a verified domain cannot be read; the domain stays verified', error);
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
