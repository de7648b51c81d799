import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { leaveAllGroups } from '../groups/leave-groups.js';
import { adoptUser } from './adopt-user.js';
import { carryOut, carryOutOne } from './carry-out.js';
import { planClosing, planReopening } from './plan.js';
import { guardProtected } from './protect-user.js';
import { lockUser } from './queries/load-user.js';
import type { User } from './user.js';

/** Closes the account and ends its sessions. Closing a closed account changes nothing. @throws NotFound, Forbidden */
export async function deprovisionUser(tx: Tx, id: string): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.deprovision', user);
  const [closed = user] = await deprovisionUsers(tx, [user]);
  return closed;
}

/** Closes locked accounts that the caller is authorized to close. See `deprovisionUser`. @throws AccountProtected */
export async function deprovisionUsers(tx: Tx, users: readonly User[]): Promise<User[]> {
  for (const user of users) await guardProtected(tx, user);
  return carryOut(
    tx,
    users.map((user) => planClosing(user, 'API', tx)),
  );
}

/** Reopens a closed account or a tombstone. @throws NotFound, Forbidden, UserNameTaken */
export async function reactivateUser(tx: Tx, id: string): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.reactivate', user);
  return carryOutOne(tx, planReopening(user, 'API'));
}

/**
 * Deletes a user by SCIM DELETE (RFC 7644 section 3.6). The account becomes a tombstone: SCIM no longer returns it, its
 * userName can be used again, and only a POST with the same `externalId` restores it. It leaves its groups.
 *
 * @throws NotFound, Forbidden, AdoptionRefused
 */
export async function deleteUser(tx: Tx, id: string): Promise<void> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.deprovision', user);
  await adoptUser(tx, user);
  user.deletedAt = tx.now;
  const left = await leaveAllGroups(tx, user);
  await guardProtected(tx, user);
  const plan = planClosing(user, 'IDP_DELETED', { now: tx.now, left });
  await carryOut(tx, [{ ...plan, isWritten: true, roles: left.length > 0 ? { deprovisioned: true } : null }]);
}
