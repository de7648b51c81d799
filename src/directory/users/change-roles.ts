import { authorize } from '../../access/authorize.js';
import type { Tx } from '../../access/write.js';
import { copyOf } from '../../storage/rows.js';
import { checkedRoles, sameRoles } from '../roles/grantable-roles.js';
import { carryOutOne } from './carry-out.js';
import { type Plan, planNothing } from './plan.js';
import { lockUser } from './queries/load-user.js';
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
  editRoles(tx, id, granting(roles));

/**
 * Removes roles from those that are assigned to the user directly. Roles from groups and from the IdP stay.
 *
 * @throws NotFound, Forbidden, BadInput
 */
export const revokeRoles = (tx: Tx, id: string, roles: readonly string[]): Promise<User> =>
  editRoles(tx, id, revoking(roles));

/** Returns the new list of directly assigned roles for the list before. */
export type RolesEdit = (before: readonly string[]) => readonly string[];

/** Returns the edit that adds roles. @throws BadInput */
export function granting(roles: readonly string[]): RolesEdit {
  const granted = checkedRoles(roles);
  return (before) => [...before, ...granted];
}

/** Returns the edit that removes roles. @throws BadInput */
export function revoking(roles: readonly string[]): RolesEdit {
  const revoked = new Set(checkedRoles(roles));
  return (before) => before.filter((role) => !revoked.has(role));
}

async function editRoles(tx: Tx, id: string, edit: RolesEdit): Promise<User> {
  const user = await lockUser(tx, id);
  authorize(tx, 'user.update', user);
  return carryOutOne(tx, planRoles(user, edit));
}

/** Plans to change the roles that are assigned to a locked user directly. Equal roles change nothing. @throws BadInput */
export function planRoles(user: User, edit: RolesEdit): Plan {
  const directRoles = checkedRoles(edit(user.directRoles));
  if (sameRoles(directRoles, user.directRoles)) return planNothing(user);
  const changed = copyOf(user);
  changed.directRoles = directRoles;
  return { ...planNothing(changed), isWritten: true, roles: { direct: true } };
}
