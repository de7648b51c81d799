import { type EntityManager, IsNull, MoreThan } from 'typeorm';
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
  const { manager } = session;
  if (given !== null) await addGiven(manager, keyOf(given, { ...row, fromEnvironment: true }));
  const ended = manager.createQueryBuilder().delete().from(ApiKey).where('from_environment');
  if (given !== null) ended.andWhere('hash <> :hash', { hash: hashSecret(given) });
  await ended.execute();
  const valid = () =>
    manager.find(ApiKey, {
      where: [
        { organizationId: IsNull(), expiresAt: IsNull() },
        { organizationId: IsNull(), expiresAt: MoreThan(now) },
      ],
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  const keys = await valid();
  if (keys.length > 0) return { keys, made: null };
  const made = newSecret('key');
  await manager.insert(ApiKey, keyOf(made, row));
  return { keys: await valid(), made };
}

/** Adds the operator's key. A platform key that is there already is marked; a key of an organization stays as it is. */
async function addGiven(manager: EntityManager, apiKey: ApiKey): Promise<void> {
  await manager.createQueryBuilder().insert().into(ApiKey).values(apiKey).orIgnore().execute();
  const { hash } = apiKey;
  await manager.update(ApiKey, { hash, organizationId: IsNull() }, { fromEnvironment: true });
}
