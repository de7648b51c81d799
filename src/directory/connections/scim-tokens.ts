import { type FindOptionsWhere, IsNull, MoreThan } from 'typeorm';
import { authorize } from '../../access/authorize.js';
import { checkCount } from '../../access/check-count.js';
import type { Tx } from '../../access/write.js';
import { dayMs, daySeconds } from '../../kernel/durations.js';
import { BadInput, NotFound } from '../../kernel/errors.js';
import { type ConnectionId, newId, parseId, type ScimTokenId } from '../../kernel/ids.js';
import { checkAll } from '../../kernel/input-errors.js';
import { hashSecret, hintOf, newSecret } from '../../kernel/secrets.js';
import { create } from '../../storage/rows.js';
import type { Session } from '../../storage/session.js';
import { integer, sql } from '../../storage/sql.js';
import { lockConnection } from './find-connections.js';
import { ScimToken } from './scim-token.js';

const yearMs = 365 * dayMs;

const limit = {
  most: 50,
  owner: 'A connection',
  rows: 'valid SCIM tokens',
  remedy: 'Revoke an unused one.',
  field: 'connectionId',
};

/**
 * Creates a bearer token, shown only once. Earlier tokens stay valid for `overlapSeconds` (default: one day), so that
 * the IdP can be switched to the new token without downtime. The token is valid for one year unless `expiresAt` is set.
 *
 * @throws NotFound, Forbidden, BadInput
 */
export async function rotateScimToken(
  tx: Tx,
  connectionId: string,
  {
    overlapSeconds = daySeconds,
    expiresAt = new Date(tx.now.getTime() + yearMs),
  }: { overlapSeconds?: number; expiresAt?: Date },
) {
  const connection = await lockConnection(tx, connectionId);
  authorize(tx, 'connection.configure', connection);
  if (!connection.scimEnabled)
    throw new BadInput(
      'SCIM is disabled for this connection. Call updateConnection with provisioning: { enabled: true } first.',
      'connectionId',
    );
  checkAll([
    () => {
      if (overlapSeconds < 0) throw new BadInput('"overlapSeconds" must be 0 or more.');
    },
    () => {
      if (expiresAt <= tx.now) throw new BadInput('"expiresAt" must be in the future.');
    },
  ]);

  const end = new Date(tx.now.getTime() + overlapSeconds * 1000);
  await endTokens(tx, { connectionId: connection.id, clientId: IsNull() }, end);
  const bearer = { organizationId: tx.organizationId, connectionId: connection.id, clientId: IsNull() };
  const valid = [IsNull(), MoreThan(tx.now)].map((expires) => ({ ...bearer, expiresAt: expires }));
  await checkCount(tx, ScimToken, valid, limit);
  const { token, secret } = await addToken(tx, { connectionId: connection.id, clientId: null, expiresAt });
  tx.credentialsChanged = true;
  const data = { id: connection.id, tokenId: token.id, hint: token.hint, expiresAt };
  tx.emit({ type: 'connection.token_rotated', subject: { type: 'connection', id: connection.id }, data });
  return { connection, credential: token, secret, token: secret, expiresAt };
}

/** Creates the first token of a connection in which SCIM was enabled. */
export async function firstToken(tx: Tx, connectionId: string) {
  const { credential, secret } = await rotateScimToken(tx, connectionId, {});
  return { credential, secret, scimToken: secret };
}

/** Result of a change that creates no token. */
export const noToken = { credential: null, secret: null, scimToken: null } as const;

/** Adds a bearer token of the connection and returns the secret, of which only the hash is stored. */
export async function addToken(tx: Tx, given: Pick<ScimToken, 'connectionId' | 'clientId' | 'expiresAt'>) {
  const secret = newSecret('scim');
  const token = create(ScimToken, {
    organizationId: tx.organizationId,
    id: newId('tok'),
    ...given,
    hash: hashSecret(secret),
    hint: hintOf(secret),
    createdAt: tx.now,
    lastUsedAt: null,
  });
  await tx.session.insert(ScimToken, token);
  return { token, secret };
}

/**
 * Ends all tokens of a connection, including those of its OAuth clients. A token from before SCIM was disabled
 * therefore stays invalid when SCIM is enabled again.
 */
export async function endScimTokens(tx: Tx, { id }: { id: ConnectionId }): Promise<void> {
  await endTokens(tx, { connectionId: id }, tx.now);
  tx.credentialsChanged = true;
}

/** Sets the expiry of the tokens to `end`, unless they expire earlier. */
async function endTokens(tx: Tx, tokens: FindOptionsWhere<ScimToken>, end: Date): Promise<void> {
  const { organizationId } = tx;
  const later = [IsNull(), MoreThan(end)].map((expiresAt) => ({ ...tokens, organizationId, expiresAt }));
  await tx.manager.update(ScimToken, later, { expiresAt: end });
}

/** Revokes a token. It is invalid on every node within one second. @throws NotFound, Forbidden */
export async function revokeScimToken(tx: Tx, id: string): Promise<ScimTokenId> {
  const key = parseId('tok', id);
  const where = key && { organizationId: tx.organizationId, id: key };
  const token = where && (await tx.manager.findOne(ScimToken, { where, lock: { mode: 'pessimistic_write' } }));
  if (!token) throw new NotFound('SCIM token');
  authorize(tx, 'connection.configure', { organizationId: token.organizationId, id: token.connectionId });
  await tx.manager.delete(ScimToken, { organizationId: tx.organizationId, id: token.id });
  tx.credentialsChanged = true;
  const subject = { type: 'connection', id: token.connectionId } as const;
  tx.emit({ type: 'connection.token_rotated', subject, data: { id: token.connectionId, revokedTokenId: token.id } });
  return token.id;
}

const batch = 1_000;

/**
 * Deletes at most 1,000 expired tokens of OAuth clients. Expired tokens that an administrator created stay, because they
 * need attention. Returns true if more can be due.
 */
export async function pruneClientTokens(session: Session, now: Date): Promise<boolean> {
  // A locked token belongs to a client that fetches its next one, which deletes it.
  const deleted = await session.query(sql`delete from scim_tokens t using (
      select organization_id, id from scim_tokens where client_id is not null and expires_at < ${now}
      order by expires_at limit ${integer(batch)} for update skip locked
    ) due
    where t.organization_id = due.organization_id and t.id = due.id
    returning 1`);
  return deleted.length === batch;
}
