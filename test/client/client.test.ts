import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import {
  Client,
  type ClientOptions,
  consume,
  consumerStore,
  load,
  memoryStore,
  type RollcallEvent,
  UserDocument,
  verifyWebhook,
} from '../../src/client/index.js';
import { fileStore } from '../../src/client/node.js';
import type { TransportName } from '../../src/client/transports.js';
import { Receiver } from '../support/receiver.js';
import { adminKey } from '../support/server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { eventually, oktaUser, patch, type Tenant, World } from '../support/world.js';
import { recover, recoverAll } from './documented-examples.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

const clientOf = (key: string, url = world.url) => new Client({ url, key, webSocket: WebSocket });

test('a client without a URL or a key throws an error that names the missing option', () => {
  const make = (options: object) => () => new Client(options as ClientOptions);
  for (const key of [undefined, null, '', 3])
    expect(make({ url: world.url, key })).toThrow(
      /^The option "key" must be an API key, or a function that returns one/,
    );
  expect(make({ url: world.url, key: undefined })).toThrow(/not undefined\. Check the environment variable/);
  for (const url of [undefined, ''])
    expect(make({ url, key: 'k' })).toThrow(/^The option "url" must be the address of the server/);
});

const create = (on: Tenant, name: string) => on.scim('POST', '/Users', oktaUser(`${name}@acme.com`));

/** Follows events into a list until it is stopped. */
function collect(client: Client, options: Parameters<Client['events']>[0]) {
  const seen: RollcallEvent[] = [];
  const stop = new AbortController();
  let failure: unknown;
  const done = (async () => {
    for await (const event of client.events({ ...options, signal: stop.signal })) seen.push(event);
  })().catch((error) => {
    failure = error;
  });
  return {
    seen,
    failure: () => failure,
    until: (count: number) => eventually(() => seen.length >= count),
    stop: async () => {
      stop.abort();
      await done;
    },
  };
}

describe('a consumer whose cursor the server keeps', () => {
  test('receives the epoch, and an error if the log no longer contains its last event', async () => {
    const on = await world.tenant({}, 'Kept');
    const client = clientOf(on.key);
    const own = memoryStore();
    const store = consumerStore(client, { name: 'kept', own });
    expect(store.epoch).toBeNull();
    const cursor = await store.load();
    expect(store.epoch).toMatch(/^[0-9a-f]{12}$/);
    await create(on, 'kept');
    const event = (await on.events()).at(-1);
    await store.save(event.cursor);
    await store.flush();
    expect(own.cursor).toBe(event.cursor);
    expect(await consumerStore(client, { name: 'kept', own }).load()).toBe(event.cursor);
    // As after a restore: the position has another event.
    const parts = Buffer.from(event.cursor, 'base64url').toString().split('.');
    parts[4] =
      Buffer.from(cursor ?? '', 'base64url')
        .toString()
        .split('.')[4] ?? '';
    const gone = memoryStore(Buffer.from(parts.join('.')).toString('base64url'));
    await expect(consumerStore(client, { name: 'kept', own: gone }).load()).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
    });
  });
});

describe('queries', () => {
  test('a generated document has typed results, and errors have their code', async () => {
    const { body } = await create(tenant, 'typed');
    const client = clientOf(tenant.key);
    const { user } = await client.request(UserDocument, { id: body.id });
    expect(user?.userName).toBe('typed@acme.com');
    await expect(client.request('query { user(id: "user_x") { nothing } }')).rejects.toMatchObject({
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
    await expect(clientOf('wrong').request('{ viewer { kind } }')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe.each<TransportName>(['websocket', 'sse'])('events over %s', (transport) => {
  test('events are new, typed and filtered, and end when the signal is aborted', async () => {
    const on = await world.tenant({}, transport);
    const all = collect(clientOf(on.key), { transport });
    const leavers = collect(clientOf(on.key), { transport, types: ['USER_DEPROVISIONED'] });
    await sleep(500);
    const { body } = await create(on, 'one');
    await on.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
    await all.until(2);
    await leavers.until(1);
    await Promise.all([all.stop(), leavers.stop()]);
    expect(all.seen.map(({ type }) => type)).toEqual(['USER_PROVISIONED', 'USER_DEPROVISIONED']);
    expect(leavers.seen[0]).toMatchObject({ subjectId: body.id, organization: { id: on.organizationId } });
  });

  test('a key function is called again if the server refuses its key, a limited number of times', async () => {
    const on = await world.tenant({}, transport);
    const { eventCursor: after } = await on.gql('query($o: ID!) { eventCursor(organizationId: $o) }', {
      o: on.organizationId,
    });
    const follow = (key: () => string) =>
      new Client({ url: world.url, key, webSocket: WebSocket })
        .events({ after, transport })
        [Symbol.asyncIterator]()
        .next();
    let asked = 0;
    const late = follow(() => (++asked < 4 ? 'rc_key_expired' : on.key));
    await on.scim('POST', '/Groups', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: `late ${transport}`,
    });
    expect((await late).value?.type).toBe('GROUP_CREATED');
    asked = 0;
    const never = follow(() => `rc_key_wrong_${++asked}`);
    await expect(never).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(asked).toBe(6);
  }, 30_000);

  test('onConnection reports each lost connection once, and its restoration', async () => {
    const on = await world.tenant({}, transport);
    const proxy = await TcpProxy.to(world.url);
    const changes: string[] = [];
    const onConnection = (change: string) => void changes.push(change);
    const following = collect(clientOf(on.key, new URL(proxy.url).origin), { transport, onConnection });
    await sleep(500);
    await create(on, 'before');
    await following.until(1);
    expect(changes).toEqual([]);
    proxy.mode = 'refuse';
    proxy.cut();
    await create(on, 'meanwhile');
    await sleep(1_000);
    expect(changes).toEqual(['lost']);
    proxy.mode = 'pass';
    await following.until(2);
    expect(changes).toEqual(['lost', 'restored']);
    await following.stop();
    expect(changes).toHaveLength(2);
    proxy.close();
  });

  test('permanent errors are thrown: a wrong key, an unknown cursor, a revoked key', async () => {
    const on = await world.tenant({}, transport);
    const codeOf = async (key: string, after: string | null) => {
      const following = collect(clientOf(key), { transport, after });
      await eventually(() => following.failure() !== undefined);
      return (following.failure() as { code: string }).code;
    };
    expect(await codeOf('wrong', null)).toBe('UNAUTHENTICATED');
    expect(await codeOf(on.key, 'nonsense')).toBe('CURSOR_INVALID');
    const [event] = await on.events();
    const [, , log, place] = Buffer.from(event.cursor, 'base64url').toString().split('.');
    expect(await codeOf(on.key, Buffer.from(`e1.ffffffffffff.${log}.${place}`).toString('base64url'))).toBe(
      'CURSOR_EXPIRED',
    );
    const { createApiKey } = await on.gql(
      'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret apiKey { id } } }',
      { i: { organizationId: on.organizationId, name: 'x', scopes: ['EVENTS_READ'] } },
    );
    const following = collect(clientOf(createApiKey.secret), { transport });
    await sleep(500);
    await on.gql('mutation($id: ID!) { revokeApiKey(id: $id) { deletedId } }', { id: createApiKey.apiKey.id });
    await eventually(() => following.failure() !== undefined);
    expect(['SUBSCRIPTION_REVOKED', 'UNAUTHENTICATED']).toContain((following.failure() as { code: string }).code);
  });
});

test('the example of docs/events.md loads the snapshot after CURSOR_EXPIRED, and continues with new events', async () => {
  const on = await world.tenant({}, 'recovery');
  await create(on, 'old');
  const [event] = await on.events();
  const [, , log, place] = Buffer.from(event.cursor, 'base64url').toString().split('.');
  const store = memoryStore(Buffer.from(`e1.ffffffffffff.${log}.${place}`).toString('base64url'));
  const stop = new AbortController();
  const names: unknown[] = [];
  const done = recover(
    clientOf(on.key),
    { organizationId: on.organizationId, store, signal: stop.signal },
    {
      apply: async ({ data }) => void names.push('userName' in data && data.userName),
      replaceCopy: async (pages) => void names.push(pages.flatMap(({ users }) => users.map((user) => user.userName))),
    },
  );
  await eventually(() => names.length === 1);
  await create(on, 'new');
  await eventually(() => names.length === 2);
  expect(names).toEqual([['old@acme.com'], 'new@acme.com']);
  stop.abort();
  await done;
});

test('the example of all organizations continues with a consumerStore after CURSOR_EXPIRED', async () => {
  const on = await world.tenant({}, 'recovery of all');
  await create(on, 'old');
  const client = clientOf(adminKey);
  const cursor = Buffer.from(await client.eventCursor(), 'base64url').toString();
  const [, , log, place] = cursor.split('.');
  const expired = Buffer.from(`e1.ffffffffffff.${log}.${place}`).toString('base64url');
  const store = consumerStore(client, { name: `all-${randomUUID()}`, own: memoryStore(expired) });
  const stop = new AbortController();
  const names: unknown[] = [];
  const done = recoverAll(
    client,
    { store, signal: stop.signal },
    {
      organizationIds: async () => [on.organizationId],
      apply: async ({ data }) => {
        if ('userName' in data && data.userName === 'new@acme.com') names.push(data.userName);
      },
      replaceCopy: async (pages) => void names.push(pages.flatMap(({ users }) => users.map((user) => user.userName))),
    },
  );
  await eventually(() => names.length === 1);
  await create(on, 'new');
  await eventually(() => names.length === 2);
  expect(names).toEqual([['old@acme.com'], 'new@acme.com']);
  stop.abort();
  await done;
});

test('a consumerStore whose cursor was saved a moment before loads that cursor', async () => {
  const on = await world.tenant({}, 'saved');
  const client = clientOf(on.key);
  const store = consumerStore(client, { name: 'saved' });
  await store.load();
  const cursors: string[] = [];
  for (const name of ['a', 'b']) {
    await create(on, name);
    cursors.push(await client.eventCursor());
    await store.save(cursors.at(-1) ?? '');
  }
  expect(await store.load()).toBe(cursors[1]);
});

describe('cursor stores', () => {
  test('a file: a restarted consumer continues after the last event that it has processed', async () => {
    const on = await world.tenant({}, 'File');
    const path = join(mkdtempSync(join(tmpdir(), 'rollcall-client-')), 'cursor');
    const first = (await on.events())[0].cursor;
    for (const name of ['a', 'b', 'c']) await create(on, name);
    await fileStore(path).save(first);
    const seen: string[] = [];
    const read = async (count: number) => {
      for await (const { subjectId } of clientOf(on.key).events({
        store: fileStore(path),
        types: ['USER_PROVISIONED'],
      })) {
        seen.push(subjectId);
        if (--count === 0) break;
      }
    };
    await read(2);
    await read(2);
    // The event at which it stopped was not acknowledged, so it is delivered again.
    expect(seen[2]).toBe(seen[1]);
    expect(new Set(seen).size).toBe(3);
  });

  test('at the server, under a name', async () => {
    const on = await world.tenant({}, 'Named');
    const client = clientOf(on.key);
    const name = `billing-${randomUUID()}`;
    const store = consumerStore(client, { name });
    await store.load();
    const { body } = await create(on, 'named');
    const stop = new AbortController();
    for await (const { subjectId } of client.events({ store, signal: stop.signal })) {
      expect(subjectId).toBe(body.id);
      await create(on, 'after');
      break;
    }
    await store.save((await on.events()).at(-1).cursor);
    await store.flush();
    const { organization } = await on.gql(
      'query($id: ID!) { organization(id: $id) { consumers { nodes { name lag } } } }',
      {
        id: on.organizationId,
      },
    );
    expect(organization.consumers.nodes).toEqual([{ name, lag: 0 }]);
  });
});

describe('consume', () => {
  test('processes each organization in order, several concurrently, and stores only cursors of processed events', async () => {
    const tenants = [await world.tenant({}, 'C1'), await world.tenant({}, 'C2'), await world.tenant({}, 'C3')];
    const platform = clientOf(adminKey);
    const { eventCursor } = await platform.request<{ eventCursor: string }, object>('{ eventCursor }');
    for (let n = 0; n < 6; n++) for (const on of tenants) await create(on, `c${n}`);
    const store = memoryStore(eventCursor);
    const log: string[] = [];
    let open = 0;
    let most = 0;
    const stop = new AbortController();
    await consume(platform, {
      store,
      signal: stop.signal,
      types: ['USER_PROVISIONED'],
      concurrency: { acrossOrganizations: 2 },
      handle: async ({ organization, position }) => {
        most = Math.max(most, ++open);
        await sleep(Math.random() * 20);
        log.push(`${organization.id} ${position}`);
        open--;
        if (log.length === 18) setTimeout(() => stop.abort(), 50);
      },
    });
    expect(most).toBe(2);
    for (const { organizationId } of tenants) {
      const positions = log.filter((line) => line.startsWith(organizationId)).map((line) => Number(line.split(' ')[1]));
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      expect(positions).toHaveLength(6);
    }
    const failing = consume(platform, {
      after: eventCursor,
      handle: () => {
        throw new Error('the database of the application is away');
      },
    });
    await expect(failing).rejects.toThrow('is away');
  });
});

test('load and follow return every change without a gap while writers continue', async () => {
  const on = await world.tenant({}, 'Loaded');
  for (let n = 0; n < 30; n++) await create(on, `before${n}`);
  let writing = true;
  let written = 0;
  const writer = (async () => {
    for (let n = 0; writing; n++) {
      written = n;
      const { body } = await create(on, `during${n}`);
      if (n % 3 === 0) await on.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
      if (n % 5 === 0) await on.scim('DELETE', `/Users/${body.id}`);
    }
  })();
  const client = clientOf(on.key);
  const state = new Map<string, string>();
  let cursor = '';
  for await (const page of load(client, on.organizationId, 7)) {
    cursor = page.cursor;
    for (const { id, status } of page.users) state.set(id, status);
    const until = written + 3;
    await eventually(() => written >= until);
  }
  writing = false;
  await writer;
  const { position: last } = (await on.events()).at(-1);
  for await (const { type, subjectId, data, position } of client.events({ after: cursor })) {
    if (type.startsWith('USER_')) state.set(subjectId, String((data as { status: string }).status));
    if (position >= last) break;
  }
  const truth = new Map<string, string>();
  for await (const page of load(client, on.organizationId))
    for (const { id, status } of page.users) truth.set(id, status);
  expect(truth.size).toBeGreaterThan(35);
  expect(state).toEqual(truth);
});

test('verifyWebhook accepts only what the server sent, with any representation of headers', async () => {
  const on = await world.tenant({}, 'Verified');
  const receiver = await Receiver.listen();
  const { createWebhookEndpoint } = await on.gql(
    'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { secret } }',
    { i: { organizationId: on.organizationId, url: receiver.url } },
  );
  const { body } = await create(on, 'verified');
  await receiver.until(1);
  const [{ headers, text }] = receiver.received as [(typeof receiver.received)[number]];
  const event = verifyWebhook(headers, text, createWebhookEndpoint.secret);
  expect([event.type, event.subject.id]).toEqual(['user.provisioned', body.id]);
  expect(verifyWebhook(new Headers(headers as Record<string, string>), text, createWebhookEndpoint.secret)).toEqual(
    event,
  );
  expect(() => verifyWebhook(headers, text.replace('user', 'User'), createWebhookEndpoint.secret)).toThrow();
  expect(() => verifyWebhook(headers, text, `whsec_${Buffer.alloc(32).toString('base64')}`)).toThrow();
  const old = { ...headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 400) };
  expect(() => verifyWebhook(old, text, createWebhookEndpoint.secret)).toThrow();
  await receiver.close();
});

test('the client waits for a server that has not started yet', async () => {
  const placeholder = createServer();
  await new Promise<void>((resolve) => placeholder.listen(0, '127.0.0.1', resolve));
  const { port } = placeholder.address() as AddressInfo;
  await new Promise((resolve) => placeholder.close(resolve));
  const stop = new AbortController();
  const following = clientOf('key', `http://127.0.0.1:${port}`).events({ after: 'x', signal: stop.signal }).next();
  await sleep(500);
  stop.abort();
  expect(await following).toEqual({ done: true, value: undefined });
});
