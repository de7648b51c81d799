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

test('a table that has grown is known to the planner soon, without the owner doing anything', async () => {
  await populate(world, tenant, 3_000);
  const known = async () => {
    await refreshStatistics(world.database());
    const [row] = await world.database().query<Anything>(`select reltuples as n from pg_class where relname = 'users'`);
    return row.n >= 3_000;
  };
  await eventually(known);
  // Those who look for one person read that person.
  const [row] = await world
    .database()
    .run<Anything>(
      `explain (format json) select 1 from identities where organization_id = $1 and connection_id = $2 and user_id = $3`,
      [tenant.organizationId, tenant.connectionId, 'user_x'],
    );
  expect(row['QUERY PLAN'][0].Plan['Index Cond']).toContain('user_id');
});
