import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from '../../src/storage/sql.js';
import { onPostgres } from '../support/server.js';
import { type Anything, eventually, oktaUser, patch, World } from '../support/world.js';

// The embedded database runs one transaction at a time; on PostgreSQL these overlap.
let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());

const rounds = [1, 2, 3];

test.each(rounds)(
  'of two last administrators that an IdP closes at the same moment one is kept (round %i)',
  async () => {
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
  },
);

test.each(rounds)(
  'what is written while its connection is deleted is written or refused, never a mistake of ours (round %i)',
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

// The embedded database has one session.
if (onPostgres) {
  test('an import, and the work after a change of mappings, go on beside a sign-in of their connection', async () => {
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
