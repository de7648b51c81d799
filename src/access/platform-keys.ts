import type { Session } from '../storage/database.js';
import { ApiKey } from './api-key.js';
import { keyOf } from './keys.js';
import { hashSecret, newSecret } from './secrets.js';

/** The valid platform keys at a start. */
export interface PlatformKeys {
  keys: readonly ApiKey[];
  /** The secret of a key that this start has made, to be shown once. */
  made: string | null;
}

/**
 * Makes sure that there is a platform key with ADMIN: the operator's own when one is configured, else one that is made when
 * there is none. A key that came from the environment ends when the environment no longer has it.
 */
export async function ensurePlatformKeys(
  session: Session,
  { given, now }: { given: string | null; now: Date },
): Promise<PlatformKeys> {
  const row = { organizationId: null, name: 'admin', scopes: ['ADMIN' as const], expiresAt: null, now };
  if (given !== null) {
    const apiKey = Object.assign(keyOf(given, row), { fromEnvironment: true });
    const known = 'on conflict (hash) do update set from_environment = true where api_keys.organization_id is null';
    await session.insert(ApiKey, apiKey, known);
  }
  const hash = given === null ? null : hashSecret(given);
  await session.query('delete from api_keys where from_environment and hash is distinct from $1', [hash]);
  const valid = 'organization_id is null and (expires_at is null or expires_at > $1) order by created_at, id';
  const keys = await session.rows(ApiKey, valid, [now]);
  if (keys.length > 0) return { keys, made: null };
  const made = newSecret('key');
  await session.insert(ApiKey, keyOf(made, row));
  return { keys: await session.rows(ApiKey, valid, [now]), made };
}
