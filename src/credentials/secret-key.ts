import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Vault, WrongSecretKey } from '../kernel/vault.js';
import { codeOf } from '../storage/error-code.js';
import type { Session } from '../storage/session.js';
import { sql } from '../storage/sql.js';

const place = 'key_checks';
const sentence = 'This database is sealed with this key.';

/** The configured secret key is not the one that encrypted the secrets of the database. */
export class SecretKeyRefused extends Error {}

/**
 * Opens the vault of this database. If no keys are configured, generates one at the first start and stores it in a file
 * in the data directory, for this machine only.
 *
 * @throws SecretKeyRefused if the key cannot decrypt the secrets of the database
 */
export async function openVault(
  session: Session,
  { given, directory }: { given: string | null; directory: string },
): Promise<Vault> {
  const isMade = given === null && readKeyFile(directory) === null;
  const vault = new Vault(keysIn(given ?? fileKey(directory)));
  await session.query(sql`insert into key_checks (sealed) values (${vault.seal(sentence, place)})
    on conflict do nothing`);
  const [row] = await session.query<{ sealed: string }>(sql`select sealed from key_checks`);
  try {
    vault.open(row?.sealed ?? '', place);
    return vault;
  } catch (error) {
    if (!(error instanceof WrongSecretKey)) throw error;
    if (isMade) {
      // Delete the generated key: it must not replace the missing one.
      rmSync(join(directory, 'secret.key'), { force: true });
      throw new SecretKeyRefused(
        `The key that encrypts the secrets of this database is missing: ROLLCALL_SECRET_KEY is not set and ${join(directory, 'secret.key')} does not exist. ` +
          'Restore that file from a backup, or set ROLLCALL_SECRET_KEY to its content.',
      );
    }
    throw new SecretKeyRefused(
      'The secrets in this database are encrypted with another ROLLCALL_SECRET_KEY. Set it to the key of the first start: ' +
        `its value at that time, or the content of the file secret.key in DATA_DIR (currently ${directory}).`,
    );
  }
}

/** Returns true if these keys decrypt the secrets of the database. */
export function opensDatabase(given: string, sealed: string): boolean {
  try {
    new Vault(keysIn(given)).open(sealed, place);
    return true;
  } catch {
    return false;
  }
}

const keysIn = (given: string): string[] =>
  given
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean);

/** Returns the key that an earlier start has generated; null if there is none. */
export function readKeyFile(directory: string): string | null {
  try {
    return readFileSync(join(directory, 'secret.key'), 'utf8').trim();
  } catch {
    return null;
  }
}

const fileKey = (directory: string): string =>
  readKeyFile(directory) ?? newFileKey(directory, join(directory, 'secret.key'));

function newFileKey(directory: string, file: string): string {
  const key = randomBytes(32).toString('base64url');
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
    return key;
  } catch (error) {
    // Another process on this machine has just created the file.
    if (codeOf(error) === 'EEXIST') return readFileSync(file, 'utf8').trim();
    throw new SecretKeyRefused(
      `ROLLCALL_SECRET_KEY is not set, and no key can be stored in ${file}. Set ROLLCALL_SECRET_KEY to the output of: openssl rand -base64 32`,
    );
  }
}
