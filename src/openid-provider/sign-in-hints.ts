import type { Store } from '../access/store.js';
import { verifiedDomain } from '../directory/organizations/domain-sql.js';
import { domainOf, foldDomain } from '../kernel/fold.js';
import { sql } from '../storage/sql.js';
import type { GrantedSession } from './grants.js';

/** The parameters by which an application selects the user's organization or connection. */
export interface Hints {
  organizationId: string | null;
  connectionId: string | null;
  /** The domain of `domain_hint`. Only users of the organization that has verified it are wanted. */
  domainHint: string | null;
  /** The email domain of the user: of `domain_hint`, or of the address in `login_hint`. */
  domain: string | null;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

export function hintsIn(params: Record<string, unknown>): Hints {
  const domain = text(params.domain_hint);
  const domainHint = domain && foldDomain(domain);
  const loginHint = text(params.login_hint);
  return {
    organizationId: text(params.organization_id),
    connectionId: text(params.connection_id),
    domainHint,
    domain: domainHint ?? (loginHint && domainOf(loginHint)) ?? null,
  };
}

/** Returns true if the sign-in satisfies the application's hints about the user. */
export async function fits(
  store: Store,
  { organizationId, connectionId }: GrantedSession,
  { params, clientId }: { params: Record<string, unknown>; clientId: string },
): Promise<boolean> {
  const hints = hintsIn(params);
  if (hints.organizationId && hints.organizationId !== organizationId) return false;
  if (hints.connectionId && hints.connectionId !== connectionId) return false;
  const [row] = await store.database.query<{ ours: boolean; domain: boolean }>(
    sql`select
        exists (
          select from applications
          where id = ${clientId} and coalesce(organization_id, ${organizationId}) = ${organizationId}
        ) as ours,
        exists (
          select from domains d
          where d.organization_id = ${organizationId} and d.domain = ${hints.domain} and ${verifiedDomain}
        ) as domain`,
  );
  return row?.ours === true && (hints.domain === null || hints.organizationId !== null || row.domain);
}
