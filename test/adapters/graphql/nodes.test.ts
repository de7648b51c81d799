import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Bus } from '../../../src/events/bus.js';
import { Heartbeat } from '../../../src/overview/nodes/heartbeat.js';
import { storeOfJobs } from '../../support/jobs.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

let skewMs = 0;
let place = Number.MAX_SAFE_INTEGER;
let world: World;
let tenant: Tenant;
const now = () => new Date(Date.now() + skewMs);
beforeAll(async () => {
  world = await World.start({ now });
  tenant = await world.tenant();
});
afterAll(() => world.close());

const query = '{ deployment { version nodes { id host version startedAt lastSeenAt alive openConnections lagMs } } }';
const nodes = async (): Promise<Anything[]> => (await world.gql(query)).deployment.nodes;
/** Returns another node of the same database. */
const another = (id: string) =>
  new Heartbeat(
    {
      ...storeOfJobs(world, now),
      bus: new Bus(id),
      tails: { feed: () => ({ head: async () => ({ place }) }) } as never,
    },
    { version: '9.9.9', connections: async () => 7 },
  );

test('a server lists itself from its start', async () => {
  const { deployment } = await world.gql(query);
  expect(deployment.nodes).toMatchObject([{ version: deployment.version, alive: true, lagMs: 0 }]);
  expect(deployment.nodes[0].host).not.toBe('');
});

test('another node is listed with its own facts, is gone after its death, and disappears when it stops', async () => {
  const [killed, stopped] = [another('killed'), another('stopped')];
  await killed.beat();
  await stopped.beat();
  const of = async (id: string) => (await nodes()).find((node) => node.id === id);
  expect(await of('killed')).toMatchObject({ version: '9.9.9', alive: true, openConnections: 7, lagMs: 0 });
  await stopped.leave();
  expect(await of('stopped')).toBeUndefined();
  skewMs = 16_000;
  expect(await of('killed')).toMatchObject({ alive: false });
  await killed.beat();
  expect(await of('killed')).toMatchObject({ alive: true });
  skewMs += 601_000;
  expect(await of('killed')).toBeUndefined();
  await another('later').beat();
  expect(await world.database().run("select id from server_nodes where id = 'killed'")).toEqual([]);
  skewMs = 0;
});

test('the lag is the age of the oldest event that the node cannot deliver', async () => {
  place = 0;
  await another('slow').beat();
  const slow = (await nodes()).find(({ id }) => id === 'slow');
  expect(slow.lagMs).toBeGreaterThan(0);
});

test('a key of an organization is refused', async () => {
  const { data, errors } = await world.request(query, {}, tenant.key);
  expect([data, errors[0].extensions.code]).toEqual([{ deployment: null }, 'FORBIDDEN']);
});
