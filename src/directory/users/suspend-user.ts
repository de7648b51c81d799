import { authorize } from '../../access/authorize.js';
import { actorOf } from '../../access/principal.js';
import type { Tx } from '../../access/write.js';
import type { NewEvent } from '../../events/types.js';
import { copyOf } from '../../storage/rows.js';
import { endSessionsOf } from '../sessions/session.js';
import { carryOut, carryOutOne } from './carry-out.js';
import { type Plan, planNothing } from './plan.js';
import { lockUser } from './queries/load-user.js';
import { checkedReason } from './reason.js';
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
  const [suspended = user] = await suspendUsers(tx, [user], reason);
  return suspended;
}

/** Suspends locked users that the caller is authorized to suspend. See `suspendUser`. @throws BadInput */
export async function suspendUsers(tx: Tx, users: readonly User[], reason: string | null): Promise<User[]> {
  const why = reason === null ? null : checkedReason(reason);
  const open = users.filter(({ suspendedAt }) => suspendedAt === null);
  const sessions = await endSessionsOf(
    tx,
    open.map(({ id }) => id),
  );
  const plans = users.map((user): Plan => {
    if (user.suspendedAt !== null) return planNothing(user);
    const suspended = copyOf(user);
    suspended.suspendedAt = tx.now;
    const sessionsRevoked = sessions.get(user.id) ?? 0;
    const data = { ...userState(suspended), reason: why, by: actorOf(tx.principal), sessionsRevoked };
    return planned(suspended, { type: 'user.suspended', subject: subjectOf(user), data });
  });
  return carryOut(tx, plans);
}

/** Removes the suspension. The account is ACTIVE again unless its IdP has closed it. @throws NotFound, Forbidden */
export async function unsuspendUser(tx: Tx, id: string): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.suspend', user);
  return carryOutOne(tx, planUnsuspending(tx, user));
}

/** Plans to remove the suspension of a locked user. A user that is not suspended stays unchanged. */
export function planUnsuspending(tx: Tx, user: User): Plan {
  if (user.suspendedAt === null) return planNothing(user);
  const restored = copyOf(user);
  restored.suspendedAt = null;
  const data = { ...userState(restored), by: actorOf(tx.principal) };
  return planned(restored, { type: 'user.unsuspended', subject: subjectOf(user), data });
}

const planned = (user: User, event: NewEvent): Plan => ({ ...planNothing(user), isWritten: true, events: [event] });
