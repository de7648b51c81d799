import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { examine } from '../../src/cli/commands/doctor.js';
import { databaseUrl } from '../support/database.js';
import { freshDatabase, secretKey, startServer } from '../support/server.js';

const good = () => ({ PORT: '0', DATA_DIR: mkdtempSync(join(tmpdir(), 'rollcall-doctor-')) });
const outside = { now: () => new Date(), lookup: async () => ({}), nodeVersion: 'v22.12.0' };

/** The findings that are not in order, each with its remedy. */
const problems = async (environment: Record<string, string>) =>
  (await examine({ ...outside, environment }))
    .filter(({ state }) => state !== 'ok')
    .map(({ check, description, fix }) => `${check}: ${description} ${fix}`);

describe('doctor on PostgreSQL', () => {
  test('reports no problem for a database in use', async () => {
    const settings = await freshDatabase();
    const running = await startServer({}, settings);
    expect(await problems({ ...good(), ...settings, ROLLCALL_SECRET_KEY: secretKey })).toEqual([]);
    await running.close();
  });

  test('reports a missing database, and a different secret key', async () => {
    const settings = await freshDatabase();
    const url = databaseUrl(settings.DATABASE_URL ?? '', 'no_such_database');
    expect((await problems({ ...good(), DATABASE_URL: url, ROLLCALL_SECRET_KEY: secretKey })).join()).toMatch(
      /does not exist.*createdb/,
    );
    await (await startServer({}, settings)).close();
    expect((await problems({ ...good(), ...settings, ROLLCALL_SECRET_KEY: 'x'.repeat(40) })).join()).toMatch(
      /encrypted with another key/,
    );
  });
});
