import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnServer } from '../support/process.js';
import { embeddedDatabase, freshDatabase } from '../support/server.js';
import { World } from '../support/world.js';

// Separate process ids and mounts, like a container. They end with the program that created them.
const container = ['unshare', '--pid', '--mount', '--fork', '--mount-proc', '--kill-child'];
let mounted: string;
beforeEach(() => {
  mounted = mkdtempSync(join(tmpdir(), 'rollcall-volume-'));
});
afterEach(() => rmSync(mounted, { recursive: true, force: true }));

test('the second of two containers on one volume is refused, and can start at once after the first is killed', async () => {
  const settings = await embeddedDatabase();
  const first = await spawnServer(settings, container);
  const world = new World({ url: first.url, adminKey: null, close: async () => {} });
  await world.tenant({}, 'Kept');
  for (const through of [container, []]) {
    const second = await spawnServer(settings, through);
    expect(second.output()).toContain('in use by the process 1 on the host');
    expect(await second.exit).toBe(1);
  }
  first.child.kill('SIGKILL');
  await first.exit;
  const third = await spawnServer(settings, container);
  const { organizations } = await new World({ url: third.url, adminKey: null, close: async () => {} }).gql(
    '{ organizations(first: 5) { nodes { name } } }',
  );
  expect(organizations.nodes).toEqual([{ name: 'Kept' }]);
  third.child.kill('SIGKILL');
  await third.exit;
}, 90_000);

test('a DATA_DIR on a file system that is mounted read-only is refused with the reason', async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=1m', 'tmpfs', mounted]);
  try {
    for (const directory of [mounted, join(mounted, 'a', 'b')]) {
      const server = await spawnServer({ DATA_DIR: directory });
      expect(server.output()).toContain('mounted read-only (EROFS)');
      expect(await server.exit).toBe(1);
    }
    // With PostgreSQL the directory is only needed for a key.
    const settings = { ...(await freshDatabase()), DATA_DIR: mounted, DATABASE_DURABLE: 'not required' };
    const keyless = await spawnServer({ ...settings, ROLLCALL_SECRET_KEY: '' });
    expect(keyless.output()).toContain('ROLLCALL_SECRET_KEY is not set, and no key can be stored in');
    expect(await keyless.exit).toBe(1);
    const keyed = await spawnServer(settings);
    expect((await fetch(`${keyed.url}/readyz`)).status).toBe(200);
    keyed.child.kill('SIGKILL');
  } finally {
    execFileSync('umount', [mounted]);
  }
}, 60_000);
