import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.start();
  tenant = await world.tenant();
});
afterAll(() => world.close());

const create = async (name: string, organizationId: string | null, scopes = ['ADMIN']): Promise<string> => {
  const mutation = 'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }';
  return (await world.gql(mutation, { i: { name, organizationId, scopes } })).createApiKey.secret;
};
const page = `query($first: Int, $after: Cursor) { apiKeys(first: $first, after: $after) {
  totalCount nodes { name organization { id } } pageInfo { hasNextPage endCursor } } }`;

test('a platform key lists the keys of the platform, and an organization key those of its organization', async () => {
  for (const name of ['second', 'third']) await create(name, tenant.organizationId);
  const platform = await create('operator', null);
  const { apiKeys } = await world.gql(page, {}, platform);
  expect(apiKeys.nodes.map(({ organization }: Anything) => organization)).not.toContainEqual(expect.anything());
  expect(apiKeys.nodes.at(-1)).toEqual({ name: 'operator', organization: null });
  expect(apiKeys.totalCount).toBe(apiKeys.nodes.length);

  const first = (await tenant.gql(page, { first: 2 })).apiKeys;
  const organization = { id: tenant.organizationId };
  expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
  const rest = (await tenant.gql(page, { first: 2, after: first.pageInfo.endCursor })).apiKeys;
  expect(rest.pageInfo.hasNextPage).toBe(false);
  expect([...first.nodes, ...rest.nodes]).toEqual(['app', 'second', 'third'].map((name) => ({ name, organization })));
});

test("another tenant's key does not list them, and a key without ADMIN is refused", async () => {
  const other = await world.tenant({}, 'Other');
  expect((await other.gql(page)).apiKeys.nodes).toEqual([{ name: 'app', organization: { id: other.organizationId } }]);
  const reader = await create('reader', tenant.organizationId, ['DIRECTORY_READ']);
  const { errors } = await world.request(page, {}, reader);
  expect(errors[0].extensions.code).toBe('FORBIDDEN');
});

test('a key has a name of at most 200 characters, and expires in a year that every client can express', async () => {
  const input = { organizationId: tenant.organizationId, scopes: ['DIRECTORY_READ'] };
  const send = async (more: object) => {
    const mutation = 'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey { expiresAt } } }';
    const { errors } = await world.request(mutation, { i: { ...input, ...more } }, tenant.key);
    return errors?.[0].extensions.code;
  };
  expect(await send({ name: 'x'.repeat(201) })).toBe('BAD_INPUT');
  expect(await send({ name: 'late', expiresAt: '9999-12-31T23:59:59-14:00' })).toBeDefined();
  expect(await send({ name: 'x'.repeat(200), expiresAt: '9999-12-31T23:59:59Z' })).toBeUndefined();
});
