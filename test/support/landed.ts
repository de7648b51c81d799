import type { DataSource } from 'typeorm';
import { openEngine } from '../../src/storage/open.js';
import { administer, databaseUrl } from './database.js';

/** The ids of the rows. */
export const ids = {
  organization: 'org_01jqz0000000000000000000a1',
  connection: 'conn_01jqz0000000000000000000a2',
  user: 'user_01jqz0000000000000000000a3',
  group: 'group_01jqz0000000000000000000a4',
  parent: 'group_01jqz0000000000000000000b1',
  event: 'evt_01jqz0000000000000000000a5',
};
const at = '2025-01-02T03:04:05.000Z';
const owned = { organization_id: ids.organization, created_at: at };

/** Rows of a small directory: one in each table of the first release, with its columns. */
export const rows: [table: string, row: Record<string, unknown>][] = [
  ['organizations', { id: ids.organization, name: 'Acme', status: 'ACTIVE', created_at: at }],
  [
    'connections',
    { ...owned, id: ids.connection, name: 'Okta', provider: 'OKTA', state: 'ACTIVE', scim_enabled: true },
  ],
  ['users', { ...owned, id: ids.user, user_name: 'Jo@acme.test', user_name_key: 'jo@acme.test', active: true }],
  ['identities', { ...owned, connection_id: ids.connection, user_id: ids.user, external_id: '00u1', origin: 'SCIM' }],
  ['domains', { ...owned, id: 'domain_01jqz0000000000000000000a6', domain: 'acme.test', state: 'VERIFIED' }],
  [
    'domain_connections',
    {
      organization_id: ids.organization,
      domain_id: 'domain_01jqz0000000000000000000a6',
      connection_id: ids.connection,
    },
  ],
  ['scim_tokens', { ...owned, id: 'tok_01jqz0000000000000000000a7', connection_id: ids.connection }],
  ['api_keys', { ...owned, id: 'key_01jqz0000000000000000000a8' }],
  [
    'sessions',
    { ...owned, id: 'ses_01jqz0000000000000000000a9', user_id: ids.user, expires_at: '2099-01-02T03:04:05.000Z' },
  ],
  ['event_log', { epoch: 'first', fingerprint: 'none' }],
  ['groups', { ...owned, id: ids.group, display_name: 'Staff', display_name_key: 'staff' }],
  ['groups', { ...owned, id: ids.parent, display_name: 'All', display_name_key: 'all' }],
  ['group_nestings', { ...owned, group_id: ids.parent, child_group_id: ids.group }],
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
/** Values of required columns without a default that the rows above do not name. */
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
  bytea: '\\x00',
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

export async function emptyDatabase(): Promise<Record<string, string>> {
  const { DATABASE_URL: url = '', ROLLCALL_TEST_TEMPLATE: template } = process.env;
  const name = `${template}_migrated_${Math.random().toString(36).slice(2)}`;
  await administer(url, `create database ${name}`);
  return { DATABASE_URL: databaseUrl(url, name) };
}

/** Creates a database with the first `count` migrations and a small directory. */
export async function landed(count: number): Promise<Record<string, string>> {
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
