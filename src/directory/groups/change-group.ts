import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { ExternalIdTaken } from '../../kernel/errors.js';
import type { GroupId } from '../../kernel/ids.js';
import { codeOf } from '../../storage/error-code.js';
import { sql } from '../../storage/sql.js';
import { changesBetween } from '../changes.js';
import { countManaged } from '../connections/managed-counts.js';
import { checkedRoles, sameRoles } from '../roles/grantable-roles.js';
import { peopleWithin, recomputeRoles } from '../roles/recompute-roles.js';
import { leaveParents, removeAllMembers } from './change-members.js';
import { checkedFacts, mapRoles } from './create-group.js';
import { Group, type GroupFacts, groupState, setGroupFacts, subjectOf } from './group.js';
import { nestingLock } from './nesting-lock.js';
import { lockGroup } from './queries/load-group.js';

const factsOf = ({ displayName, externalId, attributes }: Group): GroupFacts => ({
  displayName,
  externalId,
  attributes,
});

/**
 * Applies `edit` to a locked group. Writes nothing if the result equals the current state.
 *
 * @throws Forbidden, BadInput, ExternalIdTaken, and what `edit` throws
 */
export async function changeGroup(tx: Tx, group: Group, edit: (before: GroupFacts) => GroupFacts): Promise<Group> {
  authorize(tx, 'group.update', group);
  const before = factsOf(group);
  const after = checkedFacts(edit(before));
  const changes = changesBetween({ ...before }, { ...after });
  if (changes.length === 0) return group;

  const { roles } = group;
  setGroupFacts(group, after);
  await mapRoles(tx, group);
  await saveGroup(tx, group);
  tx.emit({
    type: 'group.updated',
    subject: subjectOf(group),
    connectionId: group.connectionId,
    data: groupState(group),
    changes,
  });
  await spreadRoles(tx, group, roles);
  return group;
}

/**
 * Sets the roles that the application grants to the members of a locked group. Equal roles change nothing.
 *
 * @throws Forbidden
 */
export async function changeGroupRoles(tx: Tx, group: Group, given: readonly string[]): Promise<Group> {
  authorize(tx, 'group.grant', group);
  const next = checkedRoles(given);
  const { roles } = group;
  if (sameRoles(next, group.directRoles)) return group;
  group.directRoles = next;
  await saveGroup(tx, group);
  const changes = [{ path: 'roles', before: roles, after: group.roles }];
  tx.emit({ type: 'group.updated', subject: subjectOf(group), data: groupState(group), changes });
  await spreadRoles(tx, group, roles);
  return group;
}

/** Applies the current roles of a saved group to all its members if they differ from `before`. */
export async function spreadRoles(tx: Tx, group: Group, before: readonly string[]): Promise<void> {
  if (sameRoles(before, group.roles)) return;
  await tx.session.query(sql`select ${nestingLock(tx, 'exclusive')}`);
  await recomputeRoles(tx, await peopleWithin(tx, [group.id]), { groupId: group.id });
}

/** Saves a locked group under a new revision. @throws ExternalIdTaken */
export async function saveGroup(tx: Tx, group: Group): Promise<Group> {
  group.revision++;
  group.updatedAt = tx.now;
  try {
    await tx.session.update(Group, group);
  } catch (error) {
    throw codeOf(error) === '23505' ? new ExternalIdTaken(group.externalId ?? '') : error;
  }
  return group;
}

/** Deletes the group after emitting an event for the removal of each member. @throws NotFound, Forbidden */
export async function deleteGroup(tx: Tx, id: string): Promise<GroupId> {
  const group = await lockGroup(tx, id);
  authorize(tx, 'group.delete', group);
  // Both change members, and the second one nestings: two deletions that both wait for the stronger lock would deadlock.
  await tx.session.query(sql`select ${nestingLock(tx, 'exclusive')}`);
  await removeAllMembers(tx, group);
  await leaveParents(tx, group);
  await tx.session.query(sql`delete from groups where organization_id = ${scopeOf(tx)} and id = ${group.id}`);
  if (group.connectionId) await countManaged(tx, group.connectionId, 'Group', -1);
  tx.emit({
    type: 'group.deleted',
    subject: subjectOf(group),
    connectionId: group.connectionId,
    data: groupState(group),
  });
  return group.id;
}
