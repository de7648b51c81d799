import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { type ServerProcess, spawnServer } from '../support/process.js';
import { freshDatabase } from '../support/server.js';
import { oktaUser, World } from '../support/world.js';

let directory: string | undefined;
let server: ServerProcess | undefined;
const flood: Socket[] = [];
afterEach(() => {
  for (const socket of flood) socket.destroy();
  server?.child.kill('SIGKILL');
  if (directory) rmSync(directory, { recursive: true, force: true });
});

test('more connections than descriptors do not damage the embedded database or its lock', async () => {
  directory = mkdtempSync(join(tmpdir(), 'rollcall-few-'));
  server = await spawnServer({ DATA_DIR: join(directory, 'data') }, ['prlimit', '--nofile=1024:1024']);
  const { child, exit } = server;
  const port = Number(new URL(server.url).port);
  const tenant = await new World({ url: server.url, adminKey: null, close: async () => {} }).tenant();
  const create = (name: string) => tenant.scim('POST', '/Users', oktaUser(`${name}@acme.com`));
  expect((await create('before')).status).toBe(201);

  for (let n = 0; n < 1_300; n++) flood.push(connect(port, '127.0.0.1').on('error', () => {}));
  // Longer than the heartbeat interval of the lock.
  for (let n = 0; n < 30; n++) {
    const status = await create(`during-${n}`).then(
      (answer) => answer.status,
      () => 'dropped',
    );
    expect([201, 503, 'dropped']).toContain(status);
    await sleep(250);
  }
  expect(child.exitCode).toBeNull();

  for (const socket of flood) socket.destroy();
  await sleep(1_000);
  for (let n = 0; n < 20; n++) expect((await create(`after-${n}`)).status).toBe(201);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
}, 120_000);

const command = fileURLToPath(new URL('../../bin/rollcall.js', import.meta.url));

test.each(['64', '128', '256', '383'])(
  'a limit of %s open files is refused with the required value',
  async (limit) => {
    server = await spawnServer({}, ['prlimit', `--nofile=${limit}:${limit}`], command);
    expect(await server.exit).toBe(1);
    expect(server.output()).toMatch(
      new RegExp(`^Rollcall cannot start: this process may open ${limit} files .*ulimit -n`),
    );
    expect(server.output()).not.toContain('EMFILE');
  },
  60_000,
);

test('a limit of 384 open files is enough for a server on PostgreSQL and its work', async () => {
  server = await spawnServer(await freshDatabase(), ['prlimit', '--nofile=384:384'], command);
  const tenant = await new World({ url: server.url, adminKey: null, close: async () => {} }).tenant();
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) => tenant.scim('POST', '/Users', oktaUser(`few${n}@acme.com`))),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  server.child.kill('SIGTERM');
  expect(await server.exit).toBe(0);
}, 60_000);
