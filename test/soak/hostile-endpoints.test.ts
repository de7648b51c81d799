import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Receiver } from '../support/receiver.js';
import { type Anything, eventually, oktaUser, type Tenant, World } from '../support/world.js';

let world: World;
let tenant: Tenant;
const receivers: Receiver[] = [];
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(async () => {
  await world.close();
  for (const receiver of receivers) await receiver.close();
});

async function endpoint(answer?: Receiver['answer']) {
  const receiver = await Receiver.listen();
  receivers.push(receiver);
  if (answer) receiver.answer = answer;
  const { createWebhookEndpoint } = await tenant.gql(
    'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
    { i: { organizationId: tenant.organizationId, url: receiver.url } },
  );
  const { id } = createWebhookEndpoint.webhookEndpoint;
  const look = async () =>
    (
      await tenant.gql(
        `query($id: ID!) { node(id: $id) { ... on WebhookEndpoint { lag lastError state
          deliveries { nodes { status error answer durationMs delivered } } } } }`,
        { id },
      )
    ).node as Anything;
  return { receiver, look };
}

// One test: the endpoints are hostile at the same time, and must not delay the healthy ones.
test('endpoints that hang, fail, redirect, answer 10 MB or disconnect are limited and reported, and delay no other endpoint', async () => {
  const canary = await Receiver.listen();
  receivers.push(canary);
  let streamed = 0;
  const hostile = {
    hangs: await endpoint(() => {}),
    trickles: await endpoint((_delivery, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 50);
      response.once('close', () => clearInterval(timer));
    }),
    fails: await endpoint((_delivery, response) => response.writeHead(500).end('stack trace')),
    redirects: await endpoint((_delivery, response) => response.writeHead(302, { location: canary.url }).end()),
    floods: await endpoint((_delivery, response) => {
      response.writeHead(200);
      const pour = () => {
        while (streamed < 10_000_000 && !response.destroyed) {
          streamed += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', pour);
        }
        response.end();
      };
      pour();
    }),
    drops: await endpoint((_delivery, response) => response.socket?.destroy()),
    bombs: await endpoint((_delivery, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.alloc(5_000));
    }),
  };
  const healthy = await Promise.all(Array.from({ length: 5 }, () => endpoint()));
  await sleep(1_200);
  const before = process.memoryUsage().rss;
  for (let n = 0; n < 20; n++) await tenant.scim('POST', '/Users', oktaUser(`p${n}@acme.com`));
  const startedAt = performance.now();
  for (const { receiver } of healthy) await receiver.until(20, 5_000);
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  for (const { receiver } of healthy)
    expect(receiver.positions).toEqual(receiver.positions.map((_, n) => (receiver.positions[0] ?? 0) + n));

  const errorOf = async (name: keyof typeof hostile) => (await hostile[name].look()).lastError;
  await eventually(async () => (await errorOf('hangs')) !== null && (await errorOf('trickles')) !== null, 25_000);
  expect(await errorOf('hangs')).toBe('No response within 10 seconds.');
  expect(await errorOf('trickles')).toBe('No response within 10 seconds.');
  expect(await errorOf('fails')).toBe('The endpoint failed (500).');
  expect(await errorOf('redirects')).toContain('Redirects are not followed');
  expect(await errorOf('drops')).toBe('No connection.');
  expect(canary.received).toEqual([]);
  // The endpoint with 10 MB has answered 200: the remaining body is not read.
  await eventually(async () => (await hostile.floods.look()).lag === 0);
  await eventually(async () => (await hostile.bombs.look()).lag === 0);
  for (const { answer } of (await hostile.floods.look()).deliveries.nodes)
    expect(answer?.length ?? 0).toBeLessThan(1_025);
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  for (const name of ['hangs', 'fails', 'redirects', 'drops'] as const) {
    const { state, deliveries } = await hostile[name].look();
    expect(state).toBe('ACTIVE');
    expect(deliveries.nodes.every(({ delivered }: Anything) => !delivered)).toBe(true);
    expect(new Set(hostile[name].receiver.received.map(({ id }) => id)).size).toBe(1);
  }
}, 90_000);
