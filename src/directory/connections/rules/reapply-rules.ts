import { IsNull, Not } from 'typeorm';
import { system } from '../../../access/principal.js';
import type { ScimSettings } from '../../../access/scim-settings.js';
import { scopeOf } from '../../../access/scope.js';
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
import { selectUsers, usersIn } from '../../users/queries/load-user.js';
import { profileOf, shownProfile, subjectOf, type User, userState } from '../../users/user.js';
import { Connection, settingsOf } from '../connection.js';

const usersAtATime = 200;
const groupsAtATime = 20;
/** A request that began under the old settings can still commit within this time; no request takes longer. */
const graceMs = 10_000;

/**
 * Reapplies the rules of connections to the next batch of users and groups written under an older revision, and emits
 * the events. Each row stores its revision, so an interruption at any point neither loses nor repeats work. Returns
 * true if more rows are pending.
 */
export async function reapplyNextRules(store: Store): Promise<boolean> {
  const due = await store.database.query<Pick<Connection, 'organizationId' | 'id'>>(
    sql`select organization_id as "organizationId", id from connections
      where resettle_since is not null order by resettle_since limit 20`,
  );
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
  // would make sign-ins wait.
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
  await tx.session.query(
    sql`update connections set resettle_since = null
      where organization_id = ${scopeOf(tx)} and id = ${id} and resettle_since < ${new Date(tx.now.getTime() - graceMs)}`,
  );
}

async function reapplyToGroups(tx: Tx, { id, settingsRevision }: Connection): Promise<number> {
  const groups = await tx.session.rows(
    Group,
    sql`organization_id = ${scopeOf(tx)} and connection_id = ${id} and settings_revision < ${settingsRevision}
      order by id limit ${groupsAtATime} for update`,
  );
  for (const group of groups) {
    const { organizationId, id: groupId, roles } = group;
    await mapRoles(tx, group);
    const { mappedRoles } = group;
    await tx.manager.update(Group, { organizationId, id: groupId }, { mappedRoles, settingsRevision });
    await spreadRoles(tx, group, roles);
  }
  return groups.length;
}

async function reapplyToUsers(tx: Tx, { id, settingsRevision }: Connection, settings: ScimSettings): Promise<number> {
  const rows = await tx.session.query<Record<string, unknown>>(
    sql`${selectUsers}
      where u.organization_id = ${scopeOf(tx)} and u.scim_connection_id = ${id} and u.deleted_at is null
        and u.settings_revision < ${settingsRevision}
      order by u.id limit ${usersAtATime} for update of u`,
  );
  const users = usersIn(tx.session, rows);
  const plans = users.map((user) => planReapplying(user, settings));
  await carryOut(tx, plans);
  const unchanged = plans.filter(({ isWritten }) => !isWritten).map(({ user }) => user.id);
  await tx.session.query(
    sql`update users set settings_revision = ${settings.revision}
      where organization_id = ${scopeOf(tx)} and id = any(${unchanged})`,
  );
  return users.length;
}

function planReapplying(before: User, settings: ScimSettings): Plan {
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
