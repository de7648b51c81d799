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

/** The connections that are trusted with the addresses of a domain. */
export interface Authorities {
  ids: string[];
  /** No other connection is trusted. With no ids, because the last connection was deleted, none is. */
  areExclusive: boolean;
}

/** Returns the connections that a VERIFIED domain of the organization is assigned to, by an address in it. */
export async function authoritiesOf(
  { session, organizationId }: Pick<Read, 'session' | 'organizationId'>,
  email: string | null,
): Promise<Authorities> {
  const domain = email === null ? null : domainOf(email);
  const [row] =
    domain === null
      ? []
      : await session.query<Authorities>(
          `select d.is_assigned as "areExclusive", array(
             select c.connection_id from domain_connections c
             where c.organization_id = d.organization_id and c.domain_id = d.id order by 1) as ids
           from domains d where d.organization_id = $1 and d.domain = $2 and d.state = 'VERIFIED'`,
          [organizationId, domain],
        );
  return row ?? { ids: [], areExclusive: false };
}

/** Returns true if the connection is not trusted with the addresses. */
export const areOthers = ({ ids, areExclusive }: Authorities, connectionId: string): boolean =>
  areExclusive && !ids.includes(connectionId);

/** Returns true if the address's domain is assigned, and not to the connection. */
export const isOfAnother = async (
  read: Pick<Read, 'session' | 'organizationId'>,
  email: string | null,
  connectionId: string,
): Promise<boolean> => areOthers(await authoritiesOf(read, email), connectionId);

/**
 * Returns true if the organization vouches for an address to applications: its domain is VERIFIED, and either not assigned
 * to connections, or to one of those that the address may come from.
 */
export async function isVouchedFor(
  read: Pick<Read, 'session' | 'organizationId'>,
  email: string | null,
  sources: readonly (string | null)[],
): Promise<boolean> {
  if (!(await isOfVerifiedDomain(read, email))) return false;
  const { ids, areExclusive } = await authoritiesOf(read, email);
  return !areExclusive || ids.some((id) => sources.includes(id));
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
