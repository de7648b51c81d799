import { authorize } from '../../../access/authorize.js';
import { idpConnectionOf, type Principal } from '../../../access/principal.js';
import { scopeOf } from '../../../access/scope.js';
import type { Read } from '../../../access/write.js';
import { compileFilter } from '../../../scim-model/compile-filter.js';
import { compileOrder, type ListOrder } from '../../../scim-model/compile-order.js';
import type { ResourceType } from '../../../scim-model/definition.js';
import type { Filter } from '../../../scim-model/filter.js';
import { keyOf } from '../../../scim-model/resolve.js';
import { userType } from '../../../scim-model/user-schema.js';
import { and, or, type Scoped, type Sql, sql } from '../../../storage/sql.js';
import { given } from '../../criteria.js';
import { readTotal } from '../../list-page.js';
import type { ShownTo } from '../../shown-attributes.js';
import type { User } from '../user.js';
import { loadUser } from './load-user.js';
import { shownUsers } from './shown-columns.js';
import { userColumns } from './user-columns.js';
import { conditionsOf, statuses, type UserConditions } from './user-conditions.js';

/** Selects the users of a list. Absent criteria select all users. */
export interface UserCriteria extends UserConditions {
  filter?: Filter | null;
  /** The resource type for the filter, if the caller's connection has its own extensions. */
  type?: ResourceType;
  /** If true, names that the type lacks are attributes without a value. */
  anyName?: boolean;
  /** The SCIM base URL in the `meta.location` of resources. */
  baseUrl?: string;
}

/** The condition of a list, limited to the rows that the caller can see. */
export interface Selection {
  where: Scoped;
  scope: Scoped;
}

/** Returns true if the connection manages the user or has signed it in. */
export async function isKnownTo(read: Read, user: User, connectionId: string): Promise<boolean> {
  const found = await read.session.query(
    sql`select 1 from identities
      where organization_id = ${scopeOf(read)} and connection_id = ${connectionId} and user_id = ${user.id}`,
  );
  return found.length > 0;
}

/** The requested order of a list. */
export interface Sorting {
  sortBy: string | null;
  descending: boolean;
}

/** Returns one user. @throws NotFound, Forbidden */
export async function findUser(read: Read, id: string): Promise<User> {
  const user = await loadUser(read, id);
  authorize(read, 'user.read', user);
  return user;
}

/**
 * Returns the condition of the criteria. An IdP sees the accounts that it manages; if its filter names a user, also
 * unmanaged accounts. A plain list must not contain unmanaged accounts, because the IdP would deactivate users that it
 * does not know.
 *
 * @throws Forbidden, FilterSyntax
 */
export function selectionOf(read: Read, criteria: UserCriteria): Selection {
  const { principal } = read;
  authorize(read, 'user.read');
  const scope = scopeOf(read);
  const { type = userType, anyName = false, baseUrl = null } = criteria;
  const shownTo = { scope, connectionId: idpConnectionOf(principal), baseUrl };
  const columns = { ...userColumns(type, shownTo), anyName };
  const conditions = [
    ...visibleTo(principal, criteria.filter ?? null),
    ...conditionsOf(scope, criteria),
    ...given(criteria.filter, (filter) => compileFilter(filter, columns)),
  ];
  return { where: sql`u.organization_id = ${scope} and ${and(...conditions)}`, scope };
}

/** Returns the conditions for the rows that the caller can see. */
function visibleTo(principal: Principal, filter: Filter | null): Sql[] {
  // A user without an administrative role sees current users, but neither deprovisioned nor invited ones.
  if (principal.kind === 'user' && !principal.administrative)
    return [or(sql`u.id = ${principal.userId}`, statuses.ACTIVE, statuses.SUSPENDED)];
  if (principal.kind !== 'scim') return [];
  const own = sql`u.scim_connection_id = ${principal.connectionId}`;
  const isFree = sql`u.scim_connection_id is null`;
  return [sql`u.deleted_at is null`, filter && namesPerson(filter) ? or(own, isFree) : own];
}

const naming = new Set(['username', 'externalid', 'id', 'emails', 'emails.value']);

/** Returns true if the filter names a user: it is one of the lookups that IdPs match by, alone or combined by `and`. */
function namesPerson(filter: Filter): boolean {
  if (filter.kind === 'and') return namesPerson(filter.left) || namesPerson(filter.right);
  if (filter.kind === 'element')
    return filter.path.name.toLowerCase() === 'emails' && JSON.stringify(filter).includes('"eq"');
  if (filter.kind !== 'compare' || filter.op !== 'eq') return false;
  return naming.has(keyOf(filter.path));
}

/** Returns the order of a SCIM list. */
export const userOrder = (asked: Sorting, type: ResourceType, shownTo: ShownTo): ListOrder =>
  compileOrder({ ...asked, id: sql`u.id` }, userColumns(type, shownTo));

/** Returns a scalar query for the number of users that match the condition. */
export const usersTotal = (where: Scoped): Scoped => sql`(select count(*) from users u where ${where})`;

/** Returns the number of users that match the condition. */
export const countUsers = (read: Read, where: Scoped): Promise<number> => readTotal(read.session, usersTotal(where));

/** Lists users that match the condition, reading only the columns that `fields` and the keys of the order need. */
export async function listShownUsers(
  read: Read,
  where: Scoped,
  { tail, fields, keys }: { tail: Sql; fields: ReadonlySet<string>; keys: readonly (keyof User & string)[] },
): Promise<User[]> {
  const { select, from } = shownUsers(read.session, fields, keys);
  const rows = await read.session.run<Record<string, unknown>>(
    sql`select ${select} from users u where ${where} ${tail}`,
  );
  return rows.map(from);
}
