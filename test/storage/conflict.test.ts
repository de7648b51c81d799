import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { StatementTimeout } from '../../src/kernel/errors.js';
import { administer } from '../support/database.js';
import { freshDatabase, onPostgres, startServer } from '../support/server.js';
import { eventually, oktaUser, type Tenant, World } from '../support/world.js';

let settings: Record<string, string>;
let world: World;
let tenant: Tenant;

/** Runs statements as the owner of the tables. The embedded database has one session, whose role changes temporarily. */
async function asOwner(...statements: string[]): Promise<void> {
  if (onPostgres) return void (await administer(settings.DATABASE_URL ?? '', ...statements));
  for (const statement of ['reset role', ...statements, 'set role rollcall_runtime'])
    await world.database().run(statement);
}

/** The next writes to users and groups fail, each with the next number of a sequence, until `count` have failed. */
const failNext = (count: number, code: string) =>
  asOwner(
    'drop sequence if exists failures cascade',
    'create sequence failures',
    'grant usage on sequence failures to public',
    `create or replace function fail() returns trigger language plpgsql as $$ begin
       if nextval('failures') <= ${count} then raise exception 'ended in favor of another' using errcode = '${code}'; end if;
       return new; end $$`,
  );

beforeAll(async () => {
  settings = await freshDatabase();
  world = new World(await startServer({}, settings));
  tenant = await world.tenant();
  await failNext(0, '40P01');
  for (const table of ['users', 'groups'])
    await asOwner(`create trigger fail before insert or update on ${table} for each row execute function fail()`);
});
afterAll(() => world.close());

const scim = async () => {
  const answer = await tenant.scim('POST', '/Users', oktaUser(`u${Math.random()}@acme.com`));
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), detail: answer.body.detail };
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
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: await answer.json() };
};
const text = /Other changes to the same objects were in progress. Nothing was changed/;

describe.each([
  ['a deadlock', '40P01'],
  ['a serialization failure', '40001'],
])('%s', (_what, code) => {
  beforeEach(() => failNext(0, code));

  test('does not affect the caller if a repeat succeeds', async () => {
    await failNext(3, code);
    expect(await scim()).toMatchObject({ status: 201 });
    await failNext(3, code);
    expect(await graphql()).toMatchObject({ status: 200, body: { data: { createGroup: { group: {} } } } });
  });

  test('is 503 with Retry-After for SCIM and GraphQL if it persists', async () => {
    await failNext(100, code);
    expect(await scim()).toEqual({ status: 503, retryAfter: '5', detail: expect.stringMatching(text) });
    expect(await graphql()).toMatchObject({
      status: 503,
      retryAfter: '5',
      body: { errors: [{ message: expect.stringMatching(text), extensions: { code: 'UNAVAILABLE' } }] },
    });
  });

  test('in one statement outside of a transaction does not affect the caller if a repeat succeeds', async () => {
    const rename = () => world.database().query(`update groups set display_name = display_name returning 1`);
    await graphql();
    await failNext(3, code);
    await rename();
    await failNext(100, code);
    await expect(rename()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

test('requests succeed after a column is added while the server runs', async () => {
  await failNext(0, '40P01');
  // Each session prepares the statements of these requests.
  for (let n = 0; n < 3; n++)
    expect((await Promise.all(Array.from({ length: 10 }, scim))).map(({ status }) => status)).toEqual(
      Array(10).fill(201),
    );
  await asOwner('alter table users add column later text', 'alter table connections add column later text');
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await scim()).status));
  expect(statuses).toEqual(Array(20).fill(201));
});

// The embedded database has no timer that could end a statement.
if (onPostgres)
  test('a session whose statement exceeded its time limit is not used again', async () => {
    const { session, release } = await world.database().session();
    const [{ pid } = { pid: 0 }] = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    await session.query(`select set_config('statement_timeout', '50', false)`);
    await expect(session.query('select pg_sleep(5)')).rejects.toBeInstanceOf(StatementTimeout);
    release(false);
    const isClosed = async () =>
      (await world.database().query('select from pg_stat_activity where pid = $1', [pid])).length === 0;
    await eventually(isClosed);
  });
