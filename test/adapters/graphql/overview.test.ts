import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kind, parse } from 'graphql';
import { limits, weigh } from '../../../src/adapters/graphql/engine/limits.js';
import { Scene, schema } from '../../support/scene.js';
import { type Anything, oktaUser, type Tenant } from '../../support/world.js';

const text = readFileSync('docs/graphql.md', 'utf8');
/** Returns the operation with this name from docs/graphql.md. */
const operation = (name: string): string =>
  [...text.matchAll(/```graphql\n([\s\S]*?)```/g)]
    .map(([, query = '']) => query)
    .find((query) => query.includes(name)) ?? '';
const finding = operation('query FindAnything');
const overview = operation('query Overview');

const hourMs = 3_600_000;
const week = () => ({
  from: new Date(Date.now() - 167 * hourMs).toISOString(),
  to: new Date(Date.now() + hourMs).toISOString(),
});

function costOf(query: string): number {
  const document = parse(query);
  const [definition] = document.definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return weigh(schema, document, { operation: definition, variables: {} }).cost;
}

let scene: Scene;
let other: Tenant;
beforeAll(async () => {
  scene = await Scene.set();
  other = await scene.world.tenant({}, 'Elsewhere');
  for (const on of [scene.tenant, other]) {
    await on.scim('POST', '/Users', oktaUser('seen@overview.test'));
    await on.gql('mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }', {
      i: {
        organizationId: on.organizationId,
        name: 'soon',
        scopes: ['ADMIN'],
        expiresAt: new Date(Date.now() + 48 * hourMs).toISOString(),
      },
    });
  }
  await scene.wanted();
  await scene.pendingLink();
});
afterAll(() => scene.close());

const homes = (items: Anything[]) => [...new Set(items.map(({ organization }) => organization?.id))];

describe('the operations of docs/graphql.md answer in one request within the limits', () => {
  test('their costs', () => {
    expect(costOf(finding)).toBeLessThanOrEqual(limits.cost / 100);
    expect(costOf(overview)).toBeLessThanOrEqual(limits.cost / 5);
    const ten = Array.from(
      { length: 11 },
      (_, n) =>
        `a${n}: activity(from: "2030-01-01T00:00:00Z", to: "2030-01-02T00:00:00Z", step: HOUR) { buckets { from } }`,
    );
    expect(costOf(`{ ${ten.join(' ')} }`)).toBeGreaterThan(limits.cost / 2);
  });

  test('find, for a platform key and an organization key', async () => {
    const all = await scene.world.gql(finding, { text: 'seen@overview.test' });
    expect(all.find.map(({ organization }: Anything) => organization.name).sort()).toEqual(['Acme', 'Elsewhere']);
    const own = await scene.tenant.gql(finding, { text: 'seen@overview.test' });
    expect(own.find).toMatchObject([{ label: 'seen Example', matchedBy: 'USER_NAME', organization: { name: 'Acme' } }]);
  });

  test('the overview, for a platform key and an organization key', async () => {
    const all = await scene.world.gql(overview, week());
    expect(homes(all.attention.nodes)).toEqual(expect.arrayContaining([scene.org, other.organizationId]));
    expect(all.activity.buckets).toHaveLength(168);
    const own = await scene.tenant.gql(overview, week());
    expect(homes(own.attention.nodes)).toEqual([scene.org]);
    expect(own.attention.nodes.map(({ kind }: Anything) => kind)).toEqual(
      expect.arrayContaining(['SECRET_EXPIRING', 'ADOPTION_PENDING', 'LINK_PENDING']),
    );
    const provisioned = (answer: Anything) =>
      answer.activity.buckets.reduce((sum: number, { counts }: Anything) => sum + counts.provisioned, 0);
    expect(provisioned(await other.gql(overview, week()))).toBe(1);
    expect(provisioned(all)).toBeGreaterThan(provisioned(own));
  });

  test('a caller without one of the permissions receives the other part', async () => {
    const { secret } = await scene.key(['DIRECTORY_READ']);
    const { data, errors } = await scene.world.request(overview, week(), secret);
    expect(data).toMatchObject({ attention: { nodes: expect.any(Array) }, activity: null });
    expect(errors[0]).toMatchObject({ path: ['activity'], extensions: { code: 'FORBIDDEN' } });
  });
});
