import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Scene } from '../../support/scene.js';
import { oktaUser } from '../../support/world.js';

const text = readFileSync('docs/graphql.md', 'utf8');
const tasks = [
  ...text.matchAll(/### (\d+\. [^\n]+)\n[\s\S]*?```graphql\n([\s\S]*?)```\n\n```json\n([\s\S]*?)```/g),
].map(([, title = '', query = '', variables = '']) => ({ title, query, variables }));

let scene: Scene;
let known: Record<string, string>;
beforeAll(async () => {
  scene = await Scene.set();
  const department = { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Sales' } };
  const { body } = await scene.tenant.scim('POST', '/Users', oktaUser('jo@acme.test', department));
  const { user } = await scene.tenant.gql('query($id: ID!) { user(id: $id) { updatedAt } }', { id: body.id });
  known = {
    ORG: scene.org,
    CONNECTION: scene.tenant.connectionId,
    USER: body.id,
    GROUP: await scene.group([body.id]),
    UPDATED_AT: user.updatedAt,
  };
});
afterAll(() => scene.close());

describe('the ten most common tasks of docs/graphql.md', () => {
  test('are exactly ten', () => {
    expect(tasks).toHaveLength(10);
  });

  test.each(tasks)('$title', async ({ query, variables }) => {
    const filled = variables.replace(/"(ORG|CONNECTION|USER|GROUP|UPDATED_AT)"/g, (_, name) =>
      JSON.stringify(known[name]),
    );
    const { data, errors } = await scene.world.request(query, JSON.parse(filled));
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).not.toMatch(/:null}$/);
    expect(Object.values(data).every(Boolean)).toBe(true);
  });
});
