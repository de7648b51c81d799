import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { sql } from '../../storage/sql.js';
import { carryOutMembers } from './carry-out-members.js';
import { Group } from './group.js';
import { checkNumber, knownMembers } from './known-members.js';
import { planEmptying, planJoining, planLeaving, planReplacing } from './plan-members.js';

/**
 * Adds users and groups to a locked group. Existing members change nothing. The cost depends on the number of `ids`,
 * never on the size of the group. Deleted users become pending members.
 *
 * @throws Forbidden, BadInput for too many ids, UnknownMember for an id that never existed in the organization,
 *   MembershipCycle
 */
export async function addMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  if (ids.length > 0) await carryOutMembers(tx, [planJoining(group, await knownMembers(tx, ids))]);
}

/**
 * Removes users and groups from a locked group. Ids that are not members change nothing. @throws Forbidden, BadInput
 */
export async function removeMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  checkNumber(ids.length, 'userIds');
  await carryOutMembers(tx, [planLeaving(group, ids)]);
}

/**
 * Replaces the members of a locked group by `ids`.
 *
 * @throws Forbidden, BadInput for too many ids, UnknownMember, MembershipCycle
 */
export async function replaceMembers(tx: Tx, group: Group, ids: readonly string[]): Promise<void> {
  authorize(tx, 'group.update', group);
  const left = await carryOutMembers(tx, [planReplacing(group, await knownMembers(tx, ids))]);
  // An IdP that replaces all members by one in a loop leaves only the last one. The note makes this visible to support
  // (D25).
  if (left > 0 && new Set(ids).size === 1) tx.note('replacedMembersByOne');
}

/** Removes all members of a locked group, with one event per member. */
export async function removeAllMembers(tx: Tx, group: Group): Promise<void> {
  await carryOutMembers(tx, [planEmptying(group)]);
}

/** Removes a locked group from its parent groups, with one event per parent group. */
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
