import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { GraphQLError, type OperationDefinitionNode, parse } from 'graphql';
import { isPartlySaved } from '../../../src/adapters/graphql/engine/outcomes.js';
import { OutcomeUnknown, Unavailable } from '../../../src/kernel/errors.js';
import { Database } from '../../../src/storage/database.js';
import { Session } from '../../../src/storage/session.js';
import { numbered, type Sql } from '../../../src/storage/sql.js';
import { freshDatabase, startServer } from '../../support/server.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

/** The statement at which the connection is lost, before or after it has run, and whether the database stays unavailable. */
let lost: { statement: RegExp; ran: boolean; stays: boolean } | null = null;
let isAway = false;
/** A repeat waits ten seconds for the response of the first request. The tests advance the clock instead. */
let skewMs = 0;
const now = () => new Date(Date.now() + skewMs);
const original = { query: Session.prototype.query, run: Session.prototype.run };
const { probe } = Database.prototype;
let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = new World(await startServer({ now }, { ...(await freshDatabase()), LOG_LEVEL: 'silent' }));
  tenant = await world.tenant({}, 'Acme');
  for (const method of ['query', 'run'] as const) {
    Session.prototype[method] = async function <Row>(
      this: Session,
      statement: string | Sql,
      values?: unknown[],
    ): Promise<Row[]> {
      const send = () => original[method].call(this, statement, values) as Promise<Row[]>;
      const text = typeof statement === 'string' ? statement : numbered(statement).text;
      if (isAway && text !== 'rollback') throw new Unavailable();
      if (!lost?.statement.test(text)) return send();
      const { ran, stays } = lost;
      lost = null;
      if (ran) await send();
      isAway = stays;
      throw new Unavailable();
    };
  }
  Database.prototype.probe = function <Row>(
    this: Database,
    ...asked: Parameters<typeof probe>
  ): Promise<Row | undefined> {
    if (isAway) throw new Unavailable();
    return probe.call(this, ...asked) as Promise<Row | undefined>;
  };
});
afterAll(() => {
  Object.assign(Session.prototype, original);
  Object.assign(Database.prototype, { probe });
  return world.close();
});
beforeEach(() => {
  lost = null;
  isAway = false;
});

const create = 'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { displayName } } }';
async function send(displayName: string, { query: document = create, headers = {} } = {}) {
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      query: document,
      variables: { i: { organizationId: tenant.organizationId, displayName } },
    }),
  });
  const { errors, data } = (await answer.json()) as Anything;
  return {
    status: answer.status,
    code: errors?.[0].extensions.code,
    message: errors?.[0].message,
    retryAfter: answer.headers.get('retry-after'),
    data,
  };
}
const groups = async (displayName: string): Promise<number> =>
  (
    await world
      .database()
      .query('select 1 from groups where organization_id = $1 and display_name = $2', [
        tenant.organizationId,
        displayName,
      ])
  ).length;
const loseCommit = (ran: boolean) => {
  lost = { statement: /^commit$/, ran, stays: true };
};
const unknown = { status: 503, code: 'OUTCOME_UNKNOWN', retryAfter: null };

describe.each([
  { name: 'saved', saved: true },
  { name: 'not saved', saved: false },
])('a lost commit that was $name, if the database stays unavailable', ({ saved }) => {
  test('is OUTCOME_UNKNOWN in GraphQL, without Retry-After', async () => {
    const name = `plain ${saved}`;
    loseCommit(saved);
    const answer = await send(name);
    isAway = false;
    expect(answer).toMatchObject(unknown);
    expect(answer.message).not.toMatch(/nothing was changed/i);
    expect(await groups(name)).toBe(saved ? 1 : 0);
  });

  test('is resolved by a repeat with the same Idempotency-Key: the object is created once', async () => {
    const name = `keyed ${saved}`;
    const headers = { 'idempotency-key': randomUUID() };
    loseCommit(saved);
    expect(await send(name, { headers })).toMatchObject(unknown);
    isAway = false;
    skewMs += 11_000;
    const repeat = await send(name, { headers });
    expect([repeat.status, repeat.code]).toEqual(saved ? [409, 'IDEMPOTENCY_ANSWER_LOST'] : [200, undefined]);
    expect(await groups(name)).toBe(1);
  });

  test('is 503 with Retry-After in SCIM (RFC 7644 section 3.12), and a repeat creates no second object', async () => {
    const user = { userName: `lost-${saved}@acme.com` };
    loseCommit(saved);
    const answer = await tenant.scim('POST', '/Users', user);
    isAway = false;
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(answer.body.detail).not.toMatch(/nothing was changed/i);
    expect((await tenant.scim('POST', '/Users', user)).status).toBe(saved ? 409 : 201);
  });
});

describe('a payload that cannot be read after the commit', () => {
  const query = {
    query: 'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { members { nodes { id } } } } }',
  };
  const reading = /^\s*(with|select)[\s\S]* memberships /i;

  test('is OUTCOME_UNKNOWN: the change was saved', async () => {
    lost = { statement: reading, ran: false, stays: true };
    const answer = await send('unread', query);
    isAway = false;
    expect(answer).toMatchObject(unknown);
    expect(answer.message).toContain('was saved');
    expect(await groups('unread')).toBe(1);
  });

  test('is IDEMPOTENCY_ANSWER_LOST for a repeat with the same Idempotency-Key: the object exists once', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    lost = { statement: reading, ran: false, stays: false };
    expect(await send('unread once', { ...query, headers })).toMatchObject(unknown);
    skewMs += 11_000;
    expect(await send('unread once', { ...query, headers })).toMatchObject({ code: 'IDEMPOTENCY_ANSWER_LOST' });
    expect(await groups('unread once')).toBe(1);
  });
});

test('a request that changed nothing is UNAVAILABLE, with Retry-After (RFC 9110 section 10.2.3)', async () => {
  lost = { statement: /^\s*insert into groups/, ran: false, stays: false };
  expect(await send('never')).toMatchObject({ status: 503, code: 'UNAVAILABLE', retryAfter: '5' });
  expect(await groups('never')).toBe(0);
});

test('a document with one saved and one UNAVAILABLE mutation is 200 without Retry-After, because a repeat would save the first again', async () => {
  const query = `mutation($i: CreateGroupInput!) { a: createGroup(input: $i) { group { displayName } }
    b: createGroup(input: $i) { group { displayName } } }`;
  lost = { statement: /^\s*insert into groups/, ran: false, stays: false };
  const answer = await send('half', { query });
  expect(answer).toMatchObject({ status: 200, code: 'UNAVAILABLE', retryAfter: null, data: { a: null } });
  expect(answer.data.b).toEqual({ group: { displayName: 'half' } });
  expect(await groups('half')).toBe(1);
});

test('an error below the result of a mutation means that the mutation was saved', () => {
  const [operation] = parse('mutation { a { id } b { id } }').definitions as OperationDefinitionNode[];
  const failed = (...path: string[]) => new GraphQLError('It failed.', { path });
  const isSaved = (...errors: GraphQLError[]) =>
    operation && isPartlySaved(operation, { data: { a: null, b: null }, errors });
  expect(isSaved(failed('a'), failed('b'))).toBe(false);
  expect(isSaved(failed('a', 'group', 'organization'), failed('b'))).toBe(true);
});

test.each([
  ['a page of a sign-in', 'GET', () => `/sso/test/${'a'.repeat(26)}`],
  ['a setup link', 'GET', () => '/setup?key=rc_setup_unknown'],
  ['the SCIM token endpoint', 'POST', () => `/scim/v2/${tenant.connectionId}/oauth/token`],
  ['a logout token of an IdP', 'POST', () => `/sso/${tenant.connectionId}/backchannel-logout`],
])('without a database, %s is 503 with Retry-After (RFC 9110 section 15.6.4)', async (_name, method, path) => {
  isAway = true;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: `cli_${'0'.repeat(26)}`,
    client_secret: 'x',
    logout_token: 'x',
  });
  const answer = await fetch(`${world.url}${path()}`, { method, ...(method === 'POST' && { body: form }) });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
});

test('OUTCOME_UNKNOWN is a separate error class, because Unavailable promises that nothing was changed', () => {
  expect(new OutcomeUnknown()).not.toBeInstanceOf(Unavailable);
});
