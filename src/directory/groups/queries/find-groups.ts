import { authorize } from '../../../access/authorize.js';
import { idpConnectionOf } from '../../../access/principal.js';
import { scopeOf } from '../../../access/scope.js';
import type { Read } from '../../../access/write.js';
import { fold } from '../../../kernel/fold.js';
import { type GroupId, parseId, type UserId } from '../../../kernel/ids.js';
import { compileFilter } from '../../../scim-model/compile-filter.js';
import { compileOrder, type ListOrder } from '../../../scim-model/compile-order.js';
import type { ResourceType } from '../../../scim-model/definition.js';
import type { Filter } from '../../../scim-model/filter.js';
import { groupType } from '../../../scim-model/group-schema.js';
import { and, type Scoped, type Sql, sql } from '../../../storage/sql.js';
import { given } from '../../criteria.js';
import { readTotal } from '../../list-page.js';
import type { ShownTo } from '../../shown-attributes.js';
import type { Selection, Sorting } from '../../users/queries/find-users.js';
import type { Origin } from '../../users/user.js';
import { wordPatterns } from '../../word-patterns.js';
import type { Group } from '../group.js';
import { groupsAbove } from '../nested-groups.js';
import { groupColumns } from './group-columns.js';
import { loadGroup } from './load-group.js';
import { shownGroups } from './shown-columns.js';

/** Selects the groups of a list. Absent criteria select all groups. */
export interface GroupCriteria {
  displayName?: string | null;
  connectionId?: string | null;
  origin?: Origin | null;
  /** Roles that the groups grant, one of which they must grant. An empty list matches none. */
  roles?: readonly string[] | null;
  /** User or group that is a direct member. */
  memberId?: string | null;
  /** Group that directly contains the groups. */
  parentId?: string | null;
  /** True for groups that have neither users nor groups as members, false for the others. */
  empty?: boolean | null;
  updatedAfter?: Date | null;
  /** Selects groups that contain this user directly or through nested groups. */
  aroundMemberId?: string | null;
  search?: string | null;
  filter?: Filter | null;
  /** The resource type for the filter, if the caller's connection has its own extensions. */
  type?: ResourceType;
  /** If true, names that the type lacks are attributes without a value. */
  anyName?: boolean;
  /** The SCIM base URL in the `meta.location` of resources. */
  baseUrl?: string;
}

/** Returns one group. @throws NotFound, Forbidden */
export async function findGroup(read: Read, id: string): Promise<Group> {
  const group = await loadGroup(read, id);
  authorize(read, 'group.read', group);
  return group;
}

/**
 * Returns the condition of the criteria over `g`. An IdP can select only its own groups. @throws Forbidden,
 * FilterSyntax
 */
export function groupSelection(read: Read, criteria: GroupCriteria): Selection {
  const { principal } = read;
  const own = idpConnectionOf(principal);
  authorize(read, 'group.read', { connectionId: own });
  const scope = scopeOf(read);
  const { aroundMemberId, search, filter } = criteria;
  const { type = groupType, anyName = false, baseUrl = null } = criteria;
  const columns = { ...groupColumns(type, { scope, connectionId: own, baseUrl }), anyName };
  const conditions = [
    ...given(own ?? criteria.connectionId, (id) => sql`g.connection_id = ${id}`),
    ...ownConditions(criteria),
    ...relationConditions(scope, criteria),
    ...given(aroundMemberId, (id) => {
      const direct = sql`select group_id from memberships where organization_id = ${scope} and user_id = ${id}`;
      return sql`g.id in (with recursive ${groupsAbove(scope, direct)} select id from above)`;
    }),
    // Must be the expression of the index groups_words.
    ...wordPatterns(search).map((pattern) => sql`(' ' || g.display_name_key) like ${pattern}`),
    ...given(filter, (parsed) => compileFilter(parsed, columns)),
  ];
  return { where: sql`g.organization_id = ${scope} and ${and(...conditions)}`, scope };
}

const ownConditions = ({ displayName, origin, roles, updatedAfter }: GroupCriteria): Sql[] => [
  ...given(displayName, (name) => sql`g.display_name_key = ${fold(name)}`),
  ...given(origin, (of) => sql`g.origin = ${of}`),
  ...given(roles, (list) => sql`(g.roles || g.mapped_roles) && ${list}::text[]`),
  ...given(updatedAfter, (after) => sql`g.updated_at > ${after}`),
];

function relationConditions(scope: Scoped, { memberId, parentId, empty }: GroupCriteria): Sql[] {
  const nestings = (far: Sql, condition: Sql) =>
    sql`g.id in (select ${far} from group_nestings where organization_id = ${scope} and ${condition})`;
  return [
    ...given(memberId, (id) =>
      parseId('group', id)
        ? nestings(sql`group_id`, sql`child_group_id = ${id}`)
        : sql`g.id in (select group_id from memberships where organization_id = ${scope} and user_id = ${id})`,
    ),
    ...given(parentId, (id) => nestings(sql`child_group_id`, sql`group_id = ${id}`)),
    ...given(empty, (yes) => {
      const isEmpty = sql`g.member_count = 0 and g.id not in (
        select group_id from group_nestings where organization_id = ${scope})`;
      return yes ? isEmpty : sql`not (${isEmpty})`;
    }),
  ];
}

/** Returns the order of a SCIM list. */
export const groupOrder = (asked: Sorting, type: ResourceType, shownTo: ShownTo): ListOrder =>
  compileOrder({ ...asked, id: sql`g.id` }, groupColumns(type, shownTo));

/** Returns a scalar query for the number of groups that match the condition. */
export const groupsTotal = (where: Scoped): Scoped => sql`(select count(*) from groups g where ${where})`;

/** Returns the number of groups that match the condition. */
export const countGroups = (read: Read, where: Scoped): Promise<number> => readTotal(read.session, groupsTotal(where));

/** Lists groups that match the condition, reading only the columns that `fields` and the keys of the order need. */
export async function listShownGroups(
  read: Read,
  where: Scoped,
  { tail, fields, keys }: { tail: Sql; fields: ReadonlySet<string>; keys: readonly (keyof Group & string)[] },
): Promise<Group[]> {
  const { select, from } = shownGroups(read.session, fields, keys);
  const rows = await read.session.run<Record<string, unknown>>(
    sql`select ${select} from groups g where ${where} ${tail}`,
  );
  return rows.map(from);
}

/** A direct member of a group as SCIM returns it. */
export interface Member {
  groupId: GroupId;
  id: UserId | GroupId;
  type: 'User' | 'Group';
  display: string;
}

/** Selects direct members that are users. The caller adds the condition on `m.group_id`. */
export const usersOf = (scope: Scoped) =>
  sql`select m.group_id as "groupId", u.id, 'User' as type, coalesce(u.display_name, u.user_name) as display
    from memberships m
    join users u on u.organization_id = m.organization_id and u.id = m.user_id
    where m.organization_id = ${scope}`;
/** Selects direct members that are groups. The caller adds the condition on `n.group_id`. */
export const groupsOf = (scope: Scoped) =>
  sql`select n.group_id as "groupId", child.id, 'Group' as type, child.display_name as display
    from group_nestings n
    join groups child on child.organization_id = n.organization_id and child.id = n.child_group_id
    where n.organization_id = ${scope}`;

/** Returns the direct members of the groups: users, then nested groups, each in the order of their ids. */
export async function membersOf(read: Read, groupIds: readonly GroupId[]): Promise<Member[]> {
  if (groupIds.length === 0) return [];
  const scope = scopeOf(read);
  return read.session.query<Member>(
    sql`${usersOf(scope)} and m.group_id = any(${groupIds}) union all
      ${groupsOf(scope)} and n.group_id = any(${groupIds}) order by type desc, id`,
  );
}

/** Returns the pending members of a group: deleted users who become members again if they are restored. */
export const pendingOf = (read: Read, groupId: GroupId): Promise<Member[]> =>
  read.session.query<Member>(
    sql`select p.group_id as "groupId", u.id, 'User' as type, coalesce(u.display_name, u.user_name) as display
      from pending_members p
      join users u on u.organization_id = p.organization_id and u.id = p.user_id
      where p.organization_id = ${scopeOf(read)} and p.group_id = ${groupId} order by id`,
  );

/** Returns the direct members of the groups that are groups themselves. */
export const nestedOf = (read: Read, groupIds: readonly GroupId[]): Promise<Member[]> =>
  read.session.query<Member>(sql`${groupsOf(scopeOf(read))} and n.group_id = any(${groupIds})`);

/** Returns at most `limit` members of one group that are users, ordered by id, starting after the id `after`. */
export const memberPage = (
  read: Read,
  groupId: GroupId,
  { after, limit }: { after: string; limit: number },
): Promise<Member[]> =>
  read.session.query<Member>(
    sql`${usersOf(scopeOf(read))} and m.group_id = ${groupId} and m.user_id > ${after}
      order by m.user_id limit ${limit}`,
  );
