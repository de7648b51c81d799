import { authorize, ownTarget } from '../../access/authorize.js';
import type { Action } from '../../access/policy.js';
import { apart, type Tx } from '../../access/write.js';
import { BadInput, NotFound, PublicError, Unavailable } from '../../kernel/errors.js';
import { sql } from '../../storage/sql.js';
import { addMembers, removeMembers } from '../groups/change-members.js';
import { lockGroup } from '../groups/queries/load-group.js';
import { carryOut } from './carry-out.js';
import { granting, planRoles, revoking } from './change-roles.js';
import { deprovisionUsers } from './deprovision-user.js';
import { type Plan, planReopening } from './plan.js';
import { selectionOf, type UserCriteria } from './queries/find-users.js';
import { lockUsers } from './queries/load-user.js';
import { checkedReason } from './reason.js';
import { revokeSessionsOf } from './revoke-sessions.js';
import { planUnsuspending, suspendUsers } from './suspend-user.js';
import type { User } from './user.js';
import { policyActions, targetOf, type UserAction } from './user-actions.js';

/** Maximum number of users that one call changes. */
export const mostUsers = 500;

/** Result for one user. A refused user is unchanged. */
export type UserChange =
  | { userId: string; outcome: 'CHANGED' | 'UNCHANGED'; user: User }
  | { userId: string; outcome: 'REFUSED'; error: PublicError };

/** A change of users, and the values that it needs. */
export interface BulkChange {
  action: UserAction;
  roles?: readonly string[] | null;
  groupId?: string | null;
  reason?: string | null;
}

/** The users of a change: by id, or all users that match a filter. */
export type Selected = { userIds: readonly string[] } | { criteria: UserCriteria; expectedCount: number | null };

/** The filter matches another number of users than the caller expects. Nothing was changed. */
class CountDiffers extends PublicError {
  readonly code = 'CONFLICT';
  override readonly field = 'expectedCount';
  constructor(expected: number, count: number) {
    super(
      `The filter matches ${count} users instead of ${expected}. Nothing was changed. Check the users and send the new number.`,
    );
    this.details.count = count;
  }
}

/**
 * Makes the same change of each user. A refusal of one user does not affect the others.
 *
 * @returns one result for each user, in the order of the ids
 * @throws Forbidden, NotFound for an unknown group, BadInput, CountDiffers
 */
export async function changeUsers(tx: Tx, selected: Selected, change: BulkChange): Promise<UserChange[]> {
  const action = policyActions[change.action];
  // A filter needs the permission for all users: the number of matches must not reveal private values.
  const own = 'userIds' in selected ? ownTarget(tx.principal) : {};
  authorize(tx, action, { organizationId: tx.organizationId, ...own });
  const changing = await changeOf(tx, change);
  const apply: Apply = (some) => {
    for (const user of some) authorize(tx, action, targetOf(user));
    return changing(some);
  };
  const ids = 'userIds' in selected ? checkedIds(selected.userIds) : await matchingIds(tx, selected);
  // A caller who can change only the own account must not lock those of others.
  const forbidden = refusalOf(tx, action);
  const users = await lockUsers(tx, forbidden ? ids.filter((id) => id === own.userId) : ids);
  const results = new Map((await changeTogether(tx, users, apply)).map((result) => [result.userId, result]));
  return ids.map(
    (userId) => results.get(userId) ?? { userId, outcome: 'REFUSED', error: forbidden ?? new NotFound('user') },
  );
}

/** Returns the error for a caller who cannot change all users of the organization; null if the caller can. */
function refusalOf(tx: Tx, action: Action): PublicError | null {
  try {
    authorize(tx, action, { organizationId: tx.organizationId });
    return null;
  } catch (error) {
    if (error instanceof PublicError) return error;
    throw error;
  }
}

/** Changes locked users. The number of its statements does not depend on the number of users. */
type Apply = (users: readonly User[]) => unknown;

/** Returns the function that changes users. @throws BadInput, NotFound */
async function changeOf(tx: Tx, { action, roles, groupId, reason }: BulkChange): Promise<Apply> {
  const carryingOut =
    (plan: (user: User) => Plan): Apply =>
    (users) =>
      carryOut(tx, users.map(plan));
  switch (action) {
    case 'SUSPEND': {
      const why = reason == null ? null : checkedReason(reason);
      return (users) => suspendUsers(tx, users, why);
    }
    case 'UNSUSPEND':
      return carryingOut((user) => planUnsuspending(tx, user));
    case 'DEPROVISION':
      return (users) => deprovisionUsers(tx, users);
    case 'REACTIVATE':
      return carryingOut((user) => planReopening(user, 'API'));
    case 'END_SESSIONS':
      return (users) => revokeSessionsOf(tx, users);
    case 'GRANT_ROLES':
    case 'REVOKE_ROLES': {
      if (!roles?.length) throw new BadInput(`"roles" must contain at least one role if "action" is ${action}.`);
      const edit = (action === 'GRANT_ROLES' ? granting : revoking)(roles);
      return carryingOut((user) => planRoles(user, edit));
    }
    case 'ADD_TO_GROUP':
    case 'REMOVE_FROM_GROUP': {
      if (groupId == null) throw new BadInput(`"groupId" is required if "action" is ${action}.`);
      await lockGroup(tx, groupId);
      const change = action === 'ADD_TO_GROUP' ? addMembers : removeMembers;
      // The group is read again, because a refused attempt has changed the object.
      return async (users) => change(tx, await lockGroup(tx, groupId), users.map(idOf));
    }
    default:
      throw new BadInput(`"action" cannot be ${action}: this change is made for one user at a time.`);
  }
}

function checkedIds(given: readonly string[]): string[] {
  const ids = [...new Set(given)];
  if (ids.length === 0) throw new BadInput('"userIds" must not be empty.');
  if (ids.length > mostUsers)
    throw new BadInput(`"userIds" can have at most ${mostUsers} entries; this request has ${ids.length}.`);
  return ids;
}

async function matchingIds(
  tx: Tx,
  { criteria, expectedCount }: { criteria: UserCriteria; expectedCount: number | null },
): Promise<string[]> {
  const { where } = selectionOf(tx, criteria);
  const rows = await tx.session.query<{ id: string }>(
    sql`select u.id from users u where ${where} order by u.id limit ${mostUsers + 1}`,
  );
  if (rows.length > mostUsers) throw new BadInput(`"filter" can match at most ${mostUsers} users.`);
  if (expectedCount !== null && rows.length !== expectedCount) throw new CountDiffers(expectedCount, rows.length);
  return rows.map(({ id }) => id);
}

const idOf = ({ id }: User): string => id;

/**
 * Changes locked users in a savepoint, with one result for each. If a user is refused, it changes the two halves
 * separately, down to the refused user.
 */
async function changeTogether(tx: Tx, users: readonly User[], apply: Apply): Promise<UserChange[]> {
  try {
    return users.length === 0
      ? []
      : await apart(tx, () => resultsOf(tx, users, apply), { isFinal: users.length === 1 });
  } catch (error) {
    // After a conflict, the whole transaction must be repeated.
    if (!(error instanceof PublicError) || error instanceof Unavailable) throw error;
    if (users.length === 1) return users.map(({ id }) => ({ userId: id, outcome: 'REFUSED', error }));
    const middle = users.length >> 1;
    const first = await changeTogether(tx, users.slice(0, middle), apply);
    return [...first, ...(await changeTogether(tx, users.slice(middle), apply))];
  }
}

async function resultsOf(tx: Tx, users: readonly User[], apply: Apply): Promise<UserChange[]> {
  const emitted = tx.events.length;
  await apply(users);
  const changed = new Set(tx.events.slice(emitted).flatMap(({ userId, subject }) => [userId, subject.id]));
  const after = await lockUsers(tx, users.map(idOf));
  return after.map((user, n) => {
    const isChanged = changed.has(user.id) || user.revision !== users[n]?.revision;
    return { userId: user.id, outcome: isChanged ? 'CHANGED' : 'UNCHANGED', user };
  });
}
