import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, type Tenant, World } from '../support/world.js';

// The embedded database runs one transaction at a time; on PostgreSQL these overlap.
let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

const createConsumer = (on: Tenant, n: number) =>
  world.request(
    'mutation($i: CreateConsumerInput!) { createConsumer(input: $i) { consumer { id } } }',
    { i: { organizationId: on.organizationId, name: `consumer-${n}` } },
    on.key,
  );
const createEndpoint = (on: Tenant, n: number) =>
  world.request(
    'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
    { i: { organizationId: on.organizationId, url: `http://127.0.0.1:9/${n}` } },
    on.key,
  );

/** Calls `create` with the numbers from 0, ten at a time. Every call must succeed. */
async function fill(count: number, create: (n: number) => Promise<Anything>): Promise<Anything[]> {
  const answers: Anything[] = [];
  while (answers.length < count) {
    const next = Array.from({ length: Math.min(10, count - answers.length) }, (_, n) => create(answers.length + n));
    answers.push(...(await Promise.all(next)));
  }
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
  return answers;
}
const codesOf = (answers: Anything[]) => answers.flatMap(({ errors = [] }) => errors).map((one) => one.extensions.code);

describe.each([
  { rows: 'consumers', create: createConsumer },
  { rows: 'webhook endpoints', create: createEndpoint },
])('the limit of $rows', ({ create }) => {
  test('is not exceeded by concurrent calls', async () => {
    const on = await world.tenant();
    await fill(99, (n) => create(on, n));
    const last = await Promise.all(Array.from({ length: 8 }, (_, n) => create(on, 99 + n)));
    expect(codesOf(last)).toEqual(Array(7).fill('BAD_INPUT'));
  });
});

test('concurrent calls for one new consumer all return it, if it is the last within the limit', async () => {
  const on = await world.tenant();
  await fill(99, (n) => createConsumer(on, n));
  const same = await Promise.all(Array.from({ length: 8 }, () => createConsumer(on, 99)));
  expect(codesOf(same)).toEqual([]);
  expect(new Set(same.map(({ data }) => data.createConsumer.consumer.id)).size).toBe(1);
});

test('the limit of protected accounts is not exceeded by concurrent calls', async () => {
  const on = await world.tenant();
  const created = await fill(8, (n) =>
    world.request(
      'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }',
      { i: { organizationId: on.organizationId, userName: `user${n}@acme.test` } },
      on.key,
    ),
  );
  const protect = 'mutation($id: ID!) { protectUser(id: $id, protected: true, reason: "break-glass") { user { id } } }';
  const answers = await Promise.all(
    created.map(({ data }) => world.request(protect, { id: data.createUser.user.id }, on.key)),
  );
  expect(codesOf(answers)).toEqual(Array(3).fill('BAD_INPUT'));
});
