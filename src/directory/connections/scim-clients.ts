import { authorize } from '../../access/authorize.js';
import { hashSecret, newSecret } from '../../access/secrets.js';
import type { Read, Tx } from '../../access/write.js';
import { BadInput, NotFound } from '../../errors.js';
import { type ConnectionId, newId, parseId, type ScimClientId } from '../../ids.js';
import { isObject, type Json } from '../../json.js';
import { checkedName } from '../organizations/create-organization.js';
import { lockConnection } from './find-connections.js';
import { ScimClient } from './scim-client.js';
import { addToken } from './scim-tokens.js';

/** How long a fetched token is good for. */
export const tokenSeconds = 3_600;

/**
 * Makes an OAuth client of the connection. Without keys it gets a secret, shown this once; with keys it signs its requests
 * and there is no secret.
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
    throw new BadInput('The connection does not provision by SCIM; update it with scim: true.');
  const keys = jwks == null ? null : checkedKeys(jwks);
  const clientSecret = keys ? null : newSecret('client');
  const client = Object.assign(new ScimClient(), {
    organizationId: tx.organizationId,
    id: newId('cli'),
    connectionId: connection.id,
    name: checkedName(name, 'name'),
    secretHash: clientSecret === null ? null : hashSecret(clientSecret),
    jwks: keys,
    createdAt: tx.now,
    lastUsedAt: null,
  });
  await tx.session.insert(ScimClient, client);
  tellChange(tx, connection.id, { clientId: client.id });
  return { client, clientSecret };
}

const secretParts = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

function checkedKeys(jwks: unknown): { keys: Json[] } {
  const keys = isObject(jwks) && Array.isArray(jwks.keys) ? jwks.keys.filter(isObject) : [];
  if (keys.length === 0 || keys.length > 20)
    throw new BadInput('"jwks" must be a JSON Web Key Set with 1 to 20 keys (RFC 7517 section 5).');
  if (keys.some((key) => secretParts.some((part) => part in key) || key.kty === 'oct'))
    throw new BadInput('"jwks" must hold public keys only; a private or symmetric key is in it.');
  return { keys };
}

/** Ends the client and every token that it fetched, at once. @throws NotFound, Forbidden */
export async function deleteScimClient(tx: Tx, id: string): Promise<ScimClientId> {
  const key = parseId('cli', id);
  const [client] = key
    ? await tx.session.rows(ScimClient, 'organization_id = $1 and id = $2 for update', [tx.organizationId, key])
    : [];
  if (!client) throw new NotFound('SCIM client');
  authorize(tx, 'connection.manage', client);
  await tx.session.query('delete from scim_clients where organization_id = $1 and id = $2', [
    tx.organizationId,
    client.id,
  ]);
  tellChange(tx, client.connectionId, { deletedClientId: client.id });
  return client.id;
}

function tellChange(tx: Tx, connectionId: ConnectionId, data: Json): void {
  tx.credentialsChanged = true;
  const subject = { type: 'connection', id: connectionId } as const;
  tx.emit({ type: 'connection.token_rotated', subject, data: { id: connectionId, ...data } });
}

/** The clients of a connection, oldest first. @throws Forbidden */
export async function findScimClients(read: Read, connectionId: ConnectionId): Promise<ScimClient[]> {
  authorize(read, 'connection.read', { organizationId: read.organizationId, id: connectionId });
  return read.session.rows(ScimClient, 'organization_id = $1 and connection_id = $2 order by id', [
    read.organizationId,
    connectionId,
  ]);
}

/** A fresh token for a client that has proved who it is. Tokens of its that have run out are swept away. */
export async function fetchToken(tx: Tx, client: ScimClient): Promise<string> {
  await tx.session.query(
    `with swept as (delete from scim_tokens where organization_id = $1 and client_id = $2 and expires_at < $3)
     update scim_clients set last_used_at = $3 where organization_id = $1 and id = $2`,
    [tx.organizationId, client.id, tx.now],
  );
  const expiresAt = new Date(tx.now.getTime() + tokenSeconds * 1000);
  const { secret } = await addToken(tx, { connectionId: client.connectionId, clientId: client.id, expiresAt });
  return secret;
}
