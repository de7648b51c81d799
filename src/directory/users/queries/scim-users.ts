import { authorize } from '../../../access/authorize.js';
import { idpConnectionOf } from '../../../access/principal.js';
import { scopeOf } from '../../../access/scope.js';
import type { Read } from '../../../access/write.js';
import { NotFound } from '../../../kernel/errors.js';
import { type GroupId, parseId } from '../../../kernel/ids.js';
import { rowsOf } from '../../../storage/rows.js';
import { names, type Scoped, sql } from '../../../storage/sql.js';
import { groupsAbove } from '../../groups/nested-groups.js';
import { type Page, type PageOf, readPage, userTable } from '../../list-page.js';
import { User } from '../user.js';
import { externalIdOfUser, isVisibleTo } from './load-user.js';

/** Group of a user as SCIM returns it. */
export interface GroupOfUser {
  id: GroupId;
  display: string;
  /** False if the user is only in a group that is nested in this one. */
  direct: boolean;
}

/** Data of other rows that the SCIM resource of a user contains. */
export interface Related {
  groups: GroupOfUser[];
  /** Null if the manager is not provisioned, or if the caller cannot see the manager. */
  managerName: string | null;
}

/** User with the data that its SCIM resource contains. Only the columns of the resource are read. */
export interface ScimUser {
  user: User;
  related: Related;
}

/** The parts of the resources that the caller selects. */
interface Shown {
  groups: boolean;
}

const properties: ReadonlySet<keyof User> = new Set([
  'organizationId',
  'id',
  'userName',
  'profile',
  'active',
  'scimConnectionId',
  'managerId',
  'revision',
  'createdAt',
  'updatedAt',
  // What decides who can see the user.
  'deletedAt',
  'invitedAt',
  'suspendedAt',
]);

/** Returns one user with related data, in one statement. @throws NotFound, Forbidden */
export async function findScimUser(read: Read, id: string, shown: Shown): Promise<ScimUser> {
  const key = parseId('user', id);
  if (key === null) throw new NotFound('user');
  const { select, itemOf } = scimUsers(read, shown);
  const [row] = await read.session.query<Record<string, unknown>>(
    sql`select ${select} from users u where u.organization_id = ${scopeOf(read)} and u.id = ${key}`,
  );
  const found = row && itemOf(row);
  if (!found || !isVisibleTo(read.principal, found.user)) throw new NotFound('user');
  authorize(read, 'user.read', found.user);
  return found;
}

/** Returns a page of users with related data, in one statement. The condition is the one of `selectionOf`. */
export const listScimUsers = (read: Read, page: Page, shown: Shown): Promise<PageOf<ScimUser>> =>
  readPage(read.session, userTable, scimUsers(read, shown), page);

/** Returns the related data of a user who was just changed, in one statement. */
export async function relatedTo(read: Read, { id, managerId }: User, shown: Shown): Promise<Related> {
  const [row] = await read.session.query<Record<string, unknown>>(
    sql`select ${relatedData(read, shown)} from (select ${id}::text as id, ${managerId}::text as manager_id) u`,
  );
  return relatedIn(row);
}

function scimUsers(read: Read, shown: Shown) {
  const { names: columns, from } = rowsOf(read.session.dataSource, User).pick(properties);
  const own = names(columns.map((name) => `u.${name}`));
  return {
    select: sql`${own}, ${externalIdOfUser} as scim_external_id, ${relatedData(read, shown)}`,
    itemOf: (row: Record<string, unknown>): ScimUser => {
      const user = from(row);
      user.externalId = typeof row.scim_external_id === 'string' ? row.scim_external_id : null;
      return { user, related: relatedIn(row) };
    },
  };
}

function relatedIn(row: Record<string, unknown> | undefined): Related {
  const { related_groups: groups, manager_name: managerName } = row ?? {};
  return {
    groups: (groups as GroupOfUser[] | null | undefined) ?? [],
    managerName: typeof managerName === 'string' ? managerName : null,
  };
}

/** Returns the related data of the user `u`, as columns that are evaluated for each row. */
function relatedData(read: Read, { groups }: Shown): Scoped {
  const scope = scopeOf(read);
  const connectionId = idpConnectionOf(read.principal);
  const isManagerShown = connectionId
    ? sql`and (m.scim_connection_id is null or m.scim_connection_id = ${connectionId})`
    : sql``;
  const managerName = sql`(select coalesce(m.display_name, m.user_name) from users m
      where m.organization_id = ${scope} and m.id = u.manager_id and m.deleted_at is null ${isManagerShown})`;
  if (!groups) return sql`${managerName} as manager_name`;
  const direct = sql`select group_id, true from memberships where organization_id = ${scope} and user_id = u.id`;
  return sql`${managerName} as manager_name,
    (with recursive ${groupsAbove(scope, direct, { direct: true })}
      select json_agg(json_build_object('id', g.id, 'display', g.display_name, 'direct', up.direct) order by g.id)
      from (select id, bool_or(direct) as direct from above group by id) up
      join groups g on g.organization_id = ${scope} and g.id = up.id
      ${connectionId ? sql`where g.connection_id = ${connectionId}` : sql``}) as related_groups`;
}
