import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lexicographicSortSchema, buildSchema as parseSchema, printSchema } from 'graphql';
import { buildSchema } from '../../../src/adapters/graphql/schema.js';
import { oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

test('schema/schema.graphql is the schema of the server', () => {
  const committed = readFileSync('schema/schema.graphql', 'utf8').trim();
  expect(committed).toBe(printSchema(lexicographicSortSchema(buildSchema())).trim());
  expect(() => parseSchema(committed)).not.toThrow();
});

describe('errors name their field', () => {
  const errorOf = async (query: string, variables: object) => {
    const { errors } = await world.request(query, { ...variables }, tenant.key);
    return [errors[0].extensions.code, errors[0].extensions.field, errors[0].message];
  };
  const change = 'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }';
  const create = 'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }';
  const rename = 'mutation($i: UpdateUserInput!) { updateUser(input: $i) { user { id } } }';

  test('a metadata URL that is not a web address is refused before a request', async () => {
    for (const metadataUrl of ['ftp://idp.example/metadata', 'idp.example'])
      expect(await errorOf(change, { i: { id: tenant.connectionId, saml: { metadataUrl } } })).toEqual([
        'BAD_INPUT',
        'saml.metadataUrl',
        `"saml.metadataUrl" must be an https URL, not "${metadataUrl}".`,
      ]);
  });

  test('of an extension schema, with its index', async () => {
    const [code, field, message] = await errorOf(change, { i: { id: tenant.connectionId, scimExtensions: ['x'] } });
    expect([code, field]).toEqual(['BAD_INPUT', 'scimExtensions[0]']);
    expect(message).toMatch(/^"scimExtensions\[0\]" \S/);
    const nameless = { id: 'urn:example:x:User', attributes: [{ name: '1' }] };
    expect(await errorOf(change, { i: { id: tenant.connectionId, scimExtensions: [nameless] } })).toEqual([
      'BAD_INPUT',
      'scimExtensions[0].attributes[0].name',
      expect.stringContaining('start with a letter'),
    ]);
  });

  test('for a manager who is not a user of the organization', async () => {
    const other = await (await world.tenant()).scim('POST', '/Users', oktaUser('boss@other.test'));
    const { body } = await tenant.scim('POST', '/Users', oktaUser('report@acme.test'));
    const { organizationId } = tenant;
    for (const managerId of ['user_0', 'nobody', '', other.body.id])
      for (const [query, i] of [
        [create, { organizationId, userName: 'a@acme.test', managerId }],
        [rename, { id: body.id, managerId }],
      ] as const)
        expect(await errorOf(query, { i })).toEqual([
          'BAD_INPUT',
          'managerId',
          '"managerId" must be the id of a user of this organization.',
        ]);
    const given = { organizationId, userName: 'b@acme.test', managerId: body.id };
    const { createUser } = await tenant.gql(
      'mutation($i: CreateUserInput!) { createUser(input: $i) { user { manager { id } } } }',
      {
        i: given,
      },
    );
    expect(createUser.user.manager).toEqual({ id: body.id });
  });

  test('for a cursor: the argument of the list', async () => {
    const field = async (query: string) => (await errorOf(query, {})).slice(0, 2);
    expect(await field('{ organizations(after: "x") { totalCount } }')).toEqual(['CURSOR_INVALID', 'after']);
    expect(
      await field(`{ organization(id: "${tenant.organizationId}") { users(before: "x") { totalCount } } }`),
    ).toEqual(['CURSOR_INVALID', 'before']);
  });

  test.each(['2000', '+275760-09-13T00:00:00.000Z', 'Jan 1 2000 (x)', '0000-01-01T00:00:00.000Z'])(
    'a forged cursor of the time %s',
    async (time) => {
      const { body } = await tenant.scim('POST', '/Users', oktaUser(`${Math.random()}@acme.test`));
      const forged = (text: string) => Buffer.from(text).toString('base64url');
      const order = 'orderBy: { field: CREATED_AT, direction: ASC }';
      const users = `query($o: ID!, $c: Cursor) { organization(id: $o) { users(${order}, after: $c) { totalCount pageInfo { endCursor } } } }`;
      const o = tenant.organizationId;
      const { organization } = await tenant.gql(users, { o });
      const parts = JSON.parse(Buffer.from(organization.users.pageInfo.endCursor, 'base64url').toString());
      const after = forged(JSON.stringify(parts.with(2, time)));
      expect((await errorOf(users, { o, c: after })).slice(0, 2)).toEqual(['CURSOR_INVALID', 'after']);
      const timeline = 'query($u: ID!, $c: Cursor) { user(id: $u) { timeline(after: $c) { nodes { id } } } }';
      expect((await errorOf(timeline, { u: body.id, c: forged(`${time} x`) })).slice(0, 2)).toEqual([
        'CURSOR_INVALID',
        'after',
      ]);
    },
  );

  test('a cursor of another list, another order or another direction is refused', async () => {
    const list = (field: string) => `query($o: ID!, $c: Cursor) { organization(id: $o) { ${field} } }`;
    const users = (more: string) => list(`users(first: 1, after: $c ${more}) { pageInfo { endCursor } }`);
    const o = tenant.organizationId;
    const cursorOf = async (more: string) =>
      (await tenant.gql(users(more), { o })).organization.users.pageInfo.endCursor;
    const byName = ', orderBy: { field: DISPLAY_NAME, direction: ASC }';
    const c = await cursorOf(byName);
    for (const other of ['', byName.replace('ASC', 'DESC'), byName.replace('DISPLAY', 'USER')])
      expect((await errorOf(users(other), { o, c })).slice(0, 2)).toEqual(['CURSOR_INVALID', 'after']);
    const groups = list('groups(first: 1, after: $c) { totalCount }');
    expect((await errorOf(groups, { o, c: await cursorOf('') })).slice(0, 2)).toEqual(['CURSOR_INVALID', 'after']);
  });

  test('a cursor that is not a string, or is empty, is refused', async () => {
    const { createWebhookEndpoint } = await tenant.gql(
      'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
      { i: { organizationId: tenant.organizationId, url: 'http://127.0.0.1:9/' } },
    );
    const lists: [string, object][] = [
      ['organization(id: $id) { users(after: $c) { totalCount } }', { id: tenant.organizationId }],
      ['organization(id: $id) { snapshot(after: $c) { cursor } }', { id: tenant.organizationId }],
      ['node(id: $id) { ... on Connection { requests(after: $c) { nodes { id } } } }', { id: tenant.connectionId }],
      [
        'node(id: $id) { ... on WebhookEndpoint { deliveries(after: $c) { nodes { attempt } } } }',
        createWebhookEndpoint.webhookEndpoint,
      ],
    ];
    for (const [list, of] of lists) {
      for (const c of ['', 'garbage'])
        expect((await errorOf(`query($id: ID!, $c: Cursor) { ${list} }`, { ...of, c })).slice(0, 2)).toEqual([
          'CURSOR_INVALID',
          'after',
        ]);
      for (const c of [5, {}, [], true])
        expect((await errorOf(`query($id: ID!, $c: Cursor) { ${list} }`, { ...of, c }))[0]).toBe('BAD_INPUT');
    }
  });
});

describe('invalid input is refused with its code, and never causes an internal error', () => {
  const post = async (body: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json', ...headers },
    });
    return {
      status: answer.status,
      body: (await answer.json()) as { errors: { message: string; extensions: { code: string } }[] },
    };
  };
  const aliases = Array.from({ length: 60 }, (_, n) => `a${n}: viewer { kind }`).join(' ');
  const deep = `{ organization(id: "x") { ${'connections { organization { '.repeat(8)} id ${'} }'.repeat(8)} } }`;

  test.each([
    ['broken JSON', '{', {}, 400],
    ['another media type', 'query', { 'content-type': 'text/plain' }, 400],
    ['no token', '{"query":"{ viewer { kind } }"}', { authorization: '' }, 401],
    ['a wrong token', '{"query":"{ viewer { kind } }"}', { authorization: 'Bearer rc_key_wrong' }, 401],
    ['a SCIM token', '{"query":"{ viewer { kind } }"}', { authorization: 'Bearer SCIM' }, 401],
    ['a batch', '[{"query":"{ viewer { kind } }"}]', {}, 400],
    ['a syntax error', '{"query":"{ viewer "}', {}, 400],
    ['an unknown field', '{"query":"{ nothing }"}', {}, 400],
    [
      'a variable of the wrong type',
      '{"query":"query($n: Int) { organizations(first: $n) { totalCount } }","variables":{"n":"many"}}',
      {},
      400,
    ],
    ['too many aliases', JSON.stringify({ query: `{ ${aliases} }` }), {}, 400],
    ['too deep', JSON.stringify({ query: deep }), {}, 400],
    ['too many tokens', JSON.stringify({ query: `{ ${'viewer { kind } '.repeat(800)} }` }), {}, 400],
    [
      'too costly',
      '{"query":"{ organization(id: \\"x\\") { users(first: 200) { nodes { groups(first: 200) { nodes { members(first: 200) { nodes { id } } } } } } } }"}',
      {},
      400,
    ],
    ['too large', JSON.stringify({ query: '{ viewer { kind } }', variables: { x: 'x'.repeat(1_100_000) } }), {}, 413],
  ])('%s', async (what, body, headers: Record<string, string>, status) => {
    const given = headers.authorization === 'Bearer SCIM' ? { authorization: `Bearer ${tenant.scimToken}` } : headers;
    const answer = await post(body, given);
    expect([what, answer.status]).toEqual([what, status]);
    expect(answer.body.errors[0]?.message.length).toBeGreaterThan(10);
    expect(answer.body.errors[0]?.extensions.code).not.toMatch(/INTERNAL/);
  });

  test.each([
    ['{ organization { id } }', 'BAD_INPUT'],
    ['{ organizations(first: 1000) { totalCount } }', 'BAD_INPUT'],
    ['{ organizations(first: -1) { totalCount } }', 'BAD_INPUT'],
    ['{ organizations(after: "x") { totalCount } }', 'CURSOR_INVALID'],
    ['mutation { createOrganization(input: { name: "x" }) { organization { id } } }', 'FORBIDDEN'],
    ['mutation { createUser(input: { organizationId: "ORG", userName: "" }) { user { id } } }', 'BAD_INPUT'],
    ['mutation { createUser(input: { organizationId: "ORG", userName: "a\\u200bb" }) { user { id } } }', 'BAD_INPUT'],
    [
      'mutation { createUser(input: { organizationId: "ORG", userName: "x", attributes: { title: "y" } }) { user { id } } }',
      'BAD_INPUT',
    ],
    [
      'mutation { createUser(input: { organizationId: "ORG", userName: "x", emails: [{ value: "x" }] }) { user { id } } }',
      'BAD_INPUT',
    ],
    ['mutation { inviteUser(input: { organizationId: "ORG", email: "a b@c.d" }) { user { id } } }', 'BAD_INPUT'],
    ['mutation { createGroup(input: { organizationId: "ORG", displayName: "" }) { group { id } } }', 'BAD_INPUT'],
    [
      'mutation { createConnection(input: { organizationId: "ORG", name: "x", provider: OKTA, oidc: { issuer: "http://evil", clientId: "a" } }) { connection { id } } }',
      'BAD_INPUT',
    ],
    ['mutation { addDomain(organizationId: "ORG", domain: "not a domain") { domain { id } } }', 'BAD_INPUT'],
    ['mutation { createApiKey(input: { organizationId: "ORG", name: "x", scopes: [] }) { secret } }', 'BAD_INPUT'],
    ['{ organization(id: "ORG") { users(filter: { scim: "userName xx" }) { totalCount } } }', 'BAD_INPUT'],
  ])('%s', async (query, code) => {
    const before = (await tenant.events()).length;
    const { errors } = await world.request(query.replaceAll('ORG', tenant.organizationId), {}, tenant.key);
    expect(errors[0].extensions.code).toBe(code);
    expect((await tenant.events()).length).toBe(before);
  });

  test('a key can do only what its scopes allow', async () => {
    const make = async (scopes: string[]) =>
      (
        await tenant.gql('mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }', {
          i: { organizationId: tenant.organizationId, name: 'k', scopes },
        })
      ).createApiKey.secret;
    const [reader, follower] = [await make(['DIRECTORY_READ']), await make(['EVENTS_READ'])];
    const users = 'query($o: ID!) { organization(id: $o) { users { totalCount } } }';
    const events = 'query($o: ID!) { organization(id: $o) { events { nodes { id user { id } } } } }';
    const ask = async (query: string, key: string) =>
      (await world.request(query, { o: tenant.organizationId }, key)).errors?.[0].extensions.code ?? 'ok';
    await tenant.scim('POST', '/Users', oktaUser('scoped@acme.com'));
    expect([await ask(users, reader), await ask(events, reader)]).toEqual(['ok', 'FORBIDDEN']);
    expect([await ask(users, follower), await ask(events, follower)]).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    const create = 'mutation($o: ID!) { createUser(input: { organizationId: $o, userName: "k" }) { user { id } } }';
    expect(await ask(create, reader)).toBe('FORBIDDEN');
  });
});

describe('lists (Relay pagination)', () => {
  test('forward and backward pages return every user once, in each order', async () => {
    const on = await world.tenant({}, 'Paged');
    for (let n = 0; n < 7; n++)
      await on.scim('POST', '/Users', oktaUser(`p${n}@acme.com`, { displayName: `N${n % 3}` }));
    const query = `query($o: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $order: UserOrder) { organization(id: $o) {
      users(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {
        totalCount nodes { userName } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
    for (const order of [
      null,
      { field: 'USER_NAME', direction: 'DESC' },
      { field: 'DISPLAY_NAME', direction: 'ASC' },
      { field: 'CREATED_AT', direction: 'DESC' },
    ]) {
      const forward: string[] = [];
      const names = (page: { nodes: { userName: string }[] }) => page.nodes.map(({ userName }) => userName);
      let page = (await on.gql(query, { o: on.organizationId, first: 3, order })).organization.users;
      for (;;) {
        expect(page.totalCount).toBe(7);
        forward.push(...names(page));
        if (!page.pageInfo.hasNextPage) break;
        page = (await on.gql(query, { o: on.organizationId, first: 3, after: page.pageInfo.endCursor, order }))
          .organization.users;
      }
      expect(new Set(forward).size).toBe(7);
      const back = (await on.gql(query, { o: on.organizationId, last: 2, before: page.pageInfo.startCursor, order }))
        .organization.users;
      expect(names(back)).toEqual(forward.slice(4, 6));
    }
  });
});
