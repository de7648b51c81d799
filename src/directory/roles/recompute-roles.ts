import { isAdministrative } from '../../access/administrative.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { GroupId, UserId } from '../../ids.js';
import { sql } from '../../storage/sql.js';
import { selectUsers, usersIn } from '../users/load-user.js';
import { userState } from '../users/user.js';
import { hasOtherAdministrator } from './find-administrators.js';

/** Why somebody's roles changed, as the event tells it. */
export type Because =
  | { groupId: GroupId }
  | { mapping: true }
  | { direct: true }
  | { idp: true }
  | { deprovisioned: true };

const chunk = 1_000;

// Direct roles, those that the IdP sent, and those of every group above, through any depth.
const recompute = (tx: Tx, ids: readonly UserId[], byIdp: boolean) => sql`
  with recursive up(user_id, group_id) as (
    select user_id, group_id from memberships where organization_id = ${scopeOf(tx)} and user_id = any(${ids})
    union
    select up.user_id, n.group_id from up
    join group_nestings n on n.organization_id = ${scopeOf(tx)} and n.child_group_id = up.group_id
  ), granted as (
    select up.user_id, unnest(g.roles || g.mapped_roles) as role
    from up join groups g on g.organization_id = ${scopeOf(tx)} and g.id = up.group_id
    where cardinality(g.roles) + cardinality(g.mapped_roles) > 0
  ), effective as (
    select u.id, u.roles as before, array(
      select distinct role collate "C" from (
        select unnest(u.direct_roles) as role union all select unnest(u.idp_roles)
        union all select role from granted where granted.user_id = u.id
        union all select unnest(u.roles) where u.protected and ${byIdp}::boolean
      ) roles order by 1
    ) as after
    from users u where u.organization_id = ${scopeOf(tx)} and u.id = any(${ids})
  )
  update users set roles = effective.after, revision = revision + 1, updated_at = ${tx.now} from effective
  where users.organization_id = ${scopeOf(tx)} and users.id = effective.id
    and not (effective.before @> effective.after and effective.after @> effective.before)
  returning users.id, effective.before, effective.after`;

interface Moved {
  id: UserId;
  before: string[];
  after: string[];
}

/**
 * Brings the roles of these people up to date with what grants them, one `user.roles_changed` for each whose roles moved.
 * Their rows are locked first, so that two changes of different groups do not lose each other's roles.
 */
export async function recomputeRoles(tx: Tx, userIds: readonly UserId[], because: Because): Promise<Moved[]> {
  const moved: Moved[] = [];
  // No IdP demotes an account that is kept for emergencies.
  const byIdp = tx.principal.kind === 'scim' || tx.principal.kind === 'sso';
  const ids = [...userIds].sort();
  for (let at = 0; at < ids.length; at += chunk) {
    const some = ids.slice(at, at + chunk);
    await tx.session.query(
      sql`select 1 from users where organization_id = ${scopeOf(tx)} and id = any(${some}) order by id for update`,
    );
    moved.push(...(await tx.session.query<Moved>(recompute(tx, some, byIdp))));
  }
  if (byIdp) await keepAdministrator(tx, moved);
  await tell(tx, moved, because);
  return moved;
}

/** The last administrator keeps the role that an IdP takes away: somebody has to be let in to mend it. */
async function keepAdministrator(tx: Tx, moved: Moved[]): Promise<void> {
  for (const one of [...moved]) {
    const isDemoted = isAdministrative({ roles: one.before }) && !isAdministrative({ roles: one.after });
    if (!isDemoted || (await hasOtherAdministrator(tx, [one.id]))) continue;
    tx.note('lastAdministratorKept');
    await tx.session.query(
      sql`update users set roles = ${one.before} where organization_id = ${scopeOf(tx)} and id = ${one.id}`,
    );
    moved.splice(moved.indexOf(one), 1);
  }
}

async function tell(tx: Tx, moved: readonly Moved[], because: Because): Promise<void> {
  if (moved.length === 0) return;
  const rows = await tx.session.query<Record<string, unknown>>(
    sql`${selectUsers} where u.organization_id = ${scopeOf(tx)} and u.id = any(${moved.map(({ id }) => id)})`,
  );
  const users = new Map(usersIn(tx.session, rows).map((user) => [user.id, user]));
  for (const { id, before, after } of moved) {
    const user = users.get(id);
    if (!user) continue;
    const added = after.filter((role) => !before.includes(role));
    const removed = before.filter((role) => !after.includes(role));
    const data = { ...userState(user), added, removed, because };
    const subject = { type: 'user', id } as const;
    tx.emit({ type: 'user.roles_changed', subject, connectionId: user.scimConnectionId, data });
  }
}

/** Everybody in the group, through any depth of nesting. */
export async function peopleWithin(tx: Tx, groupId: GroupId): Promise<UserId[]> {
  const rows = await tx.session.query<{ id: UserId }>(sql`with recursive below(id) as (
      select ${groupId}::text collate "C"
      union
      select n.child_group_id from group_nestings n
      join below on below.id = n.group_id
      where n.organization_id = ${scopeOf(tx)}
    )
    select distinct m.user_id as id from memberships m
    join below on below.id = m.group_id
    where m.organization_id = ${scopeOf(tx)}`);
  return rows.map(({ id }) => id);
}

/** Whether being in the group, or in one above it, grants anything. */
export async function grantsRoles(tx: Tx, groupId: GroupId): Promise<boolean> {
  const rows = await tx.session.query(sql`with recursive above(id) as (
      select ${groupId}::text collate "C"
      union
      select n.group_id from group_nestings n
      join above on above.id = n.child_group_id
      where n.organization_id = ${scopeOf(tx)}
    )
    select 1 from above
    join groups g on g.organization_id = ${scopeOf(tx)} and g.id = above.id
    where cardinality(g.roles) + cardinality(g.mapped_roles) > 0
    limit 1`);
  return rows.length > 0;
}
