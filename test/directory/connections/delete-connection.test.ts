import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { record } from '../../../bench/trace.js';
import { sql } from '../../../src/storage/sql.js';
import { copyId, populate } from '../../support/populate.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

const total = 450;
const largestBatch = 200;

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());

interface Row {
  id: string;
  active: boolean;
  managedBy: string | null;
  xid: string;
}

async function rowsOf({ organizationId }: Tenant): Promise<Row[]> {
  return world.database().query<Row>(sql`select id, active, scim_connection_id as "managedBy", xmin::text as xid
    from users where organization_id = ${organizationId} order by id`);
}

const remove = ({ gql, connectionId }: Tenant, users: 'KEEP' | 'DEPROVISION') =>
  gql(`mutation($id: ID!) { deleteConnection(id: $id, users: ${users}) { deletedId } }`, { id: connectionId });

const eventsAfter = async ({ organizationId }: Tenant, position: number): Promise<Anything[]> =>
  world.database().query(sql`select type, user_id as "userId" from events
    where organization_id = ${organizationId} and position > ${position} order by position`);

test('a connection with many users is deleted in batches, in one transaction', async () => {
  const tenant = await world.tenant();
  await populate(world, tenant, total);
  // The first and the last batch each contain an administrator. Only the last one stays.
  const administrators = [copyId(1), copyId(total)];
  await world.database().query(sql`update users set roles = '{admin}', direct_roles = '{admin}'
    where organization_id = ${tenant.organizationId} and id = any(${administrators})`);
  const [log] = await world
    .database()
    .query<{ position: number }>(
      sql`select position from event_heads where organization_id = ${tenant.organizationId}`,
    );
  const statements = await record(() => remove(tenant, 'DEPROVISION'));
  const arrays = statements.flatMap(({ values }) => values.filter(Array.isArray));
  expect(Math.max(...arrays.map((values) => values.length))).toBe(largestBatch);

  const rows = await rowsOf(tenant);
  expect(rows).toHaveLength(total + 1);
  expect(rows.filter(({ managedBy }) => managedBy !== null)).toEqual([]);
  expect(rows.filter(({ active }) => active).map(({ id }) => id)).toEqual([copyId(total)]);
  expect(new Set(rows.map(({ xid }) => xid)).size).toBe(1);
  const ofUsers = rows.map(({ id, active }) => ({ type: active ? 'user.updated' : 'user.deprovisioned', userId: id }));
  expect(await eventsAfter(tenant, log?.position ?? 0)).toEqual([
    ...ofUsers,
    { type: 'connection.deleted', userId: null },
  ]);
}, 60_000);
