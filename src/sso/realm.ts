import type { Store } from '../access/store.js';
import { Application } from '../directory/applications/application.js';
import { Connection } from '../directory/connections/connection.js';
import { domainOf } from '../fold.js';
import { type OrganizationId, parseId } from '../ids.js';
import { hintsIn } from '../provider/hints.js';

/** Where a sign-in goes: to one connection, to a choice, to a question, or nowhere. */
export type Realm =
  | { kind: 'connection'; connection: Connection }
  | { kind: 'choose'; connections: Connection[] }
  | { kind: 'ask'; unknown: string | null }
  | { kind: 'none'; message: string };

const signsIn = `c.state = 'ACTIVE' and (coalesce((c.oidc->>'enabled')::boolean, false) or coalesce((c.saml->>'enabled')::boolean, false))
  and exists (select from organizations o where o.id = c.organization_id and o.status = 'ACTIVE')`;

const inactive = 'Sign-in is not set up for your organization, or is switched off. Ask your administrator.';

/**
 * Which IdP the person belongs to, by what the application says or the person has typed: a connection, an organization, or
 * a domain that an organization has verified. There is no look-up by address.
 */
export async function findRealm(
  store: Store,
  { clientId, params, email }: { clientId: string; params: Record<string, unknown>; email: string | null },
): Promise<Realm> {
  const [application] = await store.database.rows(Application, 'id = $1', [clientId]);
  if (!application) return { kind: 'none', message: 'This application is not known here any more.' };
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
  const [connection] = await store.database.rows(Connection, 'id = $1 and ($2::text is null or organization_id = $2)', [
    parseId('conn', id),
    organizationId,
  ]);
  // Its state is the decision's to judge, so that the refusal is told as an event.
  return connection ? { kind: 'connection', connection } : { kind: 'none', message: inactive };
}

async function byOrganization(
  store: Store,
  application: Application,
  { organizationId, domain }: { organizationId: OrganizationId | null; domain: string | null },
): Promise<Realm> {
  const isForeign = application.organizationId !== null && application.organizationId !== organizationId;
  if (organizationId === null || isForeign) return { kind: 'none', message: inactive };
  const connections = await find(store, `c.organization_id = $1 and ${signsIn}`, [organizationId]);
  const assigned = domain === null ? [] : await assignedTo(store, domain, organizationId);
  return chosen(assigned.length > 0 ? assigned : connections);
}

async function byDomain(store: Store, domain: string): Promise<Realm | null> {
  const assigned = await assignedTo(store, domain, null);
  if (assigned.length > 0) return chosen(assigned);
  const connections = await find(
    store,
    `c.organization_id in (select organization_id from domains where domain = $1 and state = 'VERIFIED') and ${signsIn}`,
    [domain],
  );
  return connections.length > 0 ? chosen(connections) : null;
}

const assignedTo = (store: Store, domain: string, organizationId: string | null): Promise<Connection[]> =>
  find(
    store,
    `${signsIn} and ($2::text is null or c.organization_id = $2) and exists (
       select from domains d join domain_connections x on x.organization_id = d.organization_id and x.domain_id = d.id
       where d.organization_id = c.organization_id and d.domain = $1 and d.state = 'VERIFIED' and x.connection_id = c.id)`,
    [domain, organizationId],
  );

const find = (store: Store, condition: string, values: unknown[]): Promise<Connection[]> =>
  store.database.rows(
    Connection,
    `id in (select c.id from connections c where ${condition}) order by id limit 20`,
    values,
  );

function chosen(connections: Connection[]): Realm {
  const [first, second] = connections;
  if (!first) return { kind: 'none', message: inactive };
  return second ? { kind: 'choose', connections } : { kind: 'connection', connection: first };
}
