import { describe, expect, test } from '@jest/globals';
import { administer } from '../support/database.js';
import { freshDatabase, startServer } from '../support/server.js';

describe('a database that may forget commits', () => {
  test('is refused with what to do, unless the operator says that it does not matter', async () => {
    const settings = await freshDatabase();
    const url = settings.DATABASE_URL ?? '';
    const name = new URL(url).pathname.slice(1);
    await administer(url, `alter database ${name} set synchronous_commit = off`);
    await expect(startServer({}, settings)).rejects.toThrow(/synchronous_commit off.*Switch it on/);
    const rollcall = await startServer({}, { ...settings, DATABASE_DURABLE: 'not required' });
    await rollcall.close();
  });
});
