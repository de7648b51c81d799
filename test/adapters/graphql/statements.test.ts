import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { record } from '../../../bench/trace.js';
import { oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
const people = 50;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  const ids: string[] = [];
  for (let n = 0; n < people; n++) {
    const manager = ids.length > 0 ? { manager: { value: ids[0] } } : {};
    const user = oktaUser(`p${n}@acme.test`, {
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': manager,
      roles: [{ value: 'reader' }],
    });
    ids.push((await tenant.scim('POST', '/Users', user)).body.id);
  }
  for (let n = 0; n < 10; n++) {
    const members = ids.filter((_, each) => each % 10 === n || each === 0).map((value) => ({ value }));
    const { body } = await tenant.scim('POST', '/Groups', { displayName: `g${n}`, members });
    await tenant.gql('mutation($i: UpdateGroupInput!) { updateGroup(input: $i) { group { id } } }', {
      i: { id: body.id, roles: [`role${n}`] },
    });
  }
  await tenant.gql('mutation($o: ID!) { addDomain(organizationId: $o, domain: "acme.test") { domain { id } } }', {
    o: tenant.organizationId,
  });
});
afterAll(() => world.close());

/** Returns the number of statements of a request, without the lookup of the credential. */
async function statementsOf(query: string, variables: object): Promise<number> {
  const ask = () => tenant.gql(query, { o: tenant.organizationId, ...variables });
  await ask();
  // Timers of the server also send statements: the smallest of several counts belongs to the request only.
  const counts: number[] = [];
  for (let n = 0; n < 4; n++) counts.push((await record(async () => void (await ask()))).length);
  return Math.min(...counts);
}

test('a page of fifty users with groups, manager, identities and roles needs at most six statements', async () => {
  const query = `query($o: ID!) { organization(id: $o) { users(first: 50) { nodes {
    id userName displayName status roles groups(first: 20) { nodes { id displayName } } manager { id displayName }
    identities { externalId connection { id name } } managedBy { id } } } } }`;
  expect(await statementsOf(query, {})).toBeLessThanOrEqual(6);
  const { organization } = await tenant.gql(query, { o: tenant.organizationId });
  expect(organization.users.nodes).toHaveLength(people);
  expect(organization.users.nodes[1]).toMatchObject({
    groups: { nodes: [{ displayName: 'g1' }] },
    manager: { id: organization.users.nodes[0].id },
    identities: [{ externalId: expect.any(String), connection: { name: 'Okta' } }],
  });
});

describe('related objects of a list are read for all of its rows together', () => {
  const below: [name: string, list: (first: number) => string][] = [
    ['groups of users', (n) => `users(first: ${n}) { nodes { groups(first: 3) { totalCount nodes { id } } } }`],
    ['direct reports of users', (n) => `users(first: ${n}) { nodes { directReports(first: 3) { nodes { id } } } }`],
    [
      'managers of managers',
      (n) => `users(first: ${n}) { nodes { manager { manager { id } groups { nodes { id } } } } }`,
    ],
    [
      'sources of the roles of users',
      (n) => `users(first: ${n}) { nodes { roleGrants { role source group { id } connection { id } } } }`,
    ],
    [
      'access and managers of users',
      (n) => `users(first: ${n}) { nodes { access { roles attributes } managers { name } } }`,
    ],
    [
      'sessions of users',
      (n) => `users(first: ${n}) { nodes { sessions { id } activeSessions(first: 2) { totalCount nodes { id } } } }`,
    ],
    [
      'identities of users',
      (n) => `users(first: ${n}) { nodes { identities { externalId connection { id } via { name } } } }`,
    ],
    [
      'members of groups',
      (n) => `groups(first: ${n}) { nodes { members(first: 2) { nodes { id groups { nodes { id } } } } } }`,
    ],
    [
      'memberships of groups',
      (n) =>
        `groups(first: ${n}) { nodes { memberships(first: 2) { nodes { addedAt addedBy { id actor { connection { id } } } member { ... on User { id } ... on Group { id } } } } } }`,
    ],
    [
      'nested groups',
      (n) =>
        `groups(first: ${n}) { nodes { childGroups { id } children(first: 2) { totalCount nodes { id } } parents(first: 2) { nodes { id } } connection { id } } }`,
    ],
    [
      'users of events',
      (n) =>
        `events(first: ${n}, types: [GROUP_MEMBER_ADDED]) { nodes { user { id } group { id } connection { id } actor { connection { id } } organization { id } } }`,
    ],
    [
      'subjects and requests of events',
      (n) =>
        `events(first: ${n}, types: [GROUP_MEMBER_ADDED]) { nodes { subject { id } request { id } actor { label } ... on GroupMemberAddedEvent { member { __typename } } } }`,
    ],
    [
      'groups that changed the roles of users',
      (n) =>
        `events(first: ${n}, types: [USER_ROLES_CHANGED]) { nodes { ... on UserRolesChangedEvent { cause { group { id } connection { id } } } } }`,
    ],
    [
      'organizations of users',
      (n) => `users(first: ${n}) { nodes { organization { id name domains { id connections { id } } } } }`,
    ],
  ];
  test.each(below.map(([name, list]) => ({ name, list })))('$name', async ({ list }) => {
    const of = (n: number) => statementsOf(`query($o: ID!) { organization(id: $o) { ${list(n)} } }`, {});
    expect(await of(10)).toBe(await of(2));
  });
});

test('a page with role sources needs one more statement', async () => {
  const page = (fields: string) =>
    `query($o: ID!) { organization(id: $o) { users(first: 50) { nodes { ${fields} } } } }`;
  const without = await statementsOf(page('id roles'), {});
  expect(await statementsOf(page('id roles roleGrants { role source }'), {})).toBe(without + 1);
});

test('nodes of one kind are read together', async () => {
  const { organization } = await tenant.gql(
    'query($o: ID!) { organization(id: $o) { users(first: 50) { nodes { id } } } }',
    { o: tenant.organizationId },
  );
  const ids = organization.users.nodes.map(({ id }: { id: string }) => id);
  const of = (count: number) =>
    statementsOf('query($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { userName } } }', {
      ids: ids.slice(0, count),
      o: undefined,
    });
  expect(await of(50)).toBe(await of(2));
});
