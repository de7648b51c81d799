import { authorize, ownTarget } from '../../access/authorize.js';
import { apart, type Tx } from '../../access/write.js';
import { BadInput, PublicError } from '../../kernel/errors.js';
import { TransactionConflict } from '../../storage/conflict.js';
import { sql } from '../../storage/sql.js';
import { addMembers, removeMembers } from '../groups/change-members.js';
import { lockGroup } from '../groups/queries/load-group.js';
import { grantRoles, revokeRoles } from './change-roles.js';
import { deprovisionUser, reactivateUser } from './deprovision-user.js';
import { selectionOf, type UserCriteria } from './queries/find-users.js';
import { lockUser } from './queries/load-user.js';
import { checkedReason } from './reason.js';
import { revokeUserSessions } from './revoke-sessions.js';
import { suspendUser, unsuspendUser } from './suspend-user.js';
import type { User } from './user.js';
import { policyActions, type UserAction } from './user-actions.js';

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
  // A filter needs the permission for all users: the number of matches must not reveal private values.
  const own = 'userIds' in selected ? ownTarget(tx.principal) : {};
  authorize(tx, policyActions[change.action], { organizationId: tx.organizationId, ...own });
  const apply = await changeOf(tx, change);
  const ids = 'userIds' in selected ? checkedIds(selected.userIds) : await matchingIds(tx, selected);
  const results = new Map<string, UserChange>();
  // The order of the locks is the same in each call, so that concurrent calls do not deadlock.
  for (const id of [...ids].sort()) results.set(id, await resultOf(tx, id, apply));
  return ids.flatMap((id) => results.get(id) ?? []);
}

type Apply = (id: string) => Promise<unknown>;

/** Returns the function that changes one user. @throws BadInput, NotFound */
async function changeOf(tx: Tx, { action, roles, groupId, reason }: BulkChange): Promise<Apply> {
  switch (action) {
    case 'SUSPEND': {
      const why = reason == null ? null : checkedReason(reason);
      return (id) => suspendUser(tx, id, why);
    }
    case 'UNSUSPEND':
      return (id) => unsuspendUser(tx, id);
    case 'DEPROVISION':
      return (id) => deprovisionUser(tx, id);
    case 'REACTIVATE':
      return (id) => reactivateUser(tx, id);
    case 'END_SESSIONS':
      return (id) => revokeUserSessions(tx, id);
    case 'GRANT_ROLES':
    case 'REVOKE_ROLES': {
      if (!roles?.length) throw new BadInput(`"roles" must contain at least one role if "action" is ${action}.`);
      return (id) => (action === 'GRANT_ROLES' ? grantRoles : revokeRoles)(tx, id, roles);
    }
    case 'ADD_TO_GROUP':
    case 'REMOVE_FROM_GROUP': {
      if (groupId == null) throw new BadInput(`"groupId" is required if "action" is ${action}.`);
      const group = await lockGroup(tx, groupId);
      return (id) => (action === 'ADD_TO_GROUP' ? addMembers : removeMembers)(tx, group, [id]);
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

/** Changes one user in a savepoint. */
async function resultOf(tx: Tx, id: string, apply: Apply): Promise<UserChange> {
  try {
    return await apart(tx, async () => {
      const { revision } = await lockUser(tx, id);
      const emitted = tx.events.length;
      await apply(id);
      const user = await lockUser(tx, id);
      const isChanged = tx.events.length > emitted || user.revision !== revision;
      return { userId: id, outcome: isChanged ? 'CHANGED' : 'UNCHANGED', user };
    });
  } catch (error) {
    // A conflict must repeat the whole transaction.
    if (!(error instanceof PublicError) || error instanceof TransactionConflict) throw error;
    return { userId: id, outcome: 'REFUSED', error };
  }
}
