import { describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { openEngine } from '../../src/storage/open.js';
import { administer, databaseUrl } from '../support/database.js';
import { startServer } from '../support/server.js';
import { type Anything, World } from '../support/world.js';

const ids = {
  organization: 'org_01jqz0000000000000000000a1',
  connection: 'conn_01jqz0000000000000000000a2',
  user: 'user_01jqz0000000000000000000a3',
  group: 'group_01jqz0000000000000000000a4',
  event: 'evt_01jqz0000000000000000000a5',
};
const at = '2025-01-02T03:04:05.000Z';
const owned = { organization_id: ids.organization, created_at: at };

/** The rows of a small directory, with the columns of the first release. */
const rows: [table: string, row: Record<string, unknown>][] = [
  ['organizations', { id: ids.organization, name: 'Acme', status: 'ACTIVE', created_at: at }],
  [
    'connections',
    { ...owned, id: ids.connection, name: 'Okta', provider: 'OKTA', state: 'ACTIVE', scim_enabled: true },
  ],
  ['users', { ...owned, id: ids.user, user_name: 'Jo@acme.test', user_name_key: 'jo@acme.test', active: true }],
  ['identities', { ...owned, connection_id: ids.connection, user_id: ids.user, external_id: '00u1', origin: 'SCIM' }],
  ['groups', { ...owned, id: ids.group, display_name: 'Staff', display_name_key: 'staff' }],
  ['memberships', { ...owned, group_id: ids.group, user_id: ids.user }],
  ['event_heads', { organization_id: ids.organization, position: 1 }],
  [
    'events',
    {
      organization_id: ids.organization,
      position: 1,
      seq: 1,
      id: ids.event,
      type: 'user.provisioned',
      actor_kind: 'SYSTEM',
      subject_type: 'user',
      subject_id: ids.user,
      schema_version: 1,
    },
  ],
];
/** What a required column without a default gets when the row above does not name it. */
const fillers: Record<string, unknown> = {
  jsonb: '{}',
  ARRAY: '{}',
  integer: 1,
  bigint: 1,
  boolean: false,
  'timestamp with time zone': at,
  on_existing: 'REVIEW',
  origin: 'SCIM',
  changes: '[]',
  text: 'x',
};

async function insert(owner: DataSource, table: string, row: Record<string, unknown>): Promise<void> {
  const required: { name: string; type: string }[] = await owner.query(
    `select column_name as name, data_type as type from information_schema.columns
     where table_name = $1 and is_nullable = 'NO' and column_default is null and table_schema = current_schema()`,
    [table],
  );
  const missing = required.filter(({ name }) => !(name in row));
  const whole: Record<string, unknown> = {
    ...Object.fromEntries(missing.map(({ name, type }) => [name, fillers[name] ?? fillers[type]])),
    ...row,
  };
  const names = Object.keys(whole);
  const places = names.map((_, n) => `$${n + 1}`);
  await owner.query(`insert into ${table} (${names}) values (${places})`, Object.values(whole));
}

async function emptyDatabase(): Promise<Record<string, string>> {
  const { DATABASE_URL: url = '', ROLLCALL_TEST_TEMPLATE: template } = process.env;
  const name = `${template}_migrated_${Math.random().toString(36).slice(2)}`;
  await administer(url, `create database ${name}`);
  return { DATABASE_URL: databaseUrl(url, name) };
}

/** A database with the first `count` migrations, and a small directory in it. */
async function landed(count: number): Promise<Record<string, string>> {
  const settings = await emptyDatabase();
  const engine = await openEngine({ url: settings.DATABASE_URL ?? '', pool: 2 });
  const owner = await engine.connect('owner');
  try {
    owner.migrations.splice(count);
    await owner.runMigrations();
    for (const [table, row] of rows) await insert(owner, table, row);
  } finally {
    await owner.destroy();
    await engine.close();
  }
  return settings;
}

describe('the data of an earlier schema is there after the migration to the newest', () => {
  const stages = migrations.slice(0, -1).map(({ name }, n) => ({ name, count: n + 1 }));
  test.each(stages)('from $name', async ({ count }) => {
    const world = new World(await startServer({}, await landed(count)));
    try {
      const { organization }: Anything = await world.gql(
        `query($id: ID!) { organization(id: $id) {
          name users(first: 5) { nodes { id userName status groups(first: 5) { nodes { id displayName } } } }
          connections { id provider } events(first: 5) { nodes { id position type subjectId } } } }`,
        { id: ids.organization },
      );
      expect(organization).toEqual({
        name: 'Acme',
        users: {
          nodes: [
            {
              id: ids.user,
              userName: 'Jo@acme.test',
              status: 'ACTIVE',
              groups: { nodes: [{ id: ids.group, displayName: 'Staff' }] },
            },
          ],
        },
        connections: [{ id: ids.connection, provider: 'OKTA' }],
        events: { nodes: [{ id: ids.event, position: 1, type: 'USER_PROVISIONED', subjectId: ids.user }] },
      });
      const { createUser }: Anything = await world.gql(
        'mutation($i: CreateUserInput!) { createUser(input: $i) { user { userName } } }',
        { i: { organizationId: ids.organization, userName: 'new@acme.test' } },
      );
      expect(createUser.user.userName).toBe('new@acme.test');
    } finally {
      await world.close();
    }
  });
});
