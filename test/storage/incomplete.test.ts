import { beforeAll, expect, test } from '@jest/globals';
import { examine } from '../../src/cli/commands/doctor.js';
import { locationOf, readConfig } from '../../src/config/config.js';
import { openEngine } from '../../src/storage/open.js';
import { freshDatabase, secretKey, startServer } from '../support/server.js';

let settings: Record<string, string>;
beforeAll(async () => {
  settings = { ...(await freshDatabase()), ROLLCALL_SECRET_KEY: secretKey };
  // The first start stores a check value of the secret key in the database.
  await (await startServer({}, settings)).close();
});

/** Runs statements as the owner, while no server runs. */
async function asOwner(...statements: string[]): Promise<void> {
  const engine = await openEngine(locationOf(readConfig(settings)));
  const owner = await engine.connect('owner');
  for (const statement of statements) await owner.query(statement);
  await owner.destroy();
  await engine.close();
}

const outside = { now: () => new Date(), lookup: async () => ({}), nodeVersion: 'v22.12.0' };
/** Returns the broken findings of the doctor. */
async function broken(): Promise<string[]> {
  const findings = await examine({ ...outside, environment: { PORT: '0', ...settings } });
  return findings.filter(({ state }) => state === 'broken').map(({ description, fix }) => `${description} ${fix}`);
}

test('without a table, a sequence or a function the start is refused with the names, and the doctor reports the same', async () => {
  const text =
    /lacks what the migrations have created: table "event_heads", table "users", sequence "event_seq", function "prune_events"\. It was dropped or renamed\. Nothing was changed\. The schema has other tables: "heads", "people"\. Rename it back/;
  await asOwner(
    'alter table users rename to people',
    'alter table event_heads rename to heads',
    'alter sequence event_seq rename to seq',
    'alter function prune_events rename to prune',
  );
  expect(await broken()).toEqual([expect.stringMatching(text)]);
  await expect(startServer({}, settings)).rejects.toThrow(text);
  await asOwner(
    'alter table people rename to users',
    'alter table heads rename to event_heads',
    'alter sequence seq rename to event_seq',
    'alter function prune rename to prune_events',
  );
});

test('without rights the doctor reports the statements that grant them, and the start grants them', async () => {
  await asOwner(
    'revoke all on users, groups from rollcall_runtime',
    'revoke usage on schema public from public, rollcall_runtime',
    'revoke execute on all functions in schema public from rollcall_runtime',
  );
  const [found, ...others] = await broken();
  expect(others).toEqual([]);
  expect(found).toMatch(/The role "rollcall_runtime", as which the server works, lacks rights/);
  expect(found).toMatch(/grant usage on schema public to rollcall_runtime;/);
  expect(found).toMatch(/grant .*on public.groups to rollcall_runtime; grant .*on public.users to rollcall_runtime;/);
  expect(found).toMatch(/grant execute on function public.prune_events/);
  await (await startServer({}, settings)).close();
  expect(await broken()).toEqual([]);
});

test('without a column, or with a view or an index instead of a table, the start is refused with the names', async () => {
  await asOwner(
    'alter table users rename user_name to login',
    'alter table sessions drop ended_at',
    'alter table groups rename to teams',
    'create view groups as select * from teams',
    'alter table memberships rename to members',
    'create index memberships on members (user_id)',
    'alter sequence event_seq rename to seq',
    'create view event_seq as select 1 as last_value',
  );
  const text =
    /lacks what the migrations have created: table "groups" \(the name belongs to a view\), table "memberships" \(the name belongs to an index\), sequence "event_seq" \(the name belongs to a view\), column "ended_at" of the table "sessions", column "user_name" of the table "users"\. It was dropped or renamed\. Nothing was changed\. The schema has other tables: "members", "teams"\. The schema has other columns: "users"\."login"\./;
  expect(await broken()).toEqual([expect.stringMatching(text)]);
  await expect(startServer({}, settings)).rejects.toThrow(text);
});
