import { IsNull, MoreThan } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import type { ConnectionSettings } from '../../access/connection-settings.js';
import { scopeOf } from '../../access/scope.js';
import type { Read, Tx } from '../../access/write.js';
import { NotFound } from '../../kernel/errors.js';
import { type ConnectionId, parseId } from '../../kernel/ids.js';
import { type Sql, sql } from '../../storage/sql.js';
import { Connection, settingsOf } from './connection.js';
import { ScimToken } from './scim-token.js';

/** Returns the connection, locked for update. @throws NotFound */
export async function lockConnection(tx: Tx, id: string): Promise<Connection> {
  const key = parseId('conn', id);
  const where = key && { organizationId: tx.organizationId, id: key };
  const connection = where && (await tx.manager.findOne(Connection, { where, lock: { mode: 'pessimistic_write' } }));
  if (!connection) throw new NotFound('connection');
  return connection;
}

/** Returns the connection and locks its row against deletion. Sign-ins through it do not wait. @throws NotFound */
export async function keepConnection(tx: Tx, id: string): Promise<Connection> {
  return one(tx, id, sql`for key share`);
}

/** Returns the connection and locks its row against changes by other transactions. @throws NotFound, Forbidden */
export async function holdConnection(tx: Tx, id: string): Promise<Connection> {
  const connection = await one(tx, id, sql`for share`);
  authorize(tx, 'connection.read', connection);
  return connection;
}

/** Returns the settings that apply to writes to what the connection manages; null if the connection was deleted. */
export async function settingsFor(read: Read, connectionId: string): Promise<ConnectionSettings | null> {
  const { principal } = read;
  if (principal.kind === 'scim' && principal.connectionId === connectionId) return principal.settings;
  const [connection] = await read.session.rows(
    Connection,
    sql`organization_id = ${scopeOf(read)} and id = ${connectionId}`,
  );
  return connection ? settingsOf(connection) : null;
}

/** Returns one connection. @throws NotFound, Forbidden */
export async function findConnection(read: Read, id: string): Promise<Connection> {
  const connection = await one(read, id, sql``);
  authorize(read, 'connection.read', connection);
  return connection;
}

// Handwritten SQL, because every sign-in reads the connection through this function.
async function one(read: Read, id: string, suffix: Sql): Promise<Connection> {
  const key = parseId('conn', id);
  const [connection] = key
    ? await read.session.rows(Connection, sql`organization_id = ${scopeOf(read)} and id = ${key} ${suffix}`)
    : [];
  if (!connection) throw new NotFound('connection');
  return connection;
}

/** Returns the valid SCIM tokens of a connection, oldest first. @throws Forbidden */
export async function findScimTokens(read: Read, connectionId: ConnectionId, now: Date): Promise<ScimToken[]> {
  authorize(read, 'connection.read', { organizationId: read.organizationId, id: connectionId });
  const bearer = { organizationId: read.organizationId, connectionId, clientId: IsNull() };
  const where = [IsNull(), MoreThan(now)].map((expiresAt) => ({ ...bearer, expiresAt }));
  return read.session.manager.find(ScimToken, { where, order: { id: 'ASC' } });
}
