import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { build } from '../../bin/build.js';

/** Runs one statement on the server of DATABASE_URL. */
export async function administer(url, statement) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Creates one migrated database that every test file copies, because a copy is faster than a migration. */
export default async function prepare() {
  // Tests that kill a server run the built one in a separate process.
  build();
  const { migrate } = await import('../../dist/src/storage/migrate.js');
  const { openEngine } = await import('../../dist/src/storage/open.js');
  const { DATABASE_URL: url } = process.env;
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  const template = `rollcall_test_${process.pid}`;
  Object.assign(process.env, { ROLLCALL_TEST_DIRECTORY: directory, ROLLCALL_TEST_TEMPLATE: template });
  if (url) await administer(url, `create database ${template}`);
  const own = url && Object.assign(new URL(url), { pathname: `/${template}` }).href;
  const engine = await openEngine(own ? { url: own, pool: 4 } : { directory: join(directory, 'template') });
  await migrate(engine);
  await engine.close();
}
