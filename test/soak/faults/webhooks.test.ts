import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newLedger, say, write } from '../../support/fault-scene.js';
import { Receiver } from '../../support/receiver.js';
import { freshDatabase, startServer } from '../../support/server.js';
import { sized } from '../../support/soak.js';
import { eventually, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let receiver: Receiver;
beforeAll(async () => {
  world = new World(await startServer({}, await freshDatabase()));
  tenant = await world.tenant();
  receiver = await Receiver.listen();
}, 60_000);
afterAll(async () => {
  await world.close();
  await receiver.close();
});

test('fault 21: if responses to webhooks are lost, the repeats have the same id and the same bytes, in order', async () => {
  const { createWebhookEndpoint } = await tenant.gql(
    'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } secret } }',
    { i: { organizationId: tenant.organizationId, url: receiver.url } },
  );
  receiver.answer = (_delivery, response) => {
    // Every fourth delivery arrives, and its response is lost.
    if (receiver.received.length % 4 === 0) response.destroy();
    else response.writeHead(204).end();
  };
  const ledger = newLedger();
  const count = sized(8, 40);
  await write(tenant, ledger, 'w', (n) => n === count);
  const created = () =>
    new Set(receiver.received.filter(({ body }) => body.type === 'user.provisioned').map(({ id }) => id));
  await eventually(() => created().size === count, 120_000);
  const byId = new Map<string, string>();
  for (const { id, text } of receiver.received) {
    if (byId.has(id)) expect(text).toBe(byId.get(id));
    byId.set(id, text);
  }
  for (const delivery of receiver.received) receiver.verify(delivery, createWebhookEndpoint.secret);
  expect(receiver.distinct).toEqual([...receiver.distinct].sort((a, b) => a - b));
  expect(receiver.received.length).toBeGreaterThan(byId.size);
  say(`fault 21: ${byId.size} events, ${receiver.received.length - byId.size} repeats`);
}, 180_000);
