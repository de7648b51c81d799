import type { Store } from '../../access/store.js';
import { Application } from '../../directory/applications/application.js';
import { Connection } from '../../directory/connections/connection.js';
import { assignment, verifiedDomain } from '../../directory/organizations/domain-sql.js';
import { domainOf } from '../../kernel/fold.js';
import { type OrganizationId, parseId } from '../../kernel/ids.js';
import { type Hints, hintsIn } from '../../openid-provider/sign-in-hints.js';
import { type Sql, sql } from '../../storage/sql.js';
import { Stopped } from './context.js';

/** The IdP for a sign-in: one connection, a choice of several, a question for the address, or none. */
export type Realm =
  | { kind: 'connection'; connection: Connection }
  | { kind: 'choose'; connections: Connection[] }
  | { kind: 'ask'; unknown: string | null }
  | { kind: 'none' };

const signsIn = sql`c.state = 'ACTIVE'
  and (coalesce((c.oidc->>'enabled')::boolean, false) or coalesce((c.saml->>'enabled')::boolean, false))
  and exists (select from organizations o where o.id = c.organization_id and o.status = 'ACTIVE')`;

/** Input that a page of the sign-in, or its address, adds to the request of the application. */
interface Entered {
  email: string | null;
  /** The id of the connection that the user picked. */
  picked: string | null;
}

/**
 * Finds the IdP of the user from the application's parameters and the user's input: by a connection, an organization,
 * or a domain that an organization has verified. The input selects only among the connections that the application
 * asks for. It never looks up an email address.
 */
export async function findRealm(
  store: Store,
  { clientId, params, email, picked }: Entered & { clientId: string; params: Record<string, unknown> },
): Promise<Realm> {
  const [application] = await store.database.rows(Application, sql`id = ${clientId}`);
  if (!application)
    throw new Stopped('This application is no longer registered. Ask the provider of the application.', 403);
  const hints = hintsIn(params);
  const isWanted = wantedBy(application, hints);
  const connectionId = hints.connectionId ?? picked;
  if (connectionId) return byConnection(store, connectionId, isWanted);
  const domain = email === null ? hints.domain : domainOf(email);
  const organizationId = hints.organizationId ?? application.organizationId;
  if (organizationId)
    return byOrganization(store, { organizationId: parseId('org', organizationId), domain, isWanted });
  if (domain === null) return { kind: 'ask', unknown: email };
  return (await byDomain(store, domain, isWanted)) ?? { kind: 'ask', unknown: email };
}

/**
 * SQL: the connection `c` is of the application's organization, and of what the first parameter of its request names:
 * the organization, or the organizations that have verified the domain. Any, if no organization has verified it.
 */
function wantedBy({ organizationId: own }: Application, { connectionId, organizationId, domainHint }: Hints): Sql {
  const ofOwn = own === null ? sql`true` : sql`c.organization_id = ${own}`;
  if (connectionId) return ofOwn;
  // A malformed id becomes null, which no connection equals.
  if (organizationId) return sql`${ofOwn} and c.organization_id = ${parseId('org', organizationId)}`;
  if (own !== null || domainHint === null) return ofOwn;
  const verified = sql`select from domains d where d.domain = ${domainHint} and ${verifiedDomain}`;
  return sql`(not exists (${verified}) or exists (${verified} and d.organization_id = c.organization_id))`;
}

async function byConnection(store: Store, id: string, isWanted: Sql): Promise<Realm> {
  const [connection] = await find(store, sql`c.id = ${parseId('conn', id)} and ${isWanted}`);
  // The decision checks the state of the connection, so that a denial emits an event.
  return connection ? { kind: 'connection', connection } : { kind: 'none' };
}

async function byOrganization(
  store: Store,
  { organizationId, domain, isWanted }: { organizationId: OrganizationId | null; domain: string | null; isWanted: Sql },
): Promise<Realm> {
  if (organizationId === null) return { kind: 'none' };
  const inOrganization = sql`c.organization_id = ${organizationId} and ${isWanted}`;
  const connections = await find(store, sql`${inOrganization} and ${signsIn}`);
  const assigned = domain === null ? [] : await findAssigned(store, domain, inOrganization);
  return chosen(assigned.length > 0 ? assigned : connections);
}

async function byDomain(store: Store, domain: string, isWanted: Sql): Promise<Realm | null> {
  const assigned = await findAssigned(store, domain, isWanted);
  if (assigned.length > 0) return chosen(assigned);
  const connections = await find(
    store,
    sql`c.organization_id in (select d.organization_id from domains d where d.domain = ${domain} and ${verifiedDomain})
      and ${signsIn} and ${isWanted}`,
  );
  return connections.length > 0 ? chosen(connections) : null;
}

// A join and not `assignedTo`, which would be checked for each connection of the organization.
const findAssigned = (store: Store, domain: string, isWanted: Sql): Promise<Connection[]> =>
  find(
    store,
    sql`${signsIn} and ${isWanted} and exists (
      select from domains d
      join domain_connections x on ${assignment}
      where d.organization_id = c.organization_id and d.domain = ${domain} and ${verifiedDomain}
        and x.connection_id = c.id)`,
  );

const find = (store: Store, condition: Sql): Promise<Connection[]> =>
  store.database.rows(Connection, sql`id in (select c.id from connections c where ${condition}) order by id limit 20`);

function chosen(connections: Connection[]): Realm {
  const [first, second] = connections;
  if (!first) return { kind: 'none' };
  return second ? { kind: 'choose', connections } : { kind: 'connection', connection: first };
}
