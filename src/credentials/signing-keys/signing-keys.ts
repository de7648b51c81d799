import { createPrivateKey, generateKeyPair as generate, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { IsNull, MoreThan } from 'typeorm';
import { dayMs } from '../../kernel/durations.js';
import type { Vault } from '../../kernel/vault.js';
import { retryConflicts } from '../../storage/conflict.js';
import type { Database } from '../../storage/database.js';
import { create } from '../../storage/rows.js';
import type { Session } from '../../storage/session.js';
import { sql } from '../../storage/sql.js';
import { StoredSigningKey } from './signing-key.js';

const generateKeyPair = promisify(generate);

/** Days for which a key signs. */
const activeDays = 90;
/** Days for which a key is published before it signs. */
const announcedDays = 1;
/** Days for which a key stays published after it has signed. */
const keptDays = 2;

/** Key pair that is in use, or will be soon. */
export interface SigningKey {
  id: string;
  /** Private key as PKCS #8 in PEM. */
  privateKey: string;
  activeFrom: Date;
}

const lockKey = 7_219_003;

/**
 * Returns the keys of one purpose, beginning with the one to sign with. A key is published one day before its first use
 * and for two days after its last, so that clients with a cached key set can verify every signature. Generates missing
 * keys. Concurrent calls on several nodes return the same keys.
 */
export async function signingKeys(
  database: Database,
  { vault, purpose, now }: { vault: Vault; purpose: string; now: Date },
): Promise<SigningKey[]> {
  const rows = await current(database, purpose, now);
  if (isDue(rows, now)) {
    await retryConflicts(() => addKey(database, { vault, purpose, now, isFirst: rows.length === 0 }));
    return signingKeys(database, { vault, purpose, now });
  }
  const keys = rows.map((row) => ({
    id: row.id,
    privateKey: vault.open(row.sealed, placeOf(row.id)),
    activeFrom: row.activeFrom,
  }));
  const [newest] = keys.filter(({ activeFrom }) => activeFrom <= now);
  return keys.sort((a, b) => Number(b === newest) - Number(a === newest));
}

const placeOf = (id: string) => `signing_keys.${id}`;

function isDue(rows: readonly StoredSigningKey[], now: Date): boolean {
  const [newest] = rows;
  return !newest || newest.activeFrom.getTime() + (activeDays - announcedDays) * dayMs <= now.getTime();
}

const current = ({ manager }: Session, purpose: string, now: Date): Promise<StoredSigningKey[]> =>
  manager.find(StoredSigningKey, {
    where: [IsNull(), MoreThan(now)].map((expiresAt) => ({ purpose, expiresAt })),
    order: { activeFrom: 'DESC', id: 'DESC' },
  });

async function addKey(
  database: Database,
  { vault, purpose, now, isFirst }: { vault: Vault; purpose: string; now: Date; isFirst: boolean },
): Promise<void> {
  const { privateKey } = await generateKeyPair('rsa', { modulusLength: 2048 });
  const id = randomUUID();
  const sealed = vault.seal(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), placeOf(id));
  const activeFrom = isFirst ? now : new Date(now.getTime() + announcedDays * dayMs);
  const unused = { publicJwk: null, certificate: null, expiresAt: null };
  const key = create(StoredSigningKey, { id, purpose, sealed, createdAt: now, activeFrom, ...unused });
  const { session, release } = await database.session();
  try {
    await session.query(sql`begin`);
    await session.query(sql`select pg_advisory_xact_lock(${lockKey})`);
    // A concurrent caller that waited for the lock finds the key of the first one and adds none.
    if (isDue(await current(session, purpose, now), now)) {
      const expiresAt = new Date(activeFrom.getTime() + keptDays * dayMs);
      await session.manager.update(StoredSigningKey, { purpose, expiresAt: IsNull() }, { expiresAt });
      await session.insert(StoredSigningKey, key);
    }
    await session.query(sql`commit`);
    release(false);
  } catch (error) {
    release(true);
    throw error;
  }
}

/** Returns the private key as a JWK. It includes the public parameters. */
export function jwkOf({ id, privateKey }: SigningKey): Record<string, unknown> {
  return { ...createPrivateKey(privateKey).export({ format: 'jwk' }), kid: id, use: 'sig', alg: 'RS256' };
}
