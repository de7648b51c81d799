import type { Tx } from '../../access/write.js';
import type { GroupId, UserId } from '../../ids.js';
import { Group } from './group.js';
import { tellMembers } from './tell-members.js';

/** Keeps people who were deleted as members to come, and notes each. */
export async function awaitMembers(tx: Tx, group: Group, userIds: readonly UserId[]): Promise<void> {
  if (userIds.length === 0) return;
  for (const id of userIds) tx.note(`pendingMember ${id}`);
  await tx.session.query(
    `insert into pending_members (organization_id, group_id, user_id, created_at)
     select $1, $2, id, $4 from unnest($3::text[]) id on conflict do nothing`,
    [tx.organizationId, group.id, userIds, tx.now],
  );
}

/** Drops members to come that the group no longer wants; the condition is a constant of the program. */
export async function forgetPending(tx: Tx, condition: string, bound: readonly unknown[]): Promise<void> {
  await tx.session.query(`delete from pending_members ${condition}`, [...bound]);
}

/** Lets somebody who has come back under the old id into the groups that waited, one event a group. */
export async function joinPending(tx: Tx, userId: UserId): Promise<void> {
  const waiting = await tx.session.query<{ id: GroupId }>(
    'delete from pending_members where organization_id = $1 and user_id = $2 returning group_id as id',
    [tx.organizationId, userId],
  );
  if (waiting.length === 0) return;
  const groups = await tx.session.rows(Group, 'organization_id = $1 and id = any($2) order by id for update', [
    tx.organizationId,
    waiting.map(({ id }) => id),
  ]);
  for (const group of groups) {
    const joined = await tx.session.query<{ id: UserId }>(
      `insert into memberships (organization_id, group_id, user_id, created_at) values ($1, $2, $3, $4)
       on conflict do nothing returning user_id as id`,
      [tx.organizationId, group.id, userId, tx.now],
    );
    await tellMembers(tx, group, 'group.member_added', joined, []);
  }
}
