import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  for (const name of ['ann', 'bob', 'cyd'])
    await tenant.scim('POST', '/Users', oktaUser(`${name}@acme.com`, { title: name }));
});
afterAll(() => world.close());

const search = (filter: string) => tenant.scim('GET', `/Users?filter=${encodeURIComponent(filter)}`);

describe('discovery (RFC 7644 section 4)', () => {
  test('lists the features of the server, and the listed schemas exist', async () => {
    const config = await tenant.scim('GET', '/ServiceProviderConfig');
    expect(config.body).toMatchObject({
      patch: { supported: true },
      etag: { supported: true },
      sort: { supported: true },
      filter: { supported: true, maxResults: 200 },
    });
    const types = await tenant.scim('GET', '/ResourceTypes');
    const schemas = await tenant.scim('GET', '/Schemas');
    const ids = schemas.body.Resources.map(({ id }: { id: string }) => id);
    for (const { schema, schemaExtensions } of types.body.Resources) {
      expect(ids).toContain(schema);
      for (const extension of schemaExtensions) expect(ids).toContain(extension.schema);
    }
    expect((await tenant.scim('GET', `/Schemas/${ids[0]}`)).status).toBe(200);
    expect((await tenant.scim('GET', '/ResourceTypes/User')).body.endpoint).toBe('/Users');
    expect((await tenant.scim('GET', '/ResourceTypes/Robot')).status).toBe(404);
    expect((await tenant.scim('GET', '/Schemas?filter=id')).status).toBe(403);
  });
});

describe('authentication', () => {
  test('no token, a wrong one, and one of another connection return the same 401', async () => {
    const other = await world.tenant();
    const answers = [
      await world.scim(tenant.connectionId, 'wrong', 'GET', '/Users'),
      await world.scim(tenant.connectionId, other.scimToken, 'GET', '/Users'),
      await world.scim('conn_00000000000000000000000000', tenant.scimToken, 'GET', '/Users'),
      await world.scim(tenant.connectionId, tenant.key, 'GET', '/Users'),
    ];
    for (const { status, headers, body } of answers) {
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(body).toMatchObject({ status: '401', schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'] });
    }
    expect(new Set(answers.map(({ body }) => body.detail)).size).toBe(1);
  });

  test('a revoked token is refused at once; a rotated one is valid during the overlap', async () => {
    const own = await world.tenant();
    const rotate = `mutation($id: ID!, $n: Int) { rotateScimToken(connectionId: $id, overlapSeconds: $n) {
      token connection { scim { tokens { id hint } } } } }`;
    const { rotateScimToken } = await own.gql(rotate, { id: own.connectionId, n: 600 });
    expect((await own.scim('GET', '/Users')).status).toBe(200);
    expect((await world.scim(own.connectionId, rotateScimToken.token, 'GET', '/Users')).status).toBe(200);
    expect(rotateScimToken.connection.scim.tokens).toHaveLength(2);
    const [{ id }] = rotateScimToken.connection.scim.tokens;
    await own.gql('mutation($id: ID!) { revokeScimToken(id: $id) { deletedId } }', { id });
    expect((await own.scim('GET', '/Users')).status).toBe(401);
    await own.gql(
      'mutation($id: ID!) { updateConnection(input: { id: $id, state: INACTIVE }) { connection { state } } }',
      { id: own.connectionId },
    );
    expect((await world.scim(own.connectionId, rotateScimToken.token, 'GET', '/Users')).status).toBe(403);
  });

  describe('a connection that is not active, or has SCIM disabled,', () => {
    test.each([
      [
        'INACTIVE',
        'state: INACTIVE',
        /^The token is valid, but the connection is not active \(INACTIVE\)\. Activate it on its setup page/,
      ],
      [
        'DRAFT',
        'state: DRAFT',
        /^The token is valid, but the connection is not active \(DRAFT\)\. Activate it on its setup page/,
      ],
      [
        'without SCIM',
        'scim: false, state: INACTIVE',
        /^SCIM is disabled for this connection, and its tokens are revoked/,
      ],
    ])('answers a valid token with 403 (%s), and every other one with 401', async (_name, off, detail) => {
      const own = await world.tenant();
      const other = await world.tenant();
      await own.gql(`mutation($id: ID!) { updateConnection(input: { id: $id, ${off} }) { connection { id } } }`, {
        id: own.connectionId,
      });
      for (const path of ['/Users', '/ServiceProviderConfig', '/Users?filter=userName eq "x"']) {
        const { status, body } = await own.scim('GET', path);
        expect([status, body.schemas, body.detail]).toEqual([
          403,
          ['urn:ietf:params:scim:api:messages:2.0:Error'],
          expect.stringMatching(detail),
        ]);
      }
      for (const token of [other.scimToken, `${own.scimToken}x`, own.key, '']) {
        expect((await world.scim(own.connectionId, token, 'GET', '/Users')).status).toBe(401);
      }
      const { connection } = await own.gql(
        'query($id: ID!) { connection(id: $id) { requests(first: 10) { nodes { status error } } } }',
        { id: own.connectionId },
      );
      expect(connection.requests.nodes).toContainEqual({ status: 403, error: expect.stringMatching(detail) });
    });

    test('works at once after activation, and changes nothing before', async () => {
      const own = await world.tenant();
      const body = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'off@acme.example' };
      const state = (to: string) =>
        own.gql(`mutation($id: ID!) { updateConnection(input: { id: $id, state: ${to} }) { connection { id } } }`, {
          id: own.connectionId,
        });
      await state('INACTIVE');
      expect((await own.scim('POST', '/Users', body)).status).toBe(403);
      await state('ACTIVE');
      expect((await own.scim('GET', '/Users')).body.totalResults).toBe(0);
      expect((await own.scim('POST', '/Users', body)).status).toBe(201);
    });
  });

  test('can be reached by a base URL without an underscore, which Okta refuses', async () => {
    const { connection } = await tenant.gql('query($id: ID!) { connection(id: $id) { scim { baseUrl } } }', {
      id: tenant.connectionId,
    });
    const { baseUrl } = connection.scim;
    expect(baseUrl).not.toContain('_');
    const answer = await fetch(`${baseUrl}/Users?count=1`, {
      headers: { authorization: `bearer ${tenant.scimToken}` },
    });
    const body = (await answer.json()) as { Resources: { meta: { location: string } }[] };
    expect(body.Resources[0]?.meta.location).toMatch(new RegExp(`^${baseUrl}/Users/`));
  });
});

describe('media types and paths', () => {
  test('trailing and doubled slashes, and parameters of a media type, are ignored', async () => {
    for (const path of ['/Users/', '//Users', '/Users?']) expect((await tenant.scim('GET', path)).status).toBe(200);
    const headers = { 'content-type': 'application/scim+json; charset=UTF-8' };
    expect((await tenant.scim('POST', '/Users', oktaUser('media@acme.com'), headers)).status).toBe(201);
  });

  test.each([
    ['POST', '/Users', 'not json', {}, 400, 'invalidSyntax'],
    ['POST', '/Users', '[]', {}, 400, 'invalidSyntax'],
    ['POST', '/Users', '{}', { 'content-type': 'text/plain' }, 415, undefined],
    ['GET', '/Users', undefined, { accept: 'text/html' }, 406, undefined],
    ['GET', '/Nothing', undefined, {}, 404, undefined],
    ['GET', `/Users/${'x'.repeat(400)}`, undefined, {}, 404, undefined],
    ['GET', '/Users/%00', undefined, {}, 404, undefined],
    ['GET', '/Users/%E0%A4%A', undefined, {}, 400, undefined],
    ['POST', '/Bulk', '{}', {}, 400, 'invalidSyntax'],
    ['GET', '/Users?count=many', undefined, {}, 400, 'invalidValue'],
    ['POST', '/Users', `{"userName":"big@acme.com","title":"${'x'.repeat(1_100_000)}"}`, {}, 413, undefined],
    ['POST', '/Users', '{"userName":"nul\\u0000@acme.com"}', {}, 400, 'invalidValue'],
    ['POST', '/Users', '{"userName":{"a":1}}', {}, 400, 'invalidValue'],
    ['POST', '/Users', '{"userName":"a@b.c","emails":"x","name":"y"}', {}, 400, 'invalidValue'],
  ])('%s %s answers %s', async (method, path, body, headers, status, scimType) => {
    const before = (await tenant.events()).length;
    const answer = await tenant.scim(method, path, body, headers as Record<string, string>);
    expect([answer.status, answer.body?.scimType]).toEqual([status, scimType]);
    expect(answer.body.detail.length).toBeGreaterThan(10);
    expect((await tenant.events()).length).toBe(before);
  });
});

describe('lists and filters (RFC 7644 section 3.4.2)', () => {
  test('index pagination is 1-based, limits the page size, and is empty after the end', async () => {
    const page = (query: string) => tenant.scim('GET', `/Users?${query}`);
    const total = (await page('count=0')).body;
    expect(total).toMatchObject({ itemsPerPage: 0, Resources: [] });
    expect((await page('startIndex=-3&count=2')).body).toMatchObject({
      startIndex: 1,
      itemsPerPage: 2,
      totalResults: total.totalResults,
    });
    expect((await page('startIndex=1000')).body).toMatchObject({ itemsPerPage: 0, totalResults: total.totalResults });
    expect((await page('count=-1')).body.Resources).toEqual([]);
  });

  test.each([
    ['userName eq "ANN@ACME.COM"', 1],
    ['externalId eq "00u-bob@acme.com"', 1],
    ['externalId eq "00U-BOB@ACME.COM"', 0],
    ['emails.value eq "cyd@acme.com"', 1],
    ['emails eq "cyd@acme.com"', 1],
    ['emails[type eq "work"].value eq "cyd@acme.com"', 1],
    ['emails[type eq "home"].value eq "cyd@acme.com"', 0],
    ['emails[type eq "work" and value co "@acme"]', -1],
    ['displayName Eq "ann example"', 1],
    ['title eq "ann" or title eq "bob" and userName sw "x"', 1],
    ['not (title pr)', 1],
    ['title pr and not (title eq "ann")', 2],
    ['active eq "True"', -1],
    ['meta.lastModified gt "2020-01-01T00:00:00Z"', -1],
    ['meta.lastModified gt "2120-01-01T00:00:00+01:00"', 0],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName ew "acme.com"', -1],
    ['name.familyName co "XAMPL"', -1],
    ['userName eq "8b0e1f4c-random"', 0],
    ['schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"', -1],
    ['nickName eq null', -1],
  ])('%s', async (filter, expected) => {
    const { status, body } = await search(filter);
    expect(status).toBe(200);
    const all = (await tenant.scim('GET', '/Users?count=0')).body.totalResults;
    expect(body.totalResults).toBe(expected === -1 ? all : expected);
  });

  test.each([
    '',
    'userName',
    'userName xx "a"',
    'userName eq',
    "userName eq 'a'",
    'nonsense eq "a"',
    '(userName eq "a"',
    'userName eq "a" and',
    'active gt true',
    'password eq "x"',
    `${'('.repeat(40)}title pr${')'.repeat(40)}`,
    'meta.created gt "soon"',
    'a'.repeat(9000),
  ])('a malformed filter is 400 invalidFilter: %s', async (filter) => {
    const { status, body } = await search(filter || '()');
    expect([status, body.scimType]).toEqual([400, 'invalidFilter']);
  });

  test('POST /.search returns the same as GET, and creates nothing (section 3.4.3)', async () => {
    const before = (await tenant.events()).length;
    const body = { filter: 'title eq "ann"', attributes: ['userName'], startIndex: 1, count: 10 };
    const answer = await tenant.scim('POST', '/Users/.search', body);
    expect(answer).toMatchObject({ status: 200, body: { totalResults: 1, Resources: [{ userName: 'ann@acme.com' }] } });
    expect(answer.body.Resources[0].title).toBeUndefined();
    expect((await tenant.scim('POST', '/Groups/.search', {})).status).toBe(200);
    const broken = await tenant.scim('POST', '/Users/.search', { filter: 'x' });
    expect([broken.status, broken.body.scimType]).toEqual([400, 'invalidFilter']);
    expect((await tenant.scim('POST', '/Users/.search', [])).status).toBe(400);
    expect((await tenant.events()).length).toBe(before);
  });

  test.each([
    ['userName', ['s-a@acme.com', 's-b@acme.com', 's-c@acme.com']],
    ['title', ['s-b@acme.com', 's-a@acme.com', 's-c@acme.com']],
    ['name.familyName', ['s-c@acme.com', 's-b@acme.com', 's-a@acme.com']],
    ['emails', ['s-c@acme.com', 's-a@acme.com', 's-b@acme.com']],
    [
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
      ['s-a@acme.com', 's-c@acme.com', 's-b@acme.com'],
    ],
    ['meta.created', ['s-a@acme.com', 's-b@acme.com', 's-c@acme.com']],
    ['nonsense', ['s-a@acme.com', 's-b@acme.com', 's-c@acme.com']],
  ])(
    'sortBy %s, ascending with missing values last, descending with missing values first (section 3.4.2.3)',
    async (sortBy, expected) => {
      const on = await world.tenant();
      const department = (value: string) => ({
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: value },
      });
      const people = [
        {
          userName: 's-a@acme.com',
          title: 'b',
          name: { familyName: 'z' },
          emails: [{ value: 'b@x.io' }, { value: 'm@x.io', primary: true }],
          ...department('A'),
        },
        { userName: 's-b@acme.com', title: 'A', name: { familyName: 'Y' } },
        { userName: 's-c@acme.com', name: { familyName: 'x' }, emails: [{ value: 'C@x.io' }], ...department('b') },
      ];
      for (const person of people) expect((await on.scim('POST', '/Users', person)).status).toBe(201);
      const list = async (query: string) =>
        (await on.scim('GET', `/Users?sortBy=${encodeURIComponent(sortBy)}${query}`)).body.Resources.map(
          ({ userName }: { userName: string }) => userName,
        );
      expect(await list('')).toEqual(expected);
      if (sortBy !== 'nonsense') expect(await list('&sortOrder=descending')).toEqual([...expected].reverse());
      const pages = [await list('&count=2'), await list('&count=2&startIndex=3')];
      expect(pages.flat()).toEqual(expected);
    },
  );

  test('a list without a filter returns users of the connection only, a lookup also unmanaged users', async () => {
    const create = 'mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }';
    const input = {
      organizationId: tenant.organizationId,
      userName: 'free@acme.com',
      emails: [{ value: 'free@acme.com' }],
    };
    await tenant.gql(create, { input });
    const list = (await tenant.scim('GET', '/Users')).body.Resources.map(
      ({ userName }: { userName: string }) => userName,
    );
    expect(list).not.toContain('free@acme.com');
    expect((await search('userName eq "free@acme.com"')).body.totalResults).toBe(1);
    expect((await search('userName sw "free"')).body.totalResults).toBe(0);
  });
});
