import { expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/config.js';
import { start } from '../../src/server.js';
import { spawnServer } from '../support/process.js';
import { freshDatabase } from '../support/server.js';

const one = 'rc_key_of_the_environment_number_one_0000';
const two = 'rc_key_of_the_environment_number_two_0002';
const secretKey = 'a key of the tests, 32 characters and more';

/** Starts a server with a key in the environment. Returns the status that each key receives. */
async function startedWith(database: Record<string, string>, given: string | undefined, keys: string[]) {
  const environment = { PORT: '0', LOG_LEVEL: 'error', ROLLCALL_SECRET_KEY: secretKey, ...database };
  const rollcall = await start(readConfig({ ...environment, ROLLCALL_ADMIN_KEY: given }));
  try {
    const statuses: number[] = [];
    for (const key of keys) {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      const body = JSON.stringify({ query: '{ viewer { __typename } }' });
      statuses.push((await fetch(`${rollcall.url}/graphql`, { method: 'POST', headers, body })).status);
    }
    return { statuses, made: rollcall.adminKey, keys: rollcall.platformKeys };
  } finally {
    await rollcall.close();
  }
}

test('a key from the environment is valid while the environment contains it', async () => {
  const database = await freshDatabase();
  const first = await startedWith(database, one, [one]);
  expect(first).toMatchObject({ statuses: [200], made: null, keys: [{ name: 'admin', fromEnvironment: true }] });

  const changed = await startedWith(database, two, [one, two]);
  expect(changed.statuses).toEqual([401, 200]);
  expect(changed.keys.map(({ hint }) => hint)).toEqual([`…${two.slice(-4)}`]);

  const without = await startedWith(database, undefined, [one, two]);
  expect(without.statuses).toEqual([401, 401]);
  // Without a valid key, the start generates one.
  expect(without.made).toMatch(/^rc_key_/);

  const made = without.made ?? '';
  const again = await startedWith(database, one, [made, one]);
  expect(again).toMatchObject({ statuses: [200, 200], made: null, keys: [{ fromEnvironment: false }, {}] });
  expect((await startedWith(database, undefined, [made, one])).statuses).toEqual([200, 401]);
});

test('the start prints the ids of the valid platform keys', async () => {
  const server = await spawnServer({ ...(await freshDatabase()), ROLLCALL_ADMIN_KEY: one });
  await fetch(`${server.url}/healthz`);
  server.child.kill('SIGTERM');
  await server.exit;
  expect(server.output()).toMatch(
    /Valid platform keys: "admin" key_\w{26} \(…0000, from ROLLCALL_ADMIN_KEY\)\. Revoke one with "rollcall keys revoke ID"\./,
  );
  expect(server.output()).not.toContain(one);
});
