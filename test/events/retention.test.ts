import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { reportLaggingConsumers } from '../../src/delivery/consumers/report-lagging-consumers.js';
import { pruneEvents } from '../../src/delivery/retention.js';
import { purgeTombstones } from '../../src/directory/users/erase-user.js';
import { dayMs, storeOfJobs } from '../support/jobs.js';
import { Receiver } from '../support/receiver.js';
import { type Anything, eventually, oktaUser, patch, type Tenant, World } from '../support/world.js';

let world: World;
let skewMs = 0;
beforeAll(async () => {
  world = await World.start({ now: () => new Date(Date.now() + skewMs) });
});
beforeEach(() => {
  skewMs = 0;
});
afterAll(() => world.close());

const store = () => storeOfJobs(world, () => new Date(Date.now() + skewMs));
const prune = async () => {
  while (await pruneEvents(store(), { days: 90, ceilingDays: 180 }));
};
const create = (on: Tenant, name: string) => on.scim('POST', '/Users', oktaUser(`${name}@acme.com`));
const page = `query($id: ID!, $after: Cursor) { events(organizationId: $id, after: $after, first: 1000) {
  nodes { position cursor } } }`;

describe('retention', () => {
  test('deletes the oldest events; an older cursor is refused with the oldest cursor, and the cursor of the last deleted event is valid', async () => {
    const on = await world.tenant({}, 'Pruned');
    for (const name of ['a', 'b', 'c']) await create(on, name);
    const old = await on.events();
    skewMs = 100 * dayMs;
    for (const name of ['d', 'e']) await create(on, name);
    await prune();
    const left = await on.events();
    expect(left.map(({ position }) => position)).toEqual([old.length + 1, old.length + 2]);
    const behind = await world.request(page, { id: on.organizationId, after: old.at(-2).cursor });
    expect(behind.errors[0]).toMatchObject({
      message: expect.stringContaining('snapshot'),
      extensions: { code: 'CURSOR_EXPIRED' },
    });
    const { oldestCursor, snapshotCursor } = behind.errors[0].extensions;
    const positions = async (after: string) =>
      (await world.gql(page, { id: on.organizationId, after })).events.nodes.map(({ position }: Anything) => position);
    expect(await positions(oldestCursor)).toEqual(left.map(({ position }) => position));
    expect(await positions(snapshotCursor)).toEqual([]);
    expect(await positions(old.at(-1).cursor)).toEqual(left.map(({ position }) => position));
    const live = world.follow(
      'subscription($after: Cursor) { events(after: $after) { position } }',
      { after: old[0].cursor },
      on.key,
    );
    await live.until(1);
    expect(live.seen[0].errors[0].extensions.code).toBe('CURSOR_EXPIRED');
    await live.stop();
    skewMs = 300 * dayMs;
    await prune();
    expect(await on.events()).toEqual([]);
    const { errors } = await world.request(page, { id: on.organizationId, after: left[0].cursor });
    expect(errors[0].extensions.code).toBe('CURSOR_EXPIRED');
    expect(await positions(left.at(-1).cursor)).toEqual([]);
    await create(on, 'f');
    expect(await positions(left.at(-1).cursor)).toEqual([left.at(-1).position + 1]);
  });

  test('platform cursors older than the deleted events are refused as well', async () => {
    const all = 'query($after: Cursor) { events(after: $after, first: 1) { nodes { cursor } } }';
    const on = await world.tenant({}, 'Platform pruned');
    const { eventCursor } = await world.gql('{ eventCursor }');
    await create(on, 'a');
    expect((await world.gql(all, { after: eventCursor })).events.nodes).toHaveLength(1);
    skewMs = 400 * dayMs;
    await prune();
    expect((await world.request(all, { after: eventCursor })).errors[0].extensions.code).toBe('CURSOR_EXPIRED');
  });

  test('events that a named consumer has not acknowledged stay up to the ceiling, and its lag emits an event', async () => {
    const on = await world.tenant({}, 'Held');
    const { createConsumer } = await on.gql(
      'mutation($i: CreateConsumerInput!) { createConsumer(input: $i) { consumer { id cursor lag } } }',
      { i: { organizationId: on.organizationId, name: 'billing', types: ['USER_PROVISIONED'] } },
    );
    const { id } = createConsumer.consumer;
    for (const name of ['a', 'b']) await create(on, name);
    const [first] = (await on.events()).slice(-2);
    const acknowledge = (cursor: string) =>
      on.gql('mutation($id: ID!, $c: Cursor!) { acknowledge(consumerId: $id, cursor: $c) { consumer { lag } } }', {
        id,
        c: cursor,
      });
    skewMs = 100 * dayMs;
    await prune();
    expect((await on.events()).map(({ position }) => position)).toEqual([first.position, first.position + 1]);
    await reportLaggingConsumers(store(), 90);
    await reportLaggingConsumers(store(), 90);
    const lagging = (await on.events()).filter(({ type }: Anything) => type === 'CONSUMER_LAGGING');
    expect(lagging).toHaveLength(1);
    expect(lagging[0]).toMatchObject({ subjectId: id, data: { name: 'billing', lag: 2 } });
    expect((await acknowledge(first.cursor)).acknowledge.consumer.lag).toBe(1);
    expect((await acknowledge(createConsumer.consumer.cursor)).acknowledge.consumer.lag).toBe(1);
    await prune();
    expect((await on.events())[0].position).toBe(first.position + 1);
    const live = world.follow('subscription($id: ID) { events(consumerId: $id) { position } }', { id }, on.key);
    await live.until(1);
    await live.stop();
    expect(live.seen[0]).toEqual({ position: first.position + 1 });
    skewMs = 200 * dayMs;
    await prune();
    expect((await on.events()).map(({ type }: Anything) => type)).not.toContain('USER_PROVISIONED');
    const late = world.follow('subscription($id: ID) { events(consumerId: $id) { position } }', { id }, on.key);
    await late.until(1);
    expect(late.seen[0].errors[0].extensions.code).toBe('CURSOR_EXPIRED');
    await late.stop();
  });

  test('a webhook endpoint that failed for longer than the ceiling continues with the remaining events, and its delivery log records the gap', async () => {
    const on = await world.tenant({}, 'Away');
    const receiver = await Receiver.listen();
    let down = true;
    receiver.answer = (_delivery, response) => response.writeHead(down ? 500 : 204).end();
    const { createWebhookEndpoint } = await on.gql(
      'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
      { i: { organizationId: on.organizationId, url: receiver.url } },
    );
    await create(on, 'lost');
    await receiver.until(1);
    skewMs = 185 * dayMs;
    await create(on, 'kept');
    await prune();
    down = false;
    skewMs += dayMs;
    await eventually(() => receiver.received.some(({ body }) => body.data.userName === 'kept@acme.com'));
    const { node } = await on.gql(
      'query($id: ID!) { node(id: $id) { ... on WebhookEndpoint { deliveries { nodes { attempt error } } } } }',
      { id: createWebhookEndpoint.webhookEndpoint.id },
    );
    expect(node.deliveries.nodes.find(({ attempt }: Anything) => attempt === 0).error).toContain('Past retention');
    await receiver.close();
  });
});

describe('erasure', () => {
  const secrets = /secret|hush@|Hidden/i;

  test('eraseUser removes the user from the directory, the request log and every event; positions stay', async () => {
    const on = await world.tenant({}, 'Erased');
    const { body } = await on.scim('POST', '/Users', oktaUser('hush@acme.com', { displayName: 'Hidden Name' }));
    await on.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'title', value: 'Secret Agent' }));
    for (const [name, more] of [
      ['suspendUser', ', reason: "Hidden affair"'],
      ['unsuspendUser', ''],
      ['protectUser', ', protected: true, reason: "Hidden heir"'],
      ['protectUser', ', protected: false, reason: "Hidden again"'],
    ])
      await on.gql(`mutation($id: ID!) { ${name}(id: $id${more}) { user { id } } }`, { id: body.id });
    await sleep(300);
    const before = await on.events();
    const { eraseUser } = await on.gql('mutation($id: ID!) { eraseUser(id: $id) { deletedId } }', { id: body.id });
    expect(eraseUser.deletedId).toBe(body.id);
    const events = await on.events();
    expect(events.slice(0, before.length).map(({ id, position }) => [id, position])).toEqual(
      before.map(({ id, position }) => [id, position]),
    );
    expect(events.slice(-2).map(({ type }: Anything) => type)).toEqual(['USER_DEPROVISIONED', 'USER_DELETED']);
    expect(events.at(-1).data).toEqual({ id: body.id });
    expect(JSON.stringify(events)).not.toMatch(secrets);
    expect((await on.gql('query($id: ID!) { node(id: $id) { id } }', { id: body.id })).node).toBeNull();
    const requests = await on.gql(
      'query($id: ID!) { connection(id: $id) { requests { nodes { path requestBody } } } }',
      { id: on.connectionId },
    );
    expect(JSON.stringify(requests)).not.toMatch(secrets);
    expect(
      (await world.request('mutation($id: ID!) { eraseUser(id: $id) { deletedId } }', { id: body.id }, on.key))
        .errors[0].extensions.code,
    ).toBe('NOT_FOUND');
    const again = await on.scim('POST', '/Users', oktaUser('hush@acme.com'));
    expect([again.status, again.body.id === body.id]).toEqual([201, false]);
  });

  test('a tombstone is deleted only after its retention time', async () => {
    const on = await world.tenant({}, 'Tombstone');
    const { body } = await create(on, 'gone');
    await on.scim('DELETE', `/Users/${body.id}`);
    skewMs = 29 * dayMs;
    await purgeTombstones(store(), 30);
    expect(await on.types()).not.toContain('USER_DELETED');
    skewMs = 31 * dayMs;
    await purgeTombstones(store(), 30);
    await purgeTombstones(store(), 30);
    expect((await on.types()).filter((type) => type === 'USER_DELETED')).toHaveLength(1);
  });

  test('only an administrator can erase a user', async () => {
    const on = await world.tenant({}, 'Guarded');
    const { body } = await create(on, 'kept');
    const { createApiKey } = await on.gql('mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }', {
      i: { organizationId: on.organizationId, name: 'x', scopes: ['DIRECTORY_WRITE'] },
    });
    const { errors } = await world.request(
      'mutation($id: ID!) { eraseUser(id: $id) { deletedId } }',
      { id: body.id },
      createApiKey.secret,
    );
    expect(errors[0].extensions.code).toBe('FORBIDDEN');
  });
});
