import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { adminKey } from '../../support/server.js';
import { type Anything, eventually, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

const input = (name: string, more: string) =>
  `mutation { ${name}(input: { organizationId: "", ${more} }) { __typename } }`;

// An integration whose variable is not set must not get the objects of all organizations.
test.each([
  ['createApiKey', input('createApiKey', 'name: "x", scopes: [DIRECTORY_READ]')],
  ['createConsumer', input('createConsumer', 'name: "x"')],
  ['createApplication', input('createApplication', 'name: "x", redirectUris: ["https://app.example/cb"]')],
  ['createWebhookEndpoint', input('createWebhookEndpoint', 'url: "https://hooks.example/x"')],
  ['events', '{ events(organizationId: "") { nodes { id } } }'],
  ['eventCursor', '{ eventCursor(organizationId: "") }'],
  ['attention', '{ attention(organizationId: "") { nodes { kind } } }'],
  ['find', '{ find(text: "x", organizationId: "") { label } }'],
  [
    'activity',
    '{ activity(organizationId: "", from: "2030-01-01T00:00:00Z", to: "2030-01-02T00:00:00Z", step: DAY) { buckets { from } } }',
  ],
  [
    'activity of a connection',
    '{ activity(connectionId: "", from: "2030-01-01T00:00:00Z", to: "2030-01-02T00:00:00Z", step: DAY) { buckets { from } } }',
  ],
])('%s: an empty id is NOT_FOUND for a platform key', async (_, query) => {
  const { errors } = await world.request(query, {}, adminKey);
  expect(errors?.map(({ extensions }: Anything) => extensions.code)).toEqual(['NOT_FOUND']);
});

test.each([
  ['events', 'subscription { events(organizationId: "") { id } }'],
  ['events of a consumer', 'subscription { events(consumerId: "") { id } }'],
  ['connectionChanged', 'subscription { connectionChanged(connectionId: "") { id } }'],
  ['groupMembershipChanged', 'subscription { groupMembershipChanged(groupId: "") { id } }'],
  ['attentionChanged', 'subscription { attentionChanged(organizationId: "") { kind } }'],
])('subscription to %s: an empty id is NOT_FOUND', async (_, query) => {
  for (const key of [adminKey, tenant.key]) {
    const live = world.follow(query, {}, key);
    await eventually(async () => live.seen.length > 0 || live.failure() !== undefined);
    await live.stop();
    expect(JSON.stringify([live.seen, live.failure()])).toContain('NOT_FOUND');
  }
});
