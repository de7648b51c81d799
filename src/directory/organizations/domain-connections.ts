import type { Read } from '../../access/write.js';
import { domainOf } from '../../fold.js';

/** The connections that are authoritative for the domain. */
export async function connectionsOf({ session, organizationId }: Read, domainId: string): Promise<string[]> {
  const rows = await session.query<{ id: string }>(
    'select connection_id as id from domain_connections where organization_id = $1 and domain_id = $2 order by 1',
    [organizationId, domainId],
  );
  return rows.map(({ id }) => id);
}

// Other software can read a quoted local part, a list or a comment as an address in another domain.
const plain = /^[^\s@"(),:;<>[\\\]]+@[^@]+$/;

/** Returns true if an address is in a domain that the organization has VERIFIED, and cannot be read as one in another domain. */
export async function isOfVerifiedDomain(
  { session, organizationId }: Pick<Read, 'session' | 'organizationId'>,
  email: string | null,
): Promise<boolean> {
  const domain = email !== null && plain.test(email) ? domainOf(email) : null;
  if (domain === null) return false;
  const found = await session.query(
    `select 1 from domains where organization_id = $1 and domain = $2 and state = 'VERIFIED'`,
    [organizationId, domain],
  );
  return found.length > 0;
}
