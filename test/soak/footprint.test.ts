import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hostileDocuments, times } from '../support/hostile-documents.js';
import { populate } from '../support/populate.js';
import { type Tenant, World } from '../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

/** Returns the reachable heap, after a collection. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

test('10,000 idle users need less than 100 MB of disk', async () => {
  const bytes = async () =>
    Number(
      (
        await world
          .database()
          .query<{ n: string }>('select sum(pg_total_relation_size(relid)) as n from pg_stat_user_tables')
      )[0]?.n,
    );
  const before = await bytes();
  await populate(world, tenant, 10_000);
  const grown = (await bytes()) - before;
  const cpu = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const { user, system } = process.cpuUsage(cpu);
  process.stdout.write(
    `10,000 people: ${(grown / 1_048_576).toFixed(0)} MB; idle: ${((user + system) / 20_000).toFixed(1)} % of a core\n`,
  );
  expect(grown).toBeLessThan(100 * 1_048_576);
});

test.each(hostileDocuments.map(([name, body]) => ({ name, body })))(
  'refused in less than 50 ms: $name',
  async ({ body }) => {
    const took = async () => {
      const started = performance.now();
      const answer = await fetch(`${world.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
        body,
      });
      await answer.arrayBuffer();
      return performance.now() - started;
    };
    await took();
    const again = [await took(), await took(), await took(), await took(), await took()];
    expect(Math.min(...again)).toBeLessThan(50);
  },
);

test('fragments that double sixty times need less than 200 ms', async () => {
  const doubling = times(60, (n) => `fragment F${n} on Viewer { ...F${n + 1} ...F${n + 1} }`);
  const query = `{ viewer { ...F0 } } ${doubling} fragment F60 on Viewer { kind }`;
  const started = performance.now();
  await world.gql(query, {}, tenant.key);
  expect(performance.now() - started).toBeLessThan(200);
});

test('a thousand hostile documents increase the heap by less than 40 MB', async () => {
  const small = hostileDocuments.filter(([, body]) => body.length < 50_000);
  const all = async () => {
    for (const [, body] of small) {
      const answer = await fetch(`${world.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
        body: body.replace('}', `} #${Math.random()}\\n`),
      });
      await answer.arrayBuffer();
    }
  };
  for (let n = 0; n < 10; n++) await all();
  const before = heapInUse();
  for (let n = 0; n < 50; n++) await all();
  expect((heapInUse() - before) / 1_048_576).toBeLessThan(40);
});
