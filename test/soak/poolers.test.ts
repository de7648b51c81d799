import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Address, Cluster } from '../support/cluster.js';
import { administer, databaseUrl } from '../support/database.js';
import { PgBouncer } from '../support/pgbouncer.js';
import { startServer } from '../support/server.js';
import { eventually, oktaUser, World } from '../support/world.js';

let cluster: Cluster;
let bouncer: PgBouncer;
beforeAll(async () => {
  cluster = await Cluster.make();
  cluster.start();
}, 60_000);
afterEach(() => bouncer.stop());
afterAll(() => cluster?.remove());

let count = 0;
/** An empty database behind PgBouncer. */
async function behind(...settings: string[]): Promise<string> {
  await cluster.query(`create database p${++count}`);
  bouncer = await PgBouncer.before(databaseUrl(cluster.url, `p${count}`), settings);
  return bouncer.url;
}
const start = (url: string) => startServer({}, { DATABASE_URL: url, DATABASE_DURABLE: 'not required' });
const tables = `select from pg_tables where schemaname = 'public'`;

test.each<[string, string[]]>([
  ['transaction mode', ['pool_mode = transaction']],
  ['transaction mode with one session', ['pool_mode = transaction', 'default_pool_size = 1']],
  [
    'transaction mode with sessions in turn, all of them open',
    ['pool_mode = transaction', 'server_round_robin = 1', 'min_pool_size = 5'],
  ],
  [
    'transaction mode without a reset, ignoring parameters',
    ['pool_mode = transaction', 'ignore_startup_parameters = extra_float_digits, options, lock_timeout'],
  ],
  ['statement mode', ['pool_mode = statement']],
])(
  'PgBouncer in %s is refused with its name, before any change',
  async (_mode, settings) => {
    const url = await behind(...settings);
    await expect(start(url)).rejects.toThrow(/such as PgBouncer in transaction mode.*pool_mode = session/);
    expect(await administer(databaseUrl(cluster.url, `p${count}`), tables)).toEqual([[]]);
    // No session of the pooler keeps settings or a role of this program.
    const [session] = await administer(
      url,
      'select current_user as user, current_setting($$statement_timeout$$) as limit',
    );
    expect(session).toEqual([{ user: 'rollcall', limit: '0' }]);
  },
  60_000,
);

test('PgBouncer in transaction mode with other concurrent clients is refused too', async () => {
  const url = await behind('pool_mode = transaction', 'default_pool_size = 4');
  let isOver = false;
  const others = Array.from({ length: 3 }, async () => {
    while (!isOver) await administer(url, 'select pg_sleep(0.01)');
  });
  try {
    for (let n = 0; n < 5; n++) await expect(start(url)).rejects.toThrow(/PgBouncer in transaction mode/);
  } finally {
    isOver = true;
    await Promise.all(others);
  }
}, 60_000);

test('PgBouncer with a single session is refused with the setting to raise', async () => {
  const url = await behind('pool_mode = session', 'default_pool_size = 1');
  await expect(start(url)).rejects.toThrow(/one session at a time.*pool_size/);
}, 60_000);

test('PgBouncer in session mode works, with its time limits and its notifications', async () => {
  const url = await behind('pool_mode = session', 'default_pool_size = 40');
  const servers = [await start(url), await start(url)];
  const [one, two] = servers.map((server) => new World(server));
  const tenant = await one?.tenant();
  const statuses = await Promise.all(
    Array.from(
      { length: 40 },
      async (_, n) => (await tenant?.scim('POST', '/Users', oktaUser(`u${n}@acme.com`)))?.status,
    ),
  );
  expect(new Set(statuses)).toEqual(new Set([201]));
  expect(
    await servers[0]?.database.run(`select current_user as role, current_setting('statement_timeout') as statement,
      current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle`),
  ).toEqual([{ role: 'rollcall_runtime', statement: '5s', lock: '3s', idle: '10s' }]);
  await eventually(async () => {
    const { status } = (await (await fetch(`${two?.url}/readyz`)).json()) as { status: string };
    return status === 'ready';
  });
  for (const server of servers) await server.close();
}, 60_000);

test('PgBouncer in transaction mode in front of a running server is reported and not used, and the server works again without it', async () => {
  const through = await behind('pool_mode = transaction');
  const address = await Address.of(cluster);
  const direct = new URL(databaseUrl(cluster.url, `p${count}`));
  direct.port = String(address.port);
  const server = await start(direct.href);
  const world = new World(server);
  const tenant = await world.tenant();
  const create = async () => (await tenant.scim('POST', '/Users', oktaUser(`u${Math.random()}@acme.com`))).status;
  const ready = async () => (await (await fetch(`${server.url}/readyz`)).json()) as { status: string; why?: string };
  expect(await create()).toBe(201);

  address.target = new Cluster(cluster.directory, Number(new URL(through).port));
  // Earlier sessions continue.
  expect(await create()).toBe(201);
  await administer(cluster.url, `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'p${count}'`);
  await eventually(async () => (await ready()).status === 'unavailable');
  for (let n = 0; n < 20; n++) expect(await create()).toBe(503);
  expect((await ready()).why).toMatch(
    /connection pooler .* such as PgBouncer in transaction mode.*pool_mode = session/,
  );
  // No session of the pooler has settings or the role of the server.
  const [session] = await administer(
    through,
    'select current_user as user, current_setting($$statement_timeout$$) as limit',
  );
  expect(session).toEqual([{ user: 'rollcall', limit: '0' }]);

  address.target = cluster;
  await eventually(async () => (await ready()).status === 'ready');
  expect(await create()).toBe(201);
  await server.close();
  await address.close();
}, 60_000);
