import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import type { ConnectionId } from '../../ids.js';
import { closeAccount, subjectOf } from '../users/account-life.js';
import { selectUsers, usersIn } from '../users/load-user.js';
import { protectionOf } from '../users/protect-user.js';
import { saveUser } from '../users/save-user.js';
import { type User, userState } from '../users/user.js';
import { connectionState } from './connection.js';
import { lockConnection } from './find-connections.js';
import { endThrough } from './update-connection.js';

export const orphanedUsers = { KEEP: 'KEEP', DEPROVISION: 'DEPROVISION' } as const;

/**
 * Deletes the link. Each person whom it managed is told first: kept without a manager, or deprovisioned. Sessions through
 * it end; groups that it managed stay and are the application's from now on.
 *
 * @throws NotFound, Forbidden
 */
export async function deleteConnection(tx: Tx, id: string, users: keyof typeof orphanedUsers): Promise<ConnectionId> {
  const connection = await lockConnection(tx, id);
  authorize(tx, 'connection.manage', connection);
  const bound = [tx.organizationId, connection.id];
  const rows = await tx.session.query<Record<string, unknown>>(
    `${selectUsers} where u.organization_id = $1 and u.scim_connection_id = $2 order by u.id for update of u`,
    bound,
  );
  for (const user of usersIn(tx.session, rows)) await release(tx, user, users);
  await endThrough(tx, connection);
  await tx.session.query(
    'update groups set connection_id = null where organization_id = $1 and connection_id = $2',
    bound,
  );
  await tx.session.query('delete from connections where organization_id = $1 and id = $2', bound);
  tx.credentialsChanged = true;
  tx.emit({
    type: 'connection.deleted',
    subject: { type: 'connection', id: connection.id },
    data: { ...connectionState(connection), previousState: connection.state },
  });
  return connection.id;
}

async function release(tx: Tx, user: User, users: keyof typeof orphanedUsers): Promise<void> {
  const before = user.scimConnectionId;
  // What is kept for emergencies outlives its connection too.
  const isKept = users === 'KEEP' || (await protectionOf(tx, user)) !== null;
  if (!isKept && !user.deletedAt) await closeAccount(tx, user, 'CONNECTION_DELETED');
  user.scimConnectionId = null;
  if (isKept && !user.deletedAt) {
    const changes = [{ path: 'managedBy', before: [before], after: [] }];
    tx.emit({ type: 'user.updated', subject: subjectOf(user), connectionId: before, data: userState(user), changes });
  }
  await saveUser(tx, user);
}
