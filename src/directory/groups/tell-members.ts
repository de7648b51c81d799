import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { GroupId, UserId } from '../../ids.js';
import { sql } from '../../storage/sql.js';
import { grantsRoles, peopleWithin, recomputeRoles } from '../roles/recompute-roles.js';
import { type Group, subjectOf } from './group.js';

/** Ids as statements return them. */
export type Ids<T> = { id: T }[];

/** Tells of members that came or went, moves the group's version, and brings the roles of all concerned up to date. */
export async function tellMembers(
  tx: Tx,
  group: Group,
  type: 'group.member_added' | 'group.member_removed',
  users: Ids<UserId>,
  groups: Ids<GroupId>,
): Promise<void> {
  if (users.length + groups.length === 0) return;
  const about = { type, subject: subjectOf(group), connectionId: group.connectionId };
  // Who is in a group through another one is told of by that one's events.
  const { id: groupId, displayName, externalId } = group;
  const state = { groupId, displayName, externalId, directOnly: true } as const;
  for (const { id } of users) tx.emit({ ...about, userId: id, data: { ...state, userId: id } });
  for (const { id } of groups) tx.emit({ ...about, data: { ...state, memberGroupId: id } });
  // The ETag follows the members too.
  group.revision++;
  group.updatedAt = tx.now;
  group.memberCount += type === 'group.member_added' ? users.length : -users.length;
  await tx.session.query(
    sql`update groups set revision = ${group.revision}, updated_at = ${group.updatedAt},
      member_count = ${group.memberCount} where organization_id = ${scopeOf(tx)} and id = ${group.id}`,
  );
  if (!(await grantsRoles(tx, group.id))) return;
  const below = await Promise.all(groups.map(({ id }) => peopleWithin(tx, id)));
  const people = new Set([...users.map(({ id }) => id), ...below.flat()]);
  await recomputeRoles(tx, [...people], { groupId: group.id });
}
