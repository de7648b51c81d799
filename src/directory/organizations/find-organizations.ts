import { authorize } from '../../access/authorize.js';
import type { Principal } from '../../access/principal.js';
import { BadInput } from '../../errors.js';
import { fold, foldDomain } from '../../fold.js';
import type { Database } from '../../storage/database.js';
import { rowsOf } from '../../storage/rows.js';
import { Organization } from './organization.js';

const conditions = {
  id: 'id = $1',
  externalId: 'external_id = $1',
  domain: `id in (select organization_id from domains where domain = $1 and state = 'VERIFIED')`,
};

/**
 * One organization by its id, the application's id, or a domain that it has verified. Callers of one organization find
 * only that one.
 *
 * @throws BadInput unless exactly one is given, Forbidden
 */
export async function findOrganization(
  database: Database,
  principal: Principal,
  { id, externalId, domain }: { id?: string | null; externalId?: string | null; domain?: string | null },
): Promise<Organization | null> {
  const given = [
    { by: conditions.id, key: id },
    { by: conditions.externalId, key: externalId },
    { by: conditions.domain, key: domain == null ? null : (foldDomain(domain) ?? '') },
  ].filter(({ key }) => key != null);
  const [named, ...others] = given;
  if (!named || others.length > 0) throw new BadInput('Give exactly one of "id", "externalId" and "domain".');
  authorize({ principal }, 'organization.read');
  const values = [named.key, principal.organizationId];
  const [organization] = await database.rows(
    Organization,
    `${named.by} and ($2::text is null or id = $2) and deleted_at is null`,
    values,
  );
  return organization ?? null;
}

/** The organizations that the principal may see, for a pager. @throws Forbidden */
export function listOrganizations(database: Database, principal: Principal, search: string | null | undefined) {
  authorize({ principal }, 'organization.read');
  const values: unknown[] = [principal.organizationId];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const parts = ['($1::text is null or o.id = $1)', 'o.deleted_at is null'];
  if (search) {
    const word = bind(`%${fold(search).replace(/[\\%_]/g, '\\$&')}%`);
    parts.push(`(lower(o.name) like ${word} or lower(o.external_id) like ${word})`);
  }
  const where = parts.join(' and ');
  const bound = values.length;
  const rows = rowsOf(database.dataSource, Organization);
  return {
    bind,
    list: async (condition: string, tail: string): Promise<Organization[]> => {
      const found = await database.run<Record<string, unknown>>(
        `select o.* from organizations o where ${where} and ${condition} ${tail}`,
        values,
      );
      return found.map((row) => rows.from(row));
    },
    count: async (): Promise<number> => {
      const [row] = await database.run<{ n: number }>(
        `select count(*) as n from organizations o where ${where}`,
        values.slice(0, bound),
      );
      return row?.n ?? 0;
    },
  };
}
