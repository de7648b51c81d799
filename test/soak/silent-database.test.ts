import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from '../../bench/check/postgres.js';
import { administer } from '../support/database.js';
import { type ServerProcess, spawnServer } from '../support/process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { type Anything, eventually, oktaUser, type Tenant, World } from '../support/world.js';

/** Maximum duration of a request: 2 s for a session, 7 s for a statement, 6 s for the outcome of a commit. */
const limitMs = 16_000;
let postgres: Postgres;
let proxy: TcpProxy;
let server: ServerProcess;
let world: World;
let tenant: Tenant;
beforeAll(async () => {
  const started = await startPostgres();
  if (!started) throw new Error('PostgreSQL is not installed: initdb was not found.');
  postgres = started;
  proxy = await TcpProxy.to(postgres.url);
  server = await spawnServer({ DATABASE_URL: proxy.url, DATABASE_DURABLE: 'not required' });
  world = new World({ url: server.url, adminKey: null, close: async () => {} });
  tenant = await world.tenant();
}, 60_000);
afterAll(() => {
  server?.child.kill('SIGKILL');
  proxy?.close();
  postgres?.stop();
});

interface Seen {
  status: number;
  retryAfter: string | null;
  type: string;
  text: string;
  ms: number;
}
async function ask(method: string, path: string, init: RequestInit = {}): Promise<Seen> {
  const started = performance.now();
  const answer = await fetch(`${world.url}${path}`, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(60_000),
    ...init,
  });
  const text = await answer.text();
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
  const retryAfter = answer.headers.get('retry-after');
  return { status: answer.status, retryAfter, type, text, ms: performance.now() - started };
}
const form = (values: Record<string, string>) => ({ body: new URLSearchParams(values) });
const json = (body: unknown, key = tenant.key, more = {}) => ({
  body: JSON.stringify(body),
  headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more },
});
const rename = () => ({
  query: 'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }',
  variables: { i: { organizationId: tenant.organizationId, displayName: 'made' } },
});
const application = `app_${'0'.repeat(26)}`;
const create = (name: string) => tenant.scim('POST', '/Users', oktaUser(`${name}@acme.com`));
let count = 0;
const scimPost = () => ({
  body: JSON.stringify(oktaUser(`n${count++}@acme.com`)),
  headers: { authorization: `Bearer ${tenant.scimToken}`, 'content-type': 'application/scim+json' },
});

type Entry = [name: string, type: RegExp, form: RegExp, ask: () => Promise<Seen>];
const entries: Entry[] = [
  ['SCIM', /scim\+json/, /"status":"503"/, () => ask('POST', `/scim/v2/${tenant.connectionId}/Users`, scimPost())],
  [
    'the SCIM token endpoint',
    /json/,
    /temporarily_unavailable/,
    () =>
      ask(
        'POST',
        `/scim/v2/${tenant.connectionId}/oauth/token`,
        form({ grant_type: 'client_credentials', client_id: `cli_${'0'.repeat(26)}`, client_secret: 'x' }),
      ),
  ],
  ['GraphQL', /json/, /"code":"UNAVAILABLE"/, () => ask('POST', '/graphql', json(rename()))],
  [
    'GraphQL over server-sent events',
    /json/,
    /"code":"UNAVAILABLE"/,
    () =>
      ask(
        'POST',
        '/graphql/stream',
        json({ query: 'subscription { events { position } }' }, tenant.key, { accept: 'text/event-stream' }),
      ),
  ],
  ['a page of a sign-in', /html/, /cannot reach its database/, () => ask('GET', `/sso/test/${'a'.repeat(26)}`)],
  [
    'a SAML response',
    /html/,
    /cannot reach its database/,
    () => ask('POST', `/sso/saml/${tenant.connectionId}/acs`, form({ SAMLResponse: 'PHg+' })),
  ],
  ['a setup link', /html/, /cannot reach its database/, () => ask('GET', '/setup?key=rc_setup_unknown')],
  [
    'authorize',
    /html/,
    /database/,
    () =>
      ask(
        'GET',
        `/oauth/auth?client_id=${application}&response_type=code&redirect_uri=https://a.example.com&scope=openid`,
      ),
  ],
  [
    'token',
    /json/,
    /temporarily_unavailable/,
    () =>
      ask(
        'POST',
        '/oauth/token',
        form({ grant_type: 'refresh_token', client_id: application, client_secret: 'x', refresh_token: 'x' }),
      ),
  ],
  [
    'introspection',
    /json/,
    /temporarily_unavailable/,
    () => ask('POST', '/oauth/token/introspection', form({ client_id: application, client_secret: 'x', token: 'x' })),
  ],
  [
    'userinfo',
    /json/,
    /temporarily_unavailable/,
    () => ask('GET', '/oauth/me', { headers: { authorization: 'Bearer abc' } }),
  ],
  ['readyz', /json/, /"status":"unavailable"/, () => ask('GET', '/readyz')],
];
const isReady = async () => (await ask('GET', '/readyz')).status === 200;

describe.each<[string, () => void | Promise<void>, () => void | Promise<void>]>([
  [
    'the network is silent',
    () => proxy.silence(),
    () => {
      proxy.mode = 'pass';
    },
  ],
  ['PostgreSQL is frozen', () => postgres.signal('SIGSTOP'), () => postgres.signal('SIGCONT')],
  [
    'connections are refused',
    () => {
      proxy.silence();
      proxy.mode = 'refuse';
    },
    () => {
      proxy.mode = 'pass';
    },
  ],
])('while %s', (_name, begin, end) => {
  test('each entry point answers 503 with Retry-After in its own format, and works again within seconds', async () => {
    await eventually(isReady);
    // The pool is full of sessions, and all must be replaced.
    await Promise.all(Array.from({ length: 30 }, (_, n) => create(`warm${n}-${Math.random()}`)));
    // From here on the OpenID provider has its keys, so the error occurs in its own endpoints.
    expect((await ask('GET', '/oauth/jwks')).status).toBe(200);
    await begin();
    const answers = await Promise.all(entries.map(async ([name, , , send]) => ({ name, ...(await send()) })));
    const closed = await new Promise<Anything>((resolve) => {
      const client = world.ws(tenant.key, resolve);
      client.subscribe({ query: 'subscription { events { position } }' }, { next() {}, error() {}, complete() {} });
    });
    await end();
    const ended = performance.now();
    for (const [name, type, text] of entries) {
      const answer = answers.find((one) => one.name === name);
      expect({ ...answer, retryAfter: answer?.retryAfter }).toMatchObject({ name, status: 503, retryAfter: '5' });
      expect(`${name}: ${answer?.type}`).toMatch(type);
      expect(`${name}: ${answer?.text}`).toMatch(text);
      expect(answer?.ms).toBeLessThan(limitMs);
    }
    expect(closed).toMatchObject({ code: 1_013 });
    await eventually(isReady, 5_000);
    const again = await Promise.all(Array.from({ length: 30 }, () => create(`back${Math.random()}`)));
    expect(again.map(({ status }) => status)).toEqual(again.map(() => 201));
    expect(performance.now() - ended).toBeLessThan(12_000);
    await eventually(async () => (await ask('GET', '/readyz')).text.includes('PostgreSQL up'), 20_000);
  }, 90_000);
});

test('many requests of one tenant are refused quickly, without waiting for the timeouts of others', async () => {
  await eventually(isReady);
  proxy.silence();
  const started = performance.now();
  const answers = await Promise.all(Array.from({ length: 150 }, (_, n) => create(`many${n}`)));
  const took = performance.now() - started;
  proxy.mode = 'pass';
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(took).toBeLessThan(25_000);
}, 60_000);

test('a commit without a response is OUTCOME_UNKNOWN without Retry-After', async () => {
  await eventually(isReady);
  const commits: string[] = [];
  proxy.hush = (text) => {
    for (const [, name = ''] of text.matchAll(/P[\s\S]{4}(q\d+)\0commit\0/g)) commits.push(name);
    return /P[\s\S]{4}(q\d+)\0commit\0/.test(text) || commits.some((name) => text.includes(`\0${name}\0`));
  };
  // The proxy does not recognize the COMMIT of sessions that have already prepared it.
  proxy.silence();
  proxy.mode = 'pass';
  await ask('GET', '/readyz');
  await eventually(isReady);
  const answer = await ask('POST', '/graphql', json(rename()));
  proxy.hush = () => false;
  proxy.mode = 'pass';
  expect(answer).toMatchObject({ status: 503, retryAfter: null });
  expect(answer.text).toContain('OUTCOME_UNKNOWN');
  expect(answer.ms).toBeLessThan(limitMs);
}, 60_000);

describe('a database that refuses writes', () => {
  const refused = async (those = entries) => {
    for (const [name, , text, send] of those) {
      const answer = await send();
      expect({ name, status: answer.status, retryAfter: answer.retryAfter }).toEqual({
        name,
        status: 503,
        retryAfter: '5',
      });
      expect(answer.text).toMatch(text);
      expect(answer.text).not.toMatch(/cannot execute|read-only transaction/);
    }
  };
  const writing = entries.filter(([name]) => ['SCIM', 'GraphQL', 'readyz'].includes(name));

  test('a read-only primary: writes are 503 with Retry-After, reads work, and writes work as soon as it is writable', async () => {
    await eventually(isReady);
    await administer(postgres.url, 'alter system set default_transaction_read_only = on', 'select pg_reload_conf()');
    await eventually(async () => !(await isReady()));
    expect((await ask('GET', '/readyz')).text).toContain('read-only');
    await refused(writing);
    expect((await tenant.scim('GET', '/Users?count=1')).status).toBe(200);
    await administer(
      postgres.url,
      'set default_transaction_read_only = off',
      'alter system reset default_transaction_read_only',
      'select pg_reload_conf()',
    );
    await eventually(isReady, 3_000);
    expect((await create('writable')).status).toBe(201);
  }, 60_000);

  test('a standby at the address: 503 with Retry-After also for reads, because they could lack committed changes', async () => {
    postgres.demote();
    await eventually(async () => !(await isReady()));
    await eventually(async () => (await ask('GET', '/readyz')).text.includes('standby'), 5_000);
    await refused();
    expect((await tenant.scim('GET', '/Users?count=1')).status).toBe(503);
    await administer(postgres.url, 'select pg_promote()');
    await eventually(isReady, 5_000);
    expect((await create('promoted')).status).toBe(201);
  }, 60_000);
});

test('SIGTERM ends the server with 0 while PostgreSQL is silent and a connection has sent nothing', async () => {
  await eventually(isReady);
  const { hostname, port } = new URL(world.url);
  const idle = connect({ host: hostname, port: Number(port) });
  idle.on('error', () => {});
  await once(idle, 'connect');
  proxy.silence();
  const answers = Promise.all(Array.from({ length: 10 }, (_, n) => create(`late${n}`)));
  await sleep(500);
  server.child.kill('SIGTERM');
  expect(new Set((await answers).map(({ status }) => status))).toEqual(new Set([503]));
  const answered = performance.now();
  expect(await server.exit).toBe(0);
  expect(performance.now() - answered).toBeLessThan(10_000);
}, 60_000);
