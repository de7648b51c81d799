import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Warning } from '../../src/storage/database-refused.js';
import { migrate } from '../../src/storage/migrate.js';
import { openEngine } from '../../src/storage/open.js';
import { Cluster } from '../support/cluster.js';
import { administer, databaseUrl } from '../support/database.js';
import { spawnServer } from '../support/process.js';
import { startServer } from '../support/server.js';
import { oktaUser, World } from '../support/world.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.make();
  cluster.start();
}, 60_000);
afterAll(() => cluster?.remove());

const admin = (database: string, ...statements: string[]) =>
  administer(databaseUrl(cluster.url, database), ...statements);

let count = 0;
/** A database of a user without other rights, after `statements` of the superuser in it. */
async function database(
  statements: (names: { user: string; database: string }) => string[] = () => [],
  { owned = true } = {},
): Promise<{ user: string; database: string; url: string }> {
  const names = { user: `user${++count}`, database: `base${count}` };
  await cluster.query(`create role ${names.user} login`);
  await cluster.query(`create database ${names.database} ${owned ? `owner ${names.user}` : ''}`);
  await admin(names.database, ...statements(names));
  const url = new URL(databaseUrl(cluster.url, names.database));
  url.username = names.user;
  return { ...names, url: url.href };
}

/** Starts a server, changes something through it, and returns what its sessions are. */
async function works(url: string): Promise<{ role: string; schema: string }> {
  const server = await startServer({}, { DATABASE_URL: url, DATABASE_DURABLE: 'not required' });
  const world = new World(server);
  try {
    const tenant = await world.tenant();
    expect((await tenant.scim('POST', '/Users', oktaUser('a@acme.com'))).status).toBe(201);
    const session = server.database;
    expect((await session.run('select * from events')).length).toBeGreaterThan(0);
    // Only the functions of the owner can do this.
    await session.run(`select prune_events('org_x', now(), 1), scrub_events('org_x', 'user_x', '{}')`);
    await session.run(`select refresh_statistics(), scrub_organization('org_x', '{}', 1)`);
    const [found] = await session.run<{ role: string; schema: string }>(
      'select current_user as role, current_schema() as schema',
    );
    return found ?? { role: '', schema: '' };
  } finally {
    await server.close();
  }
}

/** Migrates, and returns the warnings. */
async function warnings(url: string): Promise<Warning[]> {
  const engine = await openEngine({ url, pool: 2 });
  const received: Warning[] = [];
  await migrate(engine, (warning) => received.push(warning)).finally(() => engine.close());
  return received;
}

const refusal = async (url: string): Promise<string> => {
  const error = await works(url).then(
    () => null,
    (thrown: Error) => thrown,
  );
  expect(error?.constructor.name).toBe('DatabaseRefused');
  return error?.message ?? '';
};
/** Returns the statements at the end of a text. */
const statementsIn = (text: string) => /start again:\s+([\s\S]+;)$/.exec(text)?.[1] ?? 'no statement';
const changeEvents = (role: string) => [`set role ${role}`, 'delete from events where false'];

describe('the role of the server', () => {
  // Runs first: the cluster has no role yet.
  test('if the user cannot create roles, the server works, and each start shows the statement to run', async () => {
    const { user, database: name, url } = await database();
    const first = await warnings(url);
    expect(first).toEqual([
      {
        text: expect.stringContaining('The event log is not protected against changes'),
        fix: `Run as a superuser, and start again: create role "rollcall_runtime" nologin; grant "rollcall_runtime" to "${user}";`,
      },
    ]);
    expect(await works(url)).toMatchObject({ role: user });
    expect(await warnings(url)).toEqual(first);
    const spawned = await spawnServer({ DATABASE_URL: url, DATABASE_DURABLE: 'not required', LOG_LEVEL: 'warn' });
    expect(spawned.output()).toContain('The event log is not protected against changes');
    spawned.child.kill('SIGTERM');
    await spawned.exit;

    await admin(name, statementsIn(first[0]?.fix ?? ''));
    await warnings(url);
    expect(await warnings(url)).toEqual([]);
    expect(await works(url)).toMatchObject({ role: 'rollcall_runtime' });
    await expect(admin(name, ...changeEvents('rollcall_runtime'))).rejects.toThrow(/permission denied/);
  }, 120_000);

  test('uses a role that a superuser has created and granted before, without the admin option', async () => {
    const { database: name, url } = await database(({ user }) => [`grant rollcall_runtime to ${user}`]);
    expect(await warnings(url)).toEqual([]);
    expect(await works(url)).toMatchObject({ role: 'rollcall_runtime' });
    await expect(admin(name, ...changeEvents('rollcall_runtime'))).rejects.toThrow(/permission denied/);
  }, 60_000);

  test('if the role belongs to another database of the cluster, and the user can create roles, the server creates another role', async () => {
    const { database: name, url } = await database(({ user }) => [`alter role ${user} createrole`]);
    expect(await warnings(url)).toEqual([]);
    expect(await works(url)).toMatchObject({ role: `rollcall_runtime_${name}` });
    // The role of the other database can neither read nor write here.
    await expect(admin(name, 'set role rollcall_runtime', 'select from sessions')).rejects.toThrow(/permission denied/);
    await expect(admin(name, 'set role rollcall_runtime', 'select from users')).rejects.toThrow(/permission denied/);
  }, 60_000);

  test('if the user cannot create roles in such a cluster, the server works as the user, and shows the statement for another role', async () => {
    const { user, database: name, url } = await database();
    const [received] = await warnings(url);
    expect(received?.fix).toContain(
      `create role "rollcall_runtime_${name}" nologin; grant "rollcall_runtime_${name}" to "${user}";`,
    );
    await expect(admin(name, 'set role rollcall_runtime', 'select from sessions')).rejects.toThrow(/permission denied/);
    expect(await works(url)).toMatchObject({ role: user });
    await admin(name, statementsIn(received?.fix ?? ''));
    expect(await works(url)).toMatchObject({ role: `rollcall_runtime_${name}` });
  }, 60_000);

  test('two databases of one user share the role', async () => {
    const { user, url } = await database(({ user: name }) => [`grant rollcall_runtime to ${name}`]);
    await cluster.query(`create database second owner ${user}`);
    expect(await works(databaseUrl(url, 'second'))).toMatchObject({ role: 'rollcall_runtime' });
    expect(await works(url)).toMatchObject({ role: 'rollcall_runtime' });
    expect(await works(databaseUrl(url, 'second'))).toMatchObject({ role: 'rollcall_runtime' });
  }, 60_000);
});

describe('schemas', () => {
  test('a schema with the name of the user', async () => {
    const { user, url } = await database(({ user: name }) => [
      `create schema authorization ${name}`,
      'revoke all on schema public from public',
      `grant rollcall_runtime to ${name}`,
    ]);
    expect(await works(url)).toEqual({ role: 'rollcall_runtime', schema: user });
    expect(await warnings(url)).toEqual([]);
  }, 60_000);

  test.each([
    ['ALTER ROLE', (user: string) => `alter role ${user} set search_path = "My App"`],
    ['ALTER DATABASE', (_user: string, name: string) => `alter database ${name} set search_path = "My App", public`],
  ])(
    'a schema by %s',
    async (_how, set) => {
      const { url } = await database(({ user, database: name }) => [
        `create schema "My App" authorization ${user}`,
        set(user, name),
        `grant rollcall_runtime to ${user}`,
      ]);
      expect(await works(url)).toEqual({ role: 'rollcall_runtime', schema: 'My App' });
    },
    60_000,
  );

  test('a schema by the options of the URL, also as the owner', async () => {
    const { user, url } = await database(({ user: name }) => [`create schema app authorization ${name}`]);
    expect(await works(`${url}?options=-c%20search_path%3Dapp`)).toEqual({ role: user, schema: 'app' });
  }, 60_000);

  test('a schema that is created later and is first in the search path does not hide the tables', async () => {
    const {
      user,
      database: name,
      url,
    } = await database(({ user: owner }) => [
      `grant create on schema public to ${owner}`,
      `grant rollcall_runtime to ${owner}`,
    ]);
    expect(await works(url)).toMatchObject({ schema: 'public' });
    await admin(name, `create schema authorization ${user}`);
    expect(await works(url)).toMatchObject({ schema: 'public' });
    expect(await admin(name, `select from pg_tables where schemaname = '${user}'`)).toEqual([[]]);
  }, 60_000);

  test('the functions of the log work after the schema is renamed', async () => {
    const {
      user,
      database: name,
      url,
    } = await database(({ user: owner }) => [
      `create schema authorization ${owner}`,
      `grant rollcall_runtime to ${owner}`,
    ]);
    await works(url);
    await admin(name, `alter schema ${user} rename to moved`, `alter role ${user} set search_path = moved`);
    expect(await works(url)).toEqual({ role: 'rollcall_runtime', schema: 'moved' });
  }, 60_000);

  test.each<[string, (names: { user: string; database: string }) => string[]]>([
    ['a user without rights in public', () => ['revoke create on schema public from public']],
    ['a closed public schema', () => ['revoke all on schema public from public']],
    ['a search path to a schema that is not there', ({ user }) => [`alter role ${user} set search_path = app`]],
    [
      'a schema without the right to create',
      ({ user }) => [
        'create schema app',
        `grant usage on schema app to ${user}`,
        `alter role ${user} set search_path = app`,
      ],
    ],
    ['a schema that may not be used', ({ user }) => ['create schema app', `alter role ${user} set search_path = app`]],
    [
      'pg_trgm in a schema without usage',
      ({ user }) => [
        'create extension pg_trgm',
        'revoke all on schema public from public',
        `create schema authorization ${user}`,
      ],
    ],
  ])(
    '%s is refused with the statement to run, and nothing is created',
    async (_what, statements) => {
      const { database: name, url } = await database(statements, { owned: false });
      const text = await refusal(url);
      const tables = `select from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`;
      expect(await admin(name, tables)).toEqual([[]]);
      await admin(name, statementsIn(text));
      await works(url);
    },
    60_000,
  );

  test('tables of another owner are refused, as after a restore by a superuser', async () => {
    const { user, database: name, url } = await database(({ user: owner }) => [`create schema authorization ${owner}`]);
    await warnings(url);
    await cluster.query('create role someone');
    await admin(name, `reassign owned by ${user} to someone`);
    const hidden = await refusal(url);
    expect(hidden).toContain(`The tables are in the schema "${user}"`);
    await admin(name, statementsIn(hidden));
    const text = await refusal(url);
    expect(text).toContain('"someone"');
    await admin(name, statementsIn(text));
    await works(url);
  }, 60_000);

  test('a search path without the tables is refused, and no second directory is created', async () => {
    const {
      user,
      database: name,
      url,
    } = await database(({ user: owner }) => [
      `create schema app authorization ${owner}`,
      `alter role ${owner} set search_path = app`,
      `grant create on schema public to ${owner}`,
    ]);
    await works(url);
    await admin(name, `alter role ${user} reset search_path`);
    const text = await refusal(url);
    expect(text).toContain('The tables are in the schema "app"');
    expect(await admin(name, `select from pg_tables where schemaname = 'public'`)).toEqual([[]]);
    await admin(name, statementsIn(text));
    expect(await works(url)).toMatchObject({ schema: 'app' });
  }, 60_000);

  test('two users in two schemas of one database do not disturb each other', async () => {
    const { database: name, url } = await database(({ user: owner }) => [`create schema authorization ${owner}`]);
    await works(url);
    const other = new URL(url);
    other.username = 'guest';
    await admin(name, 'create role guest login', 'create schema authorization guest');
    // The first has created the extension in its schema.
    await admin(name, statementsIn(await refusal(other.href)));
    expect(await works(other.href)).toMatchObject({ schema: 'guest' });
    expect(await works(url)).toMatchObject({ schema: name.replace('base', 'user') });
  }, 60_000);
});

test('a read-only database is refused with the statement to run', async () => {
  const { database: name, url } = await database(({ user, database: made }) => [
    `grant create on schema public to ${user}`,
    `alter database ${made} set default_transaction_read_only = on`,
  ]);
  const text = await refusal(url);
  expect(text).toContain(`The database "${name}" is read-only.`);
  await admin('postgres', statementsIn(text));
  await works(url);
}, 60_000);

test('a standby is refused', async () => {
  const standby = await cluster.standby();
  try {
    expect(await refusal(standby.url)).toMatch(/is a standby. Set DATABASE_URL to the primary/);
  } finally {
    standby.stop('immediate');
  }
}, 60_000);

describe('the protection of the event log', () => {
  const protectedDatabase = async () => {
    const made = await database(({ user }) => [
      `create schema authorization ${user}`,
      `create role rollcall_runtime_base${count} nologin`,
      `grant rollcall_runtime_base${count} to ${user}`,
    ]);
    expect(await works(made.url)).toEqual({ role: `rollcall_runtime_${made.database}`, schema: made.user });
    return { ...made, role: `rollcall_runtime_${made.database}` };
  };
  type Made = Awaited<ReturnType<typeof protectedDatabase>>;

  test.each<[string, (made: Made) => string]>([
    ['UPDATE and DELETE to the role', ({ user, role }) => `grant update, delete on ${user}.events to ${role}`],
    ['UPDATE of a column to the role', ({ user, role }) => `grant update (data) on ${user}.events to ${role}`],
    ['everything to everybody', ({ user }) => `grant all on all tables in schema ${user} to public`],
    ['functions to everybody', ({ user }) => `grant execute on all functions in schema ${user} to public`],
  ])(
    'a grant of %s is revoked and reported by the start',
    async (_what, grant) => {
      const made = await protectedDatabase();
      await admin(made.database, grant(made));
      const received = await warnings(made.url);
      expect(received).toEqual([
        {
          text: 'The event log was not protected against changes: rights had been granted that the server must not have.',
          fix: expect.stringMatching(/revoke .*from/),
        },
      ]);
      expect(await warnings(made.url)).toEqual([]);
      const change = [`set search_path = ${made.user}`, ...changeEvents(made.role)];
      await expect(admin(made.database, ...change)).rejects.toThrow(/permission denied/);
      const [open] = await admin(
        made.database,
        `select has_function_privilege('public', '${made.user}.prune_events(text, timestamptz, bigint)', 'execute') as open`,
      );
      expect(open).toEqual([{ open: false }]);
    },
    60_000,
  );

  test.each<[string, RegExp, (made: Made) => string[]]>([
    ['is a superuser', /is a superuser/, ({ role }) => [`alter role ${role} superuser`]],
    [
      'is a member of the owner',
      /is a member of "\w+", which owns/,
      ({ user, role }) => [`revoke ${role} from ${user}`, `grant ${user} to ${role}`, `alter role ${user} superuser`],
    ],
    ['can write all data', /is a member of "pg_write_all_data"/, ({ role }) => [`grant pg_write_all_data to ${role}`]],
  ])(
    'if the role %s, each start reports it with the statement that fixes it',
    async (_what, text, break_) => {
      const made = await protectedDatabase();
      await admin(made.database, ...break_(made));
      const received = await warnings(made.url);
      expect(received).toEqual([
        { text: expect.stringMatching(text), fix: expect.stringMatching(/^Run as a superuser/) },
      ]);
      expect(await warnings(made.url)).toEqual(received);
      await admin(made.database, statementsIn(received[0]?.fix ?? ''));
      expect(await warnings(made.url)).toEqual([]);
      await works(made.url);
    },
    60_000,
  );

  test('after a restore without privileges the start grants and reports them', async () => {
    const { user, database: name, url, role } = await protectedDatabase();
    const file = `${cluster.directory}/${name}.dump`;
    cluster.run('pg_dump', '--no-privileges', '-Fc', '-f', file, databaseUrl(cluster.url, name));
    await cluster.query(`drop database ${name}`);
    await cluster.query(`create database ${name} owner ${user}`);
    cluster.run('pg_restore', '--no-privileges', '-d', databaseUrl(cluster.url, name), file);
    expect(await warnings(url)).toEqual([
      expect.objectContaining({ fix: expect.stringContaining('from public') }),
      expect.objectContaining({ text: expect.stringContaining('as after a restore without privileges') }),
    ]);
    expect(await warnings(url)).toEqual([]);
    expect(await works(url)).toEqual({ role, schema: user });
  }, 60_000);
});
