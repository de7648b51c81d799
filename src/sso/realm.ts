import type { Store } from '../access/store.js';
import { Application } from '../directory/applications/application.js';
import { Connection } from '../directory/connections/connection.js';
import { domainOf } from '../fold.js';
import { type OrganizationId, parseId } from '../ids.js';
import { hintsIn } from '../provider/hints.js';
import { type Sql, sql } from '../storage/sql.js';
import { Stopped } from './door.js';

/** The IdP for a sign-in: one connection, a choice of several, a question for the address, or none. */
export type Realm =
  | { kind: 'connection'; connection: Connection }
  | { kind: 'choose'; connections: Connection[] }
  | { kind: 'ask'; unknown: string | null }
  | { kind: 'none' };

const signsIn = sql`c.state = 'ACTIVE'
  and (coalesce((c.oidc->>'enabled')::boolean, false) or coalesce((c.saml->>'enabled')::boolean, false))
  and exists (select from organizations o where o.id = c.organization_id and o.status = 'ACTIVE')`;

/**
 * Finds the IdP of the user from the application's parameters or the user's input: by a connection, an organization, or
 * a domain that an organization has verified. It never looks up an email address.
 */
export async function findRealm(
  store: Store,
  { clientId, params, email }: { clientId: string; params: Record<string, unknown>; email: string | null },
): Promise<Realm> {
  const [application] = await store.database.rows(Application, sql`id = ${clientId}`);
  if (!application)
    throw new Stopped('This application is not known here any more. Ask the vendor of the application.', 403);
  const hints = hintsIn(params);
  const domain = email === null ? hints.domain : domainOf(email);
  if (hints.connectionId) return byConnection(store, application, hints.connectionId);
  const organizationId = hints.organizationId ?? application.organizationId;
  if (organizationId)
    return byOrganization(store, application, { organizationId: parseId('org', organizationId), domain });
  if (domain === null) return { kind: 'ask', unknown: email };
  const found = await byDomain(store, domain);
  return found ?? (email === null ? { kind: 'ask', unknown: null } : { kind: 'ask', unknown: email });
}

async function byConnection(store: Store, { organizationId }: Application, id: string): Promise<Realm> {
  const [connection] = await store.database.rows(
    Connection,
    sql`id = ${parseId('conn', id)}
    and (${organizationId}::text is null
    or organization_id = ${organizationId})`,
  );
  // The decision checks the state of the connection, so that a denial emits an event.
  return connection ? { kind: 'connection', connection } : { kind: 'none' };
}

async function byOrganization(
  store: Store,
  application: Application,
  { organizationId, domain }: { organizationId: OrganizationId | null; domain: string | null },
): Promise<Realm> {
  const isForeign = application.organizationId !== null && application.organizationId !== organizationId;
  if (organizationId === null || isForeign) return { kind: 'none' };
  const connections = await find(store, sql`c.organization_id = ${organizationId} and ${signsIn}`);
  const assigned = domain === null ? [] : await assignedTo(store, domain, organizationId);
  return chosen(assigned.length > 0 ? assigned : connections);
}

async function byDomain(store: Store, domain: string): Promise<Realm | null> {
  const assigned = await assignedTo(store, domain, null);
  if (assigned.length > 0) return chosen(assigned);
  const connections = await find(
    store,
    sql`c.organization_id in (select organization_id from domains where domain = ${domain} and state = 'VERIFIED')
      and ${signsIn}`,
  );
  return connections.length > 0 ? chosen(connections) : null;
}

const assignedTo = (store: Store, domain: string, organizationId: string | null): Promise<Connection[]> =>
  find(
    store,
    sql`${signsIn} and ${organizationId === null ? sql`true` : sql`c.organization_id = ${organizationId}`} and exists (
      select from domains d
      join domain_connections x on x.organization_id = d.organization_id and x.domain_id = d.id
      where d.organization_id = c.organization_id and d.domain = ${domain} and d.state = 'VERIFIED'
        and x.connection_id = c.id)`,
  );

const find = (store: Store, condition: Sql): Promise<Connection[]> =>
  store.database.rows(Connection, sql`id in (select c.id from connections c where ${condition}) order by id limit 20`);

function chosen(connections: Connection[]): Realm {
  const [first, second] = connections;
  if (!first) return { kind: 'none' };
  return second ? { kind: 'choose', connections } : { kind: 'connection', connection: first };
}
