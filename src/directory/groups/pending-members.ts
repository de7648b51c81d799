import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { GroupId, UserId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { carryOutMembers } from './carry-out-members.js';
import { Group } from './group.js';
import { planJoining } from './plan-members.js';

/** Adds a restored user to the groups in which it is a pending member, with one event per group. */
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
  const joining = { users: [userId], groups: [], pending: [] };
  await carryOutMembers(
    tx,
    groups.map((group) => planJoining(group, joining)),
  );
}
