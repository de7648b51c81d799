import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { embeddedDatabase, secretKey, startServer } from '../support/server.js';
import { oktaUser, World } from '../support/world.js';

const command = fileURLToPath(new URL('../../dist/src/cli/rollcall.js', import.meta.url));

function rotate(
  settings: Record<string, string>,
  ...more: string[]
): Promise<{ code: number; out: string; err: string }> {
  const env = { PATH: process.env.PATH, ROLLCALL_SECRET_KEY: secretKey, ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [command, 'log', 'rotate-epoch', ...more], { env, cwd: '/' }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

test('the epoch of an embedded database is rotated while no server runs, and cursors stay good', async () => {
  const settings = await embeddedDatabase();
  const never = await rotate(settings);
  expect([never.code, never.err]).toEqual([1, expect.stringContaining('rollcall migrate')]);
  const first = new World(await startServer({}, settings));
  const tenant = await first.tenant();
  await tenant.scim('POST', '/Users', oktaUser('a@acme.com'));
  const asked =
    'query($o: ID, $after: Cursor) { events(organizationId: $o, after: $after) { nodes { position cursor } } }';
  const { events } = await first.gql(asked, { o: tenant.organizationId });
  const running = await rotate(settings);
  expect([running.code, running.err]).toEqual([1, expect.stringContaining('in use')]);
  await first.close();
  const done = await rotate(settings, '--json');
  const { before, after } = JSON.parse(done.out);
  expect(before).toMatch(/^[0-9a-f]{12}$/);
  expect(after).toMatch(/^[0-9a-f]{12}$/);
  expect(after).not.toBe(before);
  const again = await rotate(settings);
  expect(again.out).toMatch(new RegExp(`^before: ${after}\nafter:  [0-9a-f]{12}\n$`));
  const second = new World(await startServer({}, settings));
  const [event] = events.nodes;
  const rest = await second.gql(asked, { o: tenant.organizationId, after: event.cursor });
  expect(rest.events.nodes.map(({ position }: { position: number }) => position)).toEqual(
    events.nodes.slice(1).map(({ position }: { position: number }) => position),
  );
  await second.close();
}, 60_000);
