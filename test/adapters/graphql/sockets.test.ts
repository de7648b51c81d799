import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import { Client, RollcallError } from '../../../src/client/index.js';
import { Unavailable } from '../../../src/kernel/errors.js';
import { App } from '../../support/application.js';
import { adminKey, freshDatabase, startServer } from '../../support/server.js';
import { Realm } from '../../support/sign-ins.js';
import { stream } from '../../support/streams.js';
import { eventually, oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let skewMs = 0;
let isAway = false;
const now = () => {
  if (isAway) throw new Unavailable();
  return new Date(Date.now() + skewMs);
};
beforeAll(async () => {
  world = new World(await startServer({ now }, await freshDatabase()));
  tenant = await world.tenant();
});
afterAll(() => world.close());

/** Opens a socket that sends the messages. Returns the code with which it is closed. */
function raw(messages: (string | Buffer)[], headers: Record<string, string> = {}, protocol = 'graphql-transport-ws') {
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, protocol, { headers });
  return new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('error', () => {});
    socket.on('open', () => {
      for (const message of messages) socket.send(message);
    });
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
}
const init = (payload?: unknown) => JSON.stringify({ type: 'connection_init', payload });

describe('a socket without a valid credential is closed with 4401', () => {
  test.each([
    ['no payload', undefined],
    ['null', null],
    ['an empty payload', {}],
    ['another field', { token: 'x' }],
    ['a field of another client', { authToken: 'x' }],
    ['headers in the payload', { headers: { authorization: `Bearer ${adminKey}` } }],
    ['a key without its scheme', { authorization: adminKey }],
    ['an unknown key', { authorization: 'Bearer rc_key_unknown' }],
    ['no text', { authorization: 7 }],
  ])('%s', async (_name, payload) => {
    expect(await raw([init(payload)])).toEqual({ code: 4401, reason: 'UNAUTHENTICATED' });
  });

  test('with a SCIM token', async () => {
    expect((await raw([init({ authorization: `Bearer ${tenant.scimToken}` })])).code).toBe(4401);
  });

  test('without connection_init before the subscription', async () => {
    const subscribe = JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ viewer { kind } }' } });
    expect((await raw([subscribe])).code).toBe(4401);
  });
});

describe('a message that a client must not send closes the socket with 4400 (graphql-transport-ws protocol)', () => {
  test.each([
    ['connection_ack', '{"type":"connection_ack"}'],
    ['next', '{"type":"next","id":"1","payload":{}}'],
    ['error', '{"type":"error","id":"1","payload":[{"message":"x"}]}'],
    ['an unknown type', '{"type":"start","id":"1"}'],
    ['no type', '{}'],
    ['no object', '[]'],
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['bytes that are not text', Buffer.from([0xff, 0xfe])],
    ['a subscription without a query', '{"type":"subscribe","id":"1","payload":{}}'],
    ['deep nesting', `{"type":${'['.repeat(20_000)}`],
  ])('%s', async (_name, message) => {
    expect((await raw([message])).code).toBe(4400);
    const known = { authorization: `Bearer ${tenant.key}` };
    expect((await raw([init(known), message])).code).toBe(4400);
  });

  test('a message above 64 kB closes the socket with 1009 (RFC 6455 section 7.4.1)', async () => {
    expect((await raw(['x'.repeat(70_000)])).code).toBe(1009);
    expect((await raw([init({ authorization: `Bearer ${tenant.key}` }), 'x'.repeat(70_000)])).code).toBe(1009);
  });

  test('a second connection_init closes the socket with 4429', async () => {
    const twice = init({ authorization: `Bearer ${tenant.key}` });
    expect((await raw([twice, twice])).code).toBe(4429);
  });
});

test('a database that does not respond closes the socket with 1013, and not with 4401', async () => {
  isAway = true;
  // This key was not used before, so the server reads it from the database.
  const { code } = await raw([init({ authorization: 'Bearer rc_key_never_seen' })]).finally(() => {
    isAway = false;
  });
  expect(code).toBe(1013);
});

test('Last-Event-ID takes precedence over `after`, because a client that reconnects repeats its request (HTML, server-sent events)', async () => {
  const on = await world.tenant({}, 'Resumed');
  for (let n = 0; n < 6; n++) await on.scim('POST', '/Users', oktaUser(`e${n}@x.test`));
  const events = await on.events();
  const query = 'subscription($after: Cursor) { events(after: $after) { position } }';
  const asked = { query, variables: { after: events[0].cursor } };
  const resumed = stream(world, asked, { key: on.key, lastEventId: events[3].cursor });
  await resumed.until(2);
  expect(resumed.seen().map(({ position }) => position)).toEqual(events.slice(4).map(({ position }) => position));
  await resumed.stop();
  const first = stream(world, asked, { key: on.key });
  await first.until(1);
  expect(first.seen()[0].position).toBe(events[1].position);
  await first.stop();
});

const minutes = (count: number) => count * 60_000;
const expiring = async (on: Tenant, after = minutes(5)) => {
  const { createApiKey } = await on.gql(
    'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret apiKey { id } } }',
    {
      i: {
        organizationId: on.organizationId,
        name: 'short',
        scopes: ['EVENTS_READ'],
        expiresAt: new Date(now().getTime() + after),
      },
    },
  );
  return { secret: createApiKey.secret as string, id: createApiKey.apiKey.id as string };
};

describe('a subscription whose credential expires', () => {
  const query = 'subscription { events { position } }';

  test('closes with 4411 TOKEN_EXPIRED, and with 4403 if it was revoked before', async () => {
    const on = await world.tenant({}, 'Expired');
    const [short, revoked] = [await expiring(on), await expiring(on)];
    const live = [short, revoked].map(({ secret }) => world.follow(query, {}, secret));
    await sleep(300);
    await on.gql('mutation($id: ID!) { revokeApiKey(id: $id) { deletedId } }', { id: revoked.id });
    await eventually(() => live[1]?.closed() !== undefined, 5_000);
    expect(live[1]?.closed()).toMatchObject({ code: 4403, reason: 'SUBSCRIPTION_REVOKED' });
    skewMs += minutes(6);
    await eventually(() => live[0]?.closed() !== undefined, 5_000);
    expect(live[0]?.closed()).toMatchObject({ code: 4411, reason: expect.stringMatching(/^TOKEN_EXPIRED/) });
    for (const each of live) await each.stop();
    // It cannot connect again.
    expect((await raw([init({ authorization: `Bearer ${short.secret}` })])).code).toBe(4401);
  });

  test('ends server-sent events with the code TOKEN_EXPIRED', async () => {
    const on = await world.tenant({}, 'Expired stream');
    const live = stream(world, { query }, { key: (await expiring(on)).secret });
    await eventually(() => live.status() === 200);
    await sleep(200);
    skewMs += minutes(6);
    await eventually(live.ended, 5_000);
    expect(live.messages.at(-2)?.data.errors[0].extensions.code).toBe('TOKEN_EXPIRED');
  });

  test('closes with 4411 for the access token of a signed-in administrator', async () => {
    const app = await App.register(world);
    const realm = await Realm.make(world, app, 'saml', { trust: 'T1', jit: { mode: 'ENABLED' } });
    const visit = await realm.visit(realm.person('T1'));
    const tokens = await visit.tokens();
    const id = tokens.claims.sub as string;
    await realm.tenant.gql('mutation($i: UpdateUserInput!) { updateUser(input: $i) { user { roles } } }', {
      i: { id, roles: ['admin'] },
    });
    const live = world.follow(query, {}, tokens.access_token);
    await sleep(500);
    expect(live.closed()).toBeUndefined();
    skewMs += minutes(6);
    await eventually(() => live.closed() !== undefined, 5_000);
    expect(live.closed()).toMatchObject({ code: 4411 });
    await live.stop();
  });

  test.each(['websocket', 'sse'] as const)(
    'is resumed by the client over %s with the next token: each event once, in order',
    async (transport) => {
      const on = await world.tenant({}, `Renewed ${transport}`);
      const first = (await on.events())[0].cursor;
      const keys: string[] = [];
      const key = async () => {
        keys.push((await expiring(on)).secret);
        return keys.at(-1) ?? '';
      };
      const stop = new AbortController();
      const positions: number[] = [];
      const following = (async () => {
        const client = new Client({ url: world.url, key, webSocket: WebSocket });
        for await (const { position } of client.events({
          after: first,
          transport,
          signal: stop.signal,
          types: ['USER_PROVISIONED'],
        }))
          positions.push(position);
      })();
      let made = 0;
      const create = async (count: number) => {
        for (let n = 0; n < count; n++) await on.scim('POST', '/Users', oktaUser(`r${made++}@x.test`));
      };
      for (let round = 0; round < 3; round++) {
        await create(3);
        await eventually(() => positions.length >= made, 10_000);
        skewMs += minutes(6);
        const known = keys.length;
        await create(3);
        await eventually(() => keys.length > known, 10_000);
      }
      await eventually(() => positions.length >= made, 10_000);
      stop.abort();
      await following;
      expect(positions).toEqual(
        (await on.events()).filter(({ type }) => type === 'USER_PROVISIONED').map(({ position }) => position),
      );
      expect(keys).toHaveLength(4);
    },
    60_000,
  );

  test('ends with an error if the client has only the expired key', async () => {
    const on = await world.tenant({}, 'One key');
    const { secret } = await expiring(on);
    const client = new Client({ url: world.url, key: secret, webSocket: WebSocket });
    const next = client.events({ transport: 'websocket' }).next();
    await sleep(500);
    skewMs += minutes(6);
    await expect(next).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a function that returns only refused tokens is called a limited number of times', async () => {
    let calls = 0;
    const client = new Client({ url: world.url, key: () => `rc_key_wrong_${calls++}`, webSocket: WebSocket });
    await expect(client.events({ after: 'x' }).next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(calls).toBeLessThan(10);
    const failing = new Client({
      url: world.url,
      key: () => Promise.reject(new Error('no refresh token')),
      webSocket: WebSocket,
    });
    await expect(failing.events().next()).rejects.toThrow('no refresh token');
    await expect(failing.request('{ viewer { kind } }')).rejects.toThrow('no refresh token');
  });
});

test.each([
  'subscription { events @skip(if: true) { id } }',
  'subscription { events @include(if: false) { id } }',
  'subscription { ... on Subscription @skip(if: true) { events { id } } }',
  'subscription { ...f } fragment f on Subscription { events @skip(if: true) { id } }',
  'subscription($b: Boolean!) { events @skip(if: $b) { id } }',
])('a root field that can be skipped is refused, and the socket stays open: %s', async (query) => {
  const following = stream(world, { query, variables: { b: true } }, { key: tenant.key });
  await eventually(() => following.messages.some(({ data }) => data?.errors));
  const errors = following.messages.flatMap(({ data }) => data?.errors ?? []);
  expect(errors[0].extensions).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
  await following.stop();
});

describe('a subscription whose variables cannot be read', () => {
  const types = ['USER_GONE'] as never;

  test.each(['websocket', 'sse'] as const)(
    'ends with an error over %s: the client does not retry',
    async (transport) => {
      const client = new Client({ url: world.url, key: tenant.key, webSocket: WebSocket });
      const error = await client
        .events({ types, transport })
        .next()
        .catch((thrown) => thrown);
      expect(error).toBeInstanceOf(RollcallError);
      expect(error).toMatchObject({
        code: 'BAD_INPUT',
        errors: [
          {
            extensions: {
              code: 'BAD_INPUT',
              field: 'types[0]',
              allowed: expect.arrayContaining(['USER_DEPROVISIONED']),
              requestId: expect.any(String),
            },
          },
        ],
      });
    },
  );
});
