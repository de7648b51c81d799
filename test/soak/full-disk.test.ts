import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openEngine } from '../../src/storage/open.js';
import { type ServerProcess, spawnServer } from '../support/process.js';
import { type Anything, eventually, oktaUser, type Tenant, World } from '../support/world.js';

const worldOf = ({ url }: ServerProcess) => new World({ url, adminKey: null, close: async () => {} });
let mounted: string;
let settings: Record<string, string>;
let running: ServerProcess | null = null;
beforeEach(() => {
  mounted = mkdtempSync(join(tmpdir(), 'rollcall-full-'));
});
afterEach(() => {
  running?.child.kill('SIGKILL');
  execFileSync('umount', ['-l', mounted]);
  rmSync(mounted, { recursive: true, force: true });
});

async function begin(megabytes: number): Promise<ServerProcess> {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', mounted]);
  settings = { DATA_DIR: join(mounted, 'data') };
  running = await spawnServer(settings);
  expect(running.output()).toContain('listens on');
  return running;
}

/** Fills the disk with a file of another program, up to this much free space. */
function fill(left: number): void {
  const { bavail, bsize } = statfsSync(mounted);
  mkdirSync(join(mounted, 'other'), { recursive: true });
  try {
    writeFileSync(join(mounted, 'other', 'fill'), Buffer.alloc(Math.max(0, bavail * bsize - left)));
  } catch (error) {
    // The server has since used some of the space; the disk is full anyway.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
const freeSpace = () => rmSync(join(mounted, 'other'), { recursive: true, force: true });

async function createUntilRefused(tenant: Tenant): Promise<{ created: string[]; refusal: Anything }> {
  const created: string[] = [];
  for (let n = 0; n < 20_000; n += 4) {
    const answers = await Promise.all(
      [0, 1, 2, 3].map((one) => tenant.scim('POST', '/Users', oktaUser(`u${n + one}-${Math.random()}@acme.com`))),
    );
    for (const { status, body } of answers) if (status === 201) created.push(body.id);
    const refusal = answers.find(({ status }) => status !== 201);
    if (refusal) return { created, refusal };
  }
  throw new Error('The disk did not become full.');
}
const ready = async ({ url }: ServerProcess) => {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
  return { status: answer.status, text: await answer.text() };
};

describe.each([46, 64])('a disk of %d MB that fills', (megabytes) => {
  test('refuses writes with the reason, answers reads, stops on SIGTERM, loses nothing, and accepts writes again', async () => {
    const server = await begin(megabytes);
    const tenant = await worldOf(server).tenant();
    const { created, refusal } = await createUntilRefused(tenant);
    process.stdout.write(`${megabytes} MB: ${created.length} users were created\n`);
    expect(created.length).toBeGreaterThan(100);
    expect([refusal.status, refusal.headers.get('retry-after')]).toEqual([503, '5']);
    expect(refusal.body.detail).toContain('disk of the database is full');

    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(await ready(server)).toMatchObject({ status: 503, text: expect.stringContaining('disk is full') });
    expect((await tenant.scim('GET', `/Users/${created.at(-1)}`)).status).toBe(200);
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }',
        variables: { i: { organizationId: tenant.organizationId, displayName: 'late' } },
      }),
    });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await answer.text()).toContain('disk of the database is full');

    execFileSync('mount', ['-o', 'remount,size=160m', mounted]);
    await eventually(async () => (await ready(server)).status === 200, 5_000);
    expect((await tenant.scim('POST', '/Users', oktaUser('again@acme.com'))).status).toBe(201);
    fill(0);
    await eventually(
      async () => (await tenant.scim('POST', '/Users', oktaUser(`x${Math.random()}@acme.com`))).status === 503,
    );
    server.child.kill('SIGTERM');
    expect(await server.exit).toBe(0);

    freeSpace();
    running = await spawnServer(settings);
    const { body } = await worldOf(running).scim(tenant.connectionId, tenant.scimToken, 'GET', '/Users?count=1');
    expect(body.totalResults).toBeGreaterThanOrEqual(created.length + 1);
    for (const id of created.filter((_, n) => n % 25 === 0))
      expect((await worldOf(running).scim(tenant.connectionId, tenant.scimToken, 'GET', `/Users/${id}`)).status).toBe(
        200,
      );
  }, 280_000);
});

test('a disk without space for a new database is refused at the start', async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', mounted]);
  const server = await spawnServer({ DATA_DIR: join(mounted, 'data') });
  expect(server.output()).toContain('the disk is full. Free space');
  expect(await server.exit).toBe(1);
}, 60_000);

test('a statement that is larger than the reserve of the log ends with an error and not in a loop', async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', mounted]);
  const engine = await openEngine({ directory: join(mounted, 'data') });
  // Sessions of the owner are not guarded.
  const owner = await engine.connect('owner');
  await owner.query('create table t (x text)');
  await owner.query(`insert into t values ('kept')`);
  // Space for the rows, but not for another segment of the log.
  fill(15_000_000);
  await expect(
    owner.query('insert into t select repeat(md5(g::text), 60) from generate_series(1, 5500) g'),
  ).rejects.toThrow();
  for (let n = 0; n < 3; n++) await expect(owner.query('select 1')).rejects.toThrow();
  freeSpace();
  execFileSync('mount', ['-o', 'remount,size=160m', mounted]);
  await eventually(async () => {
    const rows = await owner.query('select x from t').catch(() => {
      // The database is not open again yet.
    });
    return rows?.length === 1 && rows[0].x === 'kept';
  }, 20_000);
  await owner.query(`insert into t values ('again')`);
  await owner.destroy();
  await engine.close();
}, 90_000);
