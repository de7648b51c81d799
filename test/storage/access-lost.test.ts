import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { administer } from '../support/database.js';
import { freshDatabase, onPostgres, startServer } from '../support/server.js';
import { type Anything, eventually, oktaUser, type Tenant, World } from '../support/world.js';

let settings: Record<string, string>;
let world: World;
let tenant: Tenant;
beforeAll(async () => {
  settings = await freshDatabase();
  world = new World(await startServer({}, settings));
  tenant = await world.tenant();
});
afterAll(() => world.close());

/** Runs statements as the owner of the tables. The embedded database has one session, whose role changes temporarily. */
async function asOwner(...statements: string[]): Promise<void> {
  if (onPostgres) return void (await administer(settings.DATABASE_URL ?? '', ...statements));
  for (const statement of ['reset role', ...statements, 'set role rollcall_runtime'])
    await world.database().run(statement);
}

const ready = async () => {
  const answer = await fetch(`${world.url}/readyz`);
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    body: (await answer.json()) as Anything,
  };
};
const scim = async () => {
  const answer = await tenant.scim('POST', '/Users', oktaUser(`u${Math.random()}@acme.com`));
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: answer.body };
};
const graphql = async () => {
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }',
      variables: { i: { organizationId: tenant.organizationId, displayName: 'made' } },
    }),
  });
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    body: (await answer.json()) as Anything,
  };
};
const works = async () => {
  expect((await scim()).status).toBe(201);
  expect((await graphql()).body.errors).toBeUndefined();
  expect((await ready()).body).toEqual({ status: 'ready', bus: expect.anything() });
};

type Case = [what: string, take: string, give: string, why: RegExp];
const cases: Case[] = [
  [
    'rights on a table',
    'revoke all on users, groups from rollcall_runtime',
    'grant select, insert, update, delete on users, groups to rollcall_runtime',
    /lacks rights. Run as the owner of the tables: grant select, insert, update, delete on public.groups to rollcall_runtime; grant .*on public.users to rollcall_runtime; A restart/,
  ],
  [
    'rights on the event log',
    'revoke all on events from rollcall_runtime',
    'grant select, insert on events to rollcall_runtime',
    /grant select, insert on public.events to rollcall_runtime/,
  ],
  [
    'the right to add users and groups',
    'revoke insert on users, groups from rollcall_runtime',
    'grant insert on users, groups to rollcall_runtime',
    /grant insert on public.groups to rollcall_runtime; grant insert on public.users to rollcall_runtime/,
  ],
  [
    'the right to the sequence',
    'revoke all on sequence event_seq from rollcall_runtime',
    'grant usage, select on sequence event_seq to rollcall_runtime',
    /grant usage, select on sequence public.event_seq to rollcall_runtime/,
  ],
  [
    'the right to the schema',
    'revoke usage on schema public from public, rollcall_runtime',
    'grant usage on schema public to public, rollcall_runtime',
    /grant usage on schema public to rollcall_runtime/,
  ],
  [
    'a table',
    'alter table events rename to happenings',
    'alter table happenings rename to events',
    /The schema "public" lacks: table "events"\./,
  ],
  [
    'columns that were renamed',
    'alter table users rename user_name to login; alter table groups rename display_name to title',
    'alter table users rename login to user_name; alter table groups rename title to display_name',
    /lacks: column "display_name" of the table "groups", column "user_name" of the table "users"\./,
  ],
  [
    'a column of the log that was dropped',
    'alter table events drop schema_version',
    'alter table events add schema_version integer not null default 1',
    /The schema "public" lacks: column "schema_version" of the table "events"\./,
  ],
  [
    'a table whose name a view has',
    'alter table groups rename to teams; create view groups as select * from teams',
    'drop view groups; alter table teams rename to groups',
    /lacks: table "groups" \(the name belongs to a view\)\./,
  ],
  [
    'a table whose name an index has',
    'alter table groups rename to teams; create index groups on users (id)',
    'drop index groups; alter table teams rename to groups',
    /lacks: table "groups" \(the name belongs to an index\)\./,
  ],
  [
    'the schema',
    'alter schema public rename to moved',
    'alter schema moved rename to public',
    /schema "public" does not exist/,
  ],
];

// In the embedded database the owner has no separate session, and the other cases prevent the server from opening one.
test.each(onPostgres ? cases : cases.slice(0, 1))(
  'without %s requests are 503, /readyz contains the repair, and requests work again after it',
  async (_what, take, give, why) => {
    await works();
    await asOwner(take);
    try {
      expect(await scim()).toMatchObject({ status: 503, retryAfter: '5', body: { status: '503' } });
      expect(await graphql()).toMatchObject({
        status: 503,
        retryAfter: '5',
        body: { errors: [{ extensions: { code: 'UNAVAILABLE' } }] },
      });
      expect(await ready()).toMatchObject({
        status: 503,
        retryAfter: '5',
        body: { status: 'unavailable', why: expect.stringMatching(why) },
      });
    } finally {
      await asOwner(give);
    }
    await eventually(async () => (await ready()).status === 200);
    await works();
  },
);

test('without rights that only the start uses, reads and writes work, and the server is ready', async () => {
  await asOwner(
    'revoke insert, delete on event_log from rollcall_runtime',
    'revoke all on key_checks from rollcall_runtime',
  );
  await works();
  await asOwner(
    'grant insert, delete on event_log to rollcall_runtime',
    'grant select, insert, update, delete on key_checks to rollcall_runtime',
  );
});
