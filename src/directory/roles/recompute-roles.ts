import { isAdministrative } from '../../access/administrative.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { GroupId, UserId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { groupsAbove, groupsBelow } from '../groups/nested-groups.js';
import { selectUsers, usersIn } from '../users/queries/load-user.js';
import { userState } from '../users/user.js';
import { hasOtherAdministrator } from './find-administrators.js';

/** The reason for a change of roles, as the event contains it. */
export type Because =
  | { groupId: GroupId }
  | { mapping: true }
  | { direct: true }
  | { idp: true }
  | { deprovisioned: true };

const chunk = 1_000;

const directGroups = (tx: Tx, ids: readonly UserId[]) =>
  sql`select user_id, group_id from memberships where organization_id = ${scopeOf(tx)} and user_id = any(${ids})`;

// Without `materialized`, a plan that does not know the number of rows yet evaluates the roles once for each pair of users.
// Effective roles: direct roles, roles from the IdP, and roles of the user's groups and of their parent groups at any
// depth.
const recompute = (tx: Tx, ids: readonly UserId[], byIdp: boolean) => sql`
  with recursive ${groupsAbove(scopeOf(tx), directGroups(tx, ids), { member: true })}, granted as materialized (
    select above.member as user_id, unnest(g.roles || g.mapped_roles) as role
    from above join groups g on g.organization_id = ${scopeOf(tx)} and g.id = above.id
    where cardinality(g.roles) + cardinality(g.mapped_roles) > 0
  ), effective as materialized (
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
 * Recalculates the effective roles of these users and emits `user.roles_changed`, in the order of the ids, for each user
 * whose roles changed. The rows are locked first, so that concurrent changes of different groups do not lose each other's roles.
 */
export async function recomputeRoles(tx: Tx, userIds: readonly UserId[], because: Because): Promise<Moved[]> {
  const moved: Moved[] = [];
  // An IdP cannot demote a protected account.
  const byIdp = tx.principal.kind === 'scim' || tx.principal.kind === 'sso';
  const ids = [...userIds].sort();
  for (let at = 0; at < ids.length; at += chunk) {
    const some = ids.slice(at, at + chunk);
    await tx.session.query(
      sql`select 1 from users where organization_id = ${scopeOf(tx)} and id = any(${some}) order by id for update`,
    );
    moved.push(...(await tx.session.query<Moved>(recompute(tx, some, byIdp))));
  }
  moved.sort((one, other) => (one.id < other.id ? -1 : 1));
  if (byIdp) await keepAdministrator(tx, moved);
  await emitRoleChanges(tx, moved, because);
  return moved;
}

/**
 * Keeps the role of the last administrator if an IdP removes it, so that one administrator can still sign in and
 * correct the mistake.
 */
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

async function emitRoleChanges(tx: Tx, moved: readonly Moved[], because: Because): Promise<void> {
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

/** Returns the users in the groups and in their nested groups, at any depth. */
export async function peopleWithin(tx: Tx, groupIds: readonly GroupId[]): Promise<UserId[]> {
  if (groupIds.length === 0) return [];
  const rows = await tx.session.query<{ id: UserId }>(sql`
    with recursive ${groupsBelow(scopeOf(tx), sql`select id collate "C" from unnest(${groupIds}::text[]) given(id)`)}
    select distinct m.user_id as id from memberships m join below on below.id = m.group_id
    where m.organization_id = ${scopeOf(tx)}`);
  return rows.map(({ id }) => id);
}

/** Returns those of the groups whose members get roles, from the group itself or from a parent group. */
export async function grantingGroups(tx: Tx, groupIds: readonly GroupId[]): Promise<Set<GroupId>> {
  const themselves = sql`select id collate "C", id collate "C" from unnest(${groupIds}::text[]) given(id)`;
  const rows = await tx.session.query<{ id: GroupId }>(sql`
    with recursive ${groupsAbove(scopeOf(tx), themselves, { member: true })}
    select distinct above.member as id from above
    join groups g on g.organization_id = ${scopeOf(tx)} and g.id = above.id
    where cardinality(g.roles) + cardinality(g.mapped_roles) > 0`);
  return new Set(rows.map(({ id }) => id));
}
