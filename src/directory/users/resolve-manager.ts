import type { Tx } from '../../access/write.js';
import { enterpriseUrn } from '../../attributes/enterprise-schema.js';
import { fold } from '../../fold.js';
import { parseId, type UserId } from '../../ids.js';
import { subjectOf } from './account-life.js';
import { selectUsers, usersIn } from './load-user.js';
import { managerOf } from './profile.js';
import { saveUser } from './save-user.js';
import { profileOf, type User, userState } from './user.js';

/**
 * Finds the account behind a manager that the IdP names by its own id or by userName. One who is not provisioned yet stays
 * as the IdP's word, folded, until `resolveReports`.
 */
export async function resolveManager(tx: Tx, user: User): Promise<void> {
  const named = managerOf(profileOf(user));
  if (named === null || parseId('user', named)) return;
  const [found] = await tx.session.query<{ id: UserId }>(
    `select user_id as id from identities where organization_id = $1 and connection_id = $2 and external_id = $3
     union all
     select id from users where organization_id = $1 and user_name_key = $4 and deleted_at is null
       and coalesce(scim_connection_id, $2) = $2
     limit 1`,
    [tx.organizationId, user.scimConnectionId, named, fold(named)],
  );
  user.managerId = found?.id ?? fold(named);
}

/** Under which names people may have waited for this manager. */
const namesOf = ({ externalId, userNameKey }: User): string[] =>
  externalId === null ? [userNameKey] : [fold(externalId), userNameKey];

/** Gives those who waited for this manager, under an id of the IdP or the userName, the account; one event each. */
export async function resolveReports(tx: Tx, manager: User): Promise<void> {
  const names = namesOf(manager);
  const rows = await tx.session.query<Record<string, unknown>>(
    `${selectUsers} where u.organization_id = $1 and u.manager_id = any($2)
       and (u.scim_connection_id is null or u.scim_connection_id = $3) order by u.id for update of u`,
    [tx.organizationId, names, manager.scimConnectionId],
  );
  for (const user of usersIn(tx.session, rows)) {
    await resolveManager(tx, user);
    if (user.managerId !== manager.id) continue;
    const before = managerOf(profileOf(user));
    const changes = [{ path: `${enterpriseUrn}:manager.value`, before, after: manager.id }];
    const about = { subject: subjectOf(user), connectionId: user.scimConnectionId };
    tx.emit({ type: 'user.updated', ...about, data: userState(user), changes });
    await saveUser(tx, user);
  }
}
