import { NotFound } from '../errors.js';
import { type IdPrefix, type OrganizationId, parseId, prefixOf } from '../ids.js';
import { type Principal, within } from './principal.js';
import type { Store } from './store.js';

const homes = {
  org: { what: 'organization', statement: 'select id as organization_id from organizations where id = $1' },
  dom: { what: 'domain', statement: 'select organization_id from domains where id = $1' },
  conn: { what: 'connection', statement: 'select organization_id from connections where id = $1' },
  user: { what: 'user', statement: 'select organization_id from users where id = $1' },
  group: { what: 'group', statement: 'select organization_id from groups where id = $1' },
  evt: { what: 'event', statement: 'select organization_id from events where id = $1' },
  req: { what: 'request', statement: 'select organization_id from provisioning_requests where id = $1' },
  cli: { what: 'SCIM client', statement: 'select organization_id from scim_clients where id = $1' },
  link: { what: 'link request', statement: 'select organization_id from link_requests where id = $1' },
  trip: { what: 'sign-in', statement: 'select organization_id from sign_in_transactions where id = $1' },
  app: {
    what: 'application',
    statement: 'select organization_id from applications where id = $1 and organization_id is not null',
  },
  asec: {
    what: 'application secret',
    statement: `select organization_id from applications where organization_id is not null
      and id = (select application_id from application_secrets where id = $1)`,
  },
  setup: { what: 'setup link', statement: 'select organization_id from setup_links where id = $1' },
  hook: {
    what: 'webhook endpoint',
    statement: 'select organization_id from webhook_endpoints where id = $1 and organization_id is not null',
  },
  dlv: {
    what: 'delivery',
    statement: `select organization_id from webhook_endpoints where organization_id is not null
      and id = (select endpoint_id from webhook_deliveries where id = $1)`,
  },
  cons: {
    what: 'consumer',
    statement: 'select organization_id from event_consumers where id = $1 and organization_id is not null',
  },
  ses: { what: 'session', statement: 'select organization_id from sessions where id = $1' },
  tok: { what: 'SCIM token', statement: 'select organization_id from scim_tokens where id = $1' },
  key: {
    what: 'API key',
    statement: 'select organization_id from api_keys where id = $1 and organization_id is not null',
  },
} as const satisfies Record<IdPrefix, { what: string; statement: string }>;

/**
 * The principal in the organization that `id` belongs to. Callers of one organization stay in their own, where a foreign
 * id is not found; platform keys go to where it lives.
 *
 * @throws NotFound for what is no id of that kind, or nothing's id
 */
export async function enter(store: Store, principal: Principal, kind: IdPrefix, id: string): Promise<Principal> {
  const { what, statement } = homes[kind];
  if (prefixOf(id) !== kind) throw new NotFound(what);
  if (principal.organizationId !== null) {
    if (kind === 'org' && id !== principal.organizationId) throw new NotFound(what);
    return principal;
  }
  const [row] = await store.database.query<{ organization_id: string }>(
    `select organization_id from (${statement}) home
     where exists (select from organizations where id = home.organization_id and deleted_at is null)`,
    [id],
  );
  const home: OrganizationId | null = row ? parseId('org', row.organization_id) : null;
  if (!home) throw new NotFound(what);
  return within(principal, home);
}
