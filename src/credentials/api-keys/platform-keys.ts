import { type EntityManager, IsNull, MoreThan } from 'typeorm';
import { hashSecret, newSecret } from '../../kernel/secrets.js';
import type { Session } from '../../storage/session.js';
import { ApiKey } from './api-key.js';
import { keyOf } from './keys.js';

/** Valid platform keys at startup. */
export interface PlatformKeys {
  keys: readonly ApiKey[];
  /** Secret of a key that this start has generated, shown only once; null if no key was generated. */
  made: string | null;
}

/**
 * Ensures that a platform key with ADMIN exists: the configured one, or a generated one if none exists. A key from the
 * environment is deleted when the environment no longer contains it.
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

/** Adds the configured key. An existing platform key is marked; an existing key of an organization stays unchanged. */
async function addGiven(manager: EntityManager, apiKey: ApiKey): Promise<void> {
  await manager.createQueryBuilder().insert().into(ApiKey).values(apiKey).orIgnore().execute();
  const { hash } = apiKey;
  await manager.update(ApiKey, { hash, organizationId: IsNull() }, { fromEnvironment: true });
}
