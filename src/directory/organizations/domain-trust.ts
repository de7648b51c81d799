import { scopeOf } from '../../access/scope.js';
import type { Read } from '../../access/write.js';
import { domainOf } from '../../kernel/fold.js';
import type { DomainId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { DomainConnection } from './domain-connection.js';
import { assignedConnections, verifiedDomain } from './domain-sql.js';

/** Returns the connections to which the domain is assigned. */
export async function connectionsOf({ session, organizationId }: Read, domainId: DomainId): Promise<string[]> {
  const rows = await session.manager.find(DomainConnection, {
    where: { organizationId, domainId },
    order: { connectionId: 'ASC' },
  });
  return rows.map(({ connectionId }) => connectionId);
}

/** The connections that are trusted with the addresses of a domain. */
export interface Authorities {
  ids: string[];
  /**
   * True if no other connection is trusted. If `ids` is empty too, because the last connection was deleted, no
   * connection is trusted.
   */
  areExclusive: boolean;
}

/** Returns the connections to which the VERIFIED domain of an address is assigned. */
export const authoritiesOf = async (
  read: Pick<Read, 'session' | 'organizationId'>,
  email: string | null,
): Promise<Authorities> => (await readVerifiedDomains(read, [email])).authoritiesOf(email);

// Other software can read a quoted local part, a list or a comment as an address in another domain.
const plain = /^[^\s@"(),:;<>[\\\]]+@[^@]+$/;

/** The VERIFIED domains of a set of addresses. */
export interface VerifiedDomains {
  authoritiesOf(email: string | null): Authorities;
  /** Returns true if the domain is VERIFIED and the address cannot be read as one in another domain. */
  isVerified(email: string | null): boolean;
  /** Returns true if the organization vouches for the address. See the function `isVouchedFor`. */
  isVouchedFor(email: string | null, sources: readonly (string | null)[]): boolean;
}

const noAuthorities: Authorities = { ids: [], areExclusive: false };

/** Reads the VERIFIED domains of the addresses in one statement. */
export async function readVerifiedDomains(
  read: Pick<Read, 'session' | 'organizationId'>,
  emails: readonly (string | null)[],
): Promise<VerifiedDomains> {
  const domains = [...new Set(emails.flatMap((email) => domainOf(email ?? '') ?? []))];
  const rows =
    domains.length === 0
      ? []
      : await read.session.query<Authorities & { domain: string }>(
          sql`select d.domain, d.is_assigned as "areExclusive", ${assignedConnections} as ids
            from domains d
            where d.organization_id = ${scopeOf(read)} and d.domain = any(${domains}) and ${verifiedDomain}`,
        );
  const found = new Map(rows.map((row) => [row.domain, row]));
  const verified = (email: string | null) => found.get((email !== null && domainOf(email)) || '');
  const isVerified = (email: string | null) => email !== null && plain.test(email) && verified(email) !== undefined;
  return {
    authoritiesOf: (email) => verified(email) ?? noAuthorities,
    isVerified,
    isVouchedFor(email, sources) {
      const { ids, areExclusive } = verified(email) ?? noAuthorities;
      return isVerified(email) && (!areExclusive || ids.some((id) => sources.includes(id)));
    },
  };
}

/** Returns true if the connection is not trusted with the addresses. */
export const areOthers = ({ ids, areExclusive }: Authorities, connectionId: string): boolean =>
  areExclusive && !ids.includes(connectionId);

/** Returns true if the domain of the address is assigned, but not to the connection. */
export const isOfAnother = async (
  read: Pick<Read, 'session' | 'organizationId'>,
  email: string | null,
  connectionId: string,
): Promise<boolean> => areOthers(await authoritiesOf(read, email), connectionId);

/**
 * Returns true if the organization vouches for an address to applications. Its domain must be VERIFIED, and either not
 * assigned to a connection or assigned to one of `sources`.
 */
export const isVouchedFor = async (
  read: Pick<Read, 'session' | 'organizationId'>,
  email: string | null,
  sources: readonly (string | null)[],
): Promise<boolean> => (await readVerifiedDomains(read, [email])).isVouchedFor(email, sources);
