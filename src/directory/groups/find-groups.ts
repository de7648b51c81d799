import { authorize } from '../../access/authorize.js';
import { idpConnectionOf } from '../../access/principal.js';
import type { Read } from '../../access/write.js';
import { compileFilter } from '../../attributes/compile-filter.js';
import { compileOrder, type ListOrder } from '../../attributes/compile-order.js';
import type { ResourceType } from '../../attributes/definition.js';
import type { Filter } from '../../attributes/filter.js';
import { groupType } from '../../attributes/group-schema.js';
import { fold } from '../../fold.js';
import type { GroupId, UserId } from '../../ids.js';
import { rowsOf } from '../../storage/rows.js';
import type { ShownTo } from '../shown-attributes.js';
import type { Selection, Sorting } from '../users/find-users.js';
import { wordPatterns } from '../words.js';
import { Group } from './group.js';
import { groupColumns } from './group-columns.js';
import { loadGroup } from './load-group.js';
import { shownGroups } from './shown-columns.js';

/** Which groups a list shows. An absent part shows all. */
export interface GroupCriteria {
  displayName?: string | null;
  connectionId?: string | null;
  memberId?: string | null;
  /** Groups that this user is in through any depth of nesting. */
  aroundMemberId?: string | null;
  search?: string | null;
  filter?: Filter | null;
  /** The resource type that the filter speaks of, when the caller's connection has extensions of its own. */
  type?: ResourceType;
  /** Names that the type lacks are attributes without a value. */
  anyName?: boolean;
  /** The SCIM base URL that the caller sees resources under. */
  baseUrl?: string;
}

/** One group. @throws NotFound, Forbidden */
export async function findGroup(read: Read, id: string): Promise<Group> {
  const group = await loadGroup(read, id);
  authorize(read, 'group.read', group);
  return group;
}

/** The criteria as SQL over `g`. An IdP sees its own groups only. @throws Forbidden, FilterSyntax */
export function groupSelection(read: Read, criteria: GroupCriteria): Selection {
  const { principal } = read;
  const own = idpConnectionOf(principal);
  authorize(read, 'group.read', { connectionId: own });
  const values: unknown[] = [read.organizationId];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const parts = ['g.organization_id = $1'];
  const { displayName, memberId, aroundMemberId, search, filter } = criteria;
  const connectionId = own ?? criteria.connectionId;
  if (connectionId) parts.push(`g.connection_id = ${bind(connectionId)}`);
  if (displayName != null) parts.push(`g.display_name_key = ${bind(fold(displayName))}`);
  if (memberId) {
    parts.push(`g.id in (select group_id from memberships where organization_id = $1 and user_id = ${bind(memberId)})`);
  }
  if (aroundMemberId) {
    // Each group once, so that a circle ends.
    parts.push(`g.id in (with recursive around(id) as (
      select group_id from memberships where organization_id = $1 and user_id = ${bind(aroundMemberId)} union
      select n.group_id from group_nestings n join around on around.id = n.child_group_id where n.organization_id = $1
    ) select id from around)`);
  }
  // The expression of the index groups_words.
  for (const pattern of wordPatterns(search)) parts.push(`(' ' || g.display_name_key) like ${bind(pattern)}`);
  const { type = groupType, anyName = false, baseUrl = null } = criteria;
  const columns = { ...groupColumns(type, { connectionId: own, baseUrl }), anyName };
  if (filter) parts.push(compileFilter(filter, columns, bind));
  return { where: parts.join(' and '), values, bound: values.length, bind };
}

/** The order of a SCIM list. */
export function groupOrder({ bind }: Selection, asked: Sorting, type: ResourceType, shownTo: ShownTo): ListOrder {
  return compileOrder({ ...asked, id: 'g.id' }, groupColumns(type, shownTo), bind);
}

/** The values of an SQL expression over the groups with these ids that the condition shows. */
export async function groupValues(
  read: Read,
  { values, bind }: Selection,
  { where, sql, ids }: { where: string; sql: string; ids: readonly string[] },
): Promise<Map<string, string | null>> {
  const rows = await read.session.run<{ id: string; value: string | null }>(
    `select g.id, (${sql})::text as value from groups g where ${where} and g.id = any(${bind(ids)})`,
    values,
  );
  return new Map(rows.map(({ id, value }) => [id, value]));
}

/** How many groups the selection has. */
export async function countGroups(read: Read, { where, values, bound }: Selection): Promise<number> {
  const [row] = await read.session.run<{ n: number }>(
    `select count(*) as n from groups g where ${where}`,
    values.slice(0, bound),
  );
  return row?.n ?? 0;
}

/** The same of which only these fields are shown: what else a group is, is not read. */
export async function listShownGroups(
  read: Read,
  { where, values }: Pick<Selection, 'where' | 'values'>,
  { tail, fields }: { tail: string; fields: ReadonlySet<string> },
): Promise<Group[]> {
  const { select, from } = shownGroups(read.session, fields);
  const rows = await read.session.run<Record<string, unknown>>(
    `select ${select} from groups g where ${where} ${tail}`,
    values,
  );
  return rows.map(from);
}

/** The groups of the selection; `tail` is order, limit and offset, made by the caller from constants. */
export async function listGroups(read: Read, { where, values }: Selection, tail: string): Promise<Group[]> {
  const rows = await read.session.run<Record<string, unknown>>(`select * from groups g where ${where} ${tail}`, values);
  const mapping = rowsOf(read.session.dataSource, Group);
  return rows.map((row) => mapping.from(row));
}

/** A direct member of a group, as SCIM shows it. */
export interface Member {
  groupId: GroupId;
  id: UserId | GroupId;
  type: 'User' | 'Group';
  display: string;
}

const usersIn = `select m.group_id as "groupId", u.id, 'User' as type, coalesce(u.display_name, u.user_name) as display
  from memberships m join users u on u.organization_id = m.organization_id and u.id = m.user_id
  where m.organization_id = $1`;
const groupsIn = `select n.group_id as "groupId", g.id, 'Group' as type, g.display_name as display
  from group_nestings n join groups g on g.organization_id = n.organization_id and g.id = n.child_group_id
  where n.organization_id = $1 and n.group_id = any($2)`;

/** Direct members of the groups, users and nested groups. */
export async function membersOf(read: Read, groupIds: readonly GroupId[]): Promise<Member[]> {
  if (groupIds.length === 0) return [];
  const bound = [read.organizationId, groupIds];
  return read.session.query<Member>(`${usersIn} and m.group_id = any($2) union all ${groupsIn}`, bound);
}

/** People who were deleted, and whom the group awaits as members. */
export const pendingOf = (read: Read, groupId: GroupId): Promise<Member[]> =>
  read.session.query<Member>(
    `select p.group_id as "groupId", u.id, 'User' as type, coalesce(u.display_name, u.user_name) as display
     from pending_members p join users u on u.organization_id = p.organization_id and u.id = p.user_id
     where p.organization_id = $1 and p.group_id = $2`,
    [read.organizationId, groupId],
  );

/** Direct members of the groups that are groups. */
export const nestedOf = (read: Read, groupIds: readonly GroupId[]): Promise<Member[]> =>
  read.session.query<Member>(groupsIn, [read.organizationId, groupIds]);

/** Members of one group that are users, by id, `limit` of them after the id `after`. */
export async function memberPage(
  read: Read,
  groupId: GroupId,
  { after, limit }: { after: string; limit: number },
): Promise<Member[]> {
  return read.session.query<Member>(`${usersIn} and m.group_id = $2 and m.user_id > $3 order by m.user_id limit $4`, [
    read.organizationId,
    groupId,
    after,
    limit,
  ]);
}

/** A group of a user, as SCIM shows it. */
export interface GroupOfUser {
  userId: UserId;
  id: GroupId;
  display: string;
  direct: boolean;
}

/** The groups of the users, direct ones and those that contain them. */
export async function groupsOfUsers(read: Read, userIds: readonly UserId[]): Promise<GroupOfUser[]> {
  if (userIds.length === 0) return [];
  return read.session.query<GroupOfUser>(
    `with recursive up(user_id, group_id, direct) as (
       select user_id, group_id, true from memberships where organization_id = $1 and user_id = any($2)
       union
       select up.user_id, n.group_id, false from up
       join group_nestings n on n.organization_id = $1 and n.child_group_id = up.group_id
     )
     select up.user_id as "userId", g.id, g.display_name as display, bool_or(up.direct) as direct
     from up join groups g on g.organization_id = $1 and g.id = up.group_id
     where $3::text is null or g.connection_id = $3
     group by up.user_id, g.id, g.display_name order by g.id`,
    [read.organizationId, userIds, idpConnectionOf(read.principal)],
  );
}
