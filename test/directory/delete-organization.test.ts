import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { purgeOrganizations } from '../../src/directory/organizations/delete-organization.js';
import { storeOfJobs } from '../support/jobs.js';
import { oktaUser, World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());

test('a deleted organization is unreachable at once, its names are free, and its rows are deleted later', async () => {
  const tenant = await world.tenant({}, 'Leaves');
  const { organizationId: id } = tenant;
  await world.gql('mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }', {
    i: { id, externalId: 'customer-9' },
  });
  const add = 'mutation($o: ID!) { addDomain(organizationId: $o, domain: "leaves.test") { domain { id } } }';
  const { addDomain } = await world.gql(add, { o: id });
  const verify = 'mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { state } } }';
  await world.gql(verify, { id: addDomain.domain.id });
  const { body: user } = await tenant.scim('POST', '/Users', oktaUser('secret-person@leaves.test'));
  await tenant.scim('POST', '/Groups', { displayName: 'secret-group', members: [{ value: user.id }] });

  const remove = 'mutation($id: ID!) { deleteOrganization(id: $id) { deletedId } }';
  expect((await world.request(remove, { id }, tenant.key)).errors[0].extensions.code).toBe('FORBIDDEN');
  expect((await world.gql(remove, { id })).deleteOrganization.deletedId).toBe(id);

  // It is unreachable for its keys, for its IdP, and for the operator.
  expect((await world.request('{ viewer { kind } }', {}, tenant.key)).errors[0].extensions.code).toBe(
    'UNAUTHENTICATED',
  );
  expect((await tenant.scim('GET', '/Users')).status).toBe(401);
  const looks = await world.request(
    'query($id: ID!, $u: ID!) { organization(id: $id) { id } node(id: $u) { id } nodes(ids: [$id, $u]) { id } organizations(first: 200) { nodes { id } } }',
    { id, u: user.id },
  );
  expect(looks.data).toMatchObject({ organization: null, node: null, nodes: [null, null] });
  expect(JSON.stringify(looks.data.organizations)).not.toContain(id);
  expect((await world.request(remove, { id })).errors[0].extensions.code).toBe('NOT_FOUND');

  // Its names can be used again.
  const next = await world.gql(
    'mutation { createOrganization(input: { name: "Next", externalId: "customer-9", domains: ["leaves.test"] }) { organization { domains { id } } } }',
  );
  expect(
    (await world.gql(verify, { id: next.createOrganization.organization.domains[0].id })).verifyDomain.domain.state,
  ).toBe('VERIFIED');

  // The log contains the deletion, and no personal data.
  const store = storeOfJobs(world, () => new Date());
  while (await purgeOrganizations(store));
  const tables = [
    'users',
    'groups',
    'memberships',
    'identities',
    'connections',
    'domains',
    'api_keys',
    'provisioning_requests',
  ];
  for (const table of tables) {
    const [row] = await world
      .database()
      .run<{ n: number }>(`select count(*) as n from ${table} where organization_id = $1`, [id]);
    expect([table, row?.n]).toEqual([table, 0]);
  }
  const [organizations] = await world
    .database()
    .run<{ n: number }>('select count(*) as n from organizations where id = $1', [id]);
  expect(organizations?.n).toBe(0);
  const { events } = await world.gql(
    '{ events(first: 1000, types: [USER_PROVISIONED, ORGANIZATION_DELETED]) { nodes { type data organization { id status } } } }',
  );
  const its = events.nodes.filter(({ organization }: { organization: { id: string } }) => organization.id === id);
  expect(its.map(({ type }: { type: string }) => type)).toEqual(['USER_PROVISIONED', 'ORGANIZATION_DELETED']);
  expect(JSON.stringify(its)).not.toContain('secret');
  expect(its[1].organization).toEqual({ id, status: 'DISABLED' });
});
