import { describe, expect, test } from '@jest/globals';
import { migrations } from '../../migrations/index.js';
import { ids, landed } from '../support/landed.js';
import { startServer } from '../support/server.js';
import { type Anything, World } from '../support/world.js';

describe('the data of an earlier schema exists after the migration to the newest', () => {
  const stages = migrations.slice(0, -1).map(({ name }, n) => ({ name, count: n + 1 }));
  test.each(stages)('from $name', async ({ count }) => {
    const world = new World(await startServer({}, await landed(count)));
    try {
      const { organization }: Anything = await world.gql(
        `query($id: ID!) { organization(id: $id) {
          name users(first: 5) { nodes { id userName status groups(first: 5) { nodes { id displayName } } } }
          connections { id provider } events(first: 5) { nodes { id position type subjectId } } } }`,
        { id: ids.organization },
      );
      expect(organization).toEqual({
        name: 'Acme',
        users: {
          nodes: [
            {
              id: ids.user,
              userName: 'Jo@acme.test',
              status: 'ACTIVE',
              groups: { nodes: [{ id: ids.group, displayName: 'Staff' }] },
            },
          ],
        },
        connections: [{ id: ids.connection, provider: 'OKTA' }],
        events: { nodes: [{ id: ids.event, position: 1, type: 'USER_PROVISIONED', subjectId: ids.user }] },
      });
      const { createUser }: Anything = await world.gql(
        'mutation($i: CreateUserInput!) { createUser(input: $i) { user { userName } } }',
        { i: { organizationId: ids.organization, userName: 'new@acme.test' } },
      );
      expect(createUser.user.userName).toBe('new@acme.test');
    } finally {
      await world.close();
    }
  });
});
