import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { getNamedType, isObjectType } from 'graphql';
import { buildSchema } from '../../../src/adapters/graphql/schema.js';
import { PositionScalar } from '../../../src/kernel/node.js';
import { World } from '../../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

test('a position is a number below 2^53, and a string above', () => {
  expect([0, 2 ** 31, Number.MAX_SAFE_INTEGER, 5n].map((position) => PositionScalar.serialize(position))).toEqual([
    0, 2_147_483_648, 9_007_199_254_740_991, 5,
  ]);
  expect(PositionScalar.serialize(2n ** 53n)).toBe('9007199254740992');
  expect(() => PositionScalar.serialize('x')).toThrow('A position is an integer, not string.');
});

test('every field that contains a position has the type Position', () => {
  const fields = Object.values(buildSchema().getTypeMap()).flatMap((type) =>
    isObjectType(type) ? Object.values(type.getFields()) : [],
  );
  const positions = fields.filter(({ name }) => /position/i.test(name));
  expect(positions.length).toBeGreaterThan(1);
  expect([...new Set(positions.map(({ type }) => getNamedType(type).name))]).toEqual(['Position']);
});

test('a log that is longer than 2^31 can be read', async () => {
  const tenant = await world.tenant();
  const database = world.database();
  const at = 2 ** 31 + 7;
  await database.query('update event_heads set position = $1 where organization_id = $2', [at, tenant.organizationId]);
  const { createUser } = await tenant.gql(
    'mutation($i: CreateUserInput!) { createUser(input: $i) { user { events { nodes { position previousPosition } } } } }',
    { i: { organizationId: tenant.organizationId, userName: 'late@acme.test' } },
  );
  expect(createUser.user.events.nodes).toEqual([{ position: at + 1, previousPosition: expect.any(Number) }]);
});
