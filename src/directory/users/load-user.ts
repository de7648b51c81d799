import type { Read, Tx } from '../../access/write.js';
import { NotFound } from '../../errors.js';
import { type ConnectionId, parseId, type UserId } from '../../ids.js';
import type { Session } from '../../storage/database.js';
import { rowsOf } from '../../storage/rows.js';
import { takesSeat, User } from './user.js';

/** The externalId of the connection that manages the account `u`. Looked up row by row, after a list's limit. */
export const externalIdOfUser = `(select i.external_id from identities i
    where i.organization_id = u.organization_id and i.connection_id = u.scim_connection_id and i.user_id = u.id)`;

/** Every statement that reads users starts so. */
export const selectUsers = `select u.*, ${externalIdOfUser} as scim_external_id from users u`;

/** The connection in whose number of managed accounts this one is. */
export const managingConnection = ({ scimConnectionId, deletedAt }: User): ConnectionId | null =>
  deletedAt ? null : scimConnectionId;

/** The accounts in rows of `selectUsers`. */
export function usersIn(session: Session, rows: Record<string, unknown>[]): User[] {
  const mapping = rowsOf(session.dataSource, User);
  return rows.map((row) => {
    const user = Object.assign(mapping.from(row), { externalId: row.scim_external_id ?? null });
    return Object.assign(user, { countedFor: managingConnection(user), seated: takesSeat(user) });
  });
}

/** The account, locked until the transaction ends. @throws NotFound */
export async function lockUser(tx: Tx, id: string): Promise<User> {
  return one(tx, id, `${selectUsers} where u.organization_id = $1 and u.id = $2 for update of u`);
}

/** The account as it is, for whoever may see it. @throws NotFound */
export async function loadUser(read: Read, id: string): Promise<User> {
  return one(read, id, `${selectUsers} where u.organization_id = $1 and u.id = $2`);
}

async function one({ session, organizationId, principal }: Read, id: string, statement: string): Promise<User> {
  const key: UserId | null = parseId('user', id);
  const rows = key ? await session.query<Record<string, unknown>>(statement, [organizationId, key]) : [];
  const [user] = usersIn(session, rows);
  if (!user || !isVisibleTo(principal, user)) throw new NotFound('user');
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
