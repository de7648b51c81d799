import { scopeOf } from '../../access/scope.js';
import type { Read } from '../../access/write.js';
import { domainOf } from '../../kernel/fold.js';
import { sql } from '../../storage/sql.js';
import type { Connection } from '../connections/connection.js';
import { assignedConnections, verifiedDomain } from '../organizations/domain-sql.js';
import type { User } from '../users/user.js';
import type { Assertion } from './assertion.js';
import type { Denial } from './decide.js';
import { inWords, type Manager, type MissingDomain } from './missing-steps.js';

/**
 * Returns the missing steps of a denial as text, with the ids and complete lists of the organization; null if the
 * denial code already describes everything.
 */
export async function advise(
  read: Read,
  { connection, assertion, users }: { connection: Connection; assertion: Assertion; users: readonly User[] },
  { steps = [], row, userId }: Denial,
): Promise<string | null> {
  if (steps.length === 0) return null;
  const user = users.find(({ id }) => id === userId) ?? null;
  const manager = await managerOf(read, user);
  const domain = domainOf(assertion.email ?? assertion.subject) ?? '';
  // For a known user, use the stored address: the IdP can send another address or none.
  const isKnown = row === 'B1' || row === 'B2';
  const names = isKnown ? [user?.email, user?.userName].map((address) => domainOf(address ?? '')) : [domain];
  const domains = steps.includes('OWN_DOMAIN') ? await missingDomains(read, names, { connection, manager }) : [];
  return inWords(steps, {
    domains: domains.filter(({ id }) => !isKnown || id !== null),
    domain,
    allowedDomains: connection.jit.allowedDomains,
    deprovisionReason: user?.active === false ? user.deprovisionReason : 'SIGN_IN_GROUP_LOST',
    otherManager: manager?.id === connection.id ? null : manager,
    deafManager: manager && (manager.state !== 'ACTIVE' || !manager.scim) ? manager : null,
  });
}

async function managerOf(read: Read, user: User | null): Promise<Manager | null> {
  const [manager] = await read.session.query<Manager>(
    sql`select id, name, state, scim_enabled as scim from connections
      where organization_id = ${scopeOf(read)} and id = ${user?.scimConnectionId ?? null}`,
  );
  return manager ?? null;
}

async function missingDomains(
  read: Read,
  names: readonly (string | null)[],
  { connection, manager }: { connection: Connection; manager: Manager | null },
): Promise<MissingDomain[]> {
  const rows = await read.session.query<Omit<MissingDomain, 'needed'>>(
    sql`select n.name, d.id, coalesce(${verifiedDomain}, false) as "isVerified",
        coalesce(${verifiedDomain} and not d.is_assigned, false) as "isOpen",
        ${assignedConnections} as "connectionIds"
      from unnest(${[...new Set(names.filter((name) => name !== null))]}::text[]) as n (name)
      left join domains d on d.organization_id = ${scopeOf(read)} and d.domain = n.name
      order by 1`,
  );
  const added = [connection.id, ...(manager ? [manager.id] : [])];
  const missing = rows.filter((row) => !row.isVerified || !row.connectionIds.includes(connection.id));
  return missing.map((row) => ({ ...row, needed: [...new Set([...row.connectionIds, ...added])] }));
}
