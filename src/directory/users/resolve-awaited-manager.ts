import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import type { NewEvent } from '../../events/types.js';
import { fold } from '../../kernel/fold.js';
import { enterpriseUrn } from '../../scim-model/enterprise-schema.js';
import { copyOf } from '../../storage/rows.js';
import { sql } from '../../storage/sql.js';
import { carryOut } from './carry-out.js';
import { type Plan, planNothing } from './plan.js';
import { managerOf } from './profile.js';
import { findManagers, type NamedManager } from './queries/find-managers.js';
import { selectUsers, usersIn } from './queries/load-user.js';
import { profileOf, subjectOf, type User, userState } from './user.js';

/** Sets a new account as the manager of users whose profiles name it, by an id of the IdP or by userName. */
export async function resolveAwaitedManager(tx: Tx, manager: User): Promise<void> {
  const names = [manager.externalId ?? [], manager.userNameKey].flat().map(fold);
  const rows = await tx.session.query<Record<string, unknown>>(
    sql`${selectUsers}
      where u.organization_id = ${scopeOf(tx)} and u.manager_id = any(${names})
        and (u.scim_connection_id is null or u.scim_connection_id = ${manager.scimConnectionId})
      order by u.id for update of u`,
  );
  const reports = usersIn(tx.session, rows);
  const found = await findManagers(tx, reports.flatMap(managerNamedBy));
  const theirs = reports.filter((user) => managerNamedBy(user).some((named) => found(named) === manager.id));
  await carryOut(
    tx,
    theirs.map((user) => planReport(user, manager)),
  );
}

function managerNamedBy(user: User): NamedManager[] {
  const name = managerOf(profileOf(user));
  return name === null ? [] : [{ connectionId: user.scimConnectionId, name }];
}

function planReport(report: User, { id }: User): Plan {
  const user = copyOf(report);
  user.managerId = id;
  const changes = [{ path: `${enterpriseUrn}:manager.value`, before: managerOf(profileOf(report)), after: id }];
  const about = { subject: subjectOf(user), connectionId: user.scimConnectionId };
  const updated: NewEvent = { type: 'user.updated', ...about, data: userState(user), changes };
  return { ...planNothing(user), isWritten: true, events: [updated] };
}
