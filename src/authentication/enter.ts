import { type Principal, within } from '../access/principal.js';
import type { Store } from '../access/store.js';
import { NotFound } from '../kernel/errors.js';
import { type IdPrefix, type OrganizationId, parseId, prefixOf } from '../kernel/ids.js';
import { type Sql, sql } from '../storage/sql.js';

/** Returns a statement that selects the organization of a row by its id. The organization of a platform row is null. */
const inTable =
  (table: Sql) =>
  (id: string): Sql =>
    sql`select organization_id from ${table} where id = ${id}`;

const homes = {
  org: {
    what: 'organization',
    statement: (id: string) => sql`select id as organization_id from organizations where id = ${id}`,
  },
  dom: { what: 'domain', statement: inTable(sql`domains`) },
  conn: { what: 'connection', statement: inTable(sql`connections`) },
  user: { what: 'user', statement: inTable(sql`users`) },
  group: { what: 'group', statement: inTable(sql`groups`) },
  evt: { what: 'event', statement: inTable(sql`events`) },
  req: { what: 'request', statement: inTable(sql`provisioning_requests`) },
  cli: { what: 'SCIM client', statement: inTable(sql`scim_clients`) },
  link: { what: 'link request', statement: inTable(sql`link_requests`) },
  trip: { what: 'sign-in', statement: inTable(sql`sign_in_transactions`) },
  app: { what: 'application', statement: inTable(sql`applications`) },
  asec: {
    what: 'application secret',
    statement: (id: string) => sql`select organization_id from applications where organization_id is not null
      and id = (select application_id from application_secrets where id = ${id})`,
  },
  setup: { what: 'setup link', statement: inTable(sql`setup_links`) },
  hook: { what: 'webhook endpoint', statement: inTable(sql`webhook_endpoints`) },
  dlv: {
    what: 'delivery',
    statement: (id: string) => sql`select organization_id from webhook_endpoints where organization_id is not null
      and id = (select endpoint_id from webhook_deliveries where id = ${id})`,
  },
  cons: { what: 'consumer', statement: inTable(sql`event_consumers`) },
  ses: { what: 'session', statement: inTable(sql`sessions`) },
  tok: { what: 'SCIM token', statement: inTable(sql`scim_tokens`) },
  key: { what: 'API key', statement: inTable(sql`api_keys`) },
} as const satisfies Record<IdPrefix, { what: string; statement: (id: string) => Sql }>;

/**
 * Returns the principal in the organization that `id` belongs to. Callers of one organization stay in their own
 * organization and do not find ids of another one. Platform keys act in the organization of the id.
 *
 * @throws NotFound for a malformed or unknown id
 */
export async function enter(store: Store, principal: Principal, kind: IdPrefix, id: string): Promise<Principal> {
  const { what, statement } = homes[kind];
  if (prefixOf(id) !== kind) throw new NotFound(what);
  if (principal.organizationId !== null) {
    if (kind === 'org' && id !== principal.organizationId) throw new NotFound(what);
    return principal;
  }
  const [row] = await store.database.query<{ organizationId: string }>(
    sql`select organization_id as "organizationId" from (${statement(id)}) home
      where exists (select from organizations where id = home.organization_id and deleted_at is null)`,
  );
  const home: OrganizationId | null = row ? parseId('org', row.organizationId) : null;
  if (!home) throw new NotFound(what);
  return within(principal, home);
}
