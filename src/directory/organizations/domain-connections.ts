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

/**
 * Returns the connections that a VERIFIED domain of the organization is assigned to, by an address in it. Empty if there is
 * no such domain, or if it is assigned to none.
 */
export async function authoritiesOf(
  { session, organizationId }: Pick<Read, 'session' | 'organizationId'>,
  email: string | null,
): Promise<string[]> {
  const domain = email === null ? null : domainOf(email);
  if (domain === null) return [];
  const rows = await session.query<{ id: string }>(
    `select c.connection_id as id from domains d
     join domain_connections c on c.organization_id = d.organization_id and c.domain_id = d.id
     where d.organization_id = $1 and d.domain = $2 and d.state = 'VERIFIED' order by 1`,
    [organizationId, domain],
  );
  return rows.map(({ id }) => id);
}

/** Returns true if only other connections are authoritative for the address's domain. */
export async function isOfAnother(
  read: Pick<Read, 'session' | 'organizationId'>,
  email: string | null,
  connectionId: string,
): Promise<boolean> {
  const authorities = await authoritiesOf(read, email);
  return authorities.length > 0 && !authorities.includes(connectionId);
}

/**
 * Returns true if the organization vouches for an address to applications: its domain is VERIFIED, and either assigned to no
 * connection, or to one of those that the address may come from.
 */
export async function isVouchedFor(
  read: Pick<Read, 'session' | 'organizationId'>,
  email: string | null,
  sources: readonly (string | null)[],
): Promise<boolean> {
  if (!(await isOfVerifiedDomain(read, email))) return false;
  const authorities = await authoritiesOf(read, email);
  return authorities.length === 0 || authorities.some((id) => sources.includes(id));
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
