import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { ExternalIdTaken } from '../../errors.js';
import type { GroupId } from '../../ids.js';
import { codeOf } from '../../storage/error-code.js';
import { changesBetween } from '../changes.js';
import { removeAllMembers } from './change-members.js';
import { checkedFacts } from './create-group.js';
import { Group, type GroupFacts, groupState, layFacts, subjectOf } from './group.js';
import { lockGroup } from './load-group.js';

const factsOf = ({ displayName, externalId, attributes }: Group): GroupFacts => ({
  displayName,
  externalId,
  attributes,
});

/**
 * Applies `edit` to a locked group's facts. A result that equals what is there writes nothing.
 *
 * @throws Forbidden, BadInput, ExternalIdTaken, and what `edit` throws
 */
export async function changeGroup(tx: Tx, group: Group, edit: (before: GroupFacts) => GroupFacts): Promise<Group> {
  authorize(tx, 'group.update', group);
  const before = factsOf(group);
  const after = checkedFacts(edit(before));
  const changes = changesBetween({ ...before }, { ...after });
  if (changes.length === 0) return group;

  layFacts(group, after);
  tx.emit({
    type: 'group.updated',
    subject: subjectOf(group),
    connectionId: group.connectionId,
    data: groupState(group),
    changes,
  });
  return saveGroup(tx, group);
}

async function saveGroup(tx: Tx, group: Group): Promise<Group> {
  group.revision++;
  group.updatedAt = tx.now;
  try {
    await tx.session.update(Group, group);
  } catch (error) {
    throw codeOf(error) === '23505' ? new ExternalIdTaken(group.externalId ?? '') : error;
  }
  return group;
}

/** Deletes the group; each member's removal is told before. @throws NotFound, Forbidden */
export async function deleteGroup(tx: Tx, id: string): Promise<GroupId> {
  const group = await lockGroup(tx, id);
  authorize(tx, 'group.delete', group);
  await removeAllMembers(tx, group);
  await tx.session.query('delete from groups where organization_id = $1 and id = $2', [tx.organizationId, group.id]);
  tx.emit({
    type: 'group.deleted',
    subject: subjectOf(group),
    connectionId: group.connectionId,
    data: groupState(group),
  });
  return group.id;
}
