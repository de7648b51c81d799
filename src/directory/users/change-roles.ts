import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { checkedRoles, sameRoles } from '../roles/grantable-roles.js';
import { recomputeRoles } from '../roles/recompute-roles.js';
import { lockUser } from './queries/load-user.js';
import { saveUser, withRoles } from './save-user.js';
import type { User } from './user.js';

/** Sets the roles that are assigned to the user directly. Equal roles change nothing. @throws NotFound, BadInput */
export const changeRoles = (tx: Tx, id: string, roles: readonly string[]): Promise<User> =>
  editRoles(tx, id, () => roles);

/**
 * Adds roles to those that are assigned to the user directly. Roles that are already assigned change nothing.
 *
 * @throws NotFound, Forbidden, BadInput
 */
export const grantRoles = (tx: Tx, id: string, roles: readonly string[]): Promise<User> =>
  editRoles(tx, id, (before) => [...before, ...checkedRoles(roles)]);

/**
 * Removes roles from those that are assigned to the user directly. Roles from groups and from the IdP stay.
 *
 * @throws NotFound, Forbidden, BadInput
 */
export const revokeRoles = (tx: Tx, id: string, roles: readonly string[]): Promise<User> =>
  editRoles(tx, id, (before) => {
    const revoked = new Set(checkedRoles(roles));
    return before.filter((role) => !revoked.has(role));
  });

async function editRoles(tx: Tx, id: string, edit: (before: readonly string[]) => readonly string[]): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.update', user);
  const next = checkedRoles(edit(user.directRoles));
  if (sameRoles(next, user.directRoles)) return user;

  user.directRoles = next;
  await saveUser(tx, user);
  const [moved] = await recomputeRoles(tx, [user.id], { direct: true });
  return moved ? withRoles(user, moved.after) : user;
}
