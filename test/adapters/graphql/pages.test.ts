import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { record } from '../../../bench/trace.js';
import { limits, weigh } from '../../../src/adapters/graphql/engine/limits.js';
import { Scene, schema } from '../../support/scene.js';
import { type Anything, oktaUser } from '../../support/world.js';

const [, text = ''] = readFileSync('docs/graphql.md', 'utf8').split('## Larger pages\n');
const [section = ''] = text.split(/^## /m);
const pages = [...section.matchAll(/### ([^\n]+)\n[\s\S]*?```graphql\n([\s\S]*?)```\n\n```json\n([\s\S]*?)```/g)].map(
  ([, title = '', query = '', variables = '']) => ({ title, query, variables }),
);

let scene: Scene;
let group: string;
beforeAll(async () => {
  scene = await Scene.set();
  await scene.tenant.scim('POST', '/Users', oktaUser('idle@acme.test', { displayName: 'Idle' }));
  const billing = await scene.signIn();
  await scene.tenant.gql('mutation($i: UpdateUserInput!) { updateUser(input: $i) { user { id } } }', {
    i: { id: billing.user.id, assignedRoles: ['billing'] },
  });
  await scene.application();
  group = await scene.group([billing.user.id, await scene.user(), await scene.group()]);
  await scene.connection({ name: 'Expiring', scim: true });
});
afterAll(() => scene.close());

const variablesOf = ({ variables }: { variables: string }) =>
  JSON.parse(variables.replace('"ORG"', JSON.stringify(scene.org)).replace('"GROUP"', JSON.stringify(group)));

/** Runs a page of the document, as the caller that the page is for. */
const ask = async (n: number): Promise<Anything> => {
  const page = pages[n] as (typeof pages)[number];
  return scene.world.gql(page.query, variablesOf(page), n === 1 || n === 3 ? undefined : scene.tenant.key);
};

describe('the larger pages of docs/graphql.md', () => {
  test('are four', () => {
    expect(pages).toHaveLength(4);
  });

  test.each(pages)('cost less than the limit, with few statements: $title', async (page) => {
    const document = parse(page.query);
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') throw new Error(page.query);
    const weight = weigh(schema, document, { operation, variables: variablesOf(page) });
    expect(weight.cost).toBeLessThan(limits.cost / 2);
    const statements = await record(async () => void (await ask(pages.indexOf(page))));
    expect(statements.length).toBeLessThanOrEqual(14);
  });

  test('users with a role who have not signed in since a time', async () => {
    const { organization } = await ask(0);
    expect(organization.users.nodes).toMatchObject([{ access: { roles: ['billing'], origin: 'JIT' } }]);
    expect(organization.roles).toContainEqual({ role: 'billing', userCount: 1 });
  });

  test('organizations by name', async () => {
    const { organizations } = await ask(1);
    const own = organizations.nodes.find(({ id }: Anything) => id === scene.org);
    if (organizations.totalCount <= 100)
      expect(own).toMatchObject({ userCount: expect.any(Number), lastEventAt: expect.any(String) });
    const names = organizations.nodes.map(({ name }: Anything) => name.toLowerCase());
    expect(names).toEqual([...names].sort());
  });

  test('members of a group with the key that added them', async () => {
    const { memberships } = (await ask(2)).group;
    expect(memberships.nodes).toHaveLength(3);
    for (const { addedBy } of memberships.nodes)
      expect(addedBy).toMatchObject({ requestId: expect.any(String), actor: { kind: 'API', apiKey: { name: 'app' } } });
    expect((await ask(2)).group.children.totalCount).toBe(1);
  });

  test('credentials that expire', async () => {
    const { apiKeys, connections } = await ask(3);
    expect(apiKeys.nodes.length).toBeGreaterThan(0);
    const [{ scim }] = connections.nodes;
    expect(scim.tokens).toContainEqual({ hint: expect.any(String), expiresAt: expect.any(String) });
  });
});
