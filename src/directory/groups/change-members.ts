import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { sql } from '../../storage/sql.js';
import { carryOutMembers } from './carry-out-members.js';
import { Group } from './group.js';
import { checkNumber, knownMembers } from './known-members.js';
import { planEmptying, planJoining, planLeaving, planReplacing } from './plan-members.js';

/**
 * Adds users and groups to a locked group; those that are in it already change nothing. The cost depends on the number
 * of `ids`, never on the size of the group. People who were deleted wait as pending references.
 *
 * @throws Forbidden, BadInput for too many, UnknownMember for an id that never was one here, MembershipCycle
 */
export async function addMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  if (ids.length > 0) await carryOutMembers(tx, [planJoining(group, await knownMembers(tx, ids))]);
}

/** Removes users and groups from a locked group; those that are not in it change nothing. @throws Forbidden, BadInput */
export async function removeMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  checkNumber(ids, 'userIds');
  await carryOutMembers(tx, [planLeaving(group, ids)]);
}

/**
 * Makes `ids` the members of a locked group.
 *
 * @throws Forbidden, BadInput for too many, UnknownMember, MembershipCycle
 */
export async function replaceMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  const left = await carryOutMembers(tx, [planReplacing(group, await knownMembers(tx, ids))]);
  // An IdP that replaces the members by one of them, in a loop, ends with the last: support has to see it (D25).
  if (left > 0 && new Set(ids).size === 1) tx.note('replacedMembersByOne');
}

/** Empties a locked group, one event a member. */
export async function removeAllMembers(tx: Tx, group: Group): Promise<void> {
  await carryOutMembers(tx, [planEmptying(group)]);
}

/** Removes a locked group from the groups that it is a member of, one event a group. */
export async function leaveParents(tx: Tx, group: Group): Promise<void> {
  const parents = await tx.session.rows(
    Group,
    sql`organization_id = ${scopeOf(tx)} and id in (
       select group_id from group_nestings where organization_id = ${scopeOf(tx)} and child_group_id = ${group.id}
     ) order by id for update`,
  );
  await carryOutMembers(
    tx,
    parents.map((parent) => planLeaving(parent, [group.id])),
  );
}
