import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Random } from '../../directory/edits/random.js';
import { Idp } from '../../support/idp.js';
import { type Anything, oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let idp: Idp;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  idp = await Idp.start();
  tenant = await tenantWithRoles();
});
afterAll(async () => {
  await world.close();
  await idp.close();
});

const tenantWithRoles = () =>
  world.tenant({
    provider: 'GENERIC',
    oidc: { issuer: idp.issuer, clientId: 'app' },
    jit: { mode: 'ENABLED' },
    attributeMappings: [{ source: 'nickName', target: 'title' }],
    groupMappings: [{ group: 'Mapped', roles: ['mapped', 'shared'] }],
    grantableRoles: ['idp', 'mapped', 'shared', 'admin'],
  });

/** Sends one mutation of the tenant; returns its payload. */
async function act(on: Tenant, mutation: string, variables: object): Promise<Anything> {
  return Object.values(await on.gql(mutation, { ...variables }))[0];
}
const createUser = async (on: Tenant, userName: string, more: object = {}): Promise<string> =>
  (
    await act(on, 'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }', {
      i: { organizationId: on.organizationId, userName, ...more },
    })
  ).user.id;
const createGroup = async (on: Tenant, displayName: string, memberIds: string[], roles: string[]): Promise<string> =>
  (
    await act(on, 'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }', {
      i: { organizationId: on.organizationId, displayName, memberIds, roles },
    })
  ).group.id;
const scimUser = async (on: Tenant, userName: string, more: Record<string, unknown> = {}): Promise<string> =>
  (await on.scim('POST', '/Users', oktaUser(userName, more))).body.id;
const scimGroup = async (on: Tenant, displayName: string, ids: string[]): Promise<string> =>
  (await on.scim('POST', '/Groups', { displayName, members: ids.map((value) => ({ value })) })).body.id;
const signIn = async (on: Tenant, sub: string, claims: object = {}): Promise<Anything> => {
  const idToken = await idp.token({ sub, email: `${sub}@acme.test`, email_verified: true, ...claims });
  const mutation =
    'mutation($c: ID!, $t: String!) { signInWithIdToken(connectionId: $c, idToken: $t) { accessToken user { id } } }';
  return act(on, mutation, { c: on.connectionId, t: idToken });
};
const change = (on: Tenant, name: 'grantRoles' | 'revokeRoles', id: string, roles: string[]) =>
  act(on, `mutation($id: ID!, $r: [String!]!) { ${name}(userId: $id, roles: $r) { user { roles assignedRoles } } }`, {
    id,
    r: roles,
  });
const update = (on: Tenant, input: object) =>
  act(on, 'mutation($i: UpdateUserInput!) { updateUser(input: $i) { user { roles assignedRoles } } }', { i: input });

const grants = 'roleGrants { role source group { id } connection { id } }';
const read = async (on: Tenant, id: string): Promise<Anything> =>
  (await on.gql(`query($id: ID!) { user(id: $id) { roles assignedRoles ${grants} } }`, { id })).user;

describe('roleGrants contains every source of each role', () => {
  test('assigned, by a parent group, by the IdP and by a mapped group', async () => {
    const connection = { id: tenant.connectionId };
    const id = await scimUser(tenant, 'all@acme.test', { roles: [{ value: 'idp' }] });
    await change(tenant, 'grantRoles', id, ['reader', 'shared']);
    const mapped = await scimGroup(tenant, 'Mapped', [id]);
    const child = await createGroup(tenant, 'Child', [id], []);
    const parent = await createGroup(tenant, 'Parent', [child], ['billing', 'shared']);
    expect(await read(tenant, id)).toEqual({
      roles: ['billing', 'idp', 'mapped', 'reader', 'shared'],
      assignedRoles: ['reader', 'shared'],
      roleGrants: [
        { role: 'billing', source: 'GROUP', group: { id: parent }, connection: null },
        { role: 'idp', source: 'IDP', group: null, connection },
        { role: 'mapped', source: 'MAPPING', group: { id: mapped }, connection },
        { role: 'reader', source: 'ASSIGNED', group: null, connection: null },
        { role: 'shared', source: 'ASSIGNED', group: null, connection: null },
        { role: 'shared', source: 'GROUP', group: { id: parent }, connection: null },
        { role: 'shared', source: 'MAPPING', group: { id: mapped }, connection },
      ],
    });
  });

  test('claims of a sign-in: IDP for a listed role, MAPPING without a group for a role that a mapping names', async () => {
    const { user } = await signIn(tenant, 'claims', { roles: ['idp'], groups: ['Mapped'] });
    const connection = { id: tenant.connectionId };
    expect((await read(tenant, user.id)).roleGrants).toEqual([
      { role: 'idp', source: 'IDP', group: null, connection },
      { role: 'mapped', source: 'MAPPING', group: null, connection },
      { role: 'shared', source: 'MAPPING', group: null, connection },
    ]);
  });

  test('KEPT for a role that an IdP cannot take from a protected account', async () => {
    const id = await scimUser(tenant, 'kept@acme.test', { roles: [{ value: 'idp' }] });
    await act(tenant, 'mutation($id: ID!) { protectUser(id: $id, protected: true, reason: "x") { user { id } } }', {
      id,
    });
    await tenant.scim('PATCH', `/Users/${id}`, { Operations: [{ op: 'remove', path: 'roles' }] });
    expect(await read(tenant, id)).toEqual({
      roles: ['idp'],
      assignedRoles: [],
      roleGrants: [{ role: 'idp', source: 'KEPT', group: null, connection: null }],
    });
  });
});

describe('grantRoles and revokeRoles', () => {
  test('change only what is assigned; a repeat emits nothing', async () => {
    const id = await createUser(tenant, 'granted@acme.test', { roles: ['reader'] });
    await createGroup(tenant, 'Billing', [id], ['billing']);
    const granted = await change(tenant, 'grantRoles', id, ['billing', 'writer', 'writer']);
    expect(granted.user).toEqual({
      roles: ['billing', 'reader', 'writer'],
      assignedRoles: ['billing', 'reader', 'writer'],
    });
    const before = await tenant.events();
    await change(tenant, 'grantRoles', id, ['reader']);
    await change(tenant, 'revokeRoles', id, ['unknown']);
    expect(await tenant.events()).toEqual(before);
    const revoked = await change(tenant, 'revokeRoles', id, ['billing', 'reader']);
    expect(revoked.user).toEqual({ roles: ['billing', 'writer'], assignedRoles: ['writer'] });
  });

  test('saving assignedRoles does not assign a role that the user has through a group', async () => {
    const id = await createUser(tenant, 'former-member@acme.test');
    const group = await createGroup(tenant, 'Former members', [id], ['billing']);
    const { assignedRoles } = await read(tenant, id);
    await update(tenant, { id, assignedRoles: [...assignedRoles, 'viewer'] });
    await act(
      tenant,
      'mutation($g: ID!, $u: [ID!]!) { removeGroupMembers(groupId: $g, userIds: $u) { group { id } } }',
      {
        g: group,
        u: [id],
      },
    );
    expect((await read(tenant, id)).roles).toEqual(['viewer']);
  });

  test('the deprecated field roles sets assignedRoles, and an input with both is refused', async () => {
    const id = await createUser(tenant, 'old-form@acme.test');
    expect((await update(tenant, { id, roles: ['reader'] })).user.assignedRoles).toEqual(['reader']);
    const both = 'mutation($i: UpdateUserInput!) { updateUser(input: $i) { user { id } } }';
    const { errors } = await world.request(both, { i: { id, roles: [], assignedRoles: [] } }, tenant.key);
    expect(errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'roles' });
    expect((await read(tenant, id)).assignedRoles).toEqual(['reader']);
  });
});

test('Organization.roles counts the users and groups that have each role', async () => {
  const own = await tenantWithRoles();
  const [first, second] = [
    await createUser(own, 'a@acme.test', { roles: ['owner', 'reader'] }),
    await createUser(own, 'b@acme.test', { roles: ['reader'] }),
  ];
  const gone = await createUser(own, 'c@acme.test', { roles: ['reader', 'past'] });
  await act(own, 'mutation($id: ID!) { deprovisionUser(id: $id) { user { id } } }', { id: gone });
  await createGroup(own, 'Both', [first, second], ['billing']);
  await createGroup(own, 'Empty', [], ['reader', 'unused']);
  const { organization } = await own.gql(
    'query($o: ID!) { organization(id: $o) { roles { role userCount groupCount administrative } } }',
    { o: own.organizationId },
  );
  expect(organization.roles).toEqual([
    { role: 'billing', userCount: 2, groupCount: 1, administrative: false },
    { role: 'owner', userCount: 1, groupCount: 0, administrative: true },
    { role: 'reader', userCount: 2, groupCount: 1, administrative: false },
    { role: 'unused', userCount: 0, groupCount: 1, administrative: false },
  ]);
});

describe('who may read and change roles', () => {
  test('a signed-in user can read their own grants, without the connection, and no roles of other users', async () => {
    const { accessToken, user } = await signIn(tenant, 'member', { roles: ['idp'] });
    const other = await createUser(tenant, 'colleague@acme.test', { roles: ['reader'] });
    const own = await world.request(`query($id: ID!) { user(id: $id) { ${grants} } }`, { id: user.id }, accessToken);
    expect(own).toEqual({
      data: { user: { roleGrants: [{ role: 'idp', source: 'IDP', group: null, connection: null }] } },
    });
    for (const field of ['roles', 'assignedRoles', 'roleGrants { role }']) {
      const { data, errors } = await world.request(
        `query($id: ID!) { user(id: $id) { ${field} } }`,
        { id: other },
        accessToken,
      );
      expect([data.user, errors[0].extensions.code]).toEqual([{ [field.split(' ')[0] as string]: null }, 'FORBIDDEN']);
    }
    for (const query of [
      `{ organization(id: "${tenant.organizationId}") { roles { role } } }`,
      `mutation { grantRoles(userId: "${user.id}", roles: ["admin"]) { user { id } } }`,
      `mutation { revokeRoles(userId: "${other}", roles: ["reader"]) { user { id } } }`,
    ]) {
      const { errors } = await world.request(query, {}, accessToken);
      expect([query, errors?.[0].extensions.code]).toEqual([query, 'FORBIDDEN']);
    }
  });

  test("another tenant's key reads and changes nothing", async () => {
    const foreign = await world.tenant({}, 'Foreign');
    const id = await createUser(tenant, 'ours@acme.test', { roles: ['reader'] });
    for (const query of [
      `{ user(id: "${id}") { assignedRoles roleGrants { role } } }`,
      `{ organization(id: "${tenant.organizationId}") { roles { role } } }`,
      `mutation { grantRoles(userId: "${id}", roles: ["admin"]) { user { id } } }`,
      `mutation { revokeRoles(userId: "${id}", roles: ["reader"]) { user { id } } }`,
    ]) {
      const { data } = await world.request(query, {}, foreign.key);
      expect([query, Object.values(data ?? { none: null })]).toEqual([query, [null]]);
    }
    expect((await read(tenant, id)).roles).toEqual(['reader']);
  });
});

/** A random edit of one of the sources of roles. */
async function edit(on: Tenant, random: Random, { users, groups, subjects }: Record<string, string[]>): Promise<void> {
  const roles = () => random.some(['admin', 'billing', 'idp', 'mapped', 'reader', 'shared'], 3);
  const [user, group] = [random.pick(users as string[]), random.pick(groups as string[])];
  const members = (name: string, ids: string[]) =>
    world.request(
      `mutation($g: ID!, $u: [ID!]!) { ${name}(groupId: $g, userIds: $u) { group { id } } }`,
      { g: group, u: ids },
      on.key,
    );
  const edits = [
    () => change(on, 'grantRoles', user, roles()),
    () => change(on, 'revokeRoles', user, roles()),
    () => update(on, { id: user, assignedRoles: roles() }),
    // A cycle is refused, and changes nothing.
    () => members('addGroupMembers', [user, random.pick(groups as string[])]),
    () => members('removeGroupMembers', [user, random.pick(groups as string[])]),
    () =>
      act(on, 'mutation($i: UpdateGroupInput!) { updateGroup(input: $i) { group { id } } }', {
        i: { id: group, roles: roles() },
      }),
    () =>
      on.scim('PATCH', `/Users/${user}`, {
        Operations: [{ op: 'replace', path: 'roles', value: roles().map((value) => ({ value })) }],
      }),
    () =>
      on.scim('PATCH', `/Groups/${group}`, { Operations: [{ op: 'add', path: 'members', value: [{ value: user }] }] }),
    () =>
      world.request(
        'mutation($id: ID!, $p: Boolean!) { protectUser(id: $id, protected: $p, reason: "x") { user { id } } }',
        { id: user, p: random.chance(0.5) },
        on.key,
      ),
    () =>
      signIn(on, random.pick(subjects as string[]), { roles: roles(), groups: random.some(['Mapped', 'Other'], 2) }),
  ];
  await random.pick(edits)();
}

const pair = ({ role, group }: Anything) => `${role} ${group.id}`;

test('after any edit roleGrants contains exactly the roles of the user, and every group that grants one', async () => {
  const random = new Random(Number(process.env.SEED ?? 16));
  const own = await tenantWithRoles();
  const subjects = ['one', 'two', 'three'];
  const users: string[] = [];
  for (const sub of subjects) users.push((await signIn(own, sub)).user.id);
  for (const name of ['x', 'y', 'z']) users.push(await scimUser(own, `${name}@acme.test`));
  const groups = [await scimGroup(own, 'Mapped', []), await scimGroup(own, 'Unmapped', [])];
  for (const name of ['A', 'B', 'C']) groups.push(await createGroup(own, name, [], []));
  const page = `query($o: ID!) { organization(id: $o) { users(first: 50) {
    nodes { roles assignedRoles ${grants} allGroups(first: 50) { nodes { id roles } } } } } }`;
  for (let n = 0; n < Number(process.env.PROPERTY_CASES ?? 80); n++) {
    await edit(own, random, { users, groups, subjects });
    const { organization } = await own.gql(page, { o: own.organizationId });
    for (const { roles, assignedRoles, roleGrants, allGroups } of organization.users.nodes) {
      expect([...new Set(roleGrants.map(({ role }: Anything) => role))]).toEqual(roles);
      const of = (source: string) => roleGrants.filter((grant: Anything) => grant.source === source);
      expect(of('ASSIGNED').map(({ role }: Anything) => role)).toEqual(
        assignedRoles.filter((role: string) => roles.includes(role)),
      );
      const byGroups = roleGrants.filter(({ group }: Anything) => group !== null).map(pair);
      const expected = allGroups.nodes.flatMap((group: Anything) =>
        group.roles.filter((role: string) => roles.includes(role)).map((role: string) => pair({ role, group })),
      );
      expect([...new Set(byGroups)].sort()).toEqual(expected.sort());
    }
  }
}, 120_000);

const form = `id userName emails { value type primary } displayName givenName familyName title department employeeNumber
  locale timezone manager { id } attributes assignedRoles`;

test('a form that saves all fields as it read them, except the name, changes only the name', async () => {
  const random = new Random(Number(process.env.SEED ?? 17));
  const own = await tenantWithRoles();
  const manager = await createUser(own, 'boss@acme.test');
  for (let n = 0; n < 25; n++) {
    const id = await someUser(own, random, { n, manager });
    if (random.chance(0.5)) await createGroup(own, `Group ${n}`, [id], ['billing']);
    if (random.chance(0.5)) await change(own, 'grantRoles', id, ['reader']);
    const query = `query($id: ID!) { user(id: $id) { ${form} roles active status origin scimManaged ${grants} } }`;
    const before = (await own.gql(query, { id })).user;
    const { manager: boss, roles: _roles, active: _active, status: _status, origin: _origin, ...shown } = before;
    const { scimManaged: _managed, roleGrants: _grants, ...input } = shown;
    const events = (await own.events()).length;
    await update(own, { ...input, managerId: boss?.id ?? null, displayName: `Renamed ${n}` });
    const after = (await own.gql(query, { id })).user;
    expect(after).toEqual({ ...before, displayName: `Renamed ${n}` });
    expect((await own.events()).slice(events)).toMatchObject([
      { type: 'USER_UPDATED', changes: [{ path: 'displayName', after: `Renamed ${n}` }] },
    ]);
  }
}, 120_000);

/** A user by SCIM or by the API, with some of the attributes that a user can have. */
async function someUser(on: Tenant, random: Random, { n, manager }: { n: number; manager: string }): Promise<string> {
  const userName = `form${n}@acme.test`;
  if (random.chance(0.5)) {
    const extension = random.part(
      {
        department: 'D',
        employeeNumber: '7',
        costCenter: 'CC',
        manager: { value: random.pick([manager, 'boss@acme.test', 'unknown']) },
      },
      0.5,
    );
    const more = random.part(
      {
        emails: [
          { value: userName, type: 'work', primary: true, display: 'Work' },
          { value: `home-${userName}`, type: 'home' },
        ],
        nickName: 'Nick',
        title: 'Lead',
        timezone: 'Europe/Berlin',
        phoneNumbers: [{ value: '+1', type: 'work' }],
        roles: [{ value: 'idp', primary: true }],
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': extension,
      },
      0.6,
    );
    return scimUser(on, userName, more);
  }
  const more = random.part(
    {
      displayName: 'Name',
      givenName: 'Given',
      familyName: 'Family',
      title: 'Lead',
      department: 'D',
      employeeNumber: '7',
      locale: 'en-US',
      timezone: 'Europe/Berlin',
      managerId: manager,
      emails: [
        { value: userName, primary: true },
        { value: `second-${userName}`, type: 'home' },
      ],
      attributes: { shoeSize: 42, nickName: 'Nick', name: { middleName: 'M' } },
      roles: ['writer'],
    },
    0.6,
  );
  return createUser(on, userName, more);
}
