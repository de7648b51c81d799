import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { redact, redactUrl } from '../../../src/directory/requests/redact.js';
import { pruneRequests } from '../../../src/directory/requests/request-log.js';
import { type Anything, eventually, oktaUser, patch, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({ provider: 'ENTRA' });
});
afterAll(() => world.close());

const fields = `id protocol method path status durationMs at requestBody responseBody error quirks
  events { type requestId } connection { id }`;
const log = async (args = 'first: 1'): Promise<Anything[]> =>
  (
    await tenant.gql(`query($id: ID!) { connection(id: $id) { requests(${args}) { nodes { ${fields} } } } }`, {
      id: tenant.connectionId,
    })
  ).connection.requests.nodes;

describe('the request log', () => {
  test('contains method, path, status, bodies, and the events of the request', async () => {
    const { body, headers } = await tenant.scim('POST', '/Users', oktaUser('log1@acme.com'));
    const [entry] = await log();
    expect(entry).toMatchObject({
      protocol: 'SCIM',
      method: 'POST',
      path: '/Users',
      status: 201,
      error: null,
      requestBody: { userName: 'log1@acme.com', password: '***' },
      responseBody: { id: body.id },
      events: [{ type: 'USER_PROVISIONED' }],
      connection: { id: tenant.connectionId },
    });
    expect(entry.durationMs).toBeGreaterThanOrEqual(0);
    expect(headers.get('etag')).toBe('W/"1"');
    const filter = encodeURIComponent('userName eq "log1@acme.com"');
    await tenant.scim('GET', `/Users?filter=${filter}&count=1`);
    const about = await log(`first: 10, filter: { userId: "${body.id}" }`);
    expect(about.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(about[0].events).toEqual([]);
  });

  test.each(['%00', '%EF%BF%BF', '%F0%9F%98%80', '/../x'])(
    'contains a request for a malformed id that ends in %s',
    async (end) => {
      const path = `/Users/user_01aaaaaaaaaaaaaaaaaaaaaaaa${end}`;
      await tenant.scim('DELETE', path);
      const [entry] = await log();
      expect(entry).toMatchObject({ method: 'DELETE', status: 404 });
    },
  );

  test('contains no password and no token, wherever the IdP sent it', async () => {
    const canary = 'canary-9f3c';
    const { body } = await tenant.scim('POST', '/Users', { userName: 'canary@acme.com', PassWord: canary });
    const urn = 'urn:ietf:params:scim:schemas:core:2.0:User:password';
    await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: urn, value: canary }));
    await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { password: canary } }));
    await tenant.scim('GET', `/Users?filter=${encodeURIComponent(`password eq "${canary}"`)}`);
    await tenant.scim('GET', `/Users?access_token=${canary}`);
    const text = JSON.stringify(await log('first: 5'));
    expect(text).not.toContain(canary);
    expect(text).not.toContain(tenant.scimToken);
    const rows = await world.database().query('select * from provisioning_requests');
    expect(JSON.stringify(rows)).not.toContain(canary);
  });

  test('names the tolerances that a request needed, and none for a valid request', async () => {
    const { body } = await tenant.scim('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'quirks@acme.com',
      active: true,
    });
    expect((await log())[0].quirks).toEqual([]);
    const quirks = async (...operations: Anything[]) => {
      expect((await tenant.scim('PATCH', `/Users/${body.id}`, patch(...operations))).status).toBe(200);
      return (await log())[0].quirks.sort();
    };
    expect(await quirks({ op: 'replace', path: 'title', value: 'T' })).toEqual([]);
    const work = { path: 'emails[type eq "work"].value', value: 'w@acme.com' };
    expect(await quirks({ op: 'Add', ...work })).toEqual(['filteredReplaceCreates', 'opInAnyCase']);
    expect(await quirks({ op: 'replace', ...work })).toEqual([]);
    expect(await quirks({ op: 'replace', value: { 'name.givenName': 'G' } })).toEqual(['keysArePaths']);
    expect(await quirks({ op: 'replace', path: 'active', value: 'True' })).toEqual(['booleanAsString']);
  });

  test('D25 names the tolerance if a replace with one member removes the other members', async () => {
    const people = [];
    for (let n = 0; n < 3; n++)
      people.push((await tenant.scim('POST', '/Users', { userName: `d25-${n}@acme.com` })).body.id);
    const members = people.map((value) => ({ value }));
    const { body } = await tenant.scim('POST', '/Groups', { displayName: 'Loop', members });
    await tenant.scim('PATCH', `/Groups/${body.id}`, patch({ op: 'replace', path: 'members', value: [members[0]] }));
    expect((await log())[0].quirks).toContain('replacedMembersByOne');
    const { body: group } = await tenant.scim('GET', `/Groups/${body.id}`);
    expect(group.members).toHaveLength(1);
  });

  test('contains refused requests with their response: malformed JSON, a wrong token', async () => {
    await tenant.scim('POST', '/Users', '{"userName":');
    const [bad] = await log('first: 1, filter: { failed: true }');
    expect(bad).toMatchObject({ status: 400, error: 'The body is not valid JSON.' });
    await world.scim(tenant.connectionId, 'rc_scim_wrong', 'GET', '/Users');
    // The connection of a request with a wrong token is looked up after the response.
    await eventually(async () => (await log('first: 1, filter: { failed: true }'))[0].id !== bad.id);
    const [wrong] = await log('first: 1, filter: { failed: true }');
    expect(wrong).toMatchObject({ status: 401, method: 'GET', requestBody: null });
    expect(wrong.error).toContain('token');
    const { connection } = await tenant.gql(
      'query($id: ID!) { connection(id: $id) { scim { lastRequestAt usersManaged groupsManaged errorRate } } }',
      { id: tenant.connectionId },
    );
    expect(connection.scim.lastRequestAt).toBe(wrong.at);
    expect(connection.scim.errorRate).toBeGreaterThan(0);
    expect(connection.scim.errorRate).toBeLessThan(1);
  });

  test('NUL, lone surrogates and very large bodies are stored as text or omitted, and do not affect other entries', async () => {
    await tenant.scim('POST', '/Users', '{"userName":"nul\\u0000\\ud800"}');
    const [nul] = await log();
    expect(nul.status).toBe(400);
    await tenant.scim('POST', '/Users', { userName: 'huge@acme.com', title: 'x'.repeat(200_000) });
    const [huge] = await log();
    expect([huge.status, huge.requestBody.omitted]).toEqual([201, expect.stringContaining('characters')]);
  });

  test('pages by cursor, newest first', async () => {
    const page = (after: string | null) =>
      tenant.gql(
        `query($id: ID!, $after: Cursor) { connection(id: $id) { requests(first: 3, after: $after) {
          nodes { id } pageInfo { hasNextPage endCursor } } } }`,
        { id: tenant.connectionId, after },
      );
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const { requests }: Anything = (await page(after)).connection;
      seen.push(...requests.nodes.map(({ id }: Anything) => id));
      if (!requests.pageInfo.hasNextPage) break;
      after = requests.pageInfo.endCursor;
    }
    expect(seen).toEqual([...seen].sort().reverse());
    expect(seen.length).toBeGreaterThan(10);
    const { node } = await tenant.gql('query($id: ID!) { node(id: $id) { ... on ProvisioningRequest { method } } }', {
      id: seen[0],
    });
    expect(node.method).toBeTruthy();
  });

  test('replayRequest runs a request again and adds an entry; another tenant cannot', async () => {
    const { body } = await tenant.scim('POST', '/Users', { userName: 'replay@acme.com' });
    await tenant.scim(
      'PATCH',
      `/Users/${body.id}?attributes=title`,
      patch({ op: 'Replace', path: 'title', value: 'One' }),
    );
    const [entry] = await log();
    await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'Replace', path: 'title', value: 'Two' }));
    const mutation = `mutation($id: ID!) { replayRequest(id: $id) { request { ${fields} } } }`;
    const { replayRequest } = await tenant.gql(mutation, { id: entry.id });
    expect(replayRequest.request).toMatchObject({
      method: 'PATCH',
      status: 200,
      responseBody: { title: 'One' },
      events: [{ type: 'USER_UPDATED' }],
    });
    expect(replayRequest.request.id).not.toBe(entry.id);
    expect((await tenant.scim('GET', `/Users/${body.id}`)).body.title).toBe('One');
    const other = await world.tenant();
    const refused = await world.request(mutation, { id: entry.id }, other.key);
    expect(refused.errors[0].extensions.code).toBe('NOT_FOUND');
    const { createApiKey } = await tenant.gql(
      'mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
      { input: { organizationId: tenant.organizationId, name: 'reader', scopes: ['DIRECTORY_READ'] } },
    );
    const reader = await world.request(mutation, { id: entry.id }, createApiKey.secret);
    expect(reader.errors[0].extensions.code).toBe('FORBIDDEN');
  });
});

describe('entries are removed', () => {
  test('by number and by age', async () => {
    const { createConnection } = await tenant.gql(
      'mutation($input: CreateConnectionInput!) { createConnection(input: $input) { scimToken connection { id } } }',
      { input: { organizationId: tenant.organizationId, name: 'Prune', provider: 'OKTA', scim: true } },
    );
    const id = createConnection.connection.id;
    for (let n = 0; n < 8; n++) await world.scim(id, createConnection.scimToken, 'GET', `/Users?n=${n}`);
    const paths = async () =>
      (
        await tenant.gql('query($id: ID!) { connection(id: $id) { requests(first: 50) { nodes { path } } } }', { id })
      ).connection.requests.nodes.map(({ path }: Anything) => path);
    expect(await paths()).toHaveLength(8);
    const session = world.database();
    await pruneRequests(session, { now: new Date(), days: 30, perConnection: 5 });
    expect(await paths()).toEqual([7, 6, 5, 4, 3].map((n) => `/Users?n=${n}`));
    await pruneRequests(session, { now: new Date(Date.now() + 31 * 86_400_000), days: 30, perConnection: 5 });
    expect(await paths()).toEqual([]);
  });

  test('secrets are removed by their names and paths', () => {
    expect(
      redact({ a: [{ password: 'x' }], Operations: [{ Path: 'password', value: 'x' }], client_secret: 1 }),
    ).toEqual({
      a: [{ password: '***' }],
      Operations: [{ Path: 'password', value: '***' }],
      client_secret: '***',
    });
    expect(redactUrl('/Users?filter=password+eq+%22x%22&count=1')).toBe('/Users?filter=password+***&count=1');
  });
});
