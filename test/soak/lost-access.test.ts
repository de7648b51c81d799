import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Cluster } from '../support/cluster.js';
import { administer, databaseUrl } from '../support/database.js';
import { type ServerProcess, spawnServer } from '../support/process.js';
import { type Anything, eventually, oktaUser, type Tenant, World } from '../support/world.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.make();
  cluster.start();
}, 60_000);
afterAll(() => cluster?.remove());

let count = 0;
let user = '';
let base = '';
let server: ServerProcess;
let world: World;
let tenant: Tenant;
const role = () => `rollcall_runtime_${base}`;
const admin = (...statements: string[]) => administer(databaseUrl(cluster.url, base), ...statements);

/** A server whose user owns its database, and works as a role that a superuser has granted. */
beforeEach(async () => {
  [user, base] = [`user${++count}`, `base${count}`];
  await cluster.query(`create role ${user} login createrole`);
  await cluster.query(`create database ${base} owner ${user}`);
  await admin(`grant all on schema public to ${user}`, `create role ${role()} nologin`, `grant ${role()} to ${user}`);
  const url = new URL(databaseUrl(cluster.url, base));
  url.username = user;
  server = await spawnServer({ DATABASE_URL: url.href, DATABASE_DURABLE: 'not required', LOG_LEVEL: 'warn' });
  world = new World({ url: server.url, adminKey: null, close: async () => {} });
  tenant = await world.tenant();
}, 60_000);
afterEach(() => void server.child.kill('SIGKILL'));

/** Ends the sessions of the server, so that it opens new ones. */
const endSessions = () => admin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${user}'`);
const create = async () => (await tenant.scim('POST', '/Users', oktaUser(`u${Math.random()}@acme.com`))).status;
const ready = async () => (await (await fetch(`${server.url}/readyz`)).json()) as Anything;
const statementsIn = (text: string) =>
  /Run as [^:]+: (.*?;) (?:If|A restart|And \d)/.exec(text)?.[1]?.split(/(?<=;) /) ?? [];

test.each<[string, () => string[], RegExp, () => string[]]>([
  [
    'the user is no longer a member of the role',
    () => [`revoke ${role()} from ${user}`],
    /The user "user\d" may not work as the role "rollcall_runtime_base\d".* grant "rollcall_runtime_base\d" to "user\d";/,
    () => [],
  ],
  [
    'the role was dropped',
    () => [`drop owned by ${role()}`, `drop role ${role()}`],
    /may not work as the role .*or the role was dropped.*restart the server/,
    () => [`create role ${role()}`, `grant ${role()} to ${user}`],
  ],
  [
    'the user cannot connect',
    () => [`revoke connect on database ${base} from public, ${user}`],
    /does not allow the user to connect to the database.*grant connect on database/,
    () => [`grant connect on database ${base} to ${user}`],
  ],
  [
    'the user cannot log in to PostgreSQL',
    () => [`alter role ${user} nologin`],
    /It rejects the user\. Correct the user in DATABASE_URL/,
    () => [`alter role ${user} login`],
  ],
])(
  '%s: new sessions fail with 503 and the cause, and work again after the repair',
  async (what, take, why, give) => {
    await admin(...take());
    await endSessions();
    await eventually(async () => (await ready()).status === 'unavailable');
    for (let n = 0; n < 5; n++) expect(await create()).toBe(503);
    const { why: text } = await ready();
    expect(text).toMatch(why);
    await admin(...(give().length > 0 ? give() : statementsIn(text)));
    if (what === 'the role was dropped') {
      await eventually(async () => /lacks rights/.test((await ready()).why));
      expect(await create()).toBe(503);
      await admin(...statementsIn((await ready()).why));
      await admin(`grant select, insert, update, delete on all tables in schema public to ${role()}`);
      await admin(`grant usage, select on all sequences in schema public to ${role()}`);
    }
    await eventually(async () => (await ready()).status === 'ready');
    expect(await create()).toBe(201);
  },
  60_000,
);

test.each<[string, () => string[], string]>([
  [
    'rights that were revoked',
    () => [
      `revoke all on all tables in schema public from ${role()}`,
      `revoke all on all sequences in schema public from ${role()}`,
    ],
    'permission denied for table',
  ],
  [
    'a column that was renamed',
    () => ['alter table scim_tokens rename hash to digest', 'alter table event_heads rename position to place'],
    'does not exist',
  ],
])(
  '%s: the log has one line with a count, and every response names the cause',
  async (_what, take, error) => {
    await admin(...take());
    const answers = new Set<string>();
    // Jobs of a second and of five seconds fail meanwhile.
    for (let n = 0; n < 20; n++, await sleep(400)) {
      const { status, body } = await tenant.scim('POST', '/Users', oktaUser(`u${n}@acme.com`));
      answers.add(`${status} ${body.detail}`);
      expect((await ready()).status).toBe('unavailable');
    }
    expect([...answers]).toEqual([expect.stringMatching(/^503 The database refuses the server/)]);
    server.child.kill('SIGTERM');
    expect(await server.exit).toBe(0);
    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    expect(lines.map(({ msg, times }) => [msg, times === undefined ? 'first' : 'sum'])).toEqual([
      ...both('first'),
      ...both('sum'),
    ]);
    expect(lines.find(({ msg }) => msg.endsWith('shows the fix')).err.message).toContain(error);
  },
  60_000,
);
const both = (kind: string) => [
  [expect.stringMatching(/the database refuses the server/), kind],
  [expect.stringMatching(/the database refuses the server/), kind],
];
