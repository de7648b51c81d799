import { expect, test } from '@jest/globals';
import { canary, plantInGraphql, plantInRequests, plantInScim, plantInSockets } from '../support/canaries.js';
import { administer } from '../support/database.js';
import { spawnServer } from '../support/process.js';
import { adminKey, freshDatabase } from '../support/server.js';
import { World } from '../support/world.js';

test('no line of the log at level trace contains a text that callers sent while the database was unavailable', async () => {
  const settings = await freshDatabase();
  const server = await spawnServer({ ...settings, LOG_LEVEL: 'trace' });
  const world = new World({ url: server.url, adminKey: null, close: async () => {} });
  const tenant = await world.tenant({}, canary);
  const { pathname } = new URL(settings.DATABASE_URL ?? '');
  await administer(process.env.DATABASE_URL ?? '', `drop database ${pathname.slice(1)} with (force)`);
  await plantInRequests(server.url, tenant);
  await plantInScim(tenant).catch(() => {
    // A resource that was not created has no id for the next request.
  });
  await plantInGraphql(server.url, adminKey);
  await plantInSockets(server.url, tenant.key);
  server.child.kill('SIGTERM');
  await server.exit;
  const lines = server.output().split('\n');
  expect(lines.length).toBeGreaterThan(1_000);
  expect(lines.filter((line) => line.includes(canary)).map((line) => line.slice(0, 500))).toEqual([]);
}, 120_000);
