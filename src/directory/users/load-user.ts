import { scopeOf } from '../../access/scope.js';
import type { Read, Tx } from '../../access/write.js';
import { NotFound } from '../../errors.js';
import { type ConnectionId, parseId, type UserId } from '../../ids.js';
import type { Session } from '../../storage/database.js';
import { rowsOf } from '../../storage/rows.js';
import { type Sql, sql } from '../../storage/sql.js';
import { takesSeat, User } from './user.js';

/** The externalId of the connection that manages the account `u`. Looked up row by row, after a list's limit. */
export const externalIdOfUser = sql`(select i.external_id from identities i
    where i.organization_id = u.organization_id and i.connection_id = u.scim_connection_id and i.user_id = u.id)`;

/** Every statement that reads users starts so. */
export const selectUsers = sql`select u.*, ${externalIdOfUser} as scim_external_id from users u`;

/** The connection in whose number of managed accounts this one is. */
export const managingConnection = ({ scimConnectionId, deletedAt }: User): ConnectionId | null =>
  deletedAt ? null : scimConnectionId;

/** The accounts in rows of `selectUsers`. */
export function usersIn(session: Pick<Session, 'dataSource'>, rows: Record<string, unknown>[]): User[] {
  const mapping = rowsOf(session.dataSource, User);
  return rows.map((row) => {
    const user = mapping.from(row);
    user.externalId = typeof row.scim_external_id === 'string' ? row.scim_external_id : null;
    user.countedFor = managingConnection(user);
    user.seated = takesSeat(user);
    return user;
  });
}

/** The account, locked until the transaction ends. @throws NotFound */
export async function lockUser(tx: Tx, id: string): Promise<User> {
  return one(tx, id, sql`for update of u`);
}

/** The account as it is, for whoever may see it. @throws NotFound */
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

/** A SCIM connection sees its own accounts and those that none manages, and no tombstones; colleagues see who is there. */
export function isVisibleTo(principal: Read['principal'], user: User): boolean {
  if (principal.kind === 'user' && !principal.administrative) {
    return user.id === principal.userId || user.status === 'ACTIVE' || user.status === 'SUSPENDED';
  }
  if (principal.kind !== 'scim') return true;
  const managed = user.scimConnectionId === null || user.scimConnectionId === principal.connectionId;
  return managed && user.deletedAt === null;
}
