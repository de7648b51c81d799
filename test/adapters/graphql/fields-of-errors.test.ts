import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema, type OperationDefinitionNode, parse } from 'graphql';
import { faultsOfVariables } from '../../../src/adapters/graphql/engine/input-errors.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({ provider: 'GENERIC', scim: false });
});
afterAll(() => world.close());

const refused = async (query: string, variables: object): Promise<Anything> => {
  const { errors } = await world.request(query, { ...variables }, tenant.key);
  const { code, field } = errors[0].extensions;
  return { code, field };
};
const update = 'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }';

test.each([
  { metadataXml: '<nothing/>' },
  { metadataXml: '<' },
  {
    metadataXml:
      '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><IDPSSODescriptor/></EntityDescriptor>',
  },
])('the error for metadata that does not describe an IdP names the field saml.metadataXml: %j', async (saml) => {
  expect(await refused(update, { i: { id: tenant.connectionId, saml } })).toEqual({
    code: 'BAD_INPUT',
    field: 'saml.metadataXml',
  });
});

test('the error for a malformed extension schema contains the path of the attribute', async () => {
  expect(await refused(update, { i: { id: tenant.connectionId, scimExtensions: [{}] } })).toEqual({
    code: 'BAD_INPUT',
    field: 'scimExtensions[0].id',
  });
});

test.each(['startTestSignIn', 'createSetupLink', 'rotateScimToken', 'createScimClient'])(
  'the error of %s names the invalid field',
  async (name) => {
    const calls: Record<string, string> = {
      startTestSignIn: 'startTestSignIn(connectionId: $c) { url }',
      createSetupLink: 'createSetupLink(connectionId: $c, expiresInSeconds: 0) { url }',
      rotateScimToken: 'rotateScimToken(connectionId: $c) { token }',
      createScimClient: 'createScimClient(input: { connectionId: $c, name: "x" }) { __typename }',
    };
    expect(await refused(`mutation($c: ID!) { ${calls[name]} }`, { c: tenant.connectionId })).toEqual({
      code: 'BAD_INPUT',
      field: name === 'createSetupLink' ? 'expiresInSeconds' : 'connectionId',
    });
  },
);

test('the error for a domain without its DNS record names the field id', async () => {
  const { addDomain } = await tenant.gql(
    'mutation($o: ID!) { addDomain(organizationId: $o, domain: "no-record.example") { domain { id } } }',
    { o: tenant.organizationId },
  );
  const query = 'mutation($id: ID!) { verifyDomain(id: $id) { domain { id } } }';
  expect(await refused(query, { id: addDomain.domain.id })).toEqual({ code: 'BAD_INPUT', field: 'id' });
});

test('the error for a page in both directions names the field last', async () => {
  const query = 'query($id: ID!) { organization(id: $id) { users(first: 1, last: 1) { totalCount } } }';
  expect(await refused(query, { id: tenant.organizationId })).toEqual({ code: 'BAD_INPUT', field: 'last' });
});

test('at most fifty wrong values of a long list are checked', () => {
  const schema = buildSchema('enum Status { ACTIVE } type Query { users(status: [Status]): Int }');
  const [operation] = parse('query($s: [Status]) { users(status: $s) }').definitions;
  let looked = 0;
  const list = {
    *[Symbol.iterator]() {
      for (let n = 0; n < 1_000; n++) {
        looked++;
        yield 'wrong';
      }
    },
  };
  expect(faultsOfVariables(schema, operation as OperationDefinitionNode, { s: list })).toHaveLength(50);
  expect(looked).toBe(51);
});
