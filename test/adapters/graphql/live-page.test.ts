import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { App } from '../../support/application.js';
import { Realm } from '../../support/sign-ins.js';
import { type Anything, eventually, World } from '../../support/world.js';

let world: World;
let skewMs = 0;
beforeAll(async () => {
  world = await World.start({ now: () => new Date(Date.now() + skewMs) });
});
afterAll(() => world.close());

/** docs/events.md, "Pages with a user's token". */
test('a graphql-ws page that updates the cursor in its variables misses no event during three token renewals', async () => {
  const app = await App.register(world, { tokenEndpointAuthMethod: 'NONE' });
  const realm = await Realm.make(world, app, 'oidc', { grantableRoles: ['admin'], attributeMappings: [] });
  const visit = await realm.visit({ ...realm.person('T2'), claims: '{"roles":["admin"]}' });
  let tokens: Anything = await visit.tokens();
  const variables = { after: (await world.request('{ eventCursor }', {}, tokens.access_token)).data.eventCursor };
  let connections = 0;
  let connected = 0;
  const closes: number[] = [];
  const socket = createClient({
    url: `${world.url.replace('http', 'ws')}/graphql`,
    connectionParams: async () => {
      if (connections++ > 0) tokens = await app.refresh(tokens.refresh_token);
      return { authorization: `Bearer ${tokens.access_token}` };
    },
    webSocketImpl: WebSocket,
    retryAttempts: 100,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    on: {
      connected: () => void connected++,
      closed: (event) => closes.push((event as { code: number }).code),
    },
  });
  const positions: number[] = [];
  const query = 'subscription($after: Cursor) { events(after: $after) { cursor position } }';
  const stop = socket.subscribe<Anything>(
    { query, variables },
    {
      next: ({ data }) => {
        variables.after = data.events.cursor;
        positions.push(data.events.position);
      },
      error: () => undefined,
      complete: () => undefined,
    },
  );
  const emit = (name: string) => realm.tenant.scim('POST', '/Groups', { schemas: [groupSchema], displayName: name });
  await eventually(() => connected === 1);
  for (const round of [1, 2, 3]) {
    await emit(`before ${round}`);
    skewMs += 301_000;
    await emit(`while away ${round}`);
    // With the new token, before it expires as well.
    await eventually(() => connected > round, 30_000);
    await emit(`after ${round}`);
  }
  await eventually(() => positions.length >= 9, 30_000);
  stop();
  await socket.dispose();
  expect(closes.slice(0, 3)).toEqual([4411, 4411, 4411]);
  const first = positions[0] ?? 0;
  expect(positions).toEqual(Array.from({ length: positions.length }, (_, n) => first + n));
}, 120_000);

const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';
