import { LessThan } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import { checkCount } from '../../access/check-count.js';
import type { Tx } from '../../access/write.js';
import type { EventPayloads } from '../../events/payloads.js';
import { BadInput, NotFound } from '../../kernel/errors.js';
import { newId, parseId, type ScimClientId } from '../../kernel/ids.js';
import { checkedAll } from '../../kernel/input-errors.js';
import { isObject, type Json } from '../../kernel/json.js';
import { hashSecret, newSecret } from '../../kernel/secrets.js';
import { create } from '../../storage/rows.js';
import { checkedName } from '../organizations/create-organization.js';
import { Connection } from './connection.js';
import { lockConnection } from './find-connections.js';
import { ScimClient } from './scim-client.js';
import { ScimToken } from './scim-token.js';
import { addToken } from './scim-tokens.js';

/** Lifetime of a SCIM token issued to an OAuth client, in seconds. */
export const tokenSeconds = 3_600;

const limit = {
  most: 50,
  owner: 'A connection',
  rows: 'SCIM clients',
  remedy: 'Delete an unused one.',
  field: 'connectionId',
};

/**
 * Creates an OAuth client of the connection. Without `jwks` it gets a secret, shown only once; with `jwks` it signs its
 * requests and has no secret.
 *
 * @throws NotFound, Forbidden, BadInput
 */
export async function createScimClient(
  tx: Tx,
  { connectionId, name, jwks }: { connectionId: string; name: string; jwks: unknown },
) {
  const connection = await lockConnection(tx, connectionId);
  authorize(tx, 'connection.manage', connection);
  if (!connection.scimEnabled)
    throw new BadInput(
      'SCIM is disabled for this connection. Call updateConnection with provisioning: { enabled: true } first.',
      'connectionId',
    );
  await checkCount(tx, ScimClient, { organizationId: tx.organizationId, connectionId: connection.id }, limit);
  const checked = checkedAll({
    name: () => checkedName(name, 'name'),
    keys: () => (jwks == null ? null : checkedKeys(jwks)),
  });
  const { keys } = checked;
  const clientSecret = keys ? null : newSecret('client');
  const client = create(ScimClient, {
    organizationId: tx.organizationId,
    id: newId('cli'),
    connectionId: connection.id,
    name: checked.name,
    secretHash: clientSecret === null ? null : hashSecret(clientSecret),
    jwks: keys,
    createdAt: tx.now,
    lastUsedAt: null,
  });
  await tx.session.insert(ScimClient, client);
  emitClientChange(tx, { id: connection.id, clientId: client.id });
  return { scimClient: client, secret: clientSecret };
}

const secretParts = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

function checkedKeys(jwks: unknown): { keys: Json[] } {
  const keys = isObject(jwks) && Array.isArray(jwks.keys) ? jwks.keys.filter(isObject) : [];
  if (keys.length === 0 || keys.length > 20)
    throw new BadInput('"jwks" must be a JSON Web Key Set with 1 to 20 keys (RFC 7517 section 5).');
  if (keys.some((key) => secretParts.some((part) => part in key) || key.kty === 'oct'))
    throw new BadInput('"jwks" must contain public keys only. Remove private and symmetric keys.');
  return { keys };
}

/** Deletes the client and all its tokens, which are invalid at once. @throws NotFound, Forbidden */
export async function deleteScimClient(tx: Tx, id: string): Promise<ScimClientId> {
  const key = parseId('cli', id);
  const where = key && { organizationId: tx.organizationId, id: key };
  const client = where && (await tx.manager.findOne(ScimClient, { where, lock: { mode: 'pessimistic_write' } }));
  if (!client) throw new NotFound('SCIM client');
  authorize(tx, 'connection.manage', client);
  await tx.manager.delete(ScimClient, { organizationId: tx.organizationId, id: client.id });
  emitClientChange(tx, { id: client.connectionId, deletedClientId: client.id });
  return client.id;
}

function emitClientChange(tx: Tx, data: EventPayloads['connection.token_rotated']): void {
  tx.credentialsChanged = true;
  tx.emit({ type: 'connection.token_rotated', subject: { type: 'connection', id: data.id }, data });
}

/**
 * Creates a token for an authenticated client and deletes its expired tokens. Returns null if the connection has SCIM
 * disabled or is not ACTIVE, or if the client was deleted.
 */
export async function fetchToken(tx: Tx, { id: clientId, connectionId }: ScimClient): Promise<string | null> {
  const { organizationId } = tx;
  // A transaction that ends all tokens of the connection waits for this lock, or this query sees its change.
  const open = await tx.manager.findOne(Connection, {
    select: { organizationId: true, id: true },
    where: { organizationId, id: connectionId, scimEnabled: true, state: 'ACTIVE' },
    lock: { mode: 'pessimistic_read' },
  });
  if (!open) return null;
  // Locks the client before its tokens, as a deletion of the client does.
  const { affected } = await tx.manager.update(ScimClient, { organizationId, id: clientId }, { lastUsedAt: tx.now });
  if (affected === 0) return null;
  await tx.manager.delete(ScimToken, { organizationId, clientId, expiresAt: LessThan(tx.now) });
  const expiresAt = new Date(tx.now.getTime() + tokenSeconds * 1000);
  const { secret } = await addToken(tx, { connectionId, clientId, expiresAt });
  return secret;
}
