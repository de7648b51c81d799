import type { SelectQueryBuilder } from 'typeorm';
import { scopeOf } from '../../../access/scope.js';
import type { Read, Tx } from '../../../access/write.js';
import { NotFound } from '../../../kernel/errors.js';
import { type ConnectionId, parseId, type UserId } from '../../../kernel/ids.js';
import { rowsOf } from '../../../storage/rows.js';
import type { Session } from '../../../storage/session.js';
import { type Sql, sql } from '../../../storage/sql.js';
import { Identity } from '../identity.js';
import { takesSeat, User } from '../user.js';

/**
 * Selects the `externalId` of the account `u` at its managing connection. It is evaluated per row, after the limit of a
 * list.
 */
export const externalIdOfUser = sql`(select i.external_id from identities i
    where i.organization_id = u.organization_id and i.connection_id = u.scim_connection_id and i.user_id = u.id)`;

/** The beginning of every handwritten statement that reads users. */
export const selectUsers = sql`select u.*, ${externalIdOfUser} as scim_external_id from users u`;

/** Returns the connection that counts this account as managed. */
export const managingConnection = ({ scimConnectionId, deletedAt }: User): ConnectionId | null =>
  deletedAt ? null : scimConnectionId;

/** Returns the accounts in rows of `selectUsers`. */
export function usersIn(session: Pick<Session, 'dataSource'>, rows: Record<string, unknown>[]): User[] {
  const mapping = rowsOf(session.dataSource, User);
  return rows.map((row) => completed(mapping.from(row), row));
}

/** Sets the properties that are not columns of the account's row. */
function completed(user: User, row: Record<string, unknown> | undefined): User {
  user.externalId = typeof row?.scim_external_id === 'string' ? row.scim_external_id : null;
  user.countedFor = managingConnection(user);
  user.seated = takesSeat(user);
  return user;
}

/**
 * Returns a query builder for the organization's accounts `u`, for administration and jobs. The caller adds conditions
 * with `andWhere`, and `getUsers` runs it.
 */
export function queryUsers({ session, organizationId }: Pick<Read, 'session' | 'organizationId'>) {
  return session.manager
    .createQueryBuilder(User, 'u')
    .addSelect(
      (query) =>
        query
          .select('i.externalId')
          .from(Identity, 'i')
          .where('i.organizationId = u.organizationId and i.connectionId = u.scimConnectionId and i.userId = u.id'),
      'scim_external_id',
    )
    .where('u.organizationId = :organizationId', { organizationId });
}

/** Returns the accounts of a query of `queryUsers`. */
export async function getUsers(query: SelectQueryBuilder<User>): Promise<User[]> {
  const { entities, raw } = await query.getRawAndEntities<Record<string, unknown>>();
  return entities.map((user, n) => completed(user, raw[n]));
}

/** Returns the account, locked until the transaction ends. @throws NotFound */
export async function lockUser(tx: Tx, id: string): Promise<User> {
  return one(tx, id, sql`for update of u`);
}

/**
 * Returns the accounts with these ids, locked until the transaction ends, in the order of their ids. Unknown and
 * malformed ids are omitted.
 */
export async function lockUsers(tx: Tx, ids: readonly string[]): Promise<User[]> {
  const keys = ids.flatMap((id) => parseId('user', id) ?? []);
  // One order of the locks in all transactions prevents deadlocks.
  const rows = await tx.session.query<Record<string, unknown>>(
    sql`${selectUsers} where u.organization_id = ${scopeOf(tx)} and u.id = any(${keys}) order by u.id for update of u`,
  );
  return usersIn(tx.session, rows).filter((user) => isVisibleTo(tx.principal, user));
}

/** Returns the account if the caller can see it. Does not lock the row. @throws NotFound */
export async function loadUser(read: Read, id: string): Promise<User> {
  return one(read, id, sql``);
}

async function one(read: Read, id: string, suffix: Sql): Promise<User> {
  const key: UserId | null = parseId('user', id);
  const statement = sql`${selectUsers} where u.organization_id = ${scopeOf(read)} and u.id = ${key} ${suffix}`;
  const rows = key ? await read.session.query<Record<string, unknown>>(statement) : [];
  const [user] = usersIn(read.session, rows);
  if (!user || !isVisibleTo(read.principal, user)) throw new NotFound('user');
  return user;
}

/**
 * Returns true if the caller can see the account. A SCIM connection sees its own and unmanaged accounts, but no
 * tombstones. A user without an administrative role sees its own account and other current users.
 */
export function isVisibleTo(principal: Read['principal'], user: User): boolean {
  if (principal.kind === 'user' && !principal.administrative) {
    return user.id === principal.userId || user.status === 'ACTIVE' || user.status === 'SUSPENDED';
  }
  if (principal.kind !== 'scim') return true;
  const managed = user.scimConnectionId === null || user.scimConnectionId === principal.connectionId;
  return managed && user.deletedAt === null;
}
