import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { record } from '../../../bench/trace.js';
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

test('is disabled by default', async () => {
  const plain = await World.shared();
  const { errors } = await plain.request('{ _service { sdl } }');
  expect(errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  await plain.close();
});
