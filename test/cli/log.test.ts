import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { embeddedDatabase, freshDatabase, onPostgres, secretKey, startServer } from '../support/server.js';
import { World } from '../support/world.js';

const command = fileURLToPath(new URL('../../dist/src/cli/rollcall.js', import.meta.url));

type Result = Promise<{ code: number; out: string; err: string }>;

function rotate(settings: Record<string, string>, ...more: string[]): Result {
  return run(settings, 'log', 'rotate-epoch', ...more);
}

function run(settings: Record<string, string>, ...options: string[]): Result {
  const env = { PATH: process.env.PATH, ROLLCALL_SECRET_KEY: secretKey, ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...options], { env, cwd: '/' }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

test('rotates the epoch of an embedded database while no server runs; cursors stay valid', async () => {
  const settings = await freshDatabase();
  const first = new World(await startServer({}, settings));
  const tenant = await first.tenant();
  const asked =
    'query($o: ID, $after: Cursor) { events(organizationId: $o, after: $after) { nodes { position cursor } } }';
  const { nodes } = (await first.gql(asked, { o: tenant.organizationId })).events;
  if (!onPostgres) {
    const running = await rotate(settings);
    expect([running.code, running.err]).toEqual([1, expect.stringContaining('in use')]);
  }
  await first.close();
  const { before, after } = JSON.parse((await rotate(settings, '--json')).out);
  expect([before, after]).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/), expect.stringMatching(/^[0-9a-f]{12}$/)]);
  expect(after).not.toBe(before);
  const second = new World(await startServer({}, settings));
  const rest = (await second.gql(asked, { o: tenant.organizationId, after: nodes[0].cursor })).events.nodes;
  const positions = (of: { position: number }[]) => of.map(({ position }) => position);
  expect(positions(rest)).toEqual(positions(nodes.slice(1)));
  // The cursors of the second server contain the new epoch.
  expect(Buffer.from(rest[0].cursor, 'base64url').toString().split('.')[1]).toBe(after);
  await second.close();
}, 60_000);

test.each([
  ['log', 'rotate-epoch'],
  ['migrate', '--check'],
])('`%s %s` with a DATA_DIR without a database fails, and creates none', async (...options) => {
  const { DATA_DIR = '' } = await embeddedDatabase();
  const { code, out, err } = await run({ DATA_DIR }, ...options);
  expect([code, out, err]).toEqual([1, '', expect.stringContaining(`${DATA_DIR}`)]);
  expect(existsSync(DATA_DIR)).toBe(false);
});
