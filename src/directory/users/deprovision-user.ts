import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { leaveAllGroups } from '../groups/leave-groups.js';
import { recomputeRoles } from '../roles/recompute-roles.js';
import { closeAccount, reopenAccount } from './account-life.js';
import { adoptUser } from './adopt-user.js';
import { lockUser } from './load-user.js';
import { saveUser } from './save-user.js';
import type { User } from './user.js';

/** Closes the account and ends its sessions. Closing a closed one changes nothing. @throws NotFound, Forbidden */
export async function deprovisionUser(tx: Tx, id: string): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.deprovision', user);
  if (!user.active) return user;

  await closeAccount(tx, user, 'API');
  return saveUser(tx, user);
}

/** Opens a closed account again, a tombstone too. @throws NotFound, Forbidden, UserNameTaken */
export async function reactivateUser(tx: Tx, id: string): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.reactivate', user);
  if (user.active && !user.deletedAt) return user;

  reopenAccount(tx, user, 'API');
  return saveUser(tx, user);
}

/**
 * SCIM DELETE (RFC 7644 section 3.6): leaves a tombstone that SCIM does not see, whose userName is free, and that only a
 * POST of the same externalId brings back. It leaves its groups.
 *
 * @throws NotFound, Forbidden, AdoptionRefused
 */
export async function deleteUser(tx: Tx, id: string): Promise<void> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.deprovision', user);
  await adoptUser(tx, user, null);
  user.deletedAt = tx.now;
  const left = await leaveAllGroups(tx, user);
  await closeAccount(tx, user, 'IDP_DELETED', left);
  await saveUser(tx, user);
  if (left.length > 0) await recomputeRoles(tx, [user.id], { deprovisioned: true });
}
