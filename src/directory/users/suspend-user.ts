import { authorize } from '../../access/authorize.js';
import { actorOf } from '../../access/principal.js';
import type { Tx } from '../../access/write.js';
import { endSessions } from '../sessions/session.js';
import { lockUser } from './queries/load-user.js';
import { checkedReason } from './reason.js';
import { saveUser } from './save-user.js';
import { subjectOf, type User, userState } from './user.js';

/**
 * Suspends a user independently of the IdP and ends all sessions in the same transaction. Suspending a suspended user
 * changes nothing and emits nothing.
 *
 * @throws NotFound, Forbidden, BadInput for a reason that is too long
 */
export async function suspendUser(tx: Tx, id: string, reason: string | null): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.suspend', user);
  if (user.suspendedAt !== null) return user;

  const why = reason === null ? null : checkedReason(reason);
  user.suspendedAt = tx.now;
  const sessionsRevoked = await endSessions(tx, user.id);
  const data = { ...userState(user), reason: why, by: actorOf(tx.principal), sessionsRevoked };
  tx.emit({ type: 'user.suspended', subject: subjectOf(user), data });
  return saveUser(tx, user);
}

/** Removes the suspension. The account is ACTIVE again unless its IdP has closed it. @throws NotFound, Forbidden */
export async function unsuspendUser(tx: Tx, id: string): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.suspend', user);
  if (user.suspendedAt === null) return user;

  user.suspendedAt = null;
  const data = { ...userState(user), by: actorOf(tx.principal) };
  tx.emit({ type: 'user.unsuspended', subject: subjectOf(user), data });
  return saveUser(tx, user);
}
