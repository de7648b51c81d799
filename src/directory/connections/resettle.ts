import { IsNull, Not } from 'typeorm';
import { system } from '../../access/principal.js';
import type { ScimSettings } from '../../access/scim-settings.js';
import { scopeOf } from '../../access/scope.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import type { NewEvent } from '../../events/types.js';
import type { ConnectionId } from '../../ids.js';
import { copyOf } from '../../storage/rows.js';
import { sql } from '../../storage/sql.js';
import { changesBetween } from '../changes.js';
import { spreadRoles } from '../groups/change-group.js';
import { mapRoles } from '../groups/create-group.js';
import { Group } from '../groups/group.js';
import { applyConnectionRules } from '../users/apply-connection-rules.js';
import { carryOut } from '../users/carry-out.js';
import { selectUsers, usersIn } from '../users/load-user.js';
import { type Plan, planNothing } from '../users/plan.js';
import { profileOf, shownProfile, subjectOf, type User, userState } from '../users/user.js';
import { Connection, settingsOf } from './connection.js';

const usersAtATime = 200;
const groupsAtATime = 20;
/** A request that began under the old settings can still commit within this time; no request takes longer. */
const graceMs = 10_000;

/**
 * Reapplies the rules of connections to the next batch of users and groups written under an older revision, and emits
 * the events. Each row stores its revision, so an interruption at any point neither loses nor repeats work. Returns
 * true if more rows are pending.
 */
export async function resettleNext(store: Store): Promise<boolean> {
  const due = await store.database.query<Pick<Connection, 'organizationId' | 'id'>>(
    sql`select organization_id as "organizationId", id from connections
      where resettle_since is not null order by resettle_since limit 20`,
  );
  let more = false;
  for (const { organizationId, id } of due) {
    more = (await write(store, system(organizationId), (tx) => resettleSome(tx, id))) || more;
  }
  return more;
}

async function resettleSome(tx: Tx, id: ConnectionId): Promise<boolean> {
  // Skip the connection if another node has locked it for the same work.
  const { organizationId } = tx;
  const where = { organizationId, id, resettleSince: Not(IsNull()) };
  const lock = { mode: 'for_no_key_update', onLocked: 'skip_locked' } as const;
  const connection = await tx.manager.findOne(Connection, { where, lock });
  if (!connection?.resettleSince) return false;
  const settings = settingsOf(connection);
  const settled = (await resettleGroups(tx, connection)) + (await resettleUsers(tx, connection, settings));
  if (settled > 0) return true;
  if (tx.now.getTime() - connection.resettleSince.getTime() > graceMs) {
    await tx.manager.update(Connection, { organizationId, id }, { resettleSince: null });
  }
  return false;
}

async function resettleGroups(tx: Tx, { id, settingsRevision }: Connection): Promise<number> {
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

async function resettleUsers(tx: Tx, { id, settingsRevision }: Connection, settings: ScimSettings): Promise<number> {
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
