import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

test('each query for one object returns null without an error if the object is not found', async () => {
  const unknown = (prefix: string) => `${prefix}_01aaaaaaaaaaaaaaaaaaaaaaaa`;
  const other = await world.tenant({}, 'Foreign');
  const query = `query($u: ID!, $g: ID!, $c: ID!, $o: ID!, $own: ID!) {
    user(id: $u) { id } group(id: $g) { id } connection(id: $c) { id } organization(id: $o) { id } node(id: $u) { id }
    inside: organization(id: $own) { user(id: $u) { id } } }`;
  const nothing = { user: null, group: null, connection: null, organization: null, node: null, inside: { user: null } };
  const foreignUser = (
    await other.gql('mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }', {
      i: { organizationId: other.organizationId, userName: 'x@other.test' },
    })
  ).createUser.user.id;
  const own = tenant.organizationId;
  for (const ids of [
    { u: unknown('user'), g: unknown('group'), c: unknown('conn'), o: unknown('org') },
    { u: 'nonsense', g: 'user_x', c: '', o: 'x' },
    { u: foreignUser, g: unknown('group'), c: other.connectionId, o: other.organizationId },
  ]) {
    expect(await world.request(query, { ...ids, own }, tenant.key)).toEqual({ data: nothing });
  }
});
