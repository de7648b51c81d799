import { authorize } from '../../access/authorize.js';
import { idpConnectionOf } from '../../access/principal.js';
import type { Read } from '../../access/write.js';
import { compileFilter } from '../../attributes/compile-filter.js';
import { compileOrder, type ListOrder } from '../../attributes/compile-order.js';
import type { ResourceType } from '../../attributes/definition.js';
import type { Filter } from '../../attributes/filter.js';
import { keyOf } from '../../attributes/resolve.js';
import { userType } from '../../attributes/user-schema.js';
import { fold } from '../../fold.js';
import type { ShownTo } from '../shown-attributes.js';
import { wordPatterns } from '../words.js';
import { loadUser, selectUsers, usersIn } from './load-user.js';
import { shownUsers } from './shown-columns.js';
import type { Origin, User, UserStatus } from './user.js';
import { userColumns } from './user-columns.js';

/** Which users a list shows. An absent part shows all. */
export interface UserCriteria {
  status?: readonly UserStatus[] | null;
  origin?: Origin | null;
  hasSignedIn?: boolean | null;
  connectionId?: string | null;
  groupId?: string | null;
  /** Members of this group through any depth of nesting. */
  withinGroupId?: string | null;
  managerId?: string | null;
  email?: string | null;
  userName?: string | null;
  search?: string | null;
  updatedAfter?: Date | null;
  filter?: Filter | null;
  /** The resource type that the filter speaks of, when the caller's connection has extensions of its own. */
  type?: ResourceType;
  /** Names that the type lacks are attributes without a value. */
  anyName?: boolean;
  /** The SCIM base URL that the caller sees resources under. */
  baseUrl?: string;
}

/** SQL under construction: conditions over `u`, with every value bound. */
export interface Selection {
  where: string;
  values: unknown[];
  /** How many of the values the condition itself uses: orders and cursors bind theirs after it. */
  bound: number;
  bind: (value: unknown) => string;
}

/** Whether the connection knows the user: it manages the account, or has signed the person in. */
export async function isKnownTo(read: Read, user: User, connectionId: string): Promise<boolean> {
  const found = await read.session.query(
    'select 1 from identities where organization_id = $1 and connection_id = $2 and user_id = $3',
    [read.organizationId, connectionId, user.id],
  );
  return found.length > 0;
}

/** How a list is to be sorted. */
export interface Sorting {
  sortBy: string | null;
  descending: boolean;
}

/** One user. @throws NotFound, Forbidden */
export async function findUser(read: Read, id: string): Promise<User> {
  const user = await loadUser(read, id);
  authorize(read, 'user.read', user);
  return user;
}

const statuses: Record<UserStatus, string> = {
  PENDING: '(u.active and u.deleted_at is null and u.invited_at is not null)',
  ACTIVE: '(u.active and u.deleted_at is null and u.invited_at is null and u.suspended_at is null)',
  SUSPENDED: '(u.active and u.deleted_at is null and u.invited_at is null and u.suspended_at is not null)',
  DEPROVISIONED: '(not u.active or u.deleted_at is not null)',
};

/**
 * The criteria as SQL. An IdP's own look-ups see its accounts and, where the filter names a person, also those that no
 * SCIM connection manages: a plain list must not show them, or the IdP would deactivate whom it does not know.
 *
 * @throws Forbidden, FilterSyntax
 */
export function selectionOf(read: Read, criteria: UserCriteria): Selection {
  const { principal } = read;
  authorize(read, 'user.read');
  const values: unknown[] = [read.organizationId];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const parts = ['u.organization_id = $1'];
  const add = <T>(value: T | null | undefined, condition: (value: T) => string) => {
    if (value != null) parts.push(condition(value));
  };
  // Colleagues see who is there, not who has left or is yet to come.
  if (principal.kind === 'user' && !principal.administrative) {
    parts.push(`(u.id = ${bind(principal.userId)} or ${statuses.ACTIVE} or ${statuses.SUSPENDED})`);
  }
  if (principal.kind === 'scim') {
    const own = `u.scim_connection_id = ${bind(principal.connectionId)}`;
    const free = criteria.filter && namesPerson(criteria.filter) ? ' or u.scim_connection_id is null' : '';
    parts.push('u.deleted_at is null', `(${own}${free})`);
  }
  add(criteria.status, (list) => `(${list.map((status) => statuses[status]).join(' or ') || 'false'})`);
  add(criteria.origin, (origin) => `u.origin = ${bind(origin)}`);
  add(criteria.hasSignedIn, (yes) => `u.last_sign_in_at is ${yes ? 'not null' : 'null'}`);
  add(
    criteria.connectionId,
    (id) => `u.id in (select user_id from identities where organization_id = $1 and connection_id = ${bind(id)})`,
  );
  add(
    criteria.groupId,
    (id) => `u.id in (select user_id from memberships where organization_id = $1 and group_id = ${bind(id)})`,
  );
  add(
    criteria.withinGroupId,
    (id) => `u.id in (with recursive below(id) as (
      select ${bind(id)}::text collate "C" union
      select n.child_group_id from group_nestings n join below on below.id = n.group_id where n.organization_id = $1
    ) select m.user_id from memberships m join below on below.id = m.group_id where m.organization_id = $1)`,
  );
  add(criteria.managerId, (id) => `u.manager_id = ${bind(id)}`);
  add(
    criteria.email,
    (email) =>
      `u.id = any(array(select id from users where organization_id = $1 and email_keys @> array[${bind(fold(email))}::text]))`,
  );
  add(criteria.userName, (userName) => `u.user_name_key = ${bind(fold(userName))}`);
  add(criteria.updatedAfter, (after) => `u.updated_at > ${bind(after)}`);
  for (const pattern of wordPatterns(criteria.search)) parts.push(`${words} like ${bind(pattern)}`);
  const { type = userType, anyName = false, baseUrl = null } = criteria;
  const columns = { ...userColumns(type, { connectionId: idpConnectionOf(principal), baseUrl }), anyName };
  add(criteria.filter, (filter) => compileFilter(filter, columns, bind));
  return { where: parts.join(' and '), values, bound: values.length, bind };
}

// The expression of the index users_words, character by character.
const words = `(' ' || u.user_name_key || ' ' || coalesce(u.display_name_key, '') || ' ' || coalesce(u.email_key, '') || ' ' ||
      coalesce(u.folded #>> '{name,givenName}', '') || ' ' || coalesce(u.family_name, ''))`;

const naming = new Set(['username', 'externalid', 'id', 'emails', 'emails.value']);

/** Whether the filter asks for a person by name: one of the look-ups that IdPs match by, alone or joined by `and`. */
function namesPerson(filter: Filter): boolean {
  if (filter.kind === 'and') return namesPerson(filter.left) || namesPerson(filter.right);
  if (filter.kind === 'element')
    return filter.path.name.toLowerCase() === 'emails' && JSON.stringify(filter).includes('"eq"');
  if (filter.kind !== 'compare' || filter.op !== 'eq') return false;
  return naming.has(keyOf(filter.path));
}

/** The order of a SCIM list. */
export function userOrder({ bind }: Selection, asked: Sorting, type: ResourceType, shownTo: ShownTo): ListOrder {
  return compileOrder({ ...asked, id: 'u.id' }, userColumns(type, shownTo), bind);
}

/** The values of an SQL expression over the users with these ids that the condition shows. */
export async function userValues(
  read: Read,
  { values, bind }: Selection,
  { where, sql, ids }: { where: string; sql: string; ids: readonly string[] },
): Promise<Map<string, string | null>> {
  const rows = await read.session.run<{ id: string; value: string | null }>(
    `select u.id, (${sql})::text as value from users u where ${where} and u.id = any(${bind(ids)})`,
    values,
  );
  return new Map(rows.map(({ id, value }) => [id, value]));
}

/** How many users the selection has. */
export async function countUsers(read: Read, { where, values, bound }: Selection): Promise<number> {
  const [row] = await read.session.run<{ n: number }>(
    `select count(*) as n from users u where ${where}`,
    values.slice(0, bound),
  );
  return row?.n ?? 0;
}

/** The same of which only these fields are shown: what else an account is, is not read. */
export async function listShownUsers(
  read: Read,
  { where, values }: Pick<Selection, 'where' | 'values'>,
  { tail, fields, keys }: { tail: string; fields: ReadonlySet<string>; keys: readonly (keyof User & string)[] },
): Promise<User[]> {
  const { select, from } = shownUsers(read.session, fields, keys);
  const rows = await read.session.run<Record<string, unknown>>(
    `select ${select} from users u where ${where} ${tail}`,
    values,
  );
  return rows.map(from);
}

/** The users of the selection; `tail` is order, limit and offset, made by the caller from constants. */
export async function listUsers(read: Read, { where, values }: Selection, tail: string): Promise<User[]> {
  const rows = await read.session.run<Record<string, unknown>>(`${selectUsers} where ${where} ${tail}`, values);
  return usersIn(read.session, rows);
}
