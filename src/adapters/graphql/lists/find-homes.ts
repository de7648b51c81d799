import type { IdPrefix, OrganizationId } from '../../../kernel/ids.js';
import { prefixOf } from '../../../kernel/ids.js';
import type { Session } from '../../../storage/session.js';
import { join, names, sql } from '../../../storage/sql.js';

/** Organization of an object; null for an object of the platform. */
export interface Home {
  organizationId: OrganizationId | null;
}

const tables: Partial<Record<IdPrefix, string>> = {
  app: 'applications',
  conn: 'connections',
  cons: 'event_consumers',
  dom: 'domains',
  evt: 'events',
  group: 'groups',
  hook: 'webhook_endpoints',
  key: 'api_keys',
  req: 'provisioning_requests',
  ses: 'sessions',
  user: 'users',
};

const homesOfKind = (prefix: IdPrefix, ids: readonly string[]) => {
  if (prefix === 'org') return [sql`select id, id as organization_id from organizations where id = any(${ids})`];
  const table = tables[prefix];
  return table ? [sql`select id, organization_id from ${names([table])} where id = any(${ids})`] : [];
};

/**
 * Returns the organizations of objects of any kind, in the order of the ids; null for an unknown id, and for an object
 * of a deleted organization. The caller must check whether each object is visible.
 */
export async function findHomes(session: Session, ids: readonly string[]): Promise<(Home | null)[]> {
  const prefixes = [...new Set(ids.map(prefixOf))].filter((prefix) => prefix !== null);
  const parts = prefixes.flatMap((prefix) =>
    homesOfKind(
      prefix,
      ids.filter((id) => prefixOf(id) === prefix),
    ),
  );
  if (parts.length === 0) return ids.map(() => null);
  const rows = await session.query<Home & { id: string }>(
    sql`select h.id, h.organization_id as "organizationId"
      from (${join(parts, ' union all ')}) h left join organizations o on o.id = h.organization_id
      where h.organization_id is null or o.deleted_at is null`,
  );
  const known = new Map(rows.map(({ id, organizationId }) => [id, { organizationId }]));
  return ids.map((id) => known.get(id) ?? null);
}
