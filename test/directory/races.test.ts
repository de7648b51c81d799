import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from '../../src/storage/sql.js';
import { App } from '../support/application.js';
import { onPostgres } from '../support/server.js';
import { protocols, Realm } from '../support/sign-ins.js';
import { type Anything, eventually, oktaUser, patch, World } from '../support/world.js';

// The embedded database runs one transaction at a time; on PostgreSQL these overlap.
let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());

const rounds = [1, 2, 3];

test.each(rounds)('if an IdP closes the last two administrators concurrently, one is kept (round %i)', async () => {
  const tenant = await world.tenant({ grantableRoles: ['admin'] });
  const ids: string[] = [];
  for (const name of ['one', 'two']) {
    const person = oktaUser(`${name}@acme.test`, { externalId: name, roles: [{ value: 'admin' }] });
    ids.push((await tenant.scim('POST', '/Users', person)).body.id);
  }
  const [first, second] = await Promise.all([
    tenant.scim('PATCH', `/Users/${ids[0]}`, patch({ op: 'replace', path: 'active', value: false })),
    tenant.scim('DELETE', `/Users/${ids[1]}`),
  ]);
  expect([first.status, second.status].filter((status) => status === 403)).toHaveLength(1);
  const { organization } = await tenant.gql(
    'query($o: ID!) { organization(id: $o) { users(filter: { status: ACTIVE }) { nodes { roles } } } }',
    { o: tenant.organizationId },
  );
  expect(organization.users.nodes).toEqual([{ roles: ['admin'] }]);
});

test.each(rounds)(
  'a write during the deletion of its connection succeeds or is refused, without an internal error (round %i)',
  async () => {
    const tenant = await world.tenant({ onExisting: 'REVIEW' });
    const { createUser } = await tenant.gql(
      'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }',
      { i: { organizationId: tenant.organizationId, userName: 'own@free.test', emails: [{ value: 'own@free.test' }] } },
    );
    const requests = Array.from({ length: 8 }, (_, n) => [
      tenant.scim('POST', '/Users', oktaUser(`p${n}@acme.test`, { externalId: `p${n}` })),
      tenant.scim('POST', '/Groups', { displayName: `g${n}`, externalId: `g${n}` }),
      tenant.scim('PUT', `/Users/${createUser.user.id}`, oktaUser('own@free.test', { externalId: `own${n}` })),
    ]).flat();
    const invited = world.request(
      'mutation($i: InviteUserInput!) { inviteUser(input: $i) { user { id } } }',
      { i: { organizationId: tenant.organizationId, email: 'new@acme.test', connectionId: tenant.connectionId } },
      tenant.key,
    );
    await tenant.gql('mutation($id: ID!) { deleteConnection(id: $id, users: DEPROVISION) { deletedId } }', {
      id: tenant.connectionId,
    });
    const answers = await Promise.all(requests);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    const { errors = [] } = await invited;
    expect(
      errors.map(({ extensions }: Anything) => extensions.code).filter((code: string) => code !== 'NOT_FOUND'),
    ).toEqual([]);
  },
);

test('concurrent first sign-ins with the same groups create each group once', async () => {
  const realm = await Realm.make(world, await App.register(world), protocols[0]?.protocol ?? 'oidc');
  await realm.tenant.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
    i: { id: realm.tenant.connectionId, jit: { syncGroups: true, groupsClaim: 'groups' } },
  });
  const people = Array.from({ length: 8 }, (_, n) => ({
    ...realm.person('T2', { sub: `p${n}` }),
    email: `p${n}@${realm.domain}`,
    groups: 'Engineering,Staff',
  }));
  await Promise.all(people.map((person) => realm.outcome(person)));
  const { organization } = await realm.tenant.gql(
    'query($o: ID!) { organization(id: $o) { groups { nodes { displayName memberCount } } } }',
    { o: realm.tenant.organizationId },
  );
  const groups = organization.groups.nodes.map(({ displayName, memberCount }: Anything) => [displayName, memberCount]);
  expect(groups.sort()).toEqual([
    ['Engineering', 8],
    ['Staff', 8],
  ]);
});

const setRoles = 'mutation($i: UpdateGroupInput!) { updateGroup(input: $i) { group { id } } }';

test.each(rounds)(
  'roles of a parent group apply to users who join a nested group concurrently (round %i)',
  async () => {
    const tenant = await world.tenant();
    const group = async (displayName: string, members: string[] = []) =>
      (await tenant.scim('POST', '/Groups', { displayName, members: members.map((value) => ({ value })) })).body.id;
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) {
      const { body } = await tenant.scim('POST', '/Users', oktaUser(`r${n}@acme.test`, { externalId: `r${n}` }));
      ids.push(body.id);
    }
    const below = await group('Below');
    const above = await group('Above', [below]);
    const join = (id: string) =>
      tenant.scim('PATCH', `/Groups/${below}`, patch({ op: 'add', path: 'members', value: [{ value: id }] }));
    const grant = (roles: string[]) => tenant.gql(setRoles, { i: { id: above, roles } });
    const rolesOf = async () => {
      const { organization } = await tenant.gql(
        'query($o: ID!) { organization(id: $o) { users { nodes { id roles } } } }',
        { o: tenant.organizationId },
      );
      return organization.users.nodes.map(({ roles }: Anything) => roles.join()).sort();
    };
    // A role is granted while users join: all have it. It is removed while users leave and join: none keeps it.
    await Promise.all([grant(['editor']), ...ids.slice(0, 3).map(join)]);
    expect(await rolesOf()).toEqual(['', '', '', 'editor', 'editor', 'editor']);
    await Promise.all([...ids.slice(3).map(join), tenant.scim('DELETE', `/Groups/${above}`)]);
    expect(await rolesOf()).toEqual(['', '', '', '', '', '']);
  },
);

test.each(rounds)('a user who is deleted while joining a group is not a member afterwards (round %i)', async () => {
  const tenant = await world.tenant();
  const { body } = await tenant.scim('POST', '/Users', oktaUser('gone@acme.test', { externalId: 'gone' }));
  const group = await tenant.scim('POST', '/Groups', { displayName: 'Joined' });
  await Promise.all([
    tenant.scim(
      'PATCH',
      `/Groups/${group.body.id}`,
      patch({ op: 'add', path: 'members', value: [{ value: body.id }] }),
    ),
    tenant.scim('DELETE', `/Users/${body.id}`),
  ]);
  const shown = await tenant.scim('GET', `/Groups/${group.body.id}`);
  expect(shown.body.members ?? []).toEqual([]);
  const types = (await tenant.types()).filter((type: string) => /MEMBER|DEPROVISIONED/.test(type));
  expect([
    'USER_DEPROVISIONED',
    'GROUP_MEMBER_ADDED,GROUP_MEMBER_REMOVED,USER_DEPROVISIONED',
    'GROUP_MEMBER_ADDED,USER_DEPROVISIONED,GROUP_MEMBER_REMOVED',
  ]).toContain(types.join());
});

// The embedded database has one session.
if (onPostgres) {
  test('an import and the reapplying of mappings run concurrently with a sign-in of their connection', async () => {
    const tenant = await world.tenant({ grantableRoles: ['r'] });
    await tenant.scim('POST', '/Groups', { displayName: 'g' });
    await tenant.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
      i: { id: tenant.connectionId, groupMappings: [{ group: 'g', roles: ['r'] }] },
    });
    const { session, release } = await world.database().session();
    await session.query(sql`begin`);
    await session.query(sql`select from connections where id = ${tenant.connectionId} for share`);
    try {
      const { importUsers } = await tenant.gql(
        'mutation($i: ImportUsersInput!) { importUsers(input: $i) { created refused } }',
        {
          i: {
            organizationId: tenant.organizationId,
            connectionId: tenant.connectionId,
            users: [{ userName: 'a@acme.test', externalId: 'a' }],
          },
        },
      );
      expect(importUsers).toEqual({ created: 1, refused: 0 });
      await eventually(async () => {
        const { organization } = await tenant.gql(
          'query($o: ID!) { organization(id: $o) { groups { nodes { roles } } } }',
          { o: tenant.organizationId },
        );
        return organization.groups.nodes[0].roles[0] === 'r';
      });
    } finally {
      await session.query(sql`rollback`);
      release(false);
    }
  });
}
