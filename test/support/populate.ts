import { refreshStatistics } from '../../src/storage/statistics.js';
import type { Tenant, World } from './world.js';

const numbered = (n: string) => `'user_0' || lpad(${n}::text, 25, '0')`;

/** Batch size: each statement must end within five seconds, also on a slow machine. */
const chunk = 2_000;

/** Returns the id of the copy with this number. */
export const copyId = (n: number): string => `user_0${String(n).padStart(25, '0')}`;

/**
 * Inserts copies of the user `sample.test` of the tenant's connection, numbered from 1 to `total`, directly into the tables: a large
 * directory in seconds. Their userNames are `copy-N@sample.test`, their externalIds `copy-N`.
 */
export async function populate(world: World, tenant: Tenant, total: number): Promise<void> {
  const { body } = await tenant.scim('POST', '/Users', {
    userName: 'sample@sample.test',
    displayName: 'sample',
    emails: [{ type: 'work', value: 'sample@sample.test' }],
    externalId: 'sample-id',
  });
  const database = world.database();
  const columns = await database.query<{ name: string }>(
    `select column_name as name from information_schema.columns where table_name = 'users' order by ordinal_position`,
  );
  const renamed = (column: string) => `replace(u.${column}, 'sample@', 'copy-' || n || '@')`;
  const special: Record<string, string> = {
    id: numbered('n'),
    user_name: renamed('user_name'),
    user_name_key: renamed('user_name_key'),
    email: renamed('email'),
    email_key: renamed('email_key'),
    email_keys: `array[${renamed('email_key')}]`,
    display_name: `'Copy ' || n`,
    display_name_key: `'copy ' || n`,
    updated_at: `u.updated_at - n * interval '1 second'`,
    profile: `${renamed('profile::text')}::jsonb`,
    folded: `${renamed('folded::text')}::jsonb`,
  };
  const names = columns.map(({ name }) => name);
  for (let from = 1; from <= total; from += chunk) {
    const range = [body.id, from, Math.min(total, from + chunk - 1)];
    await database.run(
      `insert into users (${names.join(', ')}) select ${names.map((name) => special[name] ?? `u.${name}`).join(', ')}
     from users u, generate_series($2::int, $3::int) n where u.id = $1`,
      range,
    );
    await database.run(
      `insert into identities (organization_id, connection_id, user_id, external_id, origin, created_at)
     select i.organization_id, i.connection_id, ${numbered('n')}, 'copy-' || n, i.origin, i.created_at
     from identities i, generate_series($2::int, $3::int) n where i.user_id = $1`,
      range,
    );
  }
  await database.run(`insert into managed_counts values ($1, $2, 'User', $3)`, [
    tenant.organizationId,
    tenant.connectionId,
    total,
  ]);
  // Prepared statements keep the plan for a small table until its statistics change. A server does this every five
  // seconds.
  while (await refreshStatistics(database));
}

/** Updates the statistics of the planner, which only the owner can do. */
export async function analyze(world: World): Promise<void> {
  const { session, release } = await world.database().session();
  try {
    await session.run('reset role');
    await session.run('set statement_timeout = 0');
    await session.run('vacuum analyze');
  } finally {
    release(true);
  }
}
