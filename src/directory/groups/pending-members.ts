import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { GroupId, UserId } from '../../ids.js';
import { sql } from '../../storage/sql.js';
import { Group } from './group.js';
import { tellMembers } from './tell-members.js';

/** Keeps people who were deleted as members to come, and notes each. */
export async function awaitMembers(tx: Tx, group: Group, userIds: readonly UserId[]): Promise<void> {
  if (userIds.length === 0) return;
  for (const id of userIds) tx.note(`pendingMember ${id}`);
  await tx.session.query(sql`insert into pending_members (organization_id, group_id, user_id, created_at)
     select ${scopeOf(tx)}, ${group.id}, id, ${tx.now} from unnest(${userIds}::text[]) id on conflict do nothing`);
}

/** Lets somebody who has come back under the old id into the groups that waited, one event a group. */
export async function joinPending(tx: Tx, userId: UserId): Promise<void> {
  const waiting = await tx.session.query<{ id: GroupId }>(
    sql`delete from pending_members where organization_id = ${scopeOf(tx)} and user_id = ${userId}
      returning group_id as id`,
  );
  if (waiting.length === 0) return;
  const groups = await tx.session.rows(
    Group,
    sql`organization_id = ${scopeOf(tx)} and id = any(${waiting.map(({ id }) => id)}) order by id for update`,
  );
  for (const group of groups) {
    const joined = await tx.session.query<{
      id: UserId;
    }>(sql`insert into memberships (organization_id, group_id, user_id, created_at)
      values (${scopeOf(tx)}, ${group.id}, ${userId}, ${tx.now})
       on conflict do nothing returning user_id as id`);
    await tellMembers(tx, group, 'group.member_added', joined, []);
  }
}
