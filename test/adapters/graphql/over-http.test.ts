import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { freshDatabase, startServer } from '../../support/server.js';
import { type Anything, eventually, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = new World(await startServer({}, { ...(await freshDatabase()), CORS_ORIGINS: 'https://app.example' }));
  tenant = await world.tenant();
});
afterAll(() => world.close());

const send = (
  init: { method?: string; path?: string; headers?: Record<string, string>; body?: unknown },
  at = world.url,
) =>
  fetch(`${at}/graphql${init.path ?? ''}`, {
    method: init.method ?? 'POST',
    headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json', ...init.headers },
    ...(init.body !== undefined && { body: typeof init.body === 'string' ? init.body : JSON.stringify(init.body) }),
  });

describe('GraphQL over HTTP, the audit suite of graphql-http', () => {
  const audits = serverAudits({
    url: () => `${world.url}/graphql`,
    fetchFn: (url: string, init: RequestInit) =>
      fetch(url, { ...init, headers: { ...(init?.headers as object), authorization: `Bearer ${tenant.key}` } }),
  });
  test.each(audits.map((audit) => ({ name: audit.name, audit })))('$name', async ({ audit }) => {
    const result = await audit.fn();
    if (result.status !== 'ok') throw new Error(`${result.status}: ${result.reason}`);
  });
});

describe('GET', () => {
  test('accepts a query', async () => {
    const path = `?query=${encodeURIComponent('query($id: ID!) { organization(id: $id) { name } }')}&variables=${encodeURIComponent(JSON.stringify({ id: tenant.organizationId }))}`;
    const answer = await send({ method: 'GET', path });
    expect([answer.status, await answer.json()]).toEqual([200, { data: { organization: { name: 'Acme' } } }]);
  });

  test('answers a mutation with 405, and does not run it', async () => {
    const mutation = `mutation { updateOrganization(input: { id: "${tenant.organizationId}", name: "Taken" }) { organization { name } } }`;
    const answer = await send({ method: 'GET', path: `?query=${encodeURIComponent(mutation)}` });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    expect(
      (await tenant.gql('query($id: ID!) { organization(id: $id) { name } }', { id: tenant.organizationId }))
        .organization.name,
    ).toBe('Acme');
  });
});

describe('a page of another origin', () => {
  test('cannot send requests that a browser sends without a preflight', async () => {
    const simple = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ query: '{ viewer { kind } }' }),
    });
    expect(simple.status).toBeGreaterThanOrEqual(400);
    const get = await fetch(`${world.url}/graphql?query=${encodeURIComponent('{ viewer { kind } }')}`);
    expect(get.status).toBeGreaterThanOrEqual(400);
  });

  test('can send requests only if its origin is listed', async () => {
    const ask = (origin: string) =>
      fetch(`${world.url}/graphql`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      });
    expect((await ask('https://app.example')).headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  test('can open a WebSocket only if its origin is listed', async () => {
    const { default: WebSocket } = await import('ws');
    const open = (origin?: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(
          `${world.url.replace('http', 'ws')}/graphql`,
          'graphql-transport-ws',
          origin ? { origin } : {},
        );
        socket.once('open', () => resolve('open')).once('error', (error) => resolve(error.message));
        setTimeout(() => socket.terminate(), 500);
      });
    expect(await open()).toBe('open');
    expect(await open(world.url)).toBe('open');
    expect(await open('https://app.example')).toBe('open');
    expect(await open('https://evil.example')).toContain('403');
  });
});

describe('automatic persisted queries', () => {
  test('a hash is unknown until its document is sent', async () => {
    const query = '{ viewer { kind scopes } }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') } };
    const ask = async (body: object) => (await send({ body })).json() as Promise<Anything>;
    expect((await ask({ extensions })).errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect((await ask({ query, extensions })).data.viewer.kind).toBe('API');
    expect((await ask({ extensions })).data.viewer.kind).toBe('API');
  });
});

describe('errors', () => {
  const ask = async (query: string, variables: object = {}) =>
    (await send({ body: { query, variables } })).json() as Promise<Anything>;

  test('name the field and its allowed values', async () => {
    const create = 'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }';
    const input = { organizationId: tenant.organizationId, name: 'x', provider: 'OKTTA' };
    const [wrongValue] = (await ask(create, { i: input })).errors;
    expect(wrongValue.extensions).toMatchObject({ code: 'BAD_INPUT', field: 'provider' });
    expect(wrongValue.extensions.allowed).toContain('OKTA');
    const [absent] = (await ask(create, { i: { organizationId: tenant.organizationId, provider: 'OKTA' } })).errors;
    expect(absent.extensions).toMatchObject({ code: 'BAD_INPUT', field: 'name' });
    const deep = { ...input, provider: 'OKTA', jit: { mode: 'SOMETIMES' } };
    expect((await ask(create, { i: deep })).errors[0].extensions).toMatchObject({
      code: 'BAD_INPUT',
      field: 'jit.mode',
    });
    const ours = { ...input, provider: 'OKTA', jit: { allowedDomains: ['no domain'] } };
    expect((await ask(create, { i: ours })).errors[0].extensions).toMatchObject({
      code: 'BAD_INPUT',
      field: 'jit.allowedDomains',
    });
    const [twice] = [
      await ask('mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }', {
        i: { organizationId: tenant.organizationId, userName: 'twice@acme.test' },
      }),
      await ask('mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }', {
        i: { organizationId: tenant.organizationId, userName: 'twice@acme.test' },
      }),
    ].slice(-1);
    expect(twice?.errors[0].extensions).toMatchObject({ code: 'USER_NAME_TAKEN', field: 'userName' });
  });

  test('of every kind contain the id of the request', async () => {
    const wrong = [
      '{',
      '{ nothing }',
      '{ organization { id } }',
      '{ organization(id: "org_x", domain: "a.test") { id } }',
      'query A { viewer { kind } } query B { viewer { kind } }',
    ];
    for (const query of wrong) {
      const { errors } = await ask(query);
      expect(errors[0].extensions.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(typeof errors[0].extensions.code).toBe('string');
    }
    const refused = (await (
      await send({ headers: { authorization: 'Bearer nothing' }, body: { query: '{ viewer { kind } }' } })
    ).json()) as Anything;
    expect(refused.errors[0].extensions).toMatchObject({ code: 'UNAUTHENTICATED', requestId: expect.any(String) });
  });

  test('about a limit contain its name, its value and the measured value', async () => {
    const [error] = (await ask(`{ ${Array.from({ length: 51 }, (_, n) => `a${n}: viewer { kind }`).join(' ')} }`))
      .errors;
    expect(error.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'aliases', maximum: 50, measured: 51 });
    const sized =
      'query($n: Int, $id: ID!) { organization(id: $id) { users(first: $n) { nodes { groups(first: $n) { nodes { members(first: $n) { nodes { id } } } } } } } }';
    const [costly] = (await ask(sized, { n: 100, id: tenant.organizationId })).errors;
    expect(costly.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'cost', maximum: 20_000 });
    expect(costly.extensions.measured).toBeGreaterThan(1_000_000);
    expect((await ask(sized, { n: 5, id: tenant.organizationId })).errors).toBeUndefined();
  });

  test('about a page size above the maximum contain the maximum', async () => {
    const { errors } = await ask('query($id: ID!) { organization(id: $id) { users(last: 201) { nodes { id } } } }', {
      id: tenant.organizationId,
    });
    expect(errors[0]).toMatchObject({ message: expect.stringContaining('200'), extensions: { code: 'BAD_INPUT' } });
  });
});

describe('Idempotency-Key', () => {
  const create = 'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret apiKey { id } } }';
  const variables = () => ({ i: { organizationId: tenant.organizationId, name: 'once', scopes: ['DIRECTORY_READ'] } });
  const keyed = (key: string, body: object) => send({ body, headers: { 'idempotency-key': key } });

  test('a repeat returns the first response with its secret, and has no further effect', async () => {
    const key = randomUUID();
    const first = await keyed(key, { query: create, variables: variables() });
    const second = await keyed(key, { query: create, variables: variables() });
    expect([first.headers.get('idempotency-replayed'), second.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ]);
    const answer = await first.json();
    expect(await second.json()).toEqual(answer);
    const stored = await world
      .database()
      .query<{ sealed_answer: string }>('select sealed_answer from idempotency_keys where key = $1', [key]);
    expect(stored[0]?.sealed_answer).not.toContain((answer as Anything).data.createApiKey.secret);
  });

  test('twenty concurrent requests are run once', async () => {
    const key = randomUUID();
    const body = {
      query: 'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }',
      variables: { i: { organizationId: tenant.organizationId, userName: `${key}@acme.test` } },
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => (await keyed(key, body)).json() as Promise<Anything>),
    );
    expect(new Set(answers.map((answer) => answer.data?.createUser?.user.id)).size).toBe(1);
  });

  test('another request with the key is refused', async () => {
    const key = randomUUID();
    await keyed(key, { query: create, variables: variables() });
    const other = await keyed(key, { query: create, variables: { i: { ...variables().i, name: 'other' } } });
    expect([other.status, ((await other.json()) as Anything).errors[0].extensions.code]).toEqual([
      422,
      'IDEMPOTENCY_KEY_REUSED',
    ]);
  });

  test('a refused request does not consume the key', async () => {
    const key = randomUUID();
    const bad = { query: create, variables: { i: { ...variables().i, scopes: [] } } };
    expect(((await (await keyed(key, bad)).json()) as Anything).errors[0].extensions.code).toBe('BAD_INPUT');
    expect(
      ((await (await keyed(key, { query: create, variables: variables() })).json()) as Anything).data.createApiKey
        .secret,
    ).toBeTruthy();
  });

  test('a key belongs to one caller: another caller does not receive the response', async () => {
    const key = randomUUID();
    const body = { query: create, variables: variables() };
    const mine = (await (await keyed(key, body)).json()) as Anything;
    const other = await send({
      body,
      headers: { 'idempotency-key': key, authorization: 'Bearer rc_key_test_administrator_0000000000000' },
    });
    expect(((await other.json()) as Anything).data.createApiKey.secret).not.toBe(mine.data.createApiKey.secret);
  });

  test('a key is refused if it is malformed, or with several mutations', async () => {
    const two = { query: 'mutation { a: revokeApiKey(id: "x") { deletedId } b: revokeApiKey(id: "y") { deletedId } }' };
    expect(((await (await keyed('k', two)).json()) as Anything).errors[0].extensions.code).toBe('BAD_INPUT');
    expect(
      ((await (await keyed('a b', { query: create, variables: variables() })).json()) as Anything).errors[0].extensions
        .code,
    ).toBe('BAD_INPUT');
  });
});

describe('expectedUpdatedAt', () => {
  test('the second of two changes that are based on the same state is CONFLICT', async () => {
    const { createUser } = await tenant.gql(
      'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id updatedAt } } }',
      {
        i: { organizationId: tenant.organizationId, userName: 'both@acme.test' },
      },
    );
    const { id, updatedAt: expectedUpdatedAt } = createUser.user;
    const update = (title: string) =>
      world.request(
        'mutation($i: UpdateUserInput!) { updateUser(input: $i) { user { title } } }',
        { i: { id, title, expectedUpdatedAt } },
        tenant.key,
      );
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await update('First')).data.updateUser.user.title).toBe('First');
    expect((await update('Second')).errors[0].extensions).toMatchObject({
      code: 'CONFLICT',
      field: 'expectedUpdatedAt',
    });
    const { user } = await tenant.gql('query($id: ID!) { user(id: $id) { title } }', { id });
    expect(user.title).toBe('First');
  });
});

describe('settings', () => {
  test('can disable introspection, limit documents to a safelist, and add costs to responses', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'rollcall-safelist-'));
    writeFileSync(join(directory, 'a.graphql'), 'fragment F on Viewer { kind }\nquery Me { viewer { ...F scopes } }');
    const settings = {
      ...(await freshDatabase()),
      INTROSPECTION: 'off',
      GRAPHQL_SAFELIST: directory,
      GRAPHQL_DEBUG: 'on',
    };
    const other = new World(await startServer({}, settings));
    try {
      const ask = async (query: string) => (await other.request(query)) as Anything;
      expect((await ask('{ __schema { types { name } } }')).errors[0].message).toMatch(/introspection/i);
      expect((await ask('{ viewer { kind } }')).errors[0].extensions.code).toBe('OPERATION_NOT_LISTED');
      const listed = await ask('query   Me { viewer { ...F, scopes } }  fragment F on Viewer { kind }');
      expect(listed.data.viewer).toEqual({ kind: 'API', scopes: ['ADMIN'] });
      expect(listed.extensions.cost).toMatchObject({ depth: 1, cost: 1, durationMs: expect.any(Number) });
      const socket = other.follow('subscription { events { id } }');
      await eventually(() => socket.failure() !== undefined);
      await socket.stop();
      expect(JSON.stringify(socket.failure())).toContain('OPERATION_NOT_LISTED');
    } finally {
      await other.close();
    }
  });
});
