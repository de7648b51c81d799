import { authorize } from '../../access/authorize.js';
import type { Principal } from '../../access/principal.js';
import type { ProviderName } from '../../identity-providers/profiles/index.js';
import { fold } from '../../kernel/fold.js';
import { type ListedRows, listRows } from '../../storage/list-rows.js';
import type { Session } from '../../storage/session.js';
import { and, sql } from '../../storage/sql.js';
import { given } from '../criteria.js';
import { Connection, type ConnectionState } from './connection.js';

/** Selects the connections of a list. Absent criteria select all connections. An empty list matches none. */
export interface ConnectionCriteria {
  provider?: readonly ProviderName[] | null;
  state?: readonly ConnectionState[] | null;
  search?: string | null;
  /** Selects connections with a valid bearer token for SCIM, or SAML certificate, that expires before this time. */
  expiringBefore?: Date | null;
}

/**
 * Returns the queries of the connections of an organization, or of all organizations if it is null.
 *
 * @throws Forbidden
 */
export function listConnections(
  session: Session,
  principal: Principal,
  {
    organizationId = principal.organizationId,
    now,
    ...criteria
  }: ConnectionCriteria & { organizationId?: string | null; now: Date },
): ListedRows<Connection> {
  authorize({ principal }, 'connection.read', { organizationId });
  const conditions = [
    ...given(organizationId, (id) => sql`connections.organization_id = ${id}`),
    ...given(criteria.provider, (list) => sql`connections.provider = any(${list})`),
    ...given(criteria.state, (list) => sql`connections.state = any(${list})`),
    ...(criteria.search ? [sql`position(${fold(criteria.search)} in lower(connections.name)) > 0`] : []),
    ...given(
      criteria.expiringBefore,
      (before) => sql`(exists (
        select from scim_tokens t where t.organization_id = connections.organization_id
          and t.connection_id = connections.id and t.client_id is null
          and t.expires_at > ${now} and t.expires_at < ${before})
        or exists (
        select from idp_certificates k where k.organization_id = connections.organization_id
          and k.connection_id = connections.id and k.expires_at > ${now} and k.expires_at < ${before}))`,
    ),
  ];
  const isKept = sql`exists (
    select from organizations o where o.id = connections.organization_id and o.deleted_at is null)`;
  return listRows(session, Connection, and(isKept, ...conditions));
}
