import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { MembershipCycle } from '../../kernel/errors.js';
import type { GroupId, UserId } from '../../kernel/ids.js';
import { once, type Sql, sql } from '../../storage/sql.js';
import { grantingGroups, peopleWithin, recomputeRoles } from '../roles/recompute-roles.js';
import type { Group } from './group.js';
import { groupsBelow } from './nested-groups.js';
import { nestingLock } from './nesting-lock.js';
import { type MemberPlan, type Moved, memberEvents } from './plan-members.js';

/** A member that a statement has added or removed. */
type Row = { groupId: GroupId } & ({ userId: UserId; childId: null } | { userId: null; childId: GroupId });

/**
 * Writes the plans of locked groups and emits their events in the order of the plans. Each group has at most one plan.
 * The number of statements does not depend on the number of plans, except for groups that grant roles.
 *
 * @returns the number of users that were removed
 * @throws MembershipCycle
 */
export async function carryOutMembers(tx: Tx, plans: readonly MemberPlan[]): Promise<number> {
  const left = await leave(tx, plans);
  const joined = await joinGroups(tx, plans);
  await report(tx, movesOf(plans, left, joined));
  return left.filter(({ userId }) => userId !== null).length;
}

/** Returns the pairs of group and member as two columns for `unnest`. */
function columnsOf(plans: readonly MemberPlan[], idsOf: (plan: MemberPlan) => readonly string[]): [string[], string[]] {
  const pairs = plans.flatMap((plan) => idsOf(plan).map((id): [string, string] => [plan.group.id, id]));
  return [pairs.map(([groupId]) => groupId), pairs.map(([, id]) => id)];
}

/**
 * Removes the members that are listed as leaving, then those that a replacement does not list. Each is one statement,
 * which is skipped if no member can be affected.
 */
async function leave(tx: Tx, plans: readonly MemberPlan[]): Promise<Row[]> {
  const [fromGroups, ids] = columnsOf(plans, ({ leaving }) => ('these' in leaving ? leaving.these : []));
  const left = fromGroups.length === 0 ? [] : await remove(tx, named(fromGroups, ids));
  const replaced = plans.filter(({ leaving }) => 'allBut' in leaving);
  if (replaced.length === 0) return left;
  const [inGroups, kept] = columnsOf(replaced, ({ leaving }) => ('allBut' in leaving ? leaving.allBut : []));
  const isKept = named(inGroups, kept);
  const groupIds = once(replaced.map(({ group }) => group.id));
  return [...left, ...(await remove(tx, (member) => sql`group_id = any(${groupIds}) and not ${isKept(member)}`))];
}

/** Returns the condition that a row's group and member are one of these pairs. */
function named(groupIds: readonly string[], ids: readonly string[]): (member: Sql) => Sql {
  const pairs = sql`select * from unnest(${once(groupIds)}::text[], ${once(ids)}::text[])`;
  return (member) => sql`((group_id, ${member}) in (${pairs}))`;
}

/** Deletes members and returns them in the order of their ids: a statement deletes rows in any order. */
function remove(tx: Tx, leaves: (member: Sql) => Sql): Promise<Row[]> {
  const ours = sql`organization_id = ${scopeOf(tx)}`;
  return tx.session.query<Row>(sql`
    with awaited as (
      delete from pending_members where ${ours} and ${leaves(sql`user_id`)}
    ), people as (
      delete from memberships where ${ours} and ${leaves(sql`user_id`)} returning group_id, user_id
    ), nested as (
      delete from group_nestings where ${ours} and ${leaves(sql`child_group_id`)} returning group_id, child_group_id
    )
    select group_id as "groupId", user_id as "userId", null as "childId" from people
    union all
    select group_id, null, child_group_id from nested
    order by 2, 3`);
}

/**
 * Adds the joining members. Deleted users become pending members until they are restored, and are noted.
 *
 * @throws MembershipCycle
 */
async function joinGroups(tx: Tx, plans: readonly MemberPlan[]): Promise<Row[]> {
  const users = columnsOf(plans, ({ joining }) => joining.users);
  const groups = columnsOf(plans, ({ joining }) => joining.groups);
  const pending = columnsOf(plans, ({ joining }) => joining.pending);
  for (const id of pending[1]) tx.note(`pendingMember ${id}`);
  if ([users, groups, pending].every(([ids]) => ids.length === 0)) return [];
  // Two concurrent nestings could close a cycle that neither transaction sees.
  const isNesting = groups[0].length > 0;
  if (isNesting) await tx.session.query(sql`select ${nestingLock(tx, 'exclusive')}`);
  const joined = await insert(tx, { users, groups, pending });
  if (isNesting) await refuseCircle(tx, groups[0]);
  return joined;
}

function insert(tx: Tx, { users, groups, pending }: Record<'users' | 'groups' | 'pending', [string[], string[]]>) {
  const rows = ([groupIds, ids]: [string[], string[]]) =>
    sql`select ${scopeOf(tx)}, group_id, id, ${once(tx.now)}::timestamptz
        from unnest(${groupIds}::text[], ${ids}::text[]) member(group_id, id) on conflict do nothing`;
  return tx.session.query<Row>(sql`
    with awaited as (
      insert into pending_members (organization_id, group_id, user_id, created_at) ${rows(pending)}
    ), people as (
      insert into memberships (organization_id, group_id, user_id, created_at) ${rows(users)}
      returning group_id, user_id
    ), nested as (
      insert into group_nestings (organization_id, group_id, child_group_id, created_at) ${rows(groups)}
      returning group_id, child_group_id
    )
    select group_id as "groupId", user_id as "userId", null as "childId" from people
    union all
    select group_id, null, child_group_id from nested`);
}

/** @throws MembershipCycle if one of these groups now contains itself */
async function refuseCircle(tx: Tx, groupIds: readonly string[]): Promise<void> {
  const nested = sql`select group_id, child_group_id from group_nestings
      where organization_id = ${scopeOf(tx)} and group_id = any(${groupIds})`;
  const circle = await tx.session.query(sql`
    with recursive ${groupsBelow(scopeOf(tx), nested, { root: true })}
    select 1 from below where id = root limit 1`);
  if (circle.length > 0) throw new MembershipCycle();
}

/** Returns the members that each group has lost and gained, in the order of the plans. */
function movesOf(plans: readonly MemberPlan[], left: readonly Row[], joined: readonly Row[]): Moved[] {
  const lost = membersOf(left);
  const got = membersOf(joined);
  return plans.flatMap(({ group }) => [
    { group, type: 'group.member_removed' as const, ...(lost.get(group.id) ?? nobody) },
    { group, type: 'group.member_added' as const, ...(got.get(group.id) ?? nobody) },
  ]);
}

const nobody = { users: [], groups: [] };

function membersOf(rows: readonly Row[]): Map<GroupId, Pick<Moved, 'users' | 'groups'>> {
  const members = new Map<GroupId, Pick<Moved, 'users' | 'groups'>>();
  for (const { groupId, userId, childId } of rows) {
    const of = members.get(groupId) ?? { users: [], groups: [] };
    members.set(groupId, of);
    if (userId !== null) of.users.push(userId);
    else of.groups.push(childId);
  }
  return members;
}

/** Saves the versions of the groups, emits the events and updates the roles of all affected users. */
async function report(tx: Tx, all: readonly Moved[]): Promise<void> {
  const moves = all.filter(({ users, groups }) => users.length + groups.length > 0);
  if (moves.length === 0) return;
  for (const { group, type, users } of moves) {
    // The ETag changes with the members too.
    group.revision++;
    group.updatedAt = tx.now;
    group.memberCount += type === 'group.member_added' ? users.length : -users.length;
  }
  const changed = [...new Set(moves.map(({ group }) => group))];
  const isNesting = moves.some(({ groups }) => groups.length > 0);
  saveVersions(tx, changed, nestingLock(tx, isNesting ? 'exclusive' : 'shared'));
  const granting = await grantingGroups(
    tx,
    changed.map(({ id }) => id),
  );
  for (const move of moves) {
    for (const event of memberEvents(move)) tx.emit(event);
    if (!granting.has(move.group.id)) continue;
    const people = new Set([...move.users, ...(await peopleWithin(tx, move.groups))]);
    await recomputeRoles(tx, [...people], { groupId: move.group.id });
  }
}

/** Saves the versions of the groups. This locks their rows before the next statement reads which groups grant roles. */
function saveVersions(tx: Tx, groups: readonly Group[], lock: Sql): void {
  const saved = tx.session.hold(sql`
    update groups set revision = new.revision, updated_at = ${tx.now}, member_count = new.member_count
    from unnest(
      ${groups.map(({ id }) => id)}::text[],
      ${groups.map(({ revision }) => revision)}::integer[],
      ${groups.map(({ memberCount }) => memberCount)}::integer[]
    ) new(id, revision, member_count)
    where organization_id = ${scopeOf(tx)} and groups.id = new.id
    returning ${lock}`);
  tx.later(saved);
}
