import { authorize } from '../../access/authorize.js';
import { findOwned, ownedBy } from '../../access/owned.js';
import type { Principal, Scope } from '../../access/principal.js';
import type { Read, Tx } from '../../access/write.js';
import { BadInput, NotFound } from '../../kernel/errors.js';
import { type ApiKeyId, newId, type OrganizationId, parseId } from '../../kernel/ids.js';
import { checkedAll } from '../../kernel/input-errors.js';
import { hashSecret, hintOf, newSecret } from '../../kernel/secrets.js';
import { type ListedRows, listRows } from '../../storage/list-rows.js';
import { create } from '../../storage/rows.js';
import type { Session } from '../../storage/session.js';
import { ApiKey } from './api-key.js';

export interface NewApiKey {
  name: string;
  scopes: Scope[];
  expiresAt?: Date | null;
}

/**
 * Creates an API key of the organization that the principal acts in, or a platform key if it acts in none. The secret
 * is shown only once.
 *
 * @throws Forbidden, BadInput
 */
export async function createApiKey(tx: Tx, { name, scopes, expiresAt = null }: NewApiKey) {
  const { organizationId } = tx.principal;
  authorize(tx, 'apiKey.manage', { organizationId });
  const { text } = checkedAll({
    text: () => checkedName(name),
    scopes: () => expectScopes(scopes),
    expiresAt: () => expectFuture(tx, expiresAt),
  });
  const secret = newSecret('key');
  const apiKey = keyOf(secret, {
    organizationId,
    name: text,
    scopes: [...new Set(scopes)],
    expiresAt,
    now: tx.now,
  });
  await tx.manager.insert(ApiKey, apiKey);
  return { apiKey, secret };
}

function checkedName(name: string | null): string {
  const text = name?.trim() ?? '';
  if (text === '' || text.length > 200) throw new BadInput('"name" must have 1 to 200 characters.');
  return text;
}

function expectScopes(scopes: readonly Scope[]): void {
  if (scopes.length === 0) throw new BadInput('"scopes" must contain at least one scope.');
}

function expectFuture(tx: Tx, expiresAt: Date | null | undefined): void {
  if (expiresAt && expiresAt <= tx.now) throw new BadInput('"expiresAt" must be in the future.');
}

/**
 * Changes the name or the expiry of a key. Absent fields stay unchanged, and null removes the expiry. Other nodes apply
 * the new expiry within one second.
 *
 * @throws NotFound, Forbidden, BadInput
 */
export async function updateApiKey(
  tx: Tx,
  id: string,
  { name, expiresAt }: { name?: string | null; expiresAt?: Date | null },
): Promise<ApiKey> {
  const apiKey = await lockApiKey(tx, id);
  const { text } = checkedAll({
    text: () => (name === undefined ? apiKey.name : checkedName(name)),
    expiresAt: () => expectFuture(tx, expiresAt),
  });
  apiKey.name = text;
  if (expiresAt !== undefined) apiKey.expiresAt = expiresAt;
  await tx.manager.update(ApiKey, apiKey.id, { name: apiKey.name, expiresAt: apiKey.expiresAt });
  tx.credentialsChanged = true;
  return apiKey;
}

/** Returns a new key, not saved yet, with the hash of `secret`. */
export function keyOf(
  secret: string,
  {
    now,
    fromEnvironment = false,
    ...rest
  }: Pick<ApiKey, 'organizationId' | 'name' | 'scopes' | 'expiresAt'> & { now: Date; fromEnvironment?: boolean },
): ApiKey {
  const id = newId('key');
  return create(ApiKey, {
    id,
    ...rest,
    hash: hashSecret(secret),
    hint: hintOf(secret),
    fromEnvironment,
    createdAt: now,
    lastUsedAt: null,
  });
}

/** Revokes a key immediately; other nodes reject it within one second. @throws NotFound, Forbidden */
export async function revokeApiKey(tx: Tx, id: string): Promise<ApiKeyId> {
  const apiKey = await lockApiKey(tx, id);
  await tx.manager.delete(ApiKey, apiKey.id);
  tx.credentialsChanged = true;
  return apiKey.id;
}

async function lockApiKey(tx: Tx, id: string): Promise<ApiKey> {
  const apiKey = await findOwned(tx.session.unscoped, ApiKey, tx.principal, parseId('key', id), { lock: true });
  if (!apiKey) throw new NotFound('API key');
  authorize(tx, 'apiKey.manage', apiKey);
  return apiKey;
}

/** Returns the organization's keys, oldest first. @throws Forbidden */
export async function findApiKeys(read: Read): Promise<ApiKey[]> {
  authorize(read, 'apiKey.read', { organizationId: read.organizationId });
  const { organizationId } = read;
  return read.session.manager.find(ApiKey, { where: { organizationId }, order: { id: 'ASC' } });
}

/**
 * Returns the queries of the keys of an organization, or of the platform if it is null. Default: those of the caller.
 *
 * @throws Forbidden
 */
export function listApiKeys(
  session: Session,
  principal: Principal,
  organizationId: OrganizationId | null = principal.organizationId,
): ListedRows<ApiKey> {
  authorize({ principal }, 'apiKey.read', { organizationId });
  return listRows(session, ApiKey, ownedBy(organizationId));
}
