import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { MembershipCycle } from '../../errors.js';
import type { GroupId, UserId } from '../../ids.js';
import { Group } from './group.js';
import { checkNumber, type KnownMembers, knownMembers } from './known-members.js';
import { awaitMembers, forgetPending } from './pending-members.js';
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
  return tx.session.query(
    `insert into memberships (organization_id, group_id, user_id, created_at)
     select $1, $2, id, $4 from unnest($3::text[]) id on conflict do nothing returning user_id as id`,
    [tx.organizationId, group.id, users, tx.now],
  );
}

async function nest(tx: Tx, group: Group, children: readonly GroupId[]): Promise<Ids<GroupId>> {
  // Two nestings at once could close a circle that neither of them sees.
  await tx.session.query('select pg_advisory_xact_lock(hashtextextended($1, 3))', [tx.organizationId]);
  const circle = await tx.session.query(
    `with recursive below(id) as (
       select unnest($2::text[]) collate "C" union
       select n.child_group_id from group_nestings n join below on below.id = n.group_id where n.organization_id = $1
     ) select 1 from below where id = $3`,
    [tx.organizationId, children, group.id],
  );
  if (circle.length > 0) throw new MembershipCycle();
  return tx.session.query(
    `insert into group_nestings (organization_id, group_id, child_group_id, created_at)
     select $1, $2, id, $4 from unnest($3::text[]) id on conflict do nothing returning child_group_id as id`,
    [tx.organizationId, group.id, children, tx.now],
  );
}

/** Takes users and groups out of a locked group; those that are not in it change nothing. @throws Forbidden, BadInput */
export async function removeMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  checkNumber(ids);
  await take(tx, group, 'user_id = any($3)', 'child_group_id = any($3)', [ids]);
}

/** Makes `ids` the members of a locked group: the difference is computed where the members are. */
export async function replaceMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  const known = await knownMembers(tx, ids);
  const keep = [...known.users, ...known.groups, ...known.pending];
  const { memberCount } = group;
  await take(tx, group, 'not user_id = any($3)', 'not child_group_id = any($3)', [keep]);
  // An IdP that replaces the members by one of them, in a loop, ends with the last: support has to see it (D25).
  if (unique(ids) === 1 && group.memberCount < memberCount) tx.note('replacedMembersByOne');
  await admit(tx, group, known);
}

const unique = (ids: readonly string[]) => new Set(ids).size;

/** Empties a locked group, one event a member. */
export async function removeAllMembers(tx: Tx, group: Group): Promise<void> {
  await take(tx, group, 'true', 'true', []);
}

/** Takes a locked group out of the groups that it is a member of, each told. */
export async function leaveParents(tx: Tx, group: Group): Promise<void> {
  const parents = await tx.session.rows(
    Group,
    `organization_id = $1 and id in (
       select group_id from group_nestings where organization_id = $1 and child_group_id = $2
     ) order by id for update`,
    [tx.organizationId, group.id],
  );
  for (const parent of parents) await take(tx, parent, 'user_id = any($3)', 'child_group_id = any($3)', [[group.id]]);
}

async function take(tx: Tx, group: Group, ofUsers: string, ofGroups: string, values: unknown[]): Promise<void> {
  const scope = 'where organization_id = $1 and group_id = $2';
  const bound = [tx.organizationId, group.id, ...values];
  await forgetPending(tx, `${scope} and ${ofUsers}`, bound);
  const users = await tx.session.query<{ id: UserId }>(
    `delete from memberships ${scope} and ${ofUsers} returning user_id as id`,
    bound,
  );
  const groups = await tx.session.query<{ id: GroupId }>(
    `delete from group_nestings ${scope} and ${ofGroups} returning child_group_id as id`,
    bound,
  );
  await tellMembers(tx, group, 'group.member_removed', users, groups);
}
