import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { copyOf } from '../../storage/rows.js';
import { sql } from '../../storage/sql.js';
import { Group } from '../groups/group.js';
import { carryOut } from '../users/carry-out.js';
import { type Plan, planClosing, planNothing } from '../users/plan.js';
import { protectionsOf } from '../users/protect-user.js';
import { selectUsers, usersIn } from '../users/queries/load-user.js';
import { subjectOf, type User, userState } from '../users/user.js';
import { Connection, connectionState } from './connection.js';
import { lockConnection } from './find-connections.js';
import { endThrough } from './update-connection.js';

export const orphanedUsers = { KEEP: 'KEEP', DEPROVISION: 'DEPROVISION' } as const;

/**
 * Deletes the connection and its sessions. Each user that it managed stays without a manager or is deprovisioned, with
 * an event. Groups that it managed stay, and the application manages them from then on.
 *
 * @throws NotFound, Forbidden
 */
export async function deleteConnection(tx: Tx, id: string, users: keyof typeof orphanedUsers): Promise<ConnectionId> {
  const connection = await lockConnection(tx, id);
  authorize(tx, 'connection.manage', connection);
  const rows = await tx.session.query<Record<string, unknown>>(
    sql`${selectUsers} where u.organization_id = ${scopeOf(tx)} and u.scim_connection_id = ${connection.id}
      order by u.id for update of u`,
  );
  await releaseAll(tx, usersIn(tx.session, rows), users);
  await endThrough(tx, connection);
  const { organizationId } = tx;
  await tx.manager.update(Group, { organizationId, connectionId: connection.id }, { connectionId: null });
  await tx.manager.delete(Connection, { organizationId, id: connection.id });
  tx.credentialsChanged = true;
  tx.emit({
    type: 'connection.deleted',
    subject: { type: 'connection', id: connection.id },
    data: { ...connectionState(connection), previousState: connection.state },
  });
  return connection.id;
}

async function releaseAll(tx: Tx, users: readonly User[], orphaned: keyof typeof orphanedUsers): Promise<void> {
  // A protected account stays active even if its connection is deleted.
  const protections = orphaned === 'KEEP' ? null : await protectionsOf(tx, users);
  const isKept = (user: User) => protections === null || protections.has(user.id);
  await carryOut(
    tx,
    users.map((user) => planRelease(user, { isKept: isKept(user), now: tx.now })),
  );
}

function planRelease(before: User, { isKept, now }: { isKept: boolean; now: Date }): Plan {
  if (!isKept && !before.deletedAt && before.active) {
    const plan = planClosing(before, 'CONNECTION_DELETED', { now });
    plan.user.scimConnectionId = null;
    return plan;
  }
  const user = copyOf(before);
  user.scimConnectionId = null;
  const plan = { ...planNothing(user), isWritten: true };
  if (!isKept || user.deletedAt) return plan;
  const connectionId = before.scimConnectionId;
  const changes = [{ path: 'managedBy', before: [connectionId], after: [] }];
  return {
    ...plan,
    events: [{ type: 'user.updated', subject: subjectOf(user), connectionId, data: userState(user), changes }],
  };
}
