import { allows } from '../../access/authorize.js';
import type { Action, Target } from '../../access/policy.js';
import type { Principal } from '../../access/principal.js';
import { enumType } from '../../kernel/node.js';
import type { User } from './user.js';

export const userActions = enumType('UserAction', 'Change of a user that a caller can make.', {
  ADD_TO_GROUP: 'Adds the user to a group.',
  DEPROVISION: 'Deprovisions the user. Not offered if the user is deprovisioned.',
  END_SESSIONS: 'Ends all sessions of the user.',
  ERASE: 'Deletes the user and the personal data in all events.',
  GRANT_ROLES: 'Assigns roles to the user.',
  PROTECT: 'Protects the user, or removes the protection.',
  REACTIVATE: 'Reactivates the user. Offered if the user is deprovisioned.',
  REMOVE_FROM_GROUP: 'Removes the user from a group.',
  REVOKE_ROLES: 'Removes assigned roles from the user.',
  SUSPEND: 'Suspends the user. Not offered if the user is suspended.',
  UNSUSPEND: 'Removes the suspension. Offered if the user is suspended.',
  UPDATE: 'Changes the profile of the user.',
});
export type UserAction = keyof typeof userActions;

/** Action of the policy that each change needs. */
export const policyActions: Readonly<Record<UserAction, Action>> = {
  ADD_TO_GROUP: 'group.update',
  DEPROVISION: 'user.deprovision',
  END_SESSIONS: 'session.revoke',
  ERASE: 'user.erase',
  GRANT_ROLES: 'user.update',
  PROTECT: 'user.protect',
  REACTIVATE: 'user.reactivate',
  REMOVE_FROM_GROUP: 'group.update',
  REVOKE_ROLES: 'user.update',
  SUSPEND: 'user.suspend',
  UNSUSPEND: 'user.suspend',
  UPDATE: 'user.update',
};

/** Changes that depend on the state of the user. */
const states: Partial<Record<UserAction, (user: User) => boolean>> = {
  DEPROVISION: ({ status }) => status !== 'DEPROVISIONED',
  REACTIVATE: ({ status }) => status === 'DEPROVISIONED',
  SUSPEND: ({ suspendedAt }) => suspendedAt === null,
  UNSUSPEND: ({ suspendedAt }) => suspendedAt !== null,
};

/** Returns the user as the object of an authorization check. */
export const targetOf = ({ organizationId, id, scimConnectionId }: User): Target => ({
  organizationId,
  id,
  userId: id,
  scimConnectionId,
});

/** Returns the changes that the policy allows the principal for this user, and that apply to the state of the user. */
export function actionsFor(principal: Principal, user: User): UserAction[] {
  const target = targetOf(user);
  return (Object.keys(userActions) as UserAction[]).filter(
    (action) => (states[action]?.(user) ?? true) && allows({ principal }, policyActions[action], target),
  );
}
