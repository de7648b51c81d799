import { authorize } from '../../access/authorize.js';
import type { Principal } from '../../access/principal.js';
import { BadInput } from '../../kernel/errors.js';
import { fold, foldDomain } from '../../kernel/fold.js';
import type { Database } from '../../storage/database.js';
import { rowsOf } from '../../storage/rows.js';
import { and, or, type Sql, sql } from '../../storage/sql.js';
import { verifiedDomain } from './domain-conditions.js';
import { Organization } from './organization.js';

/**
 * Returns one organization by its id, the application's id, or a domain that it has verified. A caller of one
 * organization can find only that organization.
 *
 * @throws BadInput unless exactly one criterion is given, Forbidden
 */
export async function findOrganization(
  database: Database,
  principal: Principal,
  { id, externalId, domain }: { id?: string | null; externalId?: string | null; domain?: string | null },
): Promise<Organization | null> {
  const verified = domain == null ? null : (foldDomain(domain) ?? '');
  const given = [
    ...(id == null ? [] : [sql`id = ${id}`]),
    ...(externalId == null ? [] : [sql`external_id = ${externalId}`]),
    ...(verified === null
      ? []
      : [sql`id in (select d.organization_id from domains d where d.domain = ${verified} and ${verifiedDomain})`]),
  ];
  const [named, ...others] = given;
  if (!named || others.length > 0) throw new BadInput('Send exactly one of "id", "externalId" and "domain".', 'id');
  authorize({ principal }, 'organization.read');
  // Handwritten SQL, because most GraphQL requests of an application begin with this query.
  const [organization] = await database.rows(
    Organization,
    sql`${named} and ${visibleTo(principal, sql`id`)} and deleted_at is null`,
  );
  return organization ?? null;
}

/**
 * Returns the queries that list and count the organizations visible to the principal. They are fragments, because the
 * pages of GraphQL add their conditions and orders to them.
 *
 * @throws Forbidden
 */
export function listOrganizations(database: Database, principal: Principal, search: string | null | undefined) {
  authorize({ principal }, 'organization.read');
  const word = search ? `%${fold(search).replace(/[\\%_]/g, '\\$&')}%` : null;
  const where = and(
    visibleTo(principal, sql`o.id`),
    sql`o.deleted_at is null`,
    ...(word === null ? [] : [or(sql`lower(o.name) like ${word}`, sql`lower(o.external_id) like ${word}`)]),
  );
  const rows = rowsOf(database.dataSource, Organization);
  return {
    list: async (condition: Sql, tail: Sql): Promise<Organization[]> => {
      const found = await database.run<Record<string, unknown>>(
        sql`select o.* from organizations o where ${where} and ${condition} ${tail}`,
      );
      return found.map((row) => rows.from(row));
    },
    count: async (): Promise<number> => {
      const [row] = await database.run<{ n: number }>(sql`select count(*) as n from organizations o where ${where}`);
      return row?.n ?? 0;
    },
  };
}

/**
 * Returns the condition that the caller can see the organization: a platform key can see all, other callers only their
 * own.
 */
const visibleTo = ({ organizationId }: Principal, id: Sql): Sql =>
  organizationId === null ? sql`true` : sql`${id} = ${organizationId}`;
