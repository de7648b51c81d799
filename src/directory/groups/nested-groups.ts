import { type Scoped, type Sql, sql } from '../../storage/sql.js';

/**
 * Returns the query `below(id)` of a `with recursive`: the groups that `start` selects, and the groups nested in them,
 * at any depth. With `root`, it is `below(root, id)`, and `root` is the group that each row was reached from.
 *
 * `union` keeps each row once, so that a cycle ends.
 */
export function groupsBelow(scope: Scoped, start: Sql, { root = false } = {}): Scoped {
  return sql`below(${root ? sql`root, id` : sql`id`}) as (
      ${start}
      union
      select ${root ? sql`below.root, ` : sql``}n.child_group_id from group_nestings n
      join below on below.id = n.group_id
      where n.organization_id = ${scope}
    )`;
}

/**
 * Returns the query `above(id)` of a `with recursive`: the groups that `start` selects, and the groups that contain
 * them, at any depth. With `member`, its first column is the member that each row was reached from. With `direct`, its
 * last column is true for the rows of `start`.
 *
 * `union` keeps each row once, so that a cycle ends.
 */
export function groupsAbove(scope: Scoped, start: Sql, { member = false, direct = false } = {}): Scoped {
  return sql`above(${member ? sql`member, ` : sql``}id${direct ? sql`, direct` : sql``}) as (
      ${start}
      union
      select ${member ? sql`above.member, ` : sql``}n.group_id${direct ? sql`, false` : sql``} from group_nestings n
      join above on above.id = n.child_group_id
      where n.organization_id = ${scope}
    )`;
}
