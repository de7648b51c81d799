import { endSessions } from '../../access/session.js';
import type { Tx } from '../../access/write.js';
import { guardProtected } from './protect-user.js';
import { type DeprovisionReason, type User, userState } from './user.js';

export const subjectOf = ({ id }: User) => ({ type: 'user', id }) as const;

/** The groups that the person is in, and the seats that are taken, in one look. */
async function standingOf(tx: Tx, user: User): Promise<{ groups: string[]; seats: number }> {
  const [found] = await tx.session.query<{ groups: string[]; seats: number }>(
    `select array(select group_id from memberships where organization_id = $1 and user_id = $2 order by 1) as groups,
       (select coalesce(sum(n), 0)::bigint from seat_counts where organization_id = $1) as seats`,
    [tx.organizationId, user.id],
  );
  return found ?? { groups: [], seats: 0 };
}

/**
 * Closes a locked account: its sessions end in this transaction. The caller saves it. A closed one stays as it is.
 * `left` are groups that it has left on the way.
 *
 * @throws AccountProtected when an IdP or a rule is closing an account that is kept for emergencies
 */
export async function closeAccount(
  tx: Tx,
  user: User,
  reason: DeprovisionReason,
  left: readonly string[] = [],
): Promise<void> {
  if (!user.active) return;
  await guardProtected(tx, user);
  Object.assign(user, { active: false, deprovisionedAt: tx.now, deprovisionReason: reason });
  const sessionsRevoked = await endSessions(tx, user.id);
  const { groups, seats } = await standingOf(tx, user);
  const lost = { rolesLost: user.roles, groupsLost: [...left, ...groups], seatsUsed: seats - (user.seated ? 1 : 0) };
  // Nothing holds a deactivation back yet.
  const data = { ...userState(user), reason, sessionsRevoked, ...lost, heldForMs: 0 };
  tx.emit({ type: 'user.deprovisioned', subject: subjectOf(user), connectionId: user.scimConnectionId, data });
}

/** Opens a locked, closed account again under its old id. A local suspension stays. The caller saves it. */
export function reopenAccount(tx: Tx, user: User, reason: 'IDP_REACTIVATED' | 'SIGNED_IN' | 'API'): void {
  if (user.active && !user.deletedAt) return;
  const previousDeprovisionedAt = user.deprovisionedAt;
  Object.assign(user, { active: true, deletedAt: null, deprovisionedAt: null, deprovisionReason: null });
  const data = { ...userState(user), reason, previousDeprovisionedAt, rolesRestored: user.roles };
  tx.emit({ type: 'user.reactivated', subject: subjectOf(user), connectionId: user.scimConnectionId, data });
}
