import { endSessions } from '../../access/session.js';
import type { Tx } from '../../access/write.js';
import { guardProtected } from './protect-user.js';
import { type DeprovisionReason, type User, userState } from './user.js';

export const subjectOf = ({ id }: User) => ({ type: 'user', id }) as const;

/**
 * Closes a locked account: its sessions end in this transaction. The caller saves it. A closed one stays as it is.
 *
 * @throws AccountProtected when an IdP or a rule is closing an account that is kept for emergencies
 */
export async function closeAccount(tx: Tx, user: User, reason: DeprovisionReason): Promise<void> {
  if (!user.active) return;
  await guardProtected(tx, user);
  Object.assign(user, { active: false, deprovisionedAt: tx.now, deprovisionReason: reason });
  const sessionsRevoked = await endSessions(tx, user.id);
  const data = { ...userState(user), reason, sessionsRevoked };
  tx.emit({ type: 'user.deprovisioned', subject: subjectOf(user), connectionId: user.scimConnectionId, data });
}

/** Opens a locked, closed account again under its old id. A local suspension stays. The caller saves it. */
export function reopenAccount(tx: Tx, user: User, reason: 'IDP_REACTIVATED' | 'SIGNED_IN' | 'API'): void {
  if (user.active && !user.deletedAt) return;
  const previousDeprovisionedAt = user.deprovisionedAt;
  Object.assign(user, { active: true, deletedAt: null, deprovisionedAt: null, deprovisionReason: null });
  const data = { ...userState(user), reason, previousDeprovisionedAt };
  tx.emit({ type: 'user.reactivated', subject: subjectOf(user), connectionId: user.scimConnectionId, data });
}
