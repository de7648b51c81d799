import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

const refused = async (name: string, input: object) => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation($i: ${type}!) { ${name}(input: $i) { __typename } }`;
  const { errors } = await world.request(query, { i: { organizationId: tenant.organizationId, ...input } }, tenant.key);
  const { code, field } = errors?.[0].extensions ?? {};
  return { code, field };
};

describe.each(['\ud800', 'a\udc00b', 'nul\0'])('%j is not text (RFC 8259 section 8.2)', (text) => {
  test.each<[string, object, string]>([
    ['createApplication', { name: text, redirectUris: ['https://app.example/cb'] }, 'name'],
    [
      'createApplication',
      { name: 'App', redirectUris: ['https://app.example/cb'], supportContact: text },
      'supportContact',
    ],
    ['createApplication', { name: 'App', redirectUris: [`https://app.example/${text}`] }, 'redirectUris'],
    ['createGroup', { displayName: text }, 'displayName'],
    ['createUser', { userName: 'x', displayName: text }, 'displayName'],
    ['createUser', { userName: 'x', name: { givenName: text } }, 'name.givenName'],
    ['createUser', { userName: 'x', attributes: { [text]: 1 } }, 'attributes'],
    ['createConnection', { name: text, provider: 'OKTA' }, 'name'],
    ['createConnection', { name: 'x', provider: 'OKTA', grantableRoles: [text] }, 'grantableRoles'],
    ['createConnection', { name: 'x', provider: 'OKTA', entitlements: [text] }, 'entitlements'],
    ['createApiKey', { name: text, scopes: ['ADMIN'] }, 'name'],
  ])('%s refuses %j', async (name, input, field) => {
    expect(await refused(name, input)).toEqual({ code: 'BAD_INPUT', field });
  });
});

test('a pair of surrogates is text, and is stored and returned unchanged', async () => {
  const { createApplication }: Anything = await tenant.gql(
    'mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id name supportContact } } }',
    {
      i: {
        organizationId: tenant.organizationId,
        name: 'App 😀',
        redirectUris: ['https://app.example/cb'],
        supportContact: 'https://app.example/😀',
      },
    },
  );
  const { application } = createApplication;
  expect(application).toMatchObject({ name: 'App 😀', supportContact: 'https://app.example/😀' });
  const [row] = await world
    .database()
    .run<{ name: string }>('select name from applications where id = $1', [application.id]);
  expect(row?.name).toBe('App 😀');
});

test('JSON that is nested deeper than the call stack allows is BAD_INPUT', async () => {
  let attributes: object = { text: '\ud800' };
  for (let depth = 0; depth < 3_000; depth++) attributes = { a: attributes };
  expect(await refused('createUser', { userName: 'x', attributes })).toEqual({
    code: 'BAD_INPUT',
    field: 'attributes.a.a.a.a',
  });
});

test('text with half of a surrogate pair never reaches the database driver', async () => {
  await expect(world.database().query('select $1::text as text', ['\ud800'])).rejects.toThrow(/half a surrogate pair/);
  await expect(world.database().query('select $1::text[] as text', [['a', '\udc00']])).rejects.toThrow(/surrogate/);
});
