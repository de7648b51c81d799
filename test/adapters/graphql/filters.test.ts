import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  const { body: user } = await tenant.scim('POST', '/Users', oktaUser('p@acme.test'));
  await tenant.scim('POST', '/Groups', { displayName: 'g', members: [{ value: user.id }] });
});
afterAll(() => world.close());

const counted = async (list: string, type: string, filter: object): Promise<number> => {
  const { organization } = await tenant.gql(
    `query($o: ID!, $f: ${type}) { organization(id: $o) { ${list}(filter: $f) { totalCount } } }`,
    { o: tenant.organizationId, f: filter },
  );
  return organization[list].totalCount;
};

test.each([
  ['users', 'UserFilter', ['connectionId', 'groupId', 'email', 'userName']],
  ['groups', 'GroupFilter', ['connectionId', 'memberId', 'displayName']],
] as const)('an empty text in a filter of %s matches nothing; null does not filter', async (list, type, names) => {
  for (const name of names) {
    expect([name, await counted(list, type, { [name]: '' })]).toEqual([name, 0]);
    expect([name, await counted(list, type, { [name]: null })]).toEqual([name, 1]);
  }
});
