import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type ServerProcess, spawnServer } from '../support/process.js';
import { freshDatabase } from '../support/server.js';
import { type Anything, eventually, oktaUser, type Tenant, World } from '../support/world.js';

// Positions of all organizations are numbers that a writer draws before its COMMIT. The stream of all organizations
// waits only for older writers of its own database.
let node: ServerProcess;
let world: World;
let tenant: Tenant;
let settings: Record<string, string>;
beforeAll(async () => {
  settings = await freshDatabase();
  node = await spawnServer(settings);
  world = new World({ url: node.url, adminKey: null, close: async () => {} });
  tenant = await world.tenant();
});
afterAll(async () => {
  node.child.kill('SIGTERM');
  await node.exit;
});

/** Runs `work` while a transaction that has written is open. */
async function whileWriting(url: string, work: () => Promise<void>): Promise<void> {
  const writer = new pg.Client({ connectionString: url });
  await writer.connect();
  try {
    await writer.query('begin');
    await writer.query('select pg_current_xact_id()');
    await work();
    await writer.query('rollback');
  } finally {
    await writer.end();
  }
}

const follow = () => world.follow('subscription { events(types: [USER_PROVISIONED]) { data } }', {});
const create = (name: string) => tenant.scim('POST', '/Users', oktaUser(`${name}@acme.test`, { externalId: name }));

test('a writer of another database of the cluster delays no event', async () => {
  await whileWriting(process.env.DATABASE_URL ?? '', async () => {
    const live = follow();
    await sleep(500);
    for (const name of ['a', 'b', 'c']) await create(name);
    await eventually(() => live.seen.length === 3);
    await live.stop();
  });
});

test('a writer of this database delays later events until it has ended', async () => {
  const live = follow();
  await sleep(500);
  await whileWriting(settings.DATABASE_URL ?? '', async () => {
    await create('d');
    await sleep(2_500);
    expect(live.seen).toEqual([]);
  });
  await eventually(() => live.seen.length === 1);
  expect((live.seen[0] as Anything).data.userName).toBe('d@acme.test');
  await live.stop();
});
