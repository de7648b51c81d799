import { scopeOf } from '../../../access/scope.js';
import type { Read } from '../../../access/write.js';
import type { GroupId } from '../../../kernel/ids.js';
import { sql } from '../../../storage/sql.js';
import type { Member } from './find-groups.js';

/**
 * Returns the lines that represent a group's members in its version: one line per member, in the order of their ids.
 * Ids are ASCII and differ within their length, so this is also the order of the bytes of the lines.
 */
export const memberLines = (members: readonly Member[]): string[] =>
  [...members].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, display }) => `${id} ${display}`);

/** Returns the SHA-256 of the `memberLines` of each group, in hexadecimal, without reading the members into memory. */
export async function memberDigests(read: Read, groupIds: readonly GroupId[]): Promise<Map<GroupId, string>> {
  const rows = await read.session.query<{ id: GroupId; digest: string }>(
    sql`select x.group_id as id,
        encode(sha256(convert_to(string_agg(x.line, E'\\n' order by x.line collate "C"), 'UTF8')), 'hex') as digest
      from (
        select m.group_id, u.id || ' ' || coalesce(u.display_name, u.user_name) as line
        from memberships m
        join users u on u.organization_id = m.organization_id and u.id = m.user_id
        where m.organization_id = ${scopeOf(read)} and m.group_id = any(${groupIds})
        union all
        select n.group_id, g.id || ' ' || g.display_name
        from group_nestings n
        join groups g on g.organization_id = n.organization_id and g.id = n.child_group_id
        where n.organization_id = ${scopeOf(read)} and n.group_id = any(${groupIds})
      ) x
      group by x.group_id`,
  );
  return new Map(rows.map(({ id, digest }) => [id, digest]));
}
