import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { BadInput } from '../../kernel/errors.js';
import { fold } from '../../kernel/fold.js';
import type { UserId } from '../../kernel/ids.js';
import { lockKinds } from '../../storage/advisory-locks.js';
import { sql } from '../../storage/sql.js';
import type { Connection } from '../connections/connection.js';
import { carryOutMembers } from './carry-out-members.js';
import { createGroup } from './create-group.js';
import { Group } from './group.js';
import { planJoining, planLeaving } from './plan-members.js';

const most = 200;

/**
 * Makes the user a member of exactly the groups that the claims list, among the groups created by this connection's
 * sign-ins. If the list is incomplete, no membership is removed. Groups of SCIM and of the application never change.
 */
export async function syncJitGroups(
  tx: Tx,
  connection: Connection,
  userId: UserId,
  { names, isComplete }: { names: readonly string[]; isComplete: boolean },
): Promise<void> {
  const wanted = new Map(names.slice(0, most).map((name) => [fold(name), name]));
  const listed = new Set(names.map(fold));
  if (names.length > most) tx.note('tooManyGroups');
  let groups = await lockGroups(tx, connection, { userId, names: [...wanted.keys()] });
  const found = new Set(groups.map(({ displayNameKey }) => displayNameKey));
  if ([...wanted.keys()].some((key) => !found.has(key))) {
    // Another first sign-in can create the same group. Groups of one connection are created one sign-in at a time.
    await tx.session.unscoped.query(
      sql`select pg_advisory_xact_lock(hashtextextended(${connection.id}, ${lockKinds.signInGroups}))`,
    );
    groups = await lockGroups(tx, connection, { userId, names: [...wanted.keys()] });
  }
  for (const group of groups) authorize(tx, 'group.update', group);
  const plans = groups.flatMap((group) => {
    if (wanted.delete(group.displayNameKey)) return planJoining(group, { users: [userId], groups: [], pending: [] });
    return isComplete && !listed.has(group.displayNameKey) ? planLeaving(group, [userId]) : [];
  });
  await carryOutMembers(tx, plans);
  for (const displayName of wanted.values()) {
    const facts = { displayName, externalId: null, attributes: {} };
    const given = { ...facts, origin: 'JIT', connectionId: null, jitConnectionId: connection.id } as const;
    try {
      await createGroup(tx, { ...given, memberIds: [userId] });
    } catch (error) {
      // An invalid group name must not prevent the sign-in.
      if (!(error instanceof BadInput)) throw error;
      tx.note('groupsLeftOut');
    }
  }
}

/**
 * Returns the groups that sign-ins of the connection have created, locked: those with these names, and those of the
 * user.
 */
const lockGroups = (tx: Tx, { id }: Connection, { userId, names }: { userId: UserId; names: readonly string[] }) =>
  tx.session.rows(
    Group,
    sql`organization_id = ${scopeOf(tx)} and jit_connection_id = ${id}
      and (display_name_key = any(${names}) or id in (
        select group_id from memberships where organization_id = ${scopeOf(tx)} and user_id = ${userId}))
      order by id for update`,
  );
