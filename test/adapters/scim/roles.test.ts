import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, eventually, patch, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let number = 0;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({
    groupMappings: [
      { group: 'Engineering', roles: ['engineer', 'reader'] },
      { group: 'ext-sales', roles: ['seller', 'king'] },
    ],
    grantableRoles: ['engineer', 'reader', 'seller', 'Support'],
    entitlements: ['reports'],
  });
});
afterAll(() => world.close());

const aUser = async (more: Anything = {}) =>
  (await tenant.scim('POST', '/Users', { userName: `role${number++}@acme.com`, ...more })).body.id as string;
const aGroup = async (displayName: string, members: string[] = [], more: Anything = {}) =>
  (await tenant.scim('POST', '/Groups', { displayName, members: members.map((value) => ({ value })), ...more })).body
    .id as string;
const rolesOf = async (id: string): Promise<string[]> =>
  (await tenant.gql('query($id: ID!) { user(id: $id) { roles } }', { id })).user.roles;
const change = (id: string, ...operations: Anything[]) => tenant.scim('PATCH', `/Groups/${id}`, patch(...operations));
const update = (input: Anything) =>
  tenant.gql('mutation($input: UpdateConnectionInput!) { updateConnection(input: $input) { connection { id } } }', {
    input: { id: tenant.connectionId, ...input },
  });
const roleEvents = async (id: string) =>
  (await tenant.events())
    .filter(({ subjectId, type }) => subjectId === id && type === 'USER_ROLES_CHANGED')
    .map(({ data: { added, removed, because } }) => ({ added, removed, because }));

describe('group mappings', () => {
  test('apply after changes of membership, rename, deletion and re-creation, with one event for each user', async () => {
    const [a, b] = [await aUser(), await aUser()];
    const group = await aGroup('engineering', [a]);
    expect(await rolesOf(a)).toEqual(['engineer', 'reader']);
    await change(group, { op: 'add', path: 'members', value: [{ value: b }] });
    expect(await rolesOf(b)).toEqual(['engineer', 'reader']);
    await change(group, { op: 'replace', path: 'displayName', value: 'Platform' });
    expect([await rolesOf(a), await rolesOf(b)]).toEqual([[], []]);
    await change(group, { op: 'replace', path: 'displayName', value: 'Engineering' });
    expect(await rolesOf(b)).toEqual(['engineer', 'reader']);
    await tenant.scim('DELETE', `/Groups/${group}`);
    expect([await rolesOf(a), await rolesOf(b)]).toEqual([[], []]);
    const again = await aGroup('Engineering', [b]);
    expect(await rolesOf(b)).toEqual(['engineer', 'reader']);
    expect(await roleEvents(b)).toEqual([
      { added: ['engineer', 'reader'], removed: [], because: { groupId: group } },
      { added: [], removed: ['engineer', 'reader'], because: { groupId: group } },
      { added: ['engineer', 'reader'], removed: [], because: { groupId: group } },
      { added: [], removed: ['engineer', 'reader'], because: { groupId: group } },
      { added: ['engineer', 'reader'], removed: [], because: { groupId: again } },
    ]);
    await tenant.scim('DELETE', `/Groups/${again}`);
  });

  test('emit the role event in the transaction of the change that caused it', async () => {
    const a = await aUser();
    await aGroup('Engineering', [a]);
    const events = await tenant.events();
    const role = events.find(({ subjectId, type }) => subjectId === a && type === 'USER_ROLES_CHANGED');
    const added = events.find(({ data, type }) => type === 'GROUP_MEMBER_ADDED' && data.userId === a);
    expect(role.requestId).toBe(added.requestId);
  });

  test('apply through nested groups and by the externalId of a group, and grant only grantable roles', async () => {
    const a = await aUser();
    const child = await aGroup('Field', [a]);
    const parent = await aGroup('Sales', [child], { externalId: 'ext-sales' });
    expect(await rolesOf(a)).toEqual(['seller']);
    const { group } = await tenant.gql('query($id: ID!) { group(id: $id) { roles memberCount } }', { id: parent });
    expect(group).toEqual({ roles: ['seller'], memberCount: 0 });
    const { connection } = await tenant.gql(
      'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { quirks } } } }',
      { id: tenant.connectionId },
    );
    expect(connection.requests.nodes[0].quirks).toContain('roleNotGrantable king');
    await change(parent, { op: 'remove', path: `members[value eq "${child}"]` });
    expect(await rolesOf(a)).toEqual([]);
  });

  test('if two groups of a user change concurrently, the user keeps the roles of both', async () => {
    const people = await Promise.all([1, 2, 3, 4].map(() => aUser()));
    const groups = [await aGroup('Engineering'), await aGroup('Sales', [], { externalId: `x${number++}` })];
    await update({
      groupMappings: [
        { group: 'Engineering', roles: ['engineer', 'reader'] },
        { group: 'Sales', roles: ['seller'] },
      ],
    });
    await eventually(
      async () =>
        (await tenant.gql('query($id: ID!) { group(id: $id) { roles } }', { id: groups[1] })).group.roles.length === 1,
    );
    const value = people.map((id) => ({ value: id }));
    await Promise.all(groups.map((id) => change(id, { op: 'add', path: 'members', value })));
    for (const id of people) expect(await rolesOf(id)).toEqual(['engineer', 'reader', 'seller']);
  });
});

describe('roles that the IdP sends', () => {
  test('apply if they are grantable, in the spelling of the operator, and are returned as sent', async () => {
    const a = await aUser({ roles: [{ value: 'support', primary: true }, { value: 'owner' }] });
    expect(await rolesOf(a)).toEqual(['Support']);
    const { body } = await tenant.scim('GET', `/Users/${a}`);
    expect(body.roles).toEqual([{ value: 'support', primary: true }, { value: 'owner' }]);
    await tenant.scim('PATCH', `/Users/${a}`, patch({ op: 'remove', path: 'roles[value eq "support"]' }));
    expect(await rolesOf(a)).toEqual([]);
    expect(await roleEvents(a)).toEqual([{ added: [], removed: ['Support'], because: { idp: true } }]);
  });

  test('roles that the application assigned stay if the IdP removes its own', async () => {
    const a = await aUser({ roles: [{ value: 'reader' }] });
    await tenant.gql('mutation($input: UpdateUserInput!) { updateUser(input: $input) { user { id } } }', {
      input: { id: a, roles: ['reader', 'auditor'] },
    });
    await tenant.scim('PUT', `/Users/${a}`, { userName: 'plain@acme.com' });
    expect(await rolesOf(a)).toEqual(['auditor', 'reader']);
  });

  test('roles of a group of the application apply to its members, and an IdP cannot set them', async () => {
    const a = await aUser();
    const { createGroup } = await tenant.gql(
      'mutation($input: CreateGroupInput!) { createGroup(input: $input) { group { id roles } } }',
      { input: { organizationId: tenant.organizationId, displayName: 'Board', memberIds: [a], roles: ['board'] } },
    );
    expect(await rolesOf(a)).toEqual(['board']);
    await tenant.gql('mutation($input: UpdateGroupInput!) { updateGroup(input: $input) { group { id } } }', {
      input: { id: createGroup.group.id, roles: [] },
    });
    expect(await rolesOf(a)).toEqual([]);
  });
});

describe('changed rules are reapplied to existing users in the background', () => {
  test('groupMappings and grantableRoles', async () => {
    const a = await aUser({ roles: [{ value: 'pilot' }] });
    await aGroup('Ops', [a]);
    expect(await rolesOf(a)).toEqual([]);
    await update({ groupMappings: [{ group: 'OPS', roles: ['operator'] }], grantableRoles: ['operator', 'pilot'] });
    await eventually(async () => (await rolesOf(a)).join() === 'operator,pilot');
    await update({ grantableRoles: [] });
    await eventually(async () => (await rolesOf(a)).join() === '');
  });

  test('attributeMappings, with events, and SCIM still shows what the IdP sent', async () => {
    const a = await aUser({
      title: 'Sent',
      addresses: [
        { type: 'home', locality: 'Bonn' },
        { type: 'work', locality: 'Graz' },
      ],
      'urn:example:hr:2.0:User': { cost: 'C1' },
    });
    const mappings = [
      { source: 'addresses[type eq "work"].locality', target: 'office' },
      { source: 'urn:example:hr:2.0:User:cost', target: 'title' },
      { source: 'nickName', target: 'name.honorificSuffix' },
    ];
    await update({ attributeMappings: mappings });
    const shown = async () =>
      (await tenant.gql('query($id: ID!) { user(id: $id) { title attributes } }', { id: a })).user;
    await eventually(async () => (await shown()).title === 'C1');
    expect((await shown()).attributes.office).toBe('Graz');
    expect((await tenant.scim('GET', `/Users/${a}`)).body).toMatchObject({ title: 'Sent' });
    const events = (await tenant.events()).filter(({ subjectId }) => subjectId === a);
    expect(events.at(-1)).toMatchObject({
      type: 'USER_UPDATED',
      actor: { kind: 'SYSTEM' },
      changes: expect.arrayContaining([
        { path: 'title', before: 'Sent', after: 'C1' },
        { path: 'office', before: null, after: 'Graz' },
      ]),
    });
    // They also apply to every later write.
    await tenant.scim(
      'PATCH',
      `/Users/${a}`,
      patch({ op: 'replace', path: 'addresses[type eq "work"].locality', value: 'Linz' }),
    );
    expect((await shown()).attributes.office).toBe('Linz');
    const last = (await tenant.events()).filter(({ subjectId }) => subjectId === a).at(-1);
    expect(last.changes).toContainEqual({ path: 'office', before: 'Graz', after: 'Linz' });
  });

  test.each([
    { attributeMappings: [{ source: 'title', target: 'userName' }] },
    { attributeMappings: [{ source: 'title', target: 'emails.value' }] },
    { attributeMappings: [{ source: 'title', target: 'a b' }] },
    { attributeMappings: [{ source: 'emails[type eq', target: 'x' }] },
    { attributeMappings: [{ source: '', target: 'x' }] },
    {
      attributeMappings: [
        { source: 'title', target: 'x' },
        { source: 'title', target: 'X' },
      ],
    },
    { groupMappings: [{ group: ' ', roles: ['a'] }] },
    { groupMappings: [{ group: 'A', roles: [''] }] },
    { grantableRoles: [''] },
    { scimExtensions: [{ id: 'urn:ietf:params:scim:schemas:core:2.0:User', attributes: [{ name: 'a' }] }] },
    { scimExtensions: [{ id: 'urn:x:y', attributes: [{ name: '__proto__' }] }] },
    { scimExtensions: [{ id: 'urn:x:y', attributes: [{ name: 'c', type: 'complex' }] }] },
  ])('$# invalid rules are BAD_INPUT and change nothing', async (input) => {
    const query =
      'query($id: ID!) { connection(id: $id) { attributeMappings { target } groupMappings { group } grantableRoles } }';
    const before = await tenant.gql(query, { id: tenant.connectionId });
    const answer = await world.request(
      'mutation($input: UpdateConnectionInput!) { updateConnection(input: $input) { connection { id } } }',
      { input: { id: tenant.connectionId, ...input } },
      tenant.key,
    );
    expect(answer.errors[0].extensions.code).toBe('BAD_INPUT');
    expect(await tenant.gql(query, { id: tenant.connectionId })).toEqual(before);
  });
});

describe('SR-122 /Roles and /Entitlements are read-only', () => {
  test('list the roles that this IdP can assign', async () => {
    const other = await world.tenant({ grantableRoles: ['a', 'b'], entitlements: ['reports'] });
    const { body } = await other.scim('GET', '/Roles');
    expect(body).toMatchObject({ totalResults: 2, Resources: [{ value: 'a', supported: true }, { value: 'b' }] });
    const [first] = body.Resources;
    expect((await other.scim('GET', `/Roles/${first.id}`)).body).toEqual(first);
    const found = await other.scim('GET', `/Roles?filter=${encodeURIComponent('value eq "b"')}`);
    expect(found.body.Resources.map(({ value }: Anything) => value)).toEqual(['b']);
    expect((await other.scim('GET', '/Entitlements')).body.Resources).toMatchObject([{ value: 'reports' }]);
    expect((await other.scim('GET', '/Roles/none')).status).toBe(404);
    expect((await other.scim('POST', '/Roles', { value: 'c' })).status).toBe(405);
    const { body: types } = await other.scim('GET', '/ResourceTypes');
    expect(types.Resources.map(({ name }: Anything) => name)).toEqual(['User', 'Group', 'Role', 'Entitlement']);
  });
});
