import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { spawnServer } from '../support/process.js';
import { embeddedDatabase, freshDatabase, startServer } from '../support/server.js';
import { randomOf, sized } from '../support/soak.js';
import { type Anything, eventually, oktaUser, World } from '../support/world.js';

const at = (url: string) => new World({ url, adminKey: null, close: async () => {} });

describe('kill -9', () => {
  const random = randomOf('server through kills');
  const databases = [
    ['PostgreSQL', freshDatabase],
    ['the embedded database', embeddedDatabase],
  ] as const;
  const kills = databases.flatMap(([name, make]) => Array.from({ length: sized(1, 5) }, () => ({ name, make })));
  test.each(kills)(
    'during 2,000 creations on $name loses no 201, no event of it, and no position',
    async ({ make }) => {
      const settings = await make();
      const server = await spawnServer(settings);
      const tenant = await at(server.url).tenant();
      const acknowledged: string[] = [];
      let next = 0;
      const writer = async () => {
        while (next < 2_000) {
          const answer = await tenant.scim('POST', '/Users', oktaUser(`k${next++}@acme.com`)).catch(() => {
            // The server was killed.
          });
          if (!answer) return;
          if (answer.status === 201) acknowledged.push(answer.body.id);
        }
      };
      const writers = Array.from({ length: 8 }, writer);
      // Independent of the speed of the machine: during the creations, and not in a pause.
      await eventually(() => acknowledged.length > 40, 30_000);
      await sleep(random.next() * 100);
      server.child.kill('SIGKILL');
      await Promise.all([...writers, server.exit]);
      expect(acknowledged.length).toBeGreaterThan(20);
      expect(acknowledged.length).toBeLessThan(2_000);

      const again = await spawnServer(settings);
      try {
        const world = at(again.url);
        const events: Anything[] = [];
        for (let after: string | null = null; ; ) {
          const { organization }: Anything = await world.gql(
            `query($id: ID!, $after: Cursor) { organization(id: $id) { events(first: 1000, after: $after) {
            nodes { position type subjectId } pageInfo { endCursor hasNextPage } } } }`,
            { id: tenant.organizationId, after },
          );
          events.push(...organization.events.nodes);
          if (!organization.events.pageInfo.hasNextPage) break;
          after = organization.events.pageInfo.endCursor;
        }
        expect(events.map(({ position }) => position)).toEqual(events.map((_, n) => n + 1));
        const provisioned = events.filter(({ type }) => type === 'USER_PROVISIONED').map(({ subjectId }) => subjectId);
        expect(new Set(provisioned).size).toBe(provisioned.length);
        for (const id of acknowledged) expect(provisioned).toContain(id);
        const { body } = await world.scim(tenant.connectionId, tenant.scimToken, 'GET', '/Users?count=0');
        expect(body.totalResults).toBe(provisioned.length);
      } finally {
        again.child.kill('SIGTERM');
        expect(await again.exit).toBe(0);
      }
    },
  );
});

describe('start', () => {
  test('of two servers succeeds if both migrate one empty database concurrently', async () => {
    const settings = await freshDatabase();
    const servers = await Promise.all([spawnServer(settings), spawnServer(settings)]);
    for (const { url, child, exit } of servers) {
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      child.kill('SIGTERM');
      await exit;
    }
  });

  test('locks an embedded directory against a second process; the lock is free after a crash', async () => {
    const settings = await embeddedDatabase();
    const first = await spawnServer(settings);
    const second = await spawnServer(settings);
    expect(await second.exit).toBe(1);
    expect(second.output()).toMatch(/in use by the process \d+/);
    await expect(startServer({}, settings)).rejects.toThrow(/in use/);
    first.child.kill('SIGKILL');
    await first.exit;
    const third = await startServer({}, settings);
    await third.close();
  });
});
