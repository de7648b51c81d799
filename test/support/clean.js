import { rmSync } from 'node:fs';
import pg from 'pg';
import { administer } from './prepare.js';
import { closers } from './runner/closers.js';

/** Removes the databases that `prepare` and the tests have created. */
export default async function clean() {
  const { DATABASE_URL: url, ROLLCALL_TEST_DIRECTORY: directory, ROLLCALL_TEST_TEMPLATE: template } = process.env;
  for (const close of closers) await close();
  if (directory) rmSync(directory, { recursive: true, force: true });
  if (!url) return;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('select datname from pg_database where starts_with(datname, $1)', [template]);
  await client.end();
  for (const { datname } of rows) await administer(url, `drop database if exists ${datname} with (force)`);
}
