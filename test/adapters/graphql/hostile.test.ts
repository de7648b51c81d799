import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hostileDocuments, times } from '../../support/hostile-documents.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

describe('a hostile document is refused with at most 25 errors and 20 kB', () => {
  test.each(hostileDocuments.map(([name, body]) => ({ name, body })))('$name', async ({ body }) => {
    const answer = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
      body,
    });
    const { errors } = (await answer.json()) as Anything;
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(25);
    expect(JSON.stringify(errors).length).toBeLessThan(20_000);
  });

  test('sixty nested fragments, each of which uses the next one twice, count as two fields', async () => {
    const doubling = times(60, (n) => `fragment F${n} on Viewer { ...F${n + 1} ...F${n + 1} }`);
    const query = `{ viewer { ...F0 } } ${doubling} fragment F60 on Viewer { kind }`;
    expect(await world.gql(query, {}, tenant.key)).toEqual({ viewer: { kind: 'API' } });
  });
});
