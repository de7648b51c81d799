import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { refreshStatistics } from '../../src/storage/statistics.js';
import { populate } from '../support/populate.js';
import { type Anything, eventually, type Tenant, World } from '../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.start();
  tenant = await world.tenant();
});
afterAll(() => world.close());

test('the planner has statistics of a grown table soon, without an action of the owner', async () => {
  await populate(world, tenant, 3_000);
  const known = async () => {
    await refreshStatistics(world.database());
    const [row] = await world.database().query<Anything>(`select reltuples as n from pg_class where relname = 'users'`);
    return row.n >= 3_000;
  };
  await eventually(known);
  // A query for one user reads only the rows of this user.
  const [row] = await world
    .database()
    .run<Anything>(
      `explain (format json) select 1 from identities where organization_id = $1 and connection_id = $2 and user_id = $3`,
      [tenant.organizationId, tenant.connectionId, 'user_x'],
    );
  expect(row['QUERY PLAN'][0].Plan['Index Cond']).toContain('user_id');
});

test('JSON columns of the logs have no statistics, and each call analyzes one table', async () => {
  const database = world.database();
  const unsampled = await database.query<Anything>(
    `select attrelid::regclass || '.' || attname as column from pg_attribute where attstattarget = 0
     and attrelid in ('events'::regclass, 'provisioning_requests'::regclass) and attnum > 0 order by 1`,
  );
  expect(unsampled.map(({ column }) => column)).toEqual([
    'events.changes',
    'events.data',
    'provisioning_requests.quirks',
    'provisioning_requests.request_body',
    'provisioning_requests.response_body',
  ]);
  while (await refreshStatistics(database));
  await database.query(
    `insert into used_tokens (organization_id, connection_id, token_id, until)
     select $1, $2, n, now() from generate_series(1, 300) n`,
    [tenant.organizationId, tenant.connectionId],
  );
  await database.query(
    `insert into oauth_artifacts (kind, hash, payload) select 'Test', sha256(n::text::bytea), '{}' from generate_series(1, 300) n`,
  );
  const gathered = async () =>
    (
      await database.query(
        `select from pg_class where relname in ('used_tokens', 'oauth_artifacts') and reltuples >= 300`,
      )
    ).length;
  const steps = [await gathered()];
  await eventually(async () => {
    if (await refreshStatistics(database)) steps.push(await gathered());
    return steps.at(-1) === 2;
  });
  expect([...new Set(steps)]).toEqual([0, 1, 2]);
});
