import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ProvisioningRequest } from '../../../src/directory/requests/provisioning-request.js';
import { matches, type RequestCriteria } from '../../../src/directory/requests/request-criteria.js';
import { Scene } from '../../support/scene.js';
import { stream } from '../../support/streams.js';
import { type Anything, eventually, oktaUser, patch, type Tenant } from '../../support/world.js';

/** Returns the document of docs/graphql.md with this operation. */
function documented(operation: string): string {
  const blocks = [...readFileSync('docs/graphql.md', 'utf8').matchAll(/```graphql\n([\s\S]*?)```/g)];
  return blocks.map(([, text = '']) => text).find((text) => text.includes(` ${operation}(`)) ?? '';
}

let scene: Scene;
let tenant: Tenant;
let other: Tenant;
beforeAll(async () => {
  scene = await Scene.set();
  tenant = scene.tenant;
  other = await scene.world.tenant({}, 'Other');
}, 60_000);
afterAll(() => scene.close());

const fields = 'id at method path status error quirks eventTypes';
const subscription = `subscription($conn: ID!, $filter: ProvisioningRequestFilter) {
  requestReceived(connectionId: $conn, filter: $filter) { ${fields} } }`;
const unknown = 'conn_01aaaaaaaaaaaaaaaaaaaaaaaa';

const lookUp = (of = tenant) => of.scim('GET', '/Users?filter=userName%20eq%20%22nobody%22');
const page = async (filter: object, of = tenant): Promise<Anything[]> => {
  const query = `query($conn: ID!, $filter: ProvisioningRequestFilter) {
    connection(id: $conn) { requests(first: 200, filter: $filter) { nodes { ${fields} } } } }`;
  return (await of.gql(query, { conn: of.connectionId, filter })).connection.requests.nodes;
};

/** Sends requests until the subscription receives one. A subscription that has begun misses no request. */
const begun = (live: { seen: Anything[] | (() => Anything[]) }, send: () => Promise<unknown>) =>
  eventually(async () => {
    await send();
    return (typeof live.seen === 'function' ? live.seen() : live.seen).length > 0;
  });

describe('requestReceived', () => {
  const withFormerNames = `subscription T7($conn: ID!) {
    requestReceived(connectionId: $conn, filter: { failed: true, pathContains: "/Users" }) {
      id at method path status error quirks } }`;

  test.each([
    [
      'docs/graphql.md',
      () => documented('RejectedRequests'),
      { time: 'receivedAt', status: 'httpStatus', notes: 'notes' },
    ],
    ['a document with the former names', () => withFormerNames, { time: 'at', status: 'status', notes: 'quirks' }],
  ])('%s receives the rejected requests for users, and no others', async (_, document, names) => {
    const live = scene.world.follow(document(), { conn: tenant.connectionId }, tenant.key);
    await begun(live, async () => {
      await tenant.scim('POST', '/Users', oktaUser(`${Math.random()}@acme.test`));
      await tenant.scim('GET', '/Groups/none');
      await tenant.scim('PATCH', '/Users/none', patch({ op: 'replace', value: { active: false } }));
    });
    await live.stop();
    expect(live.failure()).toBeUndefined();
    for (const request of live.seen)
      expect(request).toEqual({
        id: expect.stringMatching(/^req_/),
        [names.time]: expect.any(String),
        method: 'PATCH',
        path: '/Users/none',
        [names.status]: 404,
        error: expect.any(String),
        [names.notes]: [],
      });
  });

  test('sends each request of a burst exactly once, as the list shows it, to all subscribers', async () => {
    const lives = [1, 2, 3].map(() =>
      scene.world.follow(subscription, { conn: tenant.connectionId, filter: null }, tenant.key),
    );
    for (const live of lives) await begun(live, lookUp);
    const names = Array.from({ length: 60 }, (_, n) => `burst-${n}@acme.test`);
    await Promise.all(names.map((name) => tenant.scim('POST', '/Users', oktaUser(name))));
    const logged = (await page({ methods: ['POST'] })).filter(({ eventTypes }) => eventTypes.length > 0).slice(0, 60);
    const byId = (list: Anything[]) => [...list].sort((a, b) => a.id.localeCompare(b.id));
    for (const live of lives) {
      const own = () => live.seen.filter(({ id }) => logged.some((entry) => entry.id === id));
      await eventually(() => own().length === 60);
      await live.stop();
      expect(byId(own())).toEqual(byId(logged));
      expect(new Set(live.seen.map(({ id }) => id)).size).toBe(live.seen.length);
    }
  });

  test('a request of another connection, or of another tenant, is not sent', async () => {
    const live = scene.world.follow(subscription, { conn: tenant.connectionId }, tenant.key);
    await begun(live, async () => {
      await other.scim('GET', '/Users/not-ours');
      await lookUp();
    });
    await live.stop();
    expect(live.seen.map(({ path }) => path).filter((path) => path.includes('not-ours'))).toEqual([]);
  });

  test('bodies are sent if they are selected, without secrets', async () => {
    const bodies = `subscription($conn: ID!) { requestReceived(connectionId: $conn, filter: { methods: ["POST"] }) {
      requestBody responseBody connection { id } } }`;
    const live = scene.world.follow(bodies, { conn: tenant.connectionId }, tenant.key);
    await begun(live, () => tenant.scim('POST', '/Users', oktaUser(`${Math.random()}@acme.test`)));
    await live.stop();
    expect(live.seen[0]).toMatchObject({
      requestBody: { password: '***', userName: expect.any(String) },
      responseBody: { id: expect.stringMatching(/^user_/) },
      connection: { id: tenant.connectionId },
    });
  });

  test('over server-sent events: messages have no id, because there is nothing to resume', async () => {
    const live = stream(
      scene.world,
      { query: subscription, variables: { conn: tenant.connectionId } },
      { key: tenant.key },
    );
    await begun(live, lookUp);
    await live.stop();
    const sent = live.messages.filter(({ data }) => data?.data);
    expect(sent.every(({ id, data }) => id === undefined && data.extensions === undefined)).toBe(true);
  });
});

describe('who can subscribe', () => {
  const refusal = async (conn: string, key: string): Promise<Anything> => {
    const live = scene.world.follow(subscription, { conn }, key);
    await live.until(1);
    await live.stop();
    const [{ message, extensions }] = live.seen[0].errors;
    return { message, code: extensions.code };
  };

  test('a connection of another tenant is refused like one that does not exist', async () => {
    const foreign = await refusal(tenant.connectionId, other.key);
    expect(foreign.code).toBe('NOT_FOUND');
    for (const id of [unknown, 'nothing', ''])
      for (const key of [other.key, tenant.key]) expect(await refusal(id, key)).toEqual(foreign);
    const live = stream(
      scene.world,
      { query: subscription, variables: { conn: tenant.connectionId } },
      { key: other.key },
    );
    await eventually(() => live.ended());
    expect(live.messages[0]?.data.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });

  test('a member and a key that cannot read connections are refused as in the query', async () => {
    const member = (await scene.signIn()).accessToken;
    const events = (await scene.key(['EVENTS_READ'])).secret;
    for (const key of [member, events]) {
      const query = 'query($id: ID!) { connection(id: $id) { id } }';
      const { errors } = await scene.world.request(query, { id: tenant.connectionId }, key);
      expect(errors[0].extensions.code).toBe('FORBIDDEN');
      expect(await refusal(tenant.connectionId, key)).toEqual({ message: errors[0].message, code: 'FORBIDDEN' });
    }
  });

  test('a setup link reads its own connection only', async () => {
    const link = await scene.setupLink(tenant.connectionId);
    const live = scene.world.follow(subscription, { conn: tenant.connectionId }, link);
    await begun(live, () => tenant.scim('POST', '/Users', oktaUser(`${Math.random()}@acme.test`)));
    await live.stop();
    expect(live.seen.at(-1)).toMatchObject({ method: 'POST', eventTypes: ['USER_PROVISIONED'] });
    const second = await scene.connection({ scim: true });
    expect((await refusal(second, link)).code).toBe('FORBIDDEN');
    expect((await refusal(other.connectionId, link)).code).toBe('NOT_FOUND');
  });

  test('a revoked key and a revoked setup link end the subscription, and receive nothing afterwards', async () => {
    const key = await scene.key(['DIRECTORY_READ']);
    const connectionId = tenant.connectionId;
    const { createSetupLink } = await tenant.gql(
      'mutation($connectionId: ID!) { createSetupLink(connectionId: $connectionId) { url setupLink { id } } }',
      { connectionId },
    );
    const link = new URL(createSetupLink.url).searchParams.get('key') ?? '';
    const revoke = {
      [key.secret]: () => scene.do('revokeApiKey', { id: key.id }),
      [link]: () => scene.do('revokeSetupLink', { id: createSetupLink.setupLink.id }),
    };
    for (const [n, [secret, end]] of Object.entries(revoke).entries()) {
      const live = scene.world.follow(subscription, { conn: connectionId }, secret);
      await begun(live, lookUp);
      await end();
      await tenant.scim('GET', `/Users/after-the-end-${n}`);
      await eventually(() => live.closed() !== undefined);
      await live.stop();
      expect(live.closed()).toMatchObject({ code: 4403 });
      expect(live.seen.filter(({ path }) => path.includes(`after-the-end-${n}`))).toEqual([]);
    }
  });
});

describe('a filter', () => {
  let entries: ProvisioningRequest[];
  beforeAll(async () => {
    await tenant.scim('PUT', '/Groups/none', { displayName: 'x' });
    await tenant.scim('POST', '/Users', { userName: '' });
    await page({});
    entries = await scene.world
      .database()
      .rows(ProvisioningRequest, 'connection_id = $1 order by id desc limit 200', [tenant.connectionId]);
  });

  const some = <T>(values: readonly T[]) => fc.subarray([...new Set(values)], { minLength: 1, maxLength: 3 });
  const criteria = () =>
    fc.record(
      {
        failed: fc.boolean(),
        protocol: fc.constantFrom('SCIM' as const, 'OIDC' as const),
        userId: fc.constantFrom(...entries.flatMap(({ userId }) => (userId ? [userId] : [])).slice(0, 5)),
        pathContains: fc.constantFrom('/Users', 'none', '%', '_', 'filter=', 'NONE'),
        methods: some(entries.map(({ method }) => method)),
        statuses: some(entries.map(({ status }) => status)),
        since: fc.constantFrom(...entries.map(({ at }) => at)),
        until: fc.constantFrom(...entries.map(({ at }) => at)),
        hasQuirks: fc.boolean(),
      },
      { requiredKeys: [] },
    );

  test('selects the same requests in a subscription and in the list', async () => {
    const agree = async (wanted: RequestCriteria) => {
      const filter = JSON.parse(JSON.stringify(wanted));
      const expected = entries.filter((entry) => matches(entry, wanted)).map(({ id }) => id);
      const found = (await page(filter)).map(({ id }) => id);
      expect(found.filter((id) => entries.some((entry) => entry.id === id)).slice(0, expected.length)).toEqual(
        expected,
      );
      expect(found.every((id) => expected.includes(id) || !entries.some((entry) => entry.id === id))).toBe(true);
    };
    await fc.assert(fc.asyncProperty(criteria(), agree), { numRuns: 60 });
  }, 60_000);

  test.each([
    ['a list that is too long', { statuses: Array.from({ length: 101 }, (_, n) => n) }, 'filter.statuses'],
    ['a text that no request can contain', { pathContains: '\u0000' }, undefined],
  ])('%s is refused in both', async (_name, filter, field) => {
    const live = scene.world.follow(subscription, { conn: tenant.connectionId, filter }, tenant.key);
    await live.until(1);
    await live.stop();
    const query = `query($conn: ID!, $filter: ProvisioningRequestFilter) {
      connection(id: $conn) { requests(filter: $filter) { nodes { id } } } }`;
    const { errors } = await scene.world.request(query, { conn: tenant.connectionId, filter }, tenant.key);
    for (const [{ extensions }] of [live.seen[0].errors, errors]) {
      expect(extensions.code).toBe('BAD_INPUT');
      if (field) expect(extensions.field).toBe(field);
    }
  });
});
