import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { type ServerProcess, spawnServer } from '../support/process.js';
import { oktaUser, World } from '../support/world.js';

let directory: string;
let server: ServerProcess;
const flood: Socket[] = [];
afterEach(() => {
  for (const socket of flood) socket.destroy();
  server.child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

test('more connections than there are descriptors leave the embedded database and its lock whole', async () => {
  directory = mkdtempSync(join(tmpdir(), 'rollcall-few-'));
  server = await spawnServer({ DATA_DIR: join(directory, 'data') }, ['prlimit', '--nofile=1024:1024']);
  const port = Number(new URL(server.url).port);
  const tenant = await new World({ url: server.url, adminKey: null, close: async () => {} }).tenant();
  const create = (name: string) => tenant.scim('POST', '/Users', oktaUser(`${name}@acme.com`));
  expect((await create('before')).status).toBe(201);

  for (let n = 0; n < 1_300; n++) flood.push(connect(port, '127.0.0.1').on('error', () => {}));
  // Longer than the heartbeat of the lock.
  for (let n = 0; n < 30; n++) {
    const status = await create(`during-${n}`).then(
      (answer) => answer.status,
      () => 'dropped',
    );
    expect([201, 503, 'dropped']).toContain(status);
    await sleep(250);
  }
  expect(server.child.exitCode).toBeNull();

  for (const socket of flood) socket.destroy();
  await sleep(1_000);
  for (let n = 0; n < 20; n++) expect((await create(`after-${n}`)).status).toBe(201);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  server.child.kill('SIGTERM');
  expect(await server.exit).toBe(0);
}, 120_000);
