import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, type RollcallEvent } from '../../src/client/index.js';
import { App } from '../support/application.js';
import { Receiver } from '../support/receiver.js';
import { Realm } from '../support/sign-ins.js';
import { type Anything, eventually, oktaUser, patch, World } from '../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
});
afterAll(() => world.close());

const off = patch({ op: 'replace', value: { active: false } });

describe('SCIM and sign-in on one connection', () => {
  test('a user that JIT created keeps its id if SCIM adopts it, and is not reopened after SCIM closes it', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const { sub } = (await (await realm.visit(realm.person('T2', { sub: 'p' }))).tokens()).claims;
    const filter = encodeURIComponent(`userName eq "${realm.email}"`);
    const { body: found } = await realm.tenant.scim('GET', `/Users?filter=${filter}`);
    expect(found.Resources).toMatchObject([{ id: sub }]);
    expect((await realm.tenant.scim('PUT', `/Users/${sub}`, oktaUser(realm.email))).body.id).toBe(sub);
    expect(await realm.user(sub, 'scimManaged origin')).toEqual({ scimManaged: true, origin: 'JIT' });
    await realm.tenant.scim('PATCH', `/Users/${sub}`, off);
    expect(await realm.outcome(realm.person('T2', { sub: 'p' }))).toBe('USER_DEPROVISIONED');
    expect(await realm.user(sub, 'status')).toEqual({ status: 'DEPROVISIONED' });
    expect(await realm.tenant.types()).toContain('USER_ADOPTED');
  });

  test('one application serves customers with JIT, with SCIM, and with both', async () => {
    const modes = { jit: { jit: { mode: 'ENABLED' }, scim: false }, scim: { jit: { mode: 'DISABLED' } }, both: {} };
    const answers: Record<string, string> = {};
    for (const [name, more] of Object.entries(modes)) {
      const realm = await Realm.make(world, app, 'oidc', more);
      if (name !== 'jit') await realm.tenant.scim('POST', '/Users', oktaUser(realm.email));
      const known = await realm.outcome(realm.person('T2'));
      const stranger = await realm.outcome(realm.person('T2', { email: `stranger@${realm.domain}` }));
      answers[name] = `${known.slice(0, 5)} ${stranger.slice(0, 5)}`;
    }
    expect(answers).toEqual({ jit: 'user_ user_', scim: 'user_ NOT_P', both: 'user_ user_' });
  });

  test('enabling SCIM stops the creation of users by sign-in at once (UNLESS_SCIM)', async () => {
    const realm = await Realm.make(world, app, 'oidc', { scim: false, jit: { mode: 'UNLESS_SCIM' } });
    expect(await realm.outcome(realm.person('T2'))).toMatch(/^user_/);
    await realm.tenant.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { scimToken } }', {
      i: { id: realm.tenant.connectionId, scim: true },
    });
    expect(await realm.outcome(realm.person('T2', { email: `late@${realm.domain}` }))).toBe('NOT_PROVISIONED');
    expect(await realm.tenant.types()).toContain('CONNECTION_UPDATED');
  });

  test('consumers on different transports reach the same state', async () => {
    const tenant = await world.tenant();
    const client = new Client({ url: world.url, key: tenant.key, webSocket: (await import('ws')).WebSocket });
    const { eventCursor: after } = await tenant.gql('{ eventCursor }');
    const receiver = await Receiver.listen();
    await tenant.gql('mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { secret } }', {
      i: { organizationId: tenant.organizationId, url: receiver.url, after },
    });
    const stop = new AbortController();
    const states: Record<string, Map<string, string>> = { websocket: new Map(), sse: new Map() };
    const follow = async (transport: 'websocket' | 'sse') => {
      for await (const event of client.events({ after, transport, signal: stop.signal }))
        apply(states[transport], event);
    };
    const following = [follow('websocket'), follow('sse')];
    const ids: string[] = [];
    for (let n = 0; n < 30; n++) ids.push((await tenant.scim('POST', '/Users', oktaUser(`c${n}@acme.test`))).body.id);
    for (const id of ids.slice(0, 10)) await tenant.scim('PATCH', `/Users/${id}`, off);
    const truth = Object.fromEntries(ids.map((id, n) => [id, n < 10 ? 'DEPROVISIONED' : 'ACTIVE']));
    const polled = new Map<string, string>();
    for (const { subjectId, type, data } of await tenant.events()) {
      if (type.startsWith('USER_')) polled.set(subjectId, data.status);
    }
    const delivered = () => {
      const state = new Map<string, string>();
      for (const { body } of receiver.received) if (body.data.status) state.set(body.subject.id, body.data.status);
      return Object.fromEntries(state);
    };
    await eventually(
      () =>
        Object.keys(delivered()).length === 30 &&
        Object.values(delivered()).filter((status) => status === 'DEPROVISIONED').length === 10,
    );
    await eventually(() =>
      Object.values(states).every(
        (state) => [...state.values()].filter((status) => status === 'DEPROVISIONED').length === 10,
      ),
    );
    stop.abort();
    await Promise.all(following);
    await receiver.close();
    for (const state of Object.values(states)) expect(Object.fromEntries(state)).toEqual(truth);
    expect([delivered(), Object.fromEntries(polled)]).toEqual([truth, truth]);
  });

  test('one call configures both', async () => {
    const { createOrganization } = await world.gql(
      'mutation { createOrganization(input: { name: "One call" }) { organization { id } } }',
    );
    const { createConnection } = await world.gql(
      'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { scimToken connection { id scim { baseUrl } oidc { redirectUri } } } }',
      {
        i: {
          organizationId: createOrganization.organization.id,
          name: 'IdP',
          provider: 'TEST',
          scim: true,
          jit: { mode: 'ENABLED' },
        },
      },
    );
    const { connection, scimToken } = createConnection;
    expect((await world.scim(connection.id, scimToken, 'POST', '/Users', oktaUser('a@one.example'))).status).toBe(201);
    const tokens = await app.signIn(
      { connection_id: connection.id },
      { email: 'b@one.example', email_verified: 'yes' },
    );
    expect(tokens.claims.email).toBe('b@one.example');
  });

  test('the README contains the example that test/soak/readme.test.ts runs', () => {
    const text = readFileSync('README.md', 'utf8');
    expect(text).toContain('npm ci && npm start');
    expect(text.indexOf('## Quick start')).toBeLessThan(text.indexOf('## Features'));
  });

  test('the client is typed by its operations', async () => {
    const { CreateApiKeyDocument } = await import('../../src/client/index.js');
    const tenant = await world.tenant();
    const client = new Client({ url: world.url, key: tenant.key });
    const { createApiKey } = await client.request(CreateApiKeyDocument, {
      input: { organizationId: tenant.organizationId, name: 'typed', scopes: ['DIRECTORY_READ'] },
    });
    expect(createApiKey.apiKey.scopes).toEqual(['DIRECTORY_READ']);
  });

  test('a webhook endpoint that was down receives every event in order when it is up again', async () => {
    const tenant = await world.tenant();
    const receiver = await Receiver.listen();
    receiver.answer = (_delivery, response) => response.writeHead(503).end();
    const { eventCursor: after } = await tenant.gql('{ eventCursor }');
    await tenant.gql('mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { secret } }', {
      i: { organizationId: tenant.organizationId, url: receiver.url, after, types: ['USER_PROVISIONED'] },
    });
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push((await tenant.scim('POST', '/Users', oktaUser(`w${n}@acme.test`))).body.id);
    await eventually(() => receiver.received.length > 0);
    const delivered: string[] = [];
    receiver.answer = ({ body }: Anything, response) => {
      delivered.push(body.subject.id);
      response.writeHead(204).end();
    };
    await eventually(() => delivered.length >= 20, 40_000);
    expect(delivered).toEqual(ids);
    await receiver.close();
  }, 60_000);

  test('every SCIM change is in the event log in order, and every request is in the request log', async () => {
    const tenant = await world.tenant();
    const write = async (n: number) => {
      const { body } = await tenant.scim('POST', '/Users', oktaUser(`e${n}@acme.test`));
      await tenant.scim('PATCH', `/Users/${body.id}`, off);
    };
    await Promise.all(Array.from({ length: 16 }, (_, n) => write(n)));
    await tenant.scim('POST', '/Users', { userName: '' });
    const events = await tenant.events();
    expect(events.map(({ position }: Anything) => position)).toEqual(events.map((_: unknown, n: number) => n + 1));
    const { connection } = await tenant.gql(
      'query($id: ID!) { connection(id: $id) { requests(first: 200) { nodes { status events { position } } } } }',
      { id: tenant.connectionId },
    );
    const requests: Anything[] = connection.requests.nodes;
    expect(requests).toHaveLength(33);
    expect(requests.filter(({ status }) => status === 400)).toMatchObject([{ events: [] }]);
    expect(requests.filter(({ status }) => status < 300).every((request) => request.events.length === 1)).toBe(true);
  });

  test('organizations, groups and users are linked in both directions', async () => {
    const tenant = await world.tenant();
    const { body } = await tenant.scim('POST', '/Users', oktaUser('g@acme.test'));
    await tenant.scim('POST', '/Groups', { displayName: 'g', members: [{ value: body.id }] });
    const { connection } = await tenant.gql(
      'query($id: ID!) { connection(id: $id) { organization { groups(first: 5) { nodes { connection { id } members(first: 5) { nodes { id groups(first: 5) { nodes { displayName } } managedBy { id } } } } } } } }',
      { id: tenant.connectionId },
    );
    expect(connection.organization.groups.nodes).toEqual([
      {
        connection: { id: tenant.connectionId },
        members: {
          nodes: [{ id: body.id, groups: { nodes: [{ displayName: 'g' }] }, managedBy: [{ id: tenant.connectionId }] }],
        },
      },
    ]);
  });

  test('nested groups are listed at any depth, each once', async () => {
    const tenant = await world.tenant();
    const { body: user } = await tenant.scim('POST', '/Users', oktaUser('deep@acme.test'));
    let inner = user.id;
    const names: string[] = [];
    for (let n = 0; n < 5; n++) {
      const { body } = await tenant.scim('POST', '/Groups', { displayName: `depth ${n}`, members: [{ value: inner }] });
      inner = body.id;
      names.push(`depth ${n}`);
    }
    const shown = await tenant.gql(
      'query($u: ID!, $g: ID!) { user(id: $u) { groups { totalCount } allGroups { totalCount nodes { displayName } } } group(id: $g) { members { totalCount } allMembers { nodes { id } } } }',
      { u: user.id, g: inner },
    );
    expect(shown.user).toEqual({
      groups: { totalCount: 1 },
      allGroups: { totalCount: 5, nodes: names.map((displayName) => ({ displayName })) },
    });
    expect(shown.group).toEqual({ members: { totalCount: 0 }, allMembers: { nodes: [{ id: user.id }] } });
  });

  test('explain shows why a user is missing', async () => {
    const tenant = await world.tenant();
    const explain = async (userName: string) =>
      (
        await tenant.gql(
          'query($c: ID!, $u: String!) { connection(id: $c) { explain(userName: $u) { explanation user { id } lookUps { path } refusals { error } } } }',
          { c: tenant.connectionId, u: userName },
        )
      ).connection.explain;
    expect(await explain('never@acme.test')).toMatchObject({
      user: null,
      explanation: expect.stringContaining('has not searched for the user'),
    });
    await tenant.scim('GET', `/Users?filter=${encodeURIComponent('userName eq "looked@acme.test"')}`);
    expect(await explain('looked@acme.test')).toMatchObject({
      explanation: expect.stringContaining('found no user'),
      lookUps: [{}],
    });
    await tenant.scim('POST', '/Users', { ...oktaUser('refused@acme.test'), active: 'perhaps' });
    expect(await explain('refused@acme.test')).toMatchObject({
      explanation: expect.stringContaining('was rejected'),
      refusals: [{ error: expect.any(String) }],
    });
    const { body } = await tenant.scim('POST', '/Users', oktaUser('there@acme.test'));
    expect(await explain('There@acme.test')).toMatchObject({
      user: { id: body.id },
      explanation: expect.stringContaining('managed by this connection'),
    });
    await tenant.scim('DELETE', `/Users/${body.id}`);
    expect(await explain('there@acme.test')).toMatchObject({
      explanation: expect.stringContaining('was deleted by the IdP'),
    });
    // Entra's soft delete renames the account, and its DELETE comes 30 days later.
    const { body: soft } = await tenant.scim('POST', '/Users', oktaUser('soft@acme.test'));
    const renamed = `${'0123456789abcdef'.repeat(2)}soft@acme.test`;
    const change = { active: false, userName: renamed, emails: [{ value: renamed, primary: true, type: 'work' }] };
    await tenant.scim('PATCH', `/Users/${soft.id}`, patch({ op: 'replace', value: change }));
    expect(await explain('soft@acme.test')).toMatchObject({
      user: { id: soft.id },
      explanation: expect.stringContaining('is DEPROVISIONED and managed by this connection'),
    });
    await tenant.scim('DELETE', `/Users/${soft.id}`);
    expect(await explain('soft@acme.test')).toMatchObject({
      user: { id: soft.id },
      explanation: expect.stringContaining('was deleted by the IdP'),
    });
  });

  test('the history of a user lists requests, decisions, events and deliveries, newest first', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const receiver = await Receiver.listen();
    await realm.tenant.gql(
      'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { secret } }',
      { i: { organizationId: realm.tenant.organizationId, url: receiver.url } },
    );
    const { body } = await realm.tenant.scim('POST', '/Users', oktaUser(realm.email));
    await (await realm.visit(realm.person('T2'))).tokens();
    await eventually(() => receiver.received.length > 1);
    const page = (after: string | null) =>
      realm.user(
        body.id,
        `timeline(first: 2${after ? `, after: "${after}"` : ''}) { nodes { id kind summary at } pageInfo { hasNextPage endCursor } }`,
      );
    await eventually(
      async () =>
        new Set(
          (await realm.user(body.id, 'timeline { nodes { kind } }')).timeline.nodes.map(({ kind }: Anything) => kind),
        ).size === 4,
    );
    const entries: Anything[] = [];
    for (let after: string | null = null; ; ) {
      const { timeline } = await page(after);
      entries.push(...timeline.nodes);
      if (!timeline.pageInfo.hasNextPage) break;
      after = timeline.pageInfo.endCursor;
    }
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    expect(entries.map(({ at }) => at)).toEqual(
      entries
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
    expect(entries.map(({ summary }) => summary)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('SCIM POST /Users: 201'),
        expect.stringContaining('user.provisioned'),
      ]),
    );
    await receiver.close();
  });
});

function apply(state: Map<string, string> | undefined, { subjectId, data }: RollcallEvent): void {
  const { status } = data as { status?: string };
  if (status) state?.set(subjectId, status);
}
