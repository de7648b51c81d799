import { randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config/config.js';
import { type Outside, type Rollcall, start } from '../../src/server.js';
import { administer, databaseUrl } from './database.js';

export const adminKey = 'rc_key_test_administrator_0000000000000';
export const secretKey = 'a key of the tests, 32 characters and more';
export const onPostgres = Boolean(process.env.DATABASE_URL);

/** Returns the settings of a new migrated database. */
export async function freshDatabase(): Promise<Record<string, string>> {
  const { DATABASE_URL: url, ROLLCALL_TEST_DIRECTORY: base = '', ROLLCALL_TEST_TEMPLATE: template = '' } = process.env;
  // Each test file has its own modules, so a counter would start again in the same process.
  const name = `${template}_${randomBytes(6).toString('hex')}`;
  if (url) {
    await administer(url, `create database ${name} template ${template}`);
    return { DATABASE_URL: databaseUrl(url, name) };
  }
  const directory = join(base, name);
  cpSync(join(base, 'template'), directory, { recursive: true });
  return { DATA_DIR: directory };
}

/** Returns the settings of a new, empty embedded database. */
export async function embeddedDatabase(): Promise<Record<string, string>> {
  const { ROLLCALL_TEST_DIRECTORY: base = '', ROLLCALL_TEST_TEMPLATE: template = '' } = process.env;
  return { DATA_DIR: join(base, `${template}_${randomBytes(6).toString('hex')}`) };
}

/** Starts a server on a free port. */
export async function startServer(outside: Outside = {}, settings?: Record<string, string>): Promise<Rollcall> {
  const database = settings ?? (await freshDatabase());
  return start(
    readConfig({
      PORT: '0',
      LOG_LEVEL: 'error',
      ROLLCALL_ADMIN_KEY: adminKey,
      ROLLCALL_SECRET_KEY: secretKey,
      ...database,
    }),
    outside,
  );
}
