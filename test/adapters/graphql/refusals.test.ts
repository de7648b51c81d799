import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { acceptsEventStream } from '../../../src/adapters/graphql/transports/accept.js';
import { Unavailable } from '../../../src/kernel/errors.js';
import { freshDatabase, startServer } from '../../support/server.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = new World(
    await startServer({}, { ...(await freshDatabase()), CORS_ORIGINS: 'https://app.example', FEDERATION: 'on' }),
  );
  tenant = await world.tenant();
});
afterAll(() => world.close());

interface Sent {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Sends a raw request with any method and path. */
function send(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Sent> {
  // Node does not set the length of the body of GET, DELETE and OPTIONS.
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const sending = httpRequest(
      world.url,
      { method, path, headers: { ...headers, ...length }, agent: false },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      },
    );
    sending.on('error', reject);
    sending.end(body);
  });
}
const authorization = () => ({ authorization: `Bearer ${tenant.key}` });

describe('an error under /graphql has the shape of GraphQL', () => {
  const methods = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'];
  const paths = ['/graphql', '/graphql/', '/graphql?query={viewer{kind}}', '/graphql/stream', '/graphql/stream/?x=1'];

  test.each(methods)('%s is 405 with Allow (RFC 9110 section 15.5.6)', async (method) => {
    for (const path of paths)
      for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'no/type']) {
        const { status, headers: given, text } = await send(method, path, { 'content-type': type }, '{broken');
        expect([path, status, given.allow]).toEqual([path, 405, 'GET, POST']);
        expect(JSON.parse(text).errors).toMatchObject([
          { extensions: { code: 'BAD_REQUEST', requestId: expect.any(String) } },
        ]);
      }
  });

  test.each(['GET', 'POST', 'PUT'])('%s of an unknown path is 404', async (method) => {
    for (const path of ['/graphql/x', '/graphql/stream/x', '/graphql/%2e%2e/x', '/graphql/schema.json?key=secret']) {
      const { status, text } = await send(method, path, { 'content-type': 'application/json' }, '{broken');
      expect([path, status]).toEqual([path, 404]);
      expect(JSON.parse(text).errors[0].extensions.code).toBe('BAD_REQUEST');
      expect(text).not.toContain('secret');
    }
  });

  test.each([
    ['broken JSON', 'POST', '/graphql', 'application/json', '{', 400],
    ['text', 'POST', '/graphql', 'text/plain', 'x', 400],
    ['a form', 'POST', '/graphql', 'application/x-www-form-urlencoded', 'x', 415],
    ['a path that cannot be decoded', 'GET', '/graphql/%zz', 'application/json', '', 400],
    ['broken JSON to the stream', 'POST', '/graphql/stream', 'application/json', '{', 400],
    ['text to the stream', 'POST', '/graphql/stream', 'text/plain', 'x', 415],
  ])('%s', async (_name, method, path, type, body, expected) => {
    const { status, text } = await send(method, path, { ...authorization(), 'content-type': type }, body);
    expect([status, JSON.parse(text).errors.length]).toEqual([expected, 1]);
  });

  test.each([
    ['no query', {}],
    ['a list', []],
    ['a query of another type', { query: 5 }],
    ['variables of another type', { query: '{ viewer { kind } }', variables: 'x' }],
    ['extensions of another type', { query: '{ viewer { kind } }', extensions: 'x' }],
    ['an operation name of another type', { query: '{ viewer { kind } }', operationName: 5 }],
  ])('a body with %s has the id of its request', async (_name, body) => {
    const headers = { ...authorization(), 'content-type': 'application/json' };
    const { status, text } = await send('POST', '/graphql', headers, JSON.stringify(body));
    expect([status, JSON.parse(text).errors]).toEqual([
      400,
      [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST', requestId: expect.any(String) } }],
    ]);
  });

  test('HEAD is 405 as well, and a browser that opens /graphql is not redirected to a page of another host', async () => {
    for (const path of ['/graphql', '/graphql/stream']) {
      const { status, headers } = await send('HEAD', path, authorization());
      expect([path, status, headers.allow]).toEqual([path, 405, 'GET, POST']);
    }
    const { status, headers, text } = await send('GET', '/graphql', { ...authorization(), accept: 'text/html' });
    expect([status, headers['content-type']]).toEqual([406, expect.stringMatching(/json/)]);
    expect(JSON.parse(text).errors).toHaveLength(1);
  });

  test('errors of other paths do not have the shape of GraphQL', async () => {
    for (const [method, body] of [
      ['GET', ''],
      ['POST', '{broken'],
    ] as const) {
      const { status, text } = await send(method, '/setupp?key=secret', { 'content-type': 'text/plain' }, body);
      expect([status, JSON.parse(text)]).toEqual([404, { error: 'This path was not found.' }]);
    }
  });
});

describe('/graphql/stream', () => {
  const query = encodeURIComponent('subscription { events { id } }');
  const open = async (headers: Record<string, string>) => {
    const stop = new AbortController();
    const answer = await fetch(`${world.url}/graphql/stream?query=${query}`, {
      headers: { ...authorization(), ...headers },
      signal: stop.signal,
    });
    const type = answer.headers.get('content-type') ?? '';
    const body = answer.status === 200 ? null : await answer.json();
    const origin = answer.headers.get('access-control-allow-origin');
    stop.abort();
    return { status: answer.status, type, origin, body: body as Anything };
  };

  test('answers 406 if Accept excludes an event stream (RFC 9110 section 15.5.7)', async () => {
    for (const accept of ['application/json', 'text/html, application/*', 'text/event-stream;q=0, */*']) {
      const { status, body } = await open({ accept });
      expect([accept, status, body.errors[0].extensions.code]).toEqual([accept, 406, 'BAD_REQUEST']);
    }
    for (const accept of ['text/event-stream', '*/*', 'text/*;q=0.1', 'application/json, text/event-stream;q=0.5']) {
      const { status, type } = await open({ accept });
      expect([accept, status, type]).toEqual([accept, 200, expect.stringMatching(/^text\/event-stream/)]);
    }
    expect(acceptsEventStream(undefined)).toBe(true);
  });

  test('sends CORS headers only for a listed origin, also in an error', async () => {
    expect(await open({ origin: 'https://app.example' })).toMatchObject({ status: 200, origin: 'https://app.example' });
    expect(await open({ origin: 'https://app.example', authorization: 'Bearer x' })).toMatchObject({
      status: 401,
      origin: 'https://app.example',
    });
    expect((await open({ origin: 'https://evil.example' })).origin).toBeNull();
    const preflight = await send('OPTIONS', '/graphql/stream', {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,last-event-id',
    });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, 'https://app.example']);
  });
});

describe('automatic persisted queries', () => {
  const post = (body: object) =>
    send(
      'POST',
      '/graphql',
      { ...authorization(), 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      JSON.stringify(body),
    );

  test.each([
    ['a wrong hash', { version: 1, sha256Hash: 'banana' }, 'PERSISTED_QUERY_HASH_MISMATCH'],
    ['a hash in capitals', { version: 1, sha256Hash: 'A'.repeat(64) }, 'PERSISTED_QUERY_HASH_MISMATCH'],
    ['no hash', { version: 1 }, 'PERSISTED_QUERY_HASH_MISMATCH'],
    ['another version', { version: 2, sha256Hash: 'banana' }, 'BAD_REQUEST'],
    ['no version', { sha256Hash: 'banana' }, 'BAD_REQUEST'],
  ])('%s has a documented code', async (_name, persistedQuery, code) => {
    const { status, text } = await post({ query: '{ viewer { kind } }', extensions: { persistedQuery } });
    expect([status, JSON.parse(text).errors]).toMatchObject([
      400,
      [{ extensions: { code, requestId: expect.any(String) } }],
    ]);
    expect(text).not.toContain('sha does not match');
  });
});

describe('_entities (Apollo Federation subgraph specification)', () => {
  const query = 'query($r: [_Any!]!) { _entities(representations: $r) { __typename } }';
  test.each([
    ['an unknown type', { __typename: 'Nothing', id: 'x' }, '"Nothing" is not an entity.'],
    ['a type that is not an entity', { __typename: 'Connection', id: 'x' }, '"Connection" is not an entity.'],
    ['a name of every object', { __typename: 'constructor', id: 'x' }, '"constructor" is not an entity.'],
    ['no type', { id: 'x' }, 'It is missing.'],
    ['a type that is not a name', { __typename: 7, id: 'x' }, 'It is missing.'],
    ['a text', 'User', 'It is missing.'],
    ['a list', [], 'It is missing.'],
    ['no key', { __typename: 'User' }, 'must have the key "id"'],
    ['a key that is not a string', { __typename: 'User', id: 7 }, 'must have the key "id"'],
  ])('%s is an error', async (_name, reference, message) => {
    const { errors } = await world.request(query, { r: [reference] }, tenant.key);
    expect(errors).toMatchObject([
      { message: expect.stringContaining(message), extensions: { code: 'BAD_INPUT', field: 'representations' } },
    ]);
  });

  test("another tenant's entity is null", async () => {
    const other = await world.tenant({}, 'Other');
    const { data } = await world.request(
      query,
      { r: [{ __typename: 'Organization', id: other.organizationId }] },
      tenant.key,
    );
    expect(data).toEqual({ _entities: [null] });
  });
});

test('the schema states the maximum of each page, and the server enforces it', async () => {
  const { __schema } = await world.gql('{ __schema { types { name fields { name args { name description } } } } }');
  const described = new Map<string, string>(
    __schema.types.flatMap(({ name: type, fields }: Anything) =>
      (fields ?? []).flatMap(({ name, args }: Anything) =>
        args
          .filter((arg: Anything) => arg.name === 'first')
          .map(({ description }: Anything) => [`${type}.${name}`, description]),
      ),
    ),
  );
  const events = ['Organization.events', 'Query.events', 'User.events'];
  for (const name of events)
    expect([name, described.get(name)]).toEqual([name, 'Page size. Default 50, maximum 1,000.']);
  for (const [name, description] of described)
    if (!events.includes(name) && !name.endsWith('.snapshot') && name !== 'Query.find')
      expect([name, description]).toEqual([name, 'Page size. Default 50, maximum 200.']);
  const ask = (list: string) =>
    world.request(
      `query($o: ID!) { organization(id: $o) { ${list} { nodes { id } } } }`,
      { o: tenant.organizationId },
      tenant.key,
    );
  expect((await ask('events(first: 1000)')).errors).toBeUndefined();
  expect((await ask('events(first: 1001)')).errors[0].message).toContain('1000');
  expect((await ask('users(first: 200)')).errors).toBeUndefined();
  expect((await ask('users(first: 201)')).errors[0].message).toContain('200');
});

test('503 has Retry-After (RFC 9110 section 10.2.3), over HTTP and on the stream, and changes nothing', async () => {
  let isAway = false;
  // Each credential is checked against the clock of the database, so an error of the clock is handled as one of the database.
  const now = () => {
    if (isAway) throw new Unavailable();
    return new Date();
  };
  const away = new World(await startServer({ now }));
  const { key } = await away.tenant();
  const bearer = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  isAway = true;
  for (const path of ['/graphql', '/graphql/stream']) {
    const query = path === '/graphql' ? '{ viewer { kind } }' : 'subscription { events { id } }';
    const answer = await fetch(`${away.url}${path}`, {
      method: 'POST',
      headers: bearer,
      body: JSON.stringify({ query }),
    });
    expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 503, '5']);
    expect(((await answer.json()) as Anything).errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
  }
  isAway = false;
  await away.close();
});
