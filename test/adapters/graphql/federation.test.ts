import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildASTSchema, parse } from 'graphql';
import { record } from '../../../bench/trace.js';
import { PrefixRefused } from '../../../src/adapters/graphql/engine/type-prefix.js';
import { freshDatabase, startServer } from '../../support/server.js';
import { oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let people: string[];
beforeAll(async () => {
  world = new World(await startServer({}, { ...(await freshDatabase()), FEDERATION: 'on' }));
  tenant = await world.tenant();
  people = [];
  for (let n = 0; n < 20; n++) people.push((await tenant.scim('POST', '/Users', oktaUser(`f${n}@acme.test`))).body.id);
});
afterAll(() => world.close());

describe('an Apollo Federation 2 subgraph', () => {
  test('composes with a subgraph that references its entities', async () => {
    const { _service } = await tenant.gql('{ _service { sdl } }');
    const billing = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
      type Query { invoices: [Invoice!]! }
      type Invoice @key(fields: "number") { number: ID!  payer: User!  of: Organization! }
      type User @key(fields: "id") { id: ID!  invoices: [Invoice!]! }
      type Group @key(fields: "id") { id: ID!  budget: Int! }
      type Organization @key(fields: "id") { id: ID!  plan: String! }`;
    const composed = composeServices([
      { name: 'rollcall', typeDefs: parse(_service.sdl), url: world.url },
      { name: 'billing', typeDefs: parse(billing), url: 'http://billing.example' },
    ]);
    expect(composed.errors).toBeUndefined();
    expect(composed.supergraphSdl).toContain('type Invoice');
  });

  const entities = `query($r: [_Any!]!) { _entities(representations: $r) {
    __typename ... on User { id userName } ... on Organization { id name } ... on Group { id displayName } } }`;

  test('resolves references of each type in their order; unknown ids and ids of another tenant are null', async () => {
    const other = await world.tenant({}, 'Other');
    const { body: foreign } = await other.scim('POST', '/Users', oktaUser('foreign@other.test'));
    const { body: group } = await tenant.scim('POST', '/Groups', { displayName: 'g' });
    const r = [
      { __typename: 'User', id: people[0] },
      { __typename: 'Organization', id: tenant.organizationId },
      { __typename: 'Group', id: group.id },
      { __typename: 'User', id: foreign.id },
      { __typename: 'User', id: 'user_01aaaaaaaaaaaaaaaaaaaaaaaa' },
      { __typename: 'User', id: group.id },
    ];
    const { _entities } = await tenant.gql(entities, { r });
    expect(_entities).toMatchObject([{ id: people[0] }, { name: 'Acme' }, { displayName: 'g' }, null, null, null]);
  });

  test('resolves an organization by its externalId, and null for one of another tenant', async () => {
    const other = await world.tenant({}, 'Other');
    for (const { organizationId: id } of [tenant, other])
      await world.gql('mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { __typename } }', {
        i: { id, externalId: `customer-${id}` },
      });
    const r = [tenant, other].map(({ organizationId: id }) => ({
      __typename: 'Organization',
      externalId: `customer-${id}`,
    }));
    expect((await tenant.gql(entities, { r }))._entities).toMatchObject([{ id: tenant.organizationId }, null]);
    expect((await world.gql(entities, { r }))._entities).toMatchObject([
      { id: tenant.organizationId },
      { id: other.organizationId },
    ]);
  });

  test('reads many references at once', async () => {
    const of = async (count: number) => {
      const r = people.slice(0, count).map((id) => ({ __typename: 'User', id }));
      const counts: number[] = [];
      for (let n = 0; n < 3; n++)
        counts.push((await record(async () => void (await tenant.gql(entities, { r })))).length);
      return Math.min(...counts);
    };
    expect(await of(20)).toBe(await of(2));
  });
});

describe('with FEDERATION_PREFIX', () => {
  let prefixed: World;
  let acme: Tenant;
  beforeAll(async () => {
    const settings = { ...(await freshDatabase()), FEDERATION: 'on', FEDERATION_PREFIX: 'Rollcall' };
    prefixed = new World(await startServer({}, settings));
    acme = await prefixed.tenant();
  });
  afterAll(() => prefixed.close());

  test('the subgraph composes with a host that has its own User, Organization, Event, Node, and root fields', async () => {
    const { _service } = await acme.gql('{ _service { sdl } }');
    const host = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
      type Query { node(id: ID!): Node  nodes(ids: [ID!]!): [Node]!  viewer: User }
      interface Node { id: ID! }
      type User implements Node @key(fields: "id") { id: ID!  email: Int!  customer: RollcallOrganization! }
      type Organization implements Node @key(fields: "id") { id: ID!  name: Boolean! }
      type RollcallOrganization @key(fields: "externalId") { externalId: String  plan: String! }
      enum Event { PARTY }
      input UserFilter { age: Int! }
      type PageInfo { total: Int }`;
    const composed = composeServices([
      { name: 'rollcall', typeDefs: parse(_service.sdl), url: prefixed.url },
      { name: 'host', typeDefs: parse(host), url: 'http://host.example' },
    ]);
    expect(composed.errors).toBeUndefined();
    const supergraph = buildASTSchema(parse(composed.supergraphSdl ?? ''), { assumeValidSDL: true });
    expect(Object.keys(supergraph.getQueryType()?.getFields() ?? {})).toEqual(
      expect.arrayContaining(['organization', 'user', 'viewer', 'node']),
    );
    expect(String(supergraph.getQueryType()?.getFields().viewer?.type)).toBe('User');
    expect(String(supergraph.getQueryType()?.getFields().organization?.type)).toBe('RollcallOrganization');
  });

  test('a document can have names with and without the prefix, and __typename has it', async () => {
    const { body: user } = await acme.scim('POST', '/Users', oktaUser('p@acme.test'));
    const fragment = (type: string) => `query($id: ${type === 'User' ? '' : 'Rollcall'}Cursor, $u: ID!) {
      user(id: $u) { ...shown kind: __typename }
      organization(id: "${acme.organizationId}") { events(first: 1, after: $id) { nodes { __typename } } } }
      fragment shown on ${type} { __typename id attributes }`;
    for (const type of ['User', 'RollcallUser']) {
      const { user: shown, organization } = await acme.gql(fragment(type), { u: user.id });
      expect(shown).toMatchObject({ __typename: 'RollcallUser', kind: 'RollcallUser', id: user.id });
      expect(organization.events.nodes).toEqual([{ __typename: expect.stringMatching(/^Rollcall\w+Event$/) }]);
    }
  });

  test('JSON that an application has stored is returned unchanged', async () => {
    const metadata = { __typename: 'User' };
    const query = `mutation($i: RollcallUpdateOrganizationInput!) {
      updateOrganization(input: $i) { __typename organization { metadata } } }`;
    expect(await prefixed.gql(query, { i: { id: acme.organizationId, metadata } })).toEqual({
      updateOrganization: { __typename: 'RollcallOrganizationPayload', organization: { metadata } },
    });
  });

  test('a reference and a subscription have prefixed names', async () => {
    const { _entities } = await acme.gql(
      'query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on RollcallOrganization { id } } }',
      { r: [{ __typename: 'RollcallOrganization', id: acme.organizationId }] },
    );
    expect(_entities).toEqual([{ __typename: 'RollcallOrganization', id: acme.organizationId }]);
    await acme.scim('POST', '/Users', oktaUser('s@acme.test'));
    const { organization } = await acme.gql(
      'query($id: ID!) { organization(id: $id) { events(first: 1) { pageInfo { endCursor } } } }',
      {
        id: acme.organizationId,
      },
    );
    const live = prefixed.follow(
      'subscription($after: RollcallCursor) { userProvisioned(after: $after) { __typename ... on RollcallUserProvisionedEvent { userId } } }',
      { after: organization.events.pageInfo.endCursor },
      acme.key,
    );
    await live.until(1);
    await live.stop();
    expect(live.seen[0]).toMatchObject({ __typename: 'RollcallUserProvisionedEvent', userId: expect.any(String) });
  });

  test('types of introspection have no prefix, and repeated fragments are marked once', async () => {
    const repeated = Array.from(
      { length: 24 },
      (_, n) => `fragment F${n} on Organization { ...F${n + 1} ...F${n + 1} }`,
    );
    const query = `query($id: ID!) { __schema { __typename } organization(id: $id) { ...F0 } }
      ${repeated.join('\n')} fragment F24 on Organization { __typename }`;
    expect(await prefixed.gql(query, { id: acme.organizationId })).toEqual({
      __schema: { __typename: '__Schema' },
      organization: { __typename: 'RollcallOrganization' },
    });
  });

  test('a prefix with which a name of the schema begins is refused', async () => {
    const settings = { ...(await freshDatabase()), FEDERATION: 'on', FEDERATION_PREFIX: 'Connection' };
    await expect(startServer({}, settings)).rejects.toThrow(PrefixRefused);
  });
});

test('is disabled by default', async () => {
  const plain = await World.shared();
  const { errors } = await plain.request('{ _service { sdl } }');
  expect(errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  await plain.close();
});
