import { Any, IsNull, LessThan, Not } from 'typeorm';
import type { ConnectionSettings } from '../../../access/connection-settings.js';
import { system } from '../../../access/principal.js';
import type { Store } from '../../../access/store.js';
import { type Tx, write } from '../../../access/write.js';
import type { NewEvent } from '../../../events/types.js';
import type { ConnectionId } from '../../../kernel/ids.js';
import { lockKinds } from '../../../storage/advisory-locks.js';
import { copyOf } from '../../../storage/rows.js';
import { sql } from '../../../storage/sql.js';
import { changesBetween } from '../../changes.js';
import { spreadRoles } from '../../groups/change-group.js';
import { mapRoles } from '../../groups/create-group.js';
import { Group } from '../../groups/group.js';
import { applyConnectionRules } from '../../users/apply-connection-rules.js';
import { carryOut } from '../../users/carry-out.js';
import { type Plan, planNothing } from '../../users/plan.js';
import { getUsers, queryUsers } from '../../users/queries/load-user.js';
import { profileOf, shownProfile, subjectOf, User, userState } from '../../users/user.js';
import { Connection, settingsOf } from '../connection.js';

const usersAtATime = 200;
const groupsAtATime = 20;
/**
 * Time in milliseconds within which a request that began under the old rules can still commit. No request takes longer.
 */
const graceMs = 10_000;

/**
 * Reapplies the rules of connections to the next batch of users and groups written under an older revision, and emits
 * the events. Each row stores its revision, so an interruption at any point neither loses nor repeats work. Returns
 * true if more rows are pending.
 */
export async function reapplyNextRules(store: Store): Promise<boolean> {
  const due = await store.database.manager.find(Connection, {
    select: { organizationId: true, id: true },
    where: { resettleSince: Not(IsNull()) },
    order: { resettleSince: 'ASC' },
    take: 20,
  });
  let more = false;
  for (const { organizationId, id } of due) {
    const principal = system(organizationId);
    const reapplied = await write(store, principal, (tx) => reapplyBatch(tx, id));
    if (reapplied === 0) await write(store, principal, (tx) => endReapplying(tx, id));
    if (reapplied) more = true;
  }
  return more;
}

/** Returns the number of rows that were reapplied; null if another transaction has the connection. */
async function reapplyBatch(tx: Tx, id: ConnectionId): Promise<number | null> {
  // Only other nodes doing the same work are excluded, and changes of the connection. A row lock against the former
  // would make sign-ins wait. TypeORM has no advisory locks.
  const [node] = await tx.session.unscoped.query<{ first: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtextextended(${id}, ${lockKinds.reapplyRules})) as first`,
  );
  if (!node?.first) return null;
  const where = { organizationId: tx.organizationId, id, resettleSince: Not(IsNull()) };
  const lock = { mode: 'for_key_share', onLocked: 'skip_locked' } as const;
  const connection = await tx.manager.findOne(Connection, { where, lock });
  if (!connection) return null;
  const settings = settingsOf(connection);
  return (await reapplyToGroups(tx, connection)) + (await reapplyToUsers(tx, connection, settings));
}

/**
 * Ends the work on a connection without pending rows. In a transaction of its own: one that holds the connection for
 * key share could deadlock with a change of the connection that waits for it.
 */
async function endReapplying(tx: Tx, id: ConnectionId): Promise<void> {
  const resettleSince = LessThan(new Date(tx.now.getTime() - graceMs));
  await tx.manager.update(
    Connection,
    { organizationId: tx.organizationId, id, resettleSince },
    { resettleSince: null },
  );
}

async function reapplyToGroups(tx: Tx, { id, settingsRevision }: Connection): Promise<number> {
  const groups = await tx.manager.find(Group, {
    where: { organizationId: tx.organizationId, connectionId: id, settingsRevision: LessThan(settingsRevision) },
    order: { id: 'ASC' },
    take: groupsAtATime,
    lock: { mode: 'pessimistic_write' },
  });
  for (const group of groups) {
    const { organizationId, id: groupId, roles } = group;
    await mapRoles(tx, group);
    const { mappedRoles } = group;
    await tx.manager.update(Group, { organizationId, id: groupId }, { mappedRoles, settingsRevision });
    await spreadRoles(tx, group, roles);
  }
  return groups.length;
}

async function reapplyToUsers(
  tx: Tx,
  { id, settingsRevision }: Connection,
  settings: ConnectionSettings,
): Promise<number> {
  const pending = queryUsers(tx)
    .andWhere('u.scimConnectionId = :id and u.deletedAt is null', { id })
    .andWhere('u.settingsRevision < :settingsRevision', { settingsRevision })
    .orderBy('u.id')
    .limit(usersAtATime);
  const users = await getUsers(pending.setLock('pessimistic_write', undefined, ['u']));
  const plans = users.map((user) => planReapplying(user, settings));
  await carryOut(tx, plans);
  const unchanged = plans.filter(({ isWritten }) => !isWritten).map(({ user }) => user.id);
  const where = { organizationId: tx.organizationId, id: Any(unchanged) };
  await tx.manager.update(User, where, { settingsRevision: settings.revision });
  return users.length;
}

function planReapplying(before: User, settings: ConnectionSettings): Plan {
  const user = copyOf(before);
  const { rolesMoved, notes } = applyConnectionRules(user, settings, profileOf(user));
  const changes = changesBetween({ ...shownProfile(before) }, { ...shownProfile(user) });
  const about = { subject: subjectOf(user), connectionId: user.scimConnectionId };
  const updated: NewEvent = { type: 'user.updated', ...about, data: userState(user), changes };
  return {
    ...planNothing(user),
    notes,
    events: changes.length > 0 ? [updated] : [],
    isWritten: changes.length > 0 || rolesMoved,
    roles: rolesMoved ? { mapping: true } : null,
  };
}
