import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrations } from '../../migrations/index.js';
import { migrate, pendingMigrations } from '../../src/storage/migrate.js';
import { openEngine } from '../../src/storage/open.js';
import { Cluster } from '../support/cluster.js';
import { administer, databaseUrl } from '../support/database.js';
import { startServer } from '../support/server.js';
import { randomOf, sized } from '../support/soak.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { eventually } from '../support/world.js';

const command = fileURLToPath(new URL('../../dist/src/cli/rollcall.js', import.meta.url));
const random = randomOf('interrupted-migrations');

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.make();
  cluster.start();
}, 60_000);
afterAll(() => cluster?.remove());

let count = 0;
async function empty(): Promise<string> {
  const name = `m${++count}`;
  await cluster.query(`create database ${name}`);
  return databaseUrl(cluster.url, name);
}

/** `rollcall migrate` in a process of its own. */
function migrating(url: string): { child: ChildProcess; output: () => string; exit: Promise<number | null> } {
  const child = spawn(process.execPath, [command, 'migrate'], { env: { PATH: process.env.PATH, DATABASE_URL: url } });
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  return { child, output: () => output, exit };
}

const columns = `select table_name || '.' || column_name || ' ' || data_type as line from information_schema.columns
  where table_schema = 'public' union select 'index ' || indexname from pg_indexes where schemaname = 'public'
  union select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`;
const shape = async (url: string) =>
  ((await administer(url, columns))[0] as { line: string }[]).map(({ line }) => line).sort();
const done = async (url: string): Promise<number> => {
  const [rows] = await administer(url, `select to_regclass('migrations') is not null as known`);
  if (!(rows as { known: boolean }[])[0]?.known) return 0;
  return ((await administer(url, 'select from migrations'))[0] ?? []).length;
};
/** Returns the schema of a database after this number of migrations. */
const shapes = new Map<number, string[]>();
async function shapeAfter(number: number): Promise<string[]> {
  if (!shapes.has(number)) {
    const url = await empty();
    const engine = await openEngine({ url, pool: 2 });
    const owner = await engine.connect('owner');
    owner.migrations.splice(0, Infinity, ...[...owner.migrations].sort(byTime).slice(0, number));
    await owner.runMigrations();
    await owner.destroy();
    shapes.set(number, await shape(url));
  }
  return shapes.get(number) ?? [];
}
const byTime = (a: { name?: string }, b: { name?: string }) => Number(a.name?.slice(-13)) - Number(b.name?.slice(-13));

async function isWhole(url: string): Promise<number> {
  const number = await done(url);
  const found = await shape(url);
  // The table of migrations comes before the first of them.
  if (number > 0 || found.some((line) => !/migrations/.test(line))) expect(found).toEqual(await shapeAfter(number));
  return number;
}

test('a process that is killed at any message leaves only complete migrations, and the next one continues', async () => {
  const seen: number[] = [];
  const messages = await messagesOf(await empty());
  for (let n = 0; n < sized(6, 80); n++) {
    const url = await empty();
    const proxy = await TcpProxy.to(url);
    const { child, exit } = migrating(proxy.url);
    // The first third is the connection. One kill is between two migrations, the others are at random messages.
    let left = n === 0 ? Math.floor(messages * 0.7) : random.below(messages);
    proxy.hush = () => {
      if (left-- === 0) child.kill('SIGKILL');
      return false;
    };
    await exit;
    await eventually(async () => ((await administer(url, running))[0] ?? []).length === 0, 15_000);
    proxy.close();
    seen.push(await isWhole(url));
    expect(await migrating(url).exit).toBe(0);
    expect(await isWhole(url)).toBe(migrations.length);
  }
  process.stdout.write(`migrations that stood after each kill: ${seen.join(' ')}\n`);
  expect(seen.some((number) => number > 0 && number < migrations.length)).toBe(true);
}, 500_000);
/** Returns the number of messages of the migration of an empty database. */
async function messagesOf(url: string): Promise<number> {
  const proxy = await TcpProxy.to(url);
  let count = 0;
  proxy.hush = () => {
    count++;
    return false;
  };
  await migrating(proxy.url).exit;
  proxy.close();
  return count;
}
const running = `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;

test('a migration is rolled back if the network becomes silent during it', async () => {
  const url = await empty();
  const proxy = await TcpProxy.to(url);
  proxy.hush = (text) => text.includes('create table event_consumers');
  const { child } = migrating(proxy.url);
  await eventually(async () => (await done(url)) === 3, 30_000);
  await eventually(async () => ((await administer(url, idle))[0] ?? []).length > 0, 15_000);
  // No lock remains: a lost node delays others only for the timeout of an idle transaction.
  const next = migrating(url);
  expect(await next.exit).toBe(0);
  expect(next.output()).toContain('Another process migrates the database. This one waits for it.');
  expect(await isWhole(url)).toBe(migrations.length);
  child.kill('SIGKILL');
  proxy.close();
}, 120_000);
const idle = `select from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`;

test('if a statement fails, its migration is rolled back, earlier ones stay, and the error states both', async () => {
  const url = await empty();
  await administer(url, 'create type webhook_endpoints as (obstacle text)');
  const failed = migrating(url);
  expect(await failed.exit).toBe(1);
  expect(failed.output()).toMatch(
    /A migration of the database failed: relation "webhook_endpoints" already exists.*Nothing of it is left/,
  );
  expect(await done(url)).toBe(3);
  expect(await shape(url)).toEqual(await shapeAfter(3));
  await administer(url, 'drop type webhook_endpoints');
  expect(await migrating(url).exit).toBe(0);
  expect(await isWhole(url)).toBe(migrations.length);
}, 60_000);

test('five nodes that start concurrently migrate once', async () => {
  const url = await empty();
  const nodes = Array.from({ length: 5 }, () => migrating(url));
  const codes = await Promise.all(nodes.map(({ exit }) => exit));
  expect(codes).toEqual([0, 0, 0, 0, 0]);
  expect(nodes.filter(({ output }) => output().includes('ran: Foundation')).length).toBe(1);
  expect(await isWhole(url)).toBe(migrations.length);
}, 120_000);

test('databases of one cluster can migrate concurrently', async () => {
  // The role does not exist yet, so all of them try to create it.
  const fresh = await Cluster.make();
  fresh.start();
  try {
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) await fresh.query(`create database ${name}`);
    const urls = names.map((name) => databaseUrl(fresh.url, name));
    const codes = await Promise.all(urls.map((url) => migrating(url).exit));
    expect(codes).toEqual([0, 0, 0, 0]);
    for (const url of urls) expect(await isWhole(url)).toBe(migrations.length);
  } finally {
    fresh.remove();
  }
}, 120_000);

test('a database of a newer version is refused by the start and by `migrate`, and is not changed', async () => {
  const url = await empty();
  const engine = await openEngine({ url, pool: 2 });
  await migrate(engine);
  await administer(url, `insert into migrations (timestamp, name) values (1999000000000, 'Later1999000000000')`);
  const before = await shape(url);
  const refused = /A newer version of Rollcall has migrated the database \(Later1999000000000\)/;
  await expect(migrate(engine)).rejects.toThrow(refused);
  await expect(pendingMigrations(engine)).rejects.toThrow(refused);
  await expect(startServer({}, { DATABASE_URL: url, DATABASE_DURABLE: 'not required' })).rejects.toThrow(refused);
  expect(await shape(url)).toEqual(before);
}, 60_000);
