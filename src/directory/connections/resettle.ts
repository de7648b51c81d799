import { system } from '../../access/principal.js';
import type { ScimSettings } from '../../access/scim-settings.js';
import type { Store } from '../../access/store.js';
import { type Tx, write } from '../../access/write.js';
import type { ConnectionId, OrganizationId } from '../../ids.js';
import { changesBetween } from '../changes.js';
import { spreadRoles } from '../groups/change-group.js';
import { mapRoles } from '../groups/create-group.js';
import { Group } from '../groups/group.js';
import { recomputeRoles } from '../roles/recompute-roles.js';
import { subjectOf } from '../users/account-life.js';
import { selectUsers, usersIn } from '../users/load-user.js';
import { saveUser } from '../users/save-user.js';
import { settleUser } from '../users/settle-user.js';
import { profileOf, shownProfile, type User, userState } from '../users/user.js';
import { Connection, settingsOf } from './connection.js';

const usersAtATime = 200;
const groupsAtATime = 20;
/** A request that began under the old settings may still commit; none lasts longer than this. */
const graceMs = 10_000;

interface Due {
  organization_id: OrganizationId;
  id: ConnectionId;
}

/**
 * Brings the next few users and groups that were written under older settings of their connection up to date, with their
 * events. Rows carry the revision that they were written under, so a stop at any moment loses nothing and repeats nothing.
 * Says whether there is more to do now.
 */
export async function resettleNext(store: Store): Promise<boolean> {
  const due = await store.database.query<Due>(
    'select organization_id, id from connections where resettle_since is not null order by resettle_since limit 20',
  );
  let more = false;
  for (const { organization_id: organizationId, id } of due) {
    more = (await write(store, system(organizationId), (tx) => resettleSome(tx, id))) || more;
  }
  return more;
}

async function resettleSome(tx: Tx, id: ConnectionId): Promise<boolean> {
  // Another node that is at it has the row: this one passes on.
  const [connection] = await tx.session.rows(
    Connection,
    'organization_id = $1 and id = $2 and resettle_since is not null for no key update skip locked',
    [tx.organizationId, id],
  );
  if (!connection?.resettleSince) return false;
  const settings = settingsOf(connection);
  const settled = (await resettleGroups(tx, connection)) + (await resettleUsers(tx, connection, settings));
  if (settled > 0) return true;
  if (tx.now.getTime() - connection.resettleSince.getTime() > graceMs) {
    await tx.session.query('update connections set resettle_since = null where organization_id = $1 and id = $2', [
      tx.organizationId,
      id,
    ]);
  }
  return false;
}

async function resettleGroups(tx: Tx, { id, settingsRevision }: Connection): Promise<number> {
  const groups = await tx.session.rows(
    Group,
    'organization_id = $1 and connection_id = $2 and settings_revision < $3 order by id limit $4 for update',
    [tx.organizationId, id, settingsRevision, groupsAtATime],
  );
  for (const group of groups) {
    const { roles } = group;
    await mapRoles(tx, group);
    await tx.session.query(
      'update groups set mapped_roles = $3, settings_revision = $4 where organization_id = $1 and id = $2',
      [tx.organizationId, group.id, group.mappedRoles, settingsRevision],
    );
    await spreadRoles(tx, group, roles);
  }
  return groups.length;
}

async function resettleUsers(tx: Tx, { id, settingsRevision }: Connection, settings: ScimSettings): Promise<number> {
  const rows = await tx.session.query<Record<string, unknown>>(
    `${selectUsers} where u.organization_id = $1 and u.scim_connection_id = $2 and u.deleted_at is null
       and u.settings_revision < $3 order by u.id limit $4 for update of u`,
    [tx.organizationId, id, settingsRevision, usersAtATime],
  );
  const users = usersIn(tx.session, rows);
  for (const user of users) await resettleUser(tx, user, settings);
  return users.length;
}

async function resettleUser(tx: Tx, user: User, settings: ScimSettings): Promise<void> {
  const before = shownProfile(user);
  const { rolesMoved } = settleUser(tx, user, settings, profileOf(user));
  const changes = changesBetween({ ...before }, { ...shownProfile(user) });
  if (changes.length > 0) {
    const about = { subject: subjectOf(user), connectionId: user.scimConnectionId };
    tx.emit({ type: 'user.updated', ...about, data: userState(user), changes });
  }
  if (changes.length > 0 || rolesMoved) await saveUser(tx, user);
  else {
    await tx.session.query('update users set settings_revision = $3 where organization_id = $1 and id = $2', [
      tx.organizationId,
      user.id,
      user.settingsRevision,
    ]);
  }
  if (rolesMoved) await recomputeRoles(tx, [user.id], { mapping: true });
}
