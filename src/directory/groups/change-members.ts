import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { MembershipCycle } from '../../errors.js';
import type { GroupId, UserId } from '../../ids.js';
import { type Sql, sql } from '../../storage/sql.js';
import { Group } from './group.js';
import { checkNumber, type KnownMembers, knownMembers } from './known-members.js';
import { awaitMembers } from './pending-members.js';
import { type Ids, tellMembers } from './tell-members.js';

/**
 * Adds users and groups to a locked group; those that are in it already change nothing. The cost depends on the number
 * of `ids`, never on the size of the group. People who were deleted wait as pending references.
 *
 * @throws Forbidden, BadInput for too many, UnknownMember for an id that never was one here, MembershipCycle
 */
export async function addMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  if (ids.length > 0) await admit(tx, group, await knownMembers(tx, ids));
}

async function admit(tx: Tx, group: Group, { users, groups, pending }: KnownMembers): Promise<void> {
  await awaitMembers(tx, group, pending);
  const added = await joinUsers(tx, group, users);
  const nested = groups.length > 0 ? await nest(tx, group, groups) : [];
  await tellMembers(tx, group, 'group.member_added', added, nested);
}

function joinUsers(tx: Tx, group: Group, users: readonly UserId[]): Promise<Ids<UserId>> {
  return tx.session.query(sql`insert into memberships (organization_id, group_id, user_id, created_at)
     select ${scopeOf(tx)}, ${group.id}, id, ${tx.now} from unnest(${users}::text[]) id on conflict do nothing
     returning user_id as id`);
}

async function nest(tx: Tx, group: Group, children: readonly GroupId[]): Promise<Ids<GroupId>> {
  // Two nestings at once could close a circle that neither of them sees.
  await tx.session.query(sql`select pg_advisory_xact_lock(hashtextextended(${scopeOf(tx)}, 3))`);
  const circle = await tx.session.query(sql`with recursive below(id) as (
       select unnest(${children}::text[]) collate "C" union
       select n.child_group_id from group_nestings n join below on below.id = n.group_id
       where n.organization_id = ${scopeOf(tx)}
     ) select 1 from below where id = ${group.id}`);
  if (circle.length > 0) throw new MembershipCycle();
  return tx.session.query(sql`insert into group_nestings (organization_id, group_id, child_group_id, created_at)
     select ${scopeOf(tx)}, ${group.id}, id, ${tx.now} from unnest(${children}::text[]) id on conflict do nothing
     returning child_group_id as id`);
}

/** Takes users and groups out of a locked group; those that are not in it change nothing. @throws Forbidden, BadInput */
export async function removeMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  checkNumber(ids, 'userIds');
  await take(tx, group, (member) => sql`${member} = any(${ids})`);
}

/** Makes `ids` the members of a locked group: the difference is computed where the members are. */
export async function replaceMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  const known = await knownMembers(tx, ids);
  const keep = [...known.users, ...known.groups, ...known.pending];
  const { memberCount } = group;
  await take(tx, group, (member) => sql`not ${member} = any(${keep})`);
  // An IdP that replaces the members by one of them, in a loop, ends with the last: support has to see it (D25).
  if (unique(ids) === 1 && group.memberCount < memberCount) tx.note('replacedMembersByOne');
  await admit(tx, group, known);
}

const unique = (ids: readonly string[]) => new Set(ids).size;

/** Empties a locked group, one event a member. */
export async function removeAllMembers(tx: Tx, group: Group): Promise<void> {
  await take(tx, group, () => sql`true`);
}

/** Takes a locked group out of the groups that it is a member of, each told. */
export async function leaveParents(tx: Tx, group: Group): Promise<void> {
  const parents = await tx.session.rows(
    Group,
    sql`organization_id = ${scopeOf(tx)} and id in (
       select group_id from group_nestings where organization_id = ${scopeOf(tx)} and child_group_id = ${group.id}
     ) order by id for update`,
  );
  for (const parent of parents) await take(tx, parent, (member) => sql`${member} = ${group.id}`);
}

/** Takes out the members whose id fits. */
async function take(tx: Tx, group: Group, fits: (member: Sql) => Sql): Promise<void> {
  const ofGroup = sql`organization_id = ${scopeOf(tx)} and group_id = ${group.id}`;
  await tx.session.query(sql`delete from pending_members where ${ofGroup} and ${fits(sql`user_id`)}`);
  const users = await tx.session.query<{ id: UserId }>(
    sql`delete from memberships where ${ofGroup} and ${fits(sql`user_id`)} returning user_id as id`,
  );
  const groups = await tx.session.query<{ id: GroupId }>(
    sql`delete from group_nestings where ${ofGroup} and ${fits(sql`child_group_id`)} returning child_group_id as id`,
  );
  await tellMembers(tx, group, 'group.member_removed', users, groups);
}
