import { IsNull, MoreThan } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import type { ScimSettings } from '../../access/scim-settings.js';
import { ScimToken } from '../../access/scim-token.js';
import { scopeOf } from '../../access/scope.js';
import type { Read, Tx } from '../../access/write.js';
import { NotFound } from '../../errors.js';
import { type ConnectionId, parseId } from '../../ids.js';
import { type Sql, sql } from '../../storage/sql.js';
import { Connection, settingsOf } from './connection.js';

/** The connection, locked for change. @throws NotFound */
export async function lockConnection(tx: Tx, id: string): Promise<Connection> {
  const key = parseId('conn', id);
  const where = key && { organizationId: tx.organizationId, id: key };
  const connection = where && (await tx.manager.findOne(Connection, { where, lock: { mode: 'pessimistic_write' } }));
  if (!connection) throw new NotFound('connection');
  return connection;
}

/** The connection as the transaction decides by it: nobody changes it meanwhile. @throws NotFound, Forbidden */
export async function holdConnection(tx: Tx, id: string): Promise<Connection> {
  const connection = await one(tx, id, sql`for share`);
  authorize(tx, 'connection.read', connection);
  return connection;
}

/** What a write to something that the connection manages has to obey; null for a connection that is gone. */
export async function settingsFor(read: Read, connectionId: string): Promise<ScimSettings | null> {
  const { principal } = read;
  if (principal.kind === 'scim' && principal.connectionId === connectionId) return principal.settings;
  const [connection] = await read.session.rows(
    Connection,
    sql`organization_id = ${scopeOf(read)} and id = ${connectionId}`,
  );
  return connection ? settingsOf(connection) : null;
}

/** One connection. @throws NotFound, Forbidden */
export async function findConnection(read: Read, id: string): Promise<Connection> {
  const connection = await one(read, id, sql``);
  authorize(read, 'connection.read', connection);
  return connection;
}

// Sign-ins read the connection by it.
async function one(read: Read, id: string, suffix: Sql): Promise<Connection> {
  const key = parseId('conn', id);
  const [connection] = key
    ? await read.session.rows(Connection, sql`organization_id = ${scopeOf(read)} and id = ${key} ${suffix}`)
    : [];
  if (!connection) throw new NotFound('connection');
  return connection;
}

/** The SCIM tokens of a connection that are valid now, oldest first. @throws Forbidden */
export async function findScimTokens(read: Read, connectionId: ConnectionId, now: Date): Promise<ScimToken[]> {
  authorize(read, 'connection.read', { organizationId: read.organizationId, id: connectionId });
  const bearer = { organizationId: read.organizationId, connectionId, clientId: IsNull() };
  const where = [IsNull(), MoreThan(now)].map((expiresAt) => ({ ...bearer, expiresAt }));
  return read.session.manager.find(ScimToken, { where, order: { id: 'ASC' } });
}
