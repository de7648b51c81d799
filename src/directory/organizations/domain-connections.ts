import type { Read } from '../../access/write.js';
import { foldDomain } from '../../fold.js';

/** The connections that are authoritative for the domain. */
export async function connectionsOf({ session, organizationId }: Read, domainId: string): Promise<string[]> {
  const rows = await session.query<{ id: string }>(
    'select connection_id as id from domain_connections where organization_id = $1 and domain_id = $2 order by 1',
    [organizationId, domainId],
  );
  return rows.map(({ id }) => id);
}

/** Whether the address is of a domain that the organization has proved to be its own. */
export async function isOfVerifiedDomain({ session, organizationId }: Read, email: string | null): Promise<boolean> {
  const domain = foldDomain(email?.slice(email.lastIndexOf('@') + 1) ?? '');
  if (!domain) return false;
  const found = await session.query(
    `select 1 from domains where organization_id = $1 and domain = $2 and state = 'VERIFIED'`,
    [organizationId, domain],
  );
  return found.length > 0;
}
