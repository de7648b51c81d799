import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { sql } from '../../storage/sql.js';
import type { User } from '../users/user.js';
import type { Group } from './group.js';

/**
 * Removes a locked user from all groups, with one event per group (RFC 7644 section 3.6: a deleted member leaves).
 * Returns the ids of the groups. The caller updates the roles after it has saved the user.
 */
export async function leaveAllGroups(tx: Tx, user: User): Promise<string[]> {
  const left = await tx.session.query<Pick<Group, 'id' | 'displayName' | 'externalId' | 'connectionId'>>(
    sql`with gone as (
        delete from memberships where organization_id = ${scopeOf(tx)} and user_id = ${user.id} returning group_id
      )
      update groups set revision = revision + 1, updated_at = ${tx.now}, member_count = member_count - 1
      from gone
      where organization_id = ${scopeOf(tx)} and id = gone.group_id
      returning id, display_name as "displayName", external_id as "externalId", connection_id as "connectionId"`,
  );
  for (const { id, displayName, externalId, connectionId } of left) {
    const data = { groupId: id, displayName, externalId, userId: user.id, directOnly: true } as const;
    tx.emit({ type: 'group.member_removed', subject: { type: 'group', id }, userId: user.id, connectionId, data });
  }
  return left.map(({ id }) => id);
}
