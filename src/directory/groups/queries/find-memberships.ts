import { authorize } from '../../../access/authorize.js';
import { scopeOf } from '../../../access/scope.js';
import type { Read } from '../../../access/write.js';
import { EventRecord } from '../../../events/event.js';
import { unfiltered } from '../../../events/read.js';
import type { OrganizationId } from '../../../kernel/ids.js';
import { rowsOf } from '../../../storage/rows.js';
import { type Scoped, type Sql, sql } from '../../../storage/sql.js';
import { selectionOf } from '../../users/queries/find-users.js';
import { groupSelection } from './find-groups.js';

/** A direct member of a group, and when it became one. */
export interface GroupMember {
  organizationId: OrganizationId;
  groupId: string;
  /** Id of the user or group. It identifies the membership within its group. */
  id: string;
  addedAt: Date;
}

/**
 * Returns the table of the direct members of a group that the caller can see, in parentheses: columns `member_id` and
 * `created_at`. `search` selects members by words of their names.
 *
 * @throws Forbidden
 */
export function membershipTable(read: Read, groupId: Sql, search?: string | null): Scoped {
  const scope = scopeOf(read);
  return sql`(
    select m.user_id as member_id, m.created_at from memberships m
    join users u on u.organization_id = m.organization_id and u.id = m.user_id
    where m.organization_id = ${scope} and m.group_id = ${groupId} and ${selectionOf(read, { search }).where}
    union all
    select n.child_group_id, n.created_at from group_nestings n
    join groups g on g.organization_id = n.organization_id and g.id = n.child_group_id
    where n.organization_id = ${scope} and n.group_id = ${groupId} and ${groupSelection(read, { search }).where}
  )`;
}

/** Returns the queries that list and count the direct members of a group over an alias `m`. @throws Forbidden */
export function listMemberships(read: Read, groupId: string, search: string | null | undefined) {
  const table = membershipTable(read, sql`${groupId}`, search);
  return {
    async list(condition: Sql, tail: Sql): Promise<GroupMember[]> {
      const rows = await read.session.run<Record<string, unknown>>(
        sql`select m.member_id, m.created_at from ${table} m where ${condition} ${tail}`,
      );
      return rows.map((row) => membershipOf(read.organizationId, groupId, row));
    },
    async count(): Promise<number> {
      const [row] = await read.session.run<{ n: number }>(sql`select count(*) as n from ${table} m`);
      return row?.n ?? 0;
    },
  };
}

/** Returns the membership of a row of `membershipTable`. */
export const membershipOf = (
  organizationId: OrganizationId,
  groupId: string,
  row: Record<string, unknown>,
): GroupMember => ({
  organizationId,
  groupId,
  id: String(row.member_id),
  addedAt: row.created_at as Date,
});

/**
 * Returns the events by which the members were added, by the ids of the group and of the member. An event that the log
 * no longer contains is missing.
 *
 * @throws Forbidden
 */
export async function findAdditions(
  read: Read,
  members: readonly Pick<GroupMember, 'groupId' | 'id'>[],
): Promise<Map<string, EventRecord>> {
  authorize(read, 'event.read', { organizationId: read.organizationId });
  const scope = scopeOf(read);
  const [groupIds, ids] = [members.map(({ groupId }) => groupId), members.map(({ id }) => id)];
  // The log has an index of the user of an event. Events about nested groups are found by their group.
  const rows = await read.session.run<Record<string, unknown>>(sql`
    select w.group_id as wanted_group, w.id as wanted_id, e.*
    from unnest(${groupIds}::text[], ${ids}::text[]) w(group_id, id)
    cross join lateral (
      select * from events
      where organization_id = ${scope} and user_id = w.id and group_id = w.group_id and type = 'group.member_added'
      order by position desc limit 1
    ) e
    union all
    select * from (
      select distinct on (group_id, data->>'memberGroupId') group_id, data->>'memberGroupId', events.* from events
      where organization_id = ${scope} and group_id = any(${groupIds}) and type = 'group.member_added'
        and user_id is null and data->>'memberGroupId' = any(${ids})
      order by group_id, data->>'memberGroupId', position desc
    ) nested`);
  const mapping = rowsOf(read.session.dataSource, EventRecord);
  return new Map(
    rows.map((row) => [keyOfMember(String(row.wanted_group), String(row.wanted_id)), unfiltered(mapping.from(row))]),
  );
}

/** Returns the key of a membership in the result of `findAdditions`. */
export const keyOfMember = (groupId: string, id: string): string => `${groupId} ${id}`;
