import { authorize } from '../../access/authorize.js';
import type { Principal } from '../../access/principal.js';
import type { ProviderName } from '../../identity-providers/profiles/index.js';
import { BadInput } from '../../kernel/errors.js';
import { fold, foldDomain } from '../../kernel/fold.js';
import type { Database } from '../../storage/database.js';
import { rowsOf } from '../../storage/rows.js';
import { and, or, type Sql, sql } from '../../storage/sql.js';
import { given } from '../criteria.js';
import { verifiedDomain } from './domain-sql.js';
import { Organization, type OrganizationStatus } from './organization.js';

/**
 * Returns one organization by its id, its `externalId`, or a domain that it has verified. A caller of one
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
  const criteria = [
    ...(id == null ? [] : [sql`id = ${id}`]),
    ...(externalId == null ? [] : [sql`external_id = ${externalId}`]),
    ...(verified === null
      ? []
      : [sql`id in (select d.organization_id from domains d where d.domain = ${verified} and ${verifiedDomain})`]),
  ];
  const [criterion, ...others] = criteria;
  if (!criterion || others.length > 0) throw new BadInput('Send exactly one of "id", "externalId" and "domain".', 'id');
  authorize({ principal }, 'organization.read');
  // Handwritten SQL, because most GraphQL requests of an application begin with this query.
  const [organization] = await database.rows(
    Organization,
    sql`${criterion} and ${visibleTo(principal, sql`id`)} and deleted_at is null`,
  );
  return organization ?? null;
}

/** Selects the organizations of a list. Absent criteria select all organizations. An empty list matches none. */
export interface OrganizationCriteria {
  search?: string | null;
  status?: readonly OrganizationStatus[] | null;
  /** Providers, of one of which the organizations have a connection. */
  provider?: readonly ProviderName[] | null;
}

/** Names of organizations as lists compare them. The database folds them, because it also orders by them. */
const nameKeys = new WeakMap<Organization, string>();

/** SQL of the compared name of an organization `o`. Must be the expression of the index organizations_order_name. */
export const organizationNameKey = sql`lower(o.name) collate "C"`;

/** Returns the compared name of an organization that `listOrganizations` has read. */
export const nameKeyOf = (organization: Organization): string => nameKeys.get(organization) ?? '';

/**
 * Returns the queries that list and count the organizations visible to the principal. They are fragments, because the
 * pages of GraphQL add their conditions and orders to them.
 *
 * @throws Forbidden
 */
export function listOrganizations(database: Database, principal: Principal, criteria: OrganizationCriteria) {
  authorize({ principal }, 'organization.read');
  const where = and(
    visibleTo(principal, sql`o.id`),
    sql`o.deleted_at is null`,
    ...(criteria.search ? [named(criteria.search)] : []),
    ...given(criteria.status, (list) => sql`o.status = any(${list})`),
    ...given(
      criteria.provider,
      (list) => sql`exists (
        select from connections c where c.organization_id = o.id and c.provider = any(${list}))`,
    ),
  );
  const rows = rowsOf(database.dataSource, Organization);
  return {
    list: async (condition: Sql, tail: Sql): Promise<Organization[]> => {
      const found = await database.run<Record<string, unknown> & { name_key: string }>(
        sql`select o.*, ${organizationNameKey} as name_key from organizations o where ${where} and ${condition} ${tail}`,
      );
      return found.map((row) => {
        const organization = rows.from(row);
        nameKeys.set(organization, row.name_key);
        return organization;
      });
    },
    count: async (): Promise<number> => {
      const [row] = await database.run<{ n: number }>(sql`select count(*) as n from organizations o where ${where}`);
      return row?.n ?? 0;
    },
  };
}

function named(search: string): Sql {
  const word = `%${fold(search).replace(/[\\%_]/g, '\\$&')}%`;
  return or(sql`lower(o.name) like ${word}`, sql`lower(o.external_id) like ${word}`);
}

/**
 * Returns the condition that the caller can see the organization: a platform key can see all, other callers only their
 * own.
 */
const visibleTo = ({ organizationId }: Principal, id: Sql): Sql =>
  organizationId === null ? sql`true` : sql`${id} = ${organizationId}`;
