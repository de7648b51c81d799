import { BadInput, NotFound } from '../errors.js';
import { type ApiKeyId, newId, parseId } from '../ids.js';
import { ApiKey } from './api-key.js';
import { authorize } from './authorize.js';
import type { Scope } from './principal.js';
import { hashSecret, hintOf, newSecret } from './secrets.js';
import type { Read, Tx } from './write.js';

export interface NewApiKey {
  name: string;
  scopes: Scope[];
  expiresAt?: Date | null;
}

/**
 * Makes an API key of the organization that the principal acts in, or of the platform when it acts in none. The secret is
 * shown this once.
 *
 * @throws Forbidden, BadInput
 */
export async function createApiKey(tx: Tx, { name, scopes, expiresAt = null }: NewApiKey) {
  const { organizationId } = tx.principal;
  authorize(tx, 'apiKey.manage', { organizationId });
  if (name.trim() === '') throw new BadInput('"name" must not be empty.');
  if (scopes.length === 0) throw new BadInput('"scopes" must name at least one scope.');
  if (expiresAt && expiresAt <= tx.now) throw new BadInput('"expiresAt" must be in the future.');
  const secret = newSecret('key');
  const apiKey = keyOf(secret, {
    organizationId,
    name: name.trim(),
    scopes: [...new Set(scopes)],
    expiresAt,
    now: tx.now,
  });
  await tx.session.insert(ApiKey, apiKey);
  return { apiKey, secret };
}

/** The row of a new key. */
export function keyOf(
  secret: string,
  { now, ...rest }: Pick<ApiKey, 'organizationId' | 'name' | 'scopes' | 'expiresAt'> & { now: Date },
): ApiKey {
  const id = newId('key');
  return Object.assign(new ApiKey(), {
    id,
    ...rest,
    hash: hashSecret(secret),
    hint: hintOf(secret),
    fromEnvironment: false,
    createdAt: now,
    lastUsedAt: null,
  });
}

/** Ends a key at once, on every node within a second. @throws NotFound, Forbidden */
export async function revokeApiKey(tx: Tx, id: string): Promise<ApiKeyId> {
  const key = parseId('key', id);
  const { organizationId } = tx.principal;
  const [apiKey] = key
    ? await tx.session.rows(ApiKey, 'id = $1 and ($2::text is null or organization_id = $2) for update', [
        key,
        organizationId,
      ])
    : [];
  if (!apiKey) throw new NotFound('API key');
  authorize(tx, 'apiKey.manage', apiKey);
  await tx.session.query('delete from api_keys where id = $1', [apiKey.id]);
  tx.credentialsChanged = true;
  return apiKey.id;
}

/** The organization's keys, oldest first. @throws Forbidden */
export async function findApiKeys(read: Read): Promise<ApiKey[]> {
  authorize(read, 'apiKey.read', { organizationId: read.organizationId });
  return read.session.rows(ApiKey, 'organization_id = $1 order by id', [read.organizationId]);
}
