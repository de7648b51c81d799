import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { examine } from '../../src/cli/commands/doctor.js';
import type { Warning } from '../../src/storage/database-refused.js';
import { migrate } from '../../src/storage/migrate.js';
import { openEngine } from '../../src/storage/open.js';
import { Cluster } from '../support/cluster.js';
import { administer, databaseUrl } from '../support/database.js';
import { secretKey } from '../support/server.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.make();
  cluster.start();
  await cluster.query('create role rollcall_runtime nologin');
}, 60_000);
afterAll(() => cluster?.remove());

/** A database of a user that is a member of the role of the server, after a first start. */
async function database(user: string, rights: string) {
  await cluster.query(`create role ${user} login ${rights}`);
  await cluster.query(`create database ${user} owner ${user}`);
  await administer(databaseUrl(cluster.url, user), `grant all on schema public to ${user}`);
  await cluster.query(`grant rollcall_runtime to ${user}`);
  const url = new URL(databaseUrl(cluster.url, user));
  url.username = user;
  expect(await start(url.href)).toEqual({ role: 'rollcall_runtime', warnings: [] });
  expect(await doctor(url.href)).toEqual([]);
  return url.href;
}

/** Returns the database role and the warnings of a start. */
async function start(url: string): Promise<{ role: string | null; warnings: string[] }> {
  const engine = await openEngine({ url, pool: 2 });
  const received: Warning[] = [];
  await migrate(engine, (warning) => received.push(warning)).finally(() => engine.close());
  return { role: engine.role, warnings: received.map(({ text, fix }) => `${text} ${fix}`) };
}

const outside = { now: () => new Date(), lookup: async () => ({}), nodeVersion: 'v22.12.0' };
/** Returns the problems that the doctor reports. */
async function doctor(url: string): Promise<string[]> {
  const given = { PORT: '0', DATABASE_URL: url, DATABASE_DURABLE: 'not required', ROLLCALL_SECRET_KEY: secretKey };
  const findings = await examine({ ...outside, environment: given });
  return findings
    .filter(({ state }) => state !== 'ok')
    .map(({ state, description, fix }) => `${state}: ${description} ${fix}`);
}

const taken = (user: string, role: string) =>
  `The user "${user}" may not work as the role "${role}", which has the rights of the server in this database. The membership was revoked: servers that are running answer 503. Run as a superuser, and start again: grant "${role}" to "${user}";`;
const unprotected = /^(warning: )?The event log is not protected against changes: the user .* may work as no role/;
const grantOf = (text: string) => /start again: (.*;)$/.exec(text)?.[1] ?? 'no statement';

test('a user whose role was revoked: doctor and start name the statement, which repairs it', async () => {
  const url = await database('plain', '');
  await cluster.query('revoke rollcall_runtime from plain');
  const [broken = '', ...others] = await doctor(url);
  expect(broken).toBe(`broken: ${taken('plain', 'rollcall_runtime')}`);
  expect(others).toEqual([expect.stringMatching(unprotected)]);
  const { role, warnings } = await start(url);
  expect(role).toBeNull();
  expect(warnings).toEqual([
    taken('plain', 'rollcall_runtime'),
    expect.stringMatching(/had rights to its tables. They were revoked: revoke all on .*public.users.* from rollcall_/),
    expect.stringMatching(unprotected),
  ]);
  expect(await doctor(url)).toEqual([expect.stringMatching(unprotected)]);

  await cluster.query(grantOf(broken));
  expect(await start(url)).toEqual({ role: 'rollcall_runtime', warnings: [expect.stringContaining('granted again')] });
  expect(await doctor(url)).toEqual([]);
}, 60_000);

test('if the user can create roles, the next start uses another role, as long as a name is free', async () => {
  const url = await database('maker', 'createrole');
  await cluster.query('revoke rollcall_runtime from maker');
  expect(await doctor(url)).toEqual([`broken: ${taken('maker', 'rollcall_runtime')}`]);
  const second = await start(url);
  expect(second.role).toBe('rollcall_runtime_maker');
  expect(second.warnings[0]).toBe(taken('maker', 'rollcall_runtime'));
  expect(await doctor(url)).toEqual([]);

  await cluster.query('revoke rollcall_runtime_maker from maker');
  const [broken = '', ...others] = await doctor(url);
  expect(broken).toBe(`broken: ${taken('maker', 'rollcall_runtime_maker')}`);
  expect(others).toEqual([expect.stringMatching(unprotected)]);
  expect((await start(url)).role).toBeNull();
  // The user can create roles, but both names are taken.
  expect(await doctor(url)).toEqual([expect.stringMatching(unprotected)]);
  await cluster.query(grantOf(broken));
  expect(await start(url)).toMatchObject({ role: 'rollcall_runtime_maker' });
  expect(await doctor(url)).toEqual([]);
}, 60_000);
