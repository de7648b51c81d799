import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

test('a thousand concurrent requests of one tenant are not refused, and do not block another tenant', async () => {
  const [flooding, quiet] = [await world.tenant(), await world.tenant()];
  let open = 1000;
  const flood = Array.from({ length: 1000 }, (_, n) =>
    flooding.scim('POST', '/Users', { userName: `flood${n}@acme.com` }).then(({ status }) => {
      open--;
      return status;
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  const answer = await quiet.scim('POST', '/Users', { userName: 'quiet@acme.com' });
  expect([answer.status, open > 200]).toEqual([201, true]);
  expect(new Set(await Promise.all(flood))).toEqual(new Set([201]));
}, 120_000);
