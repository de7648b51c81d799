import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import { Client, memoryStore } from '../../src/client/index.js';
import type { TransportName } from '../../src/client/transports.js';
import { crowd, eventually, oktaUser, type Tenant, World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

const clientOf = (key: string) => new Client({ url: world.url, key, webSocket: WebSocket });

let crowded: Promise<Tenant> | undefined;
/** Returns a tenant with two thousand users, created once. */
const busy = () =>
  (crowded ??= (async () => {
    const on = await world.tenant({}, 'Busy');
    for (let n = 0; n < 20; n++)
      await on.scim(
        'POST',
        '/Bulk',
        crowd(100, (m) => oktaUser(`busy${n}x${m}@acme.com`)),
      );
    return on;
  })());

describe.each<TransportName>(['websocket', 'sse'])('events over %s', (transport) => {
  test('a slow consumer is disconnected, and resumes without a gap', async () => {
    const on = await busy();
    const store = memoryStore((await on.events())[0].cursor);
    const positions: number[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const { position } of clientOf(on.key).events({ transport, store, signal: stop.signal })) {
        positions.push(position);
        if (positions.length === 1) await sleep(1_000);
      }
    })();
    const total = (await on.events()).length === 1_000 ? 2_002 : 0;
    await eventually(() => positions.length >= total, 30_000);
    stop.abort();
    await following;
    expect(positions).toEqual(positions.map((_, n) => n + 2));
    expect(positions.length).toBeGreaterThan(2_000);
  });
});
