import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { weigh } from '../../../src/adapters/graphql/engine/limits.js';
import { buildSchema } from '../../../src/adapters/graphql/schema.js';
import { type Tenant, World } from '../../support/world.js';

const schema = buildSchema();
const costOf = (query: string): number => {
  const document = parse(query);
  const [operation] = document.definitions;
  if (operation?.kind !== 'OperationDefinition') throw new Error(query);
  return weigh(schema, document, { operation, variables: {} }).cost;
};

test.each([
  ['{ organizations { totalCount } }', 1],
  ['{ organizations(first: 200) { __typename totalCount } }', 1],
  ['{ organizations(first: 10) { totalCount nodes { id } } }', 20],
  ['{ organizations(first: 10) { pageInfo { hasNextPage } } }', 20],
  ['{ organizations(first: 10) { ... { totalCount } } }', 10],
  ['{ organization(id: "x") { users { totalCount } groups { totalCount } } }', 3],
  ['{ organizations(first: 10) { nodes { users { totalCount } } } }', 30],
])('the count of a list alone costs 1: %s costs %i', (query, cost) => {
  expect(costOf(query)).toBe(cost);
});

describe('extensions.cost', () => {
  let world: World;
  let tenant: Tenant;
  beforeAll(async () => {
    world = await World.shared();
    tenant = await world.tenant();
  });
  afterAll(() => world.close());

  const ask = async (headers: Record<string, string>) => {
    const answer = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({
        query: 'query($n: Int) { organizations(first: $n) { nodes { id } } }',
        variables: { n: 7 },
      }),
    });
    return answer.json();
  };

  test('is in the response if the header requests it, for any caller', async () => {
    const { data, extensions } = await ask({ 'graphql-cost': 'on' });
    expect(data.organizations.nodes).toEqual([{ id: tenant.organizationId }]);
    expect(extensions.cost).toEqual({ depth: 2, aliases: 0, rootFields: 1, directives: 0, repeats: 1, cost: 14 });
  });

  test('is absent otherwise', async () => {
    for (const headers of [{ accept: '*/*' }, { 'graphql-cost': 'off' }] as Record<string, string>[])
      expect((await ask(headers)).extensions).toBeUndefined();
  });
});
