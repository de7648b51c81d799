import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { ConnectionId, GroupId } from '../../ids.js';
import { sql } from '../../storage/sql.js';
import type { User } from '../users/user.js';

/**
 * Takes a locked user out of every group, one event a group (RFC 7644 section 3.6: a deleted member leaves). Says which
 * they were; the caller brings the roles up to date when it has saved the user.
 */
export async function leaveAllGroups(tx: Tx, user: User): Promise<string[]> {
  const left = await tx.session.query<{
    id: GroupId;
    display_name: string;
    external_id: string | null;
    connection_id: ConnectionId | null;
  }>(sql`with gone as (
       delete from memberships where organization_id = ${scopeOf(tx)} and user_id = ${user.id} returning group_id
     )
     update groups set revision = revision + 1, updated_at = ${tx.now}, member_count = member_count - 1 from gone
     where organization_id = ${scopeOf(tx)} and id = gone.group_id
     returning id, display_name, external_id, connection_id`);
  for (const { id, display_name: displayName, external_id: externalId, connection_id: connectionId } of left) {
    const data = { groupId: id, displayName, externalId, userId: user.id, directOnly: true } as const;
    tx.emit({ type: 'group.member_removed', subject: { type: 'group', id }, userId: user.id, connectionId, data });
  }
  return left.map(({ id }) => id);
}
