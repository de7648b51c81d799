import { describe, expect, test } from '@jest/globals';
import { administer } from '../support/database.js';
import { freshDatabase, startServer } from '../support/server.js';

describe('a database without durable commits', () => {
  test('is refused with the setting to change, unless DATABASE_DURABLE allows it', async () => {
    const settings = await freshDatabase();
    const url = settings.DATABASE_URL ?? '';
    const name = new URL(url).pathname.slice(1);
    await administer(url, `alter database ${name} set synchronous_commit = off`);
    await expect(startServer({}, settings)).rejects.toThrow(/synchronous_commit off/);
    const rollcall = await startServer({}, { ...settings, DATABASE_DURABLE: 'not required' });
    await rollcall.close();
  });
});
