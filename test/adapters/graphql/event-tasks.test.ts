import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Anything, oktaUser, patch, type Tenant, World } from '../../support/world.js';

/** Returns the document of a page with this operation. */
function documentIn(page: string, operation: string): string {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  return blocks.find((text) => text.includes(` ${operation}(`)) ?? '';
}

let world: World;
let tenant: Tenant;
let person: string;
let key: string;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({ grantableRoles: ['reader'] });
  const sent = oktaUser('ann@acme.test', { displayName: 'Ann', roles: [{ value: 'reader' }] });
  person = (await tenant.scim('POST', '/Users', sent)).body.id;
  const { createApiKey } = await tenant.gql('mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }', {
    i: { organizationId: tenant.organizationId, name: 'Console', scopes: ['ADMIN'] },
  });
  key = createApiKey.secret;
  const change = (mutation: string, roles: string[]) =>
    world.gql(
      `mutation($u: ID!, $r: [String!]!) { ${mutation}(userId: $u, roles: $r) { user { id } } }`,
      { u: person, r: roles },
      key,
    );
  for (let n = 0; n < 30; n++) {
    await change('grantRoles', [`role${n}`]);
    await change('revokeRoles', [`role${n}`]);
  }
  const { body } = await tenant.scim('POST', '/Groups', { displayName: 'Sales', members: [{ value: person }] });
  await world.gql(
    'mutation($i: UpdateGroupInput!) { updateGroup(input: $i) { group { id } } }',
    { i: { id: body.id, roles: ['billing'] } },
    key,
  );
}, 60_000);
afterAll(() => world.close());

test('docs/events.md: one subscription contains all that a deprovisioning needs', async () => {
  const { eventCursor: after } = await tenant.gql('{ eventCursor }');
  const { body } = await tenant.scim(
    'POST',
    '/Users',
    oktaUser('bob@acme.test', { externalId: 'okta-bob', roles: [{ value: 'reader' }] }),
  );
  await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
  const live = world.follow(documentIn('docs/events.md', 'Deprovisioned'), { after }, tenant.key);
  await live.until(1);
  await live.stop();
  expect(live.seen).toEqual([
    {
      cursor: expect.any(String),
      organization: { externalId: null },
      userId: body.id,
      deprovisionReason: 'IDP_DEACTIVATED',
      rolesLost: ['reader'],
      userAfter: { externalId: 'okta-bob', email: 'bob@acme.test' },
    },
  ]);
});

test('docs/graphql.md: the newest changes of roles are one request, and the changes of the IdP are not among them', async () => {
  const query = documentIn('docs/graphql.md', 'RoleChanges');
  const read = async (before: string | null): Promise<Anything> =>
    (await world.gql(query, { organizationId: tenant.organizationId, before }, key)).organization.events;
  const newest = await read(null);
  expect(newest.nodes).toHaveLength(50);
  expect(newest.pageInfo.hasPreviousPage).toBe(true);
  expect(newest.nodes.at(-1)).toEqual({
    position: expect.any(Number),
    summary: expect.stringContaining('Ann'),
    actor: { label: 'Console' },
    rolesAdded: ['billing'],
    rolesRemoved: [],
    cause: { group: { displayName: 'Sales' } },
    userAfter: { displayName: 'Ann' },
  });
  const older = await read(newest.pageInfo.startCursor);
  expect(older.pageInfo.hasPreviousPage).toBe(false);
  const added = [...older.nodes, ...newest.nodes].flatMap(({ rolesAdded }) => rolesAdded);
  expect(added).toEqual([...Array.from({ length: 30 }, (_, n) => `role${n}`), 'billing']);
  expect(older.nodes.length + newest.nodes.length).toBe(61);
});
