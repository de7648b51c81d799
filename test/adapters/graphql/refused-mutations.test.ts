import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

test('a refused mutation does not remove the results of the others, such as secrets that are shown only once', async () => {
  const document = `mutation($k: CreateApiKeyInput!, $u: CreateUserInput!) {
    before: createApiKey(input: $k) { secret }
    refused: createUser(input: $u) { user { id } }
    after: createApiKey(input: $k) { secret }
  }`;
  const { organizationId } = tenant;
  const variables = { k: { organizationId, name: 'once', scopes: ['ADMIN'] }, u: { organizationId, userName: '' } };
  const { data, errors } = await world.request(document, variables, tenant.key);
  expect(data).toEqual({
    before: { secret: expect.stringMatching(/^rc_key_/) },
    refused: null,
    after: { secret: expect.stringMatching(/^rc_key_/) },
  });
  expect(errors).toMatchObject([{ path: ['refused'], extensions: { code: 'BAD_INPUT' } }]);
  for (const { secret } of [data.before, data.after]) {
    expect((await world.gql('{ viewer { kind } }', {}, secret)).viewer.kind).toBe('API');
  }
});
