import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { freePort } from '../../../bench/check/postgres.js';
import { Cluster } from '../../support/cluster.js';
import { administer } from '../../support/database.js';
import {
  disagreements,
  isReady,
  newLedger,
  note,
  quantile,
  type Scene,
  say,
  serve,
  write,
} from '../../support/fault-scene.js';
import { sized } from '../../support/soak.js';
import { eventually, oktaUser } from '../../support/world.js';

let cluster: Cluster;
let scene: Scene;
let clean = () => {};
async function begin(settings: Record<string, string> = {}, before: string[] = []): Promise<void> {
  cluster = await Cluster.make();
  cluster.start();
  for (const statement of before) await cluster.query(statement);
  scene = await serve({ DATABASE_URL: cluster.url, ...settings });
}
afterEach(() => {
  scene?.server.child.kill('SIGKILL');
  clean();
  cluster?.remove();
  clean = () => {};
});

test('fault 4: PostgreSQL crashes repeatedly under load: no acknowledged write is lost, callers receive 503', async () => {
  await begin();
  const ledger = newLedger();
  let over = false;
  const writers = [0, 1, 2, 3].map((n) => write(scene.tenant, ledger, `w${n}`, () => over));
  const recoveries: number[] = [];
  for (let n = 0; n < sized(3, 20); n++) {
    await sleep(700);
    cluster.stop('immediate');
    await sleep(n * 200);
    cluster.start();
    const since = performance.now();
    await eventually(() => isReady(scene.world), 20_000);
    recoveries.push(performance.now() - since);
  }
  over = true;
  await Promise.all(writers);
  expect(ledger.wrong).toEqual([]);
  expect(ledger.created.size).toBeGreaterThan(20);
  expect(await disagreements(cluster.url, ledger)).toEqual([]);
  say(
    `fault 4: ${JSON.stringify([...ledger.statuses])}, a 503 took ${Math.round(quantile(ledger.refusedMs, 0.5))} ms at the median and ${Math.round(quantile(ledger.refusedMs, 1))} ms at most, ready again after ${Math.round(quantile(recoveries, 1))} ms at most`,
  );
});

test('fault 9: an old snapshot and a transaction that stays open do not stop the log', async () => {
  await begin();
  const { tenant, world } = scene;
  const clients = [new pg.Client(cluster.url), new pg.Client(cluster.url)] as const;
  for (const client of clients) {
    await client.connect();
    client.on('error', () => {
      // It ends with its cluster.
    });
  }
  const ledger = newLedger();
  await write(tenant, ledger, 'before', (n) => n === 20);
  const before = await tenant.gql('query { events(first: 1000) { nodes { cursor } } }');
  const a = before.events.nodes[0].cursor;
  await clients[0].query('begin isolation level repeatable read');
  await clients[0].query('select count(*) from events');
  await clients[1].query('begin');
  await clients[1].query('select pg_current_xact_id()');
  const followed = world.follow('subscription($a: Cursor) { events(after: $a) { position } }', { a }, tenant.key);
  const seen = before.events.nodes.length - 1;
  await followed.until(seen);
  const platform = world.follow('subscription { events { position } }');
  const times: number[] = [];
  for (let n = 0; n < sized(40, 400); n++) {
    const since = performance.now();
    await write(tenant, ledger, `during${n}`, (one) => one === 1);
    await followed.until(seen + n + 1);
    times.push(performance.now() - since);
  }
  // A transaction with an id delays the stream of all organizations until it ends.
  const held = platform.seen.length;
  expect(held).toBe(0);
  for (const client of clients) await client.end();
  await write(tenant, ledger, 'after', (one) => one === 1);
  await eventually(() => platform.seen.length > held);
  await followed.stop();
  await platform.stop();
  expect(ledger.wrong).toEqual([]);
  expect(await disagreements(cluster.url, ledger)).toEqual([]);
  say(
    `fault 9: from the request to the event ${Math.round(quantile(times, 0.5))} ms at the median, ${Math.round(quantile(times, 0.99))} ms p99`,
  );
});

test('fault 10: on a slow disk the requests of a busy tenant do not delay those of another one', async () => {
  await begin({}, [
    'alter system set commit_delay = 20000',
    'alter system set commit_siblings = 0',
    'select pg_reload_conf()',
  ]);
  const quiet = await scene.world.tenant({}, 'Quiet');
  const ledger = newLedger();
  let over = false;
  const writers = Array.from({ length: 16 }, (_, n) => write(scene.tenant, ledger, `w${n}`, () => over));
  const times: number[] = [];
  const since = performance.now();
  for (let n = 0; n < sized(40, 300); n++) {
    const began = performance.now();
    note(ledger, await quiet.scim('POST', '/Users', oktaUser(`quiet${n}@acme.com`)), 'quiet');
    times.push(performance.now() - began);
  }
  const seconds = (performance.now() - since) / 1_000;
  over = true;
  await Promise.all(writers);
  expect(ledger.wrong).toEqual([]);
  expect(await disagreements(cluster.url, ledger)).toEqual([]);
  say(
    `fault 10: ${Math.round(ledger.created.size / seconds)} commits/s of the busy tenant; the quiet one ${Math.round(quantile(times, 0.5))} ms at the median, ${Math.round(quantile(times, 0.99))} ms p99`,
  );
});

test('fault 12: a small pool with many callers, and a server without free connections: 503, then a recovery within seconds', async () => {
  await begin({ DATABASE_POOL: '2' });
  const ledger = newLedger();
  await Promise.all(Array.from({ length: 500 }, (_, n) => write(scene.tenant, ledger, `w${n}`, (one) => one === 1)));
  await cluster.query('alter system set max_connections = 10');
  await cluster.query('alter system set superuser_reserved_connections = 3');
  cluster.stop();
  cluster.start();
  const held = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const client = new pg.Client(cluster.url);
      client.on('error', () => {
        // The cluster ends before it.
      });
      await client.connect().catch(() => {
        // There is no connection left.
      });
      return client;
    }),
  );
  await write(scene.tenant, ledger, 'none', (n) => n === 5);
  for (const client of held)
    await client.end().catch(() => {
      // It was never connected.
    });
  await eventually(() => isReady(scene.world), 10_000);
  await write(scene.tenant, ledger, 'after', (n) => n === 5);
  expect(ledger.wrong).toEqual([]);
  expect([...ledger.created.keys()].filter((name) => name.startsWith('after'))).toHaveLength(5);
  expect(await disagreements(cluster.url, ledger)).toEqual([]);
  say(`fault 12: ${JSON.stringify([...ledger.statuses])}`);
});

test('fault 28: the disk of PostgreSQL is full: writes are 503, no acknowledged write is lost, and writes work again later', async () => {
  const mounted = mkdtempSync(join(tmpdir(), 'rollcall-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=130m,mode=777', 'tmpfs', mounted]);
  clean = () => execFileSync('umount', ['-l', mounted]);
  cluster = new Cluster(mounted, await freePort());
  cluster.make();
  cluster.start();
  scene = await serve({ DATABASE_URL: cluster.url });
  const ledger = newLedger();
  const fill = (n: number) =>
    scene.tenant.scim('POST', '/Groups', {
      displayName: `g${n}`,
      'urn:acme:Group': { note: randomBytes(30_000).toString('hex') },
    });
  let refused = 0;
  for (let n = 0; n < 4_000 && refused < 5; n++) {
    const answer = await fill(n);
    note(ledger, answer, `POST group ${n}`);
    if (answer.status === 503) refused++;
  }
  expect(refused).toBe(5);
  // PostgreSQL can have ended itself.
  const read = await scene.tenant.scim('GET', '/Users?count=1');
  note(ledger, read, 'GET');
  expect([200, 503]).toContain(read.status);
  execFileSync('mount', ['-o', 'remount,size=400m', mounted]);
  // A full disk can end PostgreSQL itself. Its supervisor starts it again.
  await eventually(async () => {
    if (await isReady(scene.world)) return true;
    cluster.startAgain();
    return false;
  }, 30_000);
  await write(scene.tenant, ledger, 'after', (n) => n === 5);
  expect(ledger.wrong).toEqual([]);
  expect(ledger.created.size).toBe(5);
  expect(await disagreements(cluster.url, ledger)).toEqual([]);
  say(`fault 28: a read while it was full: ${read.status}; ${JSON.stringify([...ledger.statuses])}`);
}, 180_000);

test('fault 32: a dump and a base backup under concurrent writes contain a consistent state with its log', async () => {
  await begin();
  const ledger = newLedger();
  let over = false;
  const writers = [0, 1, 2, 3].map((n) => write(scene.tenant, ledger, `w${n}`, () => over));
  await sleep(1_000);
  const before = { ...newLedger(), created: new Map(ledger.created) };
  const dump = `${cluster.data}.dump`;
  cluster.run('pg_dump', '-d', cluster.url, '-Fc', '-f', dump);
  cluster.backUp();
  await sleep(500);
  over = true;
  await Promise.all(writers);
  await cluster.query('create database restored');
  const restored = cluster.url.replace(/postgres$/, 'restored');
  cluster.run('pg_restore', '-d', restored, dump);
  expect(await disagreements(restored, before)).toEqual([]);
  const another = await serve({ DATABASE_URL: restored });
  await write(another.tenant, newLedger(), 'new', (n) => n === 3);
  another.server.child.kill('SIGTERM');
  expect(await another.server.exit).toBe(0);
  scene.server.child.kill('SIGTERM');
  await scene.server.exit;
  const [restoredUsers = []] = await administer(restored, 'select id from users');
  cluster.stop();
  cluster.putBack();
  cluster.start();
  expect(await disagreements(cluster.url, before)).toEqual([]);
  say(
    `fault 32: ${before.created.size} accounts before, ${restoredUsers.length} in the dump, ${ledger.created.size} at the end`,
  );
});
