import { Any } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import type { ConnectionId, UserId } from '../../kernel/ids.js';
import { copyOf } from '../../storage/rows.js';
import { Group } from '../groups/group.js';
import { carryOut } from '../users/carry-out.js';
import { Identity } from '../users/identity.js';
import { type Plan, planClosing, planNothing } from '../users/plan.js';
import { protectionsOf } from '../users/protect-user.js';
import { getUsers, queryUsers } from '../users/queries/load-user.js';
import { subjectOf, User, userState } from '../users/user.js';
import { Connection, connectionState } from './connection.js';
import { lockConnection } from './find-connections.js';
import { endThrough } from './update-connection.js';

/** Users that are read, planned and written together, so that no statement takes long. */
const usersAtATime = 200;

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
  const ids = await lockManaged(tx, connection);
  for (let from = 0; from < ids.length; from += usersAtATime) {
    await release(tx, connection, { ids: ids.slice(from, from + usersAtATime), orphaned: users });
  }
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

/**
 * Locks all users of the connection before the first of them is changed, and returns their ids. Locks that a batch takes
 * later, of administrators and seats, come after all locks of users, as in every other transaction.
 */
async function lockManaged(tx: Tx, { organizationId, id }: Connection): Promise<UserId[]> {
  const rows = await tx.manager
    .createQueryBuilder(User, 'u')
    .select('u.id', 'id')
    .where('u.organizationId = :organizationId and u.scimConnectionId = :id', { organizationId, id })
    .orderBy('u.id')
    .setLock('pessimistic_write')
    .getRawMany<{ id: UserId }>();
  return rows.map((row) => row.id);
}

/** Releases locked users from the connection, and deletes their identities at it. */
async function release(
  tx: Tx,
  { organizationId, id: connectionId }: Connection,
  { ids, orphaned }: { ids: UserId[]; orphaned: keyof typeof orphanedUsers },
): Promise<void> {
  const users = await getUsers(queryUsers(tx).andWhere('u.id = any(:ids)', { ids }).orderBy('u.id'));
  // A protected account stays active even if its connection is deleted.
  const protections = orphaned === 'KEEP' ? null : await protectionsOf(tx, users);
  const isKept = (user: User) => protections === null || protections.has(user.id);
  await carryOut(
    tx,
    users.map((user) => planRelease(user, { isKept: isKept(user), now: tx.now })),
  );
  // The deletion of the connection would delete all identities in one statement.
  await tx.manager.delete(Identity, { organizationId, connectionId, userId: Any(ids) });
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
