import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, oktaUser, patch, type Tenant, World } from '../../support/world.js';

// One test or more for each rule of docs/scim.md; SR numbers are those of the rules that can be tested over HTTP.
const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const hr = 'urn:example:params:scim:schemas:hr:2.0:User';
let world: World;
let tenant: Tenant;
let number = 0;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({
    scimExtensions: [
      {
        id: hr,
        name: 'HR',
        description: 'What HR says.',
        attributes: [
          { name: 'badge', type: 'string', caseExact: true, description: 'Badge.' },
          { name: 'level', type: 'integer', description: 'Level.' },
          { name: 'remote', type: 'boolean', description: 'Works from home.' },
          { name: 'hired', type: 'dateTime', description: 'First day.' },
          {
            name: 'desks',
            type: 'complex',
            multiValued: true,
            subAttributes: [{ name: 'value' }, { name: 'floor', type: 'integer' }],
          },
        ],
      },
    ],
  });
});
afterAll(() => world.close());

const scim: Tenant['scim'] = (...given) => tenant.scim(...given);
const get = (path: string, headers?: Record<string, string>) => scim('GET', path, undefined, headers);
const aUser = async (more: Anything = {}) => {
  const answer = await scim('POST', '/Users', { userName: `rule${number++}@acme.com`, ...more });
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
  return answer.body;
};
const patched = (id: string, ...operations: Anything[]) => scim('PATCH', `/Users/${id}`, patch(...operations));
const find = (filter: string, path = '/Users') => get(`${path}?filter=${encodeURIComponent(filter)}`);
const refused = ({ status, body }: Anything) => [status, body.scimType];

describe('rule 1 RFC7644 4 discovery matches the behavior', () => {
  test('SR-1, SR-5, SR-6 each endpoint returns single resources and lists; only GET is allowed; unknown ones are 404', async () => {
    for (const path of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas'])
      expect((await get(path)).status).toBe(200);
    for (const path of ['/ResourceTypes', '/Schemas']) {
      const { body } = await get(path);
      expect(body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:ListResponse']);
      for (const { id, meta } of body.Resources) {
        const one = await get(`${path}/${id}`);
        expect([one.status, one.body.id, one.body.meta]).toEqual([200, id, meta]);
      }
      expect((await get(`${path}/Robot`)).status).toBe(404);
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
        expect((await scim(method, path, method === 'DELETE' ? undefined : {})).status).toBe(405);
    }
  });

  test('SR-2, SR-3 ServiceProviderConfig: booleans, numbers, schemes, and limits that are enforced', async () => {
    const { body } = await get('/ServiceProviderConfig');
    for (const feature of ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag'])
      expect(typeof body[feature].supported).toBe('boolean');
    expect([body.bulk.maxOperations, body.bulk.maxPayloadSize, body.filter.maxResults].every(Number.isInteger)).toBe(
      true,
    );
    for (const { type, name, description } of body.authenticationSchemes) {
      expect(['oauth2', 'oauthbearertoken']).toContain(type);
      expect(name && description).toBeTruthy();
    }
    expect((await get(`/Users?count=${body.filter.maxResults + 50}`)).body.itemsPerPage).toBeLessThanOrEqual(
      body.filter.maxResults,
    );
  });

  test('SR-4 a filter on discovery is 403; paging parameters are ignored', async () => {
    for (const path of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas', `/Schemas/${core}`])
      expect((await get(`${path}?filter=id+eq+%22x%22`)).status).toBe(403);
    expect((await get('/Schemas?startIndex=5&count=1&attributes=id')).body.Resources.length).toBeGreaterThan(3);
  });

  test('SR-7 to SR-10 every characteristic of every attribute, and no complex attribute inside another', async () => {
    const { body } = await get('/Schemas');
    const types = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex'];
    const check = (attribute: Anything, depth: number) => {
      const { name, type, multiValued, required, mutability, returned, description } = attribute;
      expect(name).toMatch(/^(\$ref|[A-Za-z][\w-]*)$/);
      expect([name, types.includes(type), typeof multiValued, typeof required]).toEqual([
        name,
        true,
        'boolean',
        'boolean',
      ]);
      expect(['readOnly', 'readWrite', 'immutable', 'writeOnly']).toContain(mutability);
      expect(['always', 'never', 'default', 'request']).toContain(returned);
      expect(typeof description).toBe('string');
      if (type === 'string') expect(typeof attribute.caseExact).toBe('boolean');
      if (type === 'reference') expect(attribute.referenceTypes.length).toBeGreaterThan(0);
      expect(type === 'complex' && depth > 0).toBe(false);
      if (type === 'complex') for (const sub of attribute.subAttributes) check(sub, depth + 1);
    };
    for (const { attributes } of body.Resources) for (const attribute of attributes) check(attribute, 0);
    const attribute = (name: string) =>
      body.Resources.find(({ id }: Anything) => id === core).attributes.find((one: Anything) => one.name === name);
    expect(attribute('userName')).toMatchObject({ required: true, caseExact: false, uniqueness: 'server' });
    expect(attribute('password')).toMatchObject({ mutability: 'writeOnly', returned: 'never' });
    expect(attribute('groups')).toMatchObject({ mutability: 'readOnly' });
  });

  test('rule 16 a declared extension is in /Schemas and /ResourceTypes, and is validated as declared', async () => {
    const { body: types } = await get('/ResourceTypes/User');
    expect(types.schemaExtensions).toContainEqual({ schema: hr, required: false });
    expect((await get(`/Schemas/${hr}`)).body.attributes.map(({ name }: Anything) => name)).toEqual([
      'badge',
      'level',
      'remote',
      'hired',
      'desks',
    ]);
    const user = await aUser({
      [hr.toUpperCase()]: { BADGE: 'aB', level: '7', remote: 'True', desks: [{ value: 'd1', floor: '2' }] },
    });
    expect(user[hr]).toEqual({ badge: 'aB', level: 7, remote: true, desks: [{ value: 'd1', floor: 2 }] });
    expect(user.schemas).toEqual([core, hr]);
    for (const [filter, n] of [
      [`${hr}:badge eq "aB"`, 1],
      [`${hr}:badge eq "AB"`, 0],
      [`${hr}:level gt 6`, 1],
      [`${hr}:desks[floor eq 2]`, 1],
      [`badge eq "aB"`, 1],
    ] as const)
      expect([filter, (await find(filter)).body.totalResults]).toEqual([filter, n]);
    expect(refused(await scim('POST', '/Users', { userName: 'l@acme.com', [hr]: { level: 'high' } }))).toEqual([
      400,
      'invalidValue',
    ]);
    expect(refused(await find(`${hr}:remote gt true`))).toEqual([400, 'invalidFilter']);
    const moved = await patched(user.id, { op: 'replace', path: `${hr}:level`, value: 8 });
    expect(moved.body[hr].level).toBe(8);
    // Another connection has not declared it, so its values are not validated.
    const other = await world.tenant();
    const kept = await other.scim('POST', '/Users', { userName: 'x', [hr]: { level: 'high' } });
    expect(kept.body[hr]).toEqual({ level: 'high' });
  });
});

describe('rule 2 endpoints', () => {
  test('RFC7644 3.11 /Me: 501 for the IdP, the resource of a signed-in user, 401 without a valid credential', async () => {
    expect((await get('/Me')).status).toBe(501);
    const user = await aUser({ title: 'Self' });
    const { database } = world.rollcall;
    const { hashSecret } = await import('../../../src/kernel/secrets.js');
    await database?.run(
      `insert into sessions (organization_id, id, user_id, connection_id, hash, created_at, expires_at)
       values ($1, $2, $3, $4, $5, now(), now() + interval '1 hour')`,
      [
        tenant.organizationId,
        'ses_00000000000000000000000001',
        user.id,
        tenant.connectionId,
        hashSecret('rc_session_me'),
      ],
    );
    const me = (base: string, method = 'GET') =>
      world.scim(base, 'rc_session_me', method, '/Me', method === 'GET' ? undefined : {});
    const answer = await me(tenant.connectionId);
    expect(answer).toMatchObject({ status: 200, body: { id: user.id, title: 'Self', meta: user.meta } });
    expect((await me(tenant.connectionId, 'PATCH')).status).toBe(501);
    expect((await me((await world.tenant()).connectionId)).status).toBe(401);
    expect((await world.scim(tenant.connectionId, 'rc_session_me', 'GET', '/Users')).status).toBe(401);
  });

  test('SR-45 POST to a resource and PUT to a collection are 405; SR-111 another protocol version is refused', async () => {
    const user = await aUser();
    expect((await scim('POST', `/Users/${user.id}`, {})).status).toBe(405);
    expect((await scim('PUT', '/Users', {})).status).toBe(405);
    const { status } = await fetch(`${world.url}/scim/v1/${tenant.connectionId}/Users`);
    expect(status).toBe(404);
  });
});

describe('rule 3 RFC7644 3.1 media types', () => {
  test('SR-17, SR-19 accepts both types in any case, and answers with scim+json unless only json is accepted', async () => {
    for (const type of [
      'application/scim+json',
      'application/json',
      'Application/SCIM+JSON; charset=utf-8',
      'application/json;charset="UTF-8"',
    ])
      expect(
        (await scim('POST', '/Users', { userName: `media${number++}@acme.com` }, { 'content-type': type })).status,
      ).toBe(201);
    const typeOf = async (accept: string) => (await get('/Users?count=1', { accept })).headers.get('content-type');
    for (const accept of ['*/*', 'application/scim+json', 'application/*', 'application/json, application/scim+json'])
      expect(await typeOf(accept)).toMatch(/^application\/scim\+json/);
    expect(await typeOf('application/json')).toMatch(/^application\/json/);
  });

  test('SR-18 anything else is 415 or 406', async () => {
    expect((await scim('POST', '/Users', 'x', { 'content-type': 'text/xml' })).status).toBe(415);
    expect((await get('/Users', { accept: 'text/html' })).status).toBe(406);
  });
});

describe('rule 4 RFC7644 3.3 create', () => {
  test('SR-41 to SR-43 Location is meta.location; id, meta and groups from the client are ignored', async () => {
    const { status, headers, body } = await scim('POST', '/Users?attributes=userName', {
      userName: 'r4@acme.com',
      id: 'mine',
      meta: { created: '2001-01-01T00:00:00Z', version: 'W/"7"' },
      groups: [{ value: 'x' }],
      externalId: '1',
    });
    expect([status, Object.keys(body).sort()]).toEqual([201, ['id', 'schemas', 'userName']]);
    const { body: whole } = await get(`/Users/${body.id}`);
    expect(whole.meta).toMatchObject({
      location: headers.get('location'),
      version: headers.get('etag'),
      resourceType: 'User',
    });
    expect(whole.meta.created).toBe(whole.meta.lastModified);
    expect(whole.groups).toBeUndefined();
    expect(body.id).not.toBe('mine');
  });

  test('SR-42, SR-33 a missing, empty or taken userName; SR-30 a taken externalId, with the attribute in the detail', async () => {
    const user = await aUser({ externalId: 'r4-x' });
    for (const body of [{}, { userName: '' }, { userName: null }, { userName: ' ' }])
      expect(refused(await scim('POST', '/Users', body))).toEqual([400, 'invalidValue']);
    const name = await scim('POST', '/Users', { userName: user.userName.toUpperCase() });
    expect([...refused(name), /userName/.test(name.body.detail)]).toEqual([409, 'uniqueness', true]);
    const external = await scim('POST', '/Users', { userName: 'r4-other@acme.com', externalId: 'r4-x' });
    expect([...refused(external), /externalId/.test(external.body.detail)]).toEqual([409, 'uniqueness', true]);
  });

  test('SR-24, SR-25, SR-32 names in any case; null, [] and "" are unassigned; schemas lists the used ones', async () => {
    const user = await aUser({
      schemas: [core, 'urn:nonsense', enterprise],
      TITLE: 'T',
      nickName: null,
      locale: '',
      phoneNumbers: [],
      Name: { GIVENNAME: 'G', familyName: null },
    });
    expect(user).toMatchObject({ schemas: [core], title: 'T', name: { givenName: 'G' } });
    for (const key of ['nickName', 'locale', 'phoneNumbers', 'TITLE', 'Name']) expect(key in user).toBe(false);
  });

  test('SR-44 a value of a wrong type is converted or 400, never stored unchanged', async () => {
    for (const body of [
      { active: 'maybe' },
      { title: {} },
      { name: [] },
      { emails: [{ primary: 'maybe', value: 'x' }] },
      { title: ['a', 'b'] },
    ]) {
      const answer = await scim('POST', '/Users', { userName: `wrong${number++}@acme.com`, ...body });
      if (answer.status === 201) expect([answer.body.name, answer.body.title]).toEqual([undefined, undefined]);
      else expect(refused(answer)).toEqual([400, 'invalidValue']);
    }
  });

  test('rule 17 SR-34 a password is accepted, never returned, and cannot be searched', async () => {
    const user = await aUser({ password: 'r17-secret' });
    expect(JSON.stringify([user, (await get(`/Users/${user.id}?attributes=password`)).body])).not.toContain(
      'r17-secret',
    );
    expect(refused(await find('password eq "r17-secret"'))).toEqual([400, 'invalidFilter']);
    expect(refused(await find('password pr'))).toEqual([400, 'invalidFilter']);
  });
});

describe('rule 5 RFC7644 3.5.1 replace', () => {
  test('SR-84 to SR-87 clears omitted attributes, keeps created, never creates, and requires required attributes', async () => {
    const user = await aUser({
      title: 'T',
      name: { givenName: 'G' },
      emails: [{ value: 'a@b.test' }],
      [enterprise]: { department: 'D' },
    });
    const { status, body } = await scim('PUT', `/Users/${user.id}`, { userName: user.userName, id: 'other', meta: {} });
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['active', 'id', 'meta', 'schemas', 'userName']);
    expect([body.id, body.meta.created]).toEqual([user.id, user.meta.created]);
    expect(body.meta.version).not.toBe(user.meta.version);
    expect(refused(await scim('PUT', `/Users/${user.id}`, { title: 'x' }))).toEqual([400, 'invalidValue']);
    expect((await scim('PUT', '/Users/user_00000000000000000000000000', { userName: 'x' })).status).toBe(404);
    const other = await aUser();
    expect(refused(await scim('PUT', `/Users/${other.id}`, { userName: user.userName }))).toEqual([409, 'uniqueness']);
  });
});

describe('rule 6 RFC7644 3.5.2 PATCH', () => {
  const emails = [
    { value: 'w@acme.com', type: 'work', primary: true },
    { value: 'h@acme.com', type: 'home' },
  ];
  test.each([
    [
      '3.5.2.1 add without a path merges',
      { name: { givenName: 'G' } },
      [{ op: 'add', value: { name: { familyName: 'F' }, title: 'T' } }],
      { name: { givenName: 'G', familyName: 'F' }, title: 'T' },
    ],
    [
      '3.5.2.1 add to a list appends and removes repeats',
      { emails },
      [{ op: 'add', path: 'emails', value: [emails[1], { value: 'n@acme.com' }] }],
      { emails: [...emails, { value: 'n@acme.com' }] },
    ],
    ['3.5.2.1 add replaces a single value', { title: 'a' }, [{ op: 'add', path: 'title', value: 'b' }], { title: 'b' }],
    [
      '3.5.2.1 a new primary replaces the old one',
      { emails },
      [{ op: 'add', path: 'emails', value: [{ value: 'n@acme.com', primary: true }] }],
      { emails: [{ ...emails[0], primary: false }, emails[1], { value: 'n@acme.com', primary: true }] },
    ],
    [
      '3.5.2.3 replace of a complex attribute keeps other sub-attributes',
      { name: { givenName: 'G', familyName: 'F' } },
      [{ op: 'replace', path: 'name', value: { givenName: 'X' } }],
      { name: { givenName: 'X', familyName: 'F' } },
    ],
    [
      '3.5.2.3 replace of a list replaces all values',
      { emails },
      [{ op: 'replace', path: 'emails', value: [{ value: 'o@acme.com' }] }],
      { emails: [{ value: 'o@acme.com' }] },
    ],
    ['3.5.2.3 replace of what is missing adds', {}, [{ op: 'replace', path: 'title', value: 'T' }], { title: 'T' }],
    [
      '3.5.2.3 replace by a filter and a sub-attribute',
      { emails },
      [{ op: 'replace', path: 'emails[type eq "home"].value', value: 'x@acme.com' }],
      { emails: [emails[0], { value: 'x@acme.com', type: 'home' }] },
    ],
    ['3.5.2.2 remove of an attribute', { title: 'T' }, [{ op: 'remove', path: 'title' }], { title: undefined }],
    [
      '3.5.2.2 remove of a sub-attribute',
      { name: { givenName: 'G', familyName: 'F' } },
      [{ op: 'remove', path: 'name.givenName' }],
      { name: { familyName: 'F' } },
    ],
    [
      '3.5.2.2 remove by a filter',
      { emails },
      [{ op: 'remove', path: 'emails[type eq "home"]' }],
      { emails: [emails[0]] },
    ],
    [
      '3.5.2.2 remove by a filter that selects all values unassigns the attribute',
      { emails },
      [{ op: 'remove', path: 'emails[value pr]' }],
      { emails: undefined },
    ],
    [
      '3.5.2.2 remove of a sub-attribute of matching values',
      { emails },
      [{ op: 'remove', path: 'emails[type eq "home"].type' }],
      { emails: [emails[0], { value: 'h@acme.com' }] },
    ],
    ['3.5.2 a path with the core URN', {}, [{ op: 'add', path: `${core}:title`, value: 'T' }], { title: 'T' }],
    [
      '3.5.2 the URN of an extension alone',
      {},
      [{ op: 'add', path: enterprise, value: { department: 'D' } }],
      { [enterprise]: { department: 'D' } },
    ],
    [
      '3.5.2 SR-95 an emptied extension is removed from schemas',
      { [enterprise]: { department: 'D' } },
      [{ op: 'remove', path: `${enterprise}:department` }],
      { schemas: [core], [enterprise]: undefined },
    ],
    [
      '3.5.2 operations apply in order',
      {},
      [
        { op: 'add', path: 'title', value: 'a' },
        { op: 'replace', path: 'title', value: 'b' },
        { op: 'remove', path: 'title' },
        { op: 'add', path: 'title', value: 'c' },
      ],
      { title: 'c' },
    ],
  ] as [string, Anything, Anything[], Anything][])('RFC7644 %s', async (_name, before, operations, expected) => {
    const user = await aUser(before);
    const { status, body } = await patched(user.id, ...operations);
    expect([status, body.detail]).toEqual([200, undefined]);
    for (const [key, value] of Object.entries(expected)) expect([key, body[key]]).toEqual([key, value]);
  });

  test.each([
    ['noTarget', { op: 'remove' }],
    ['noTarget', { op: 'replace', path: 'emails[type eq "fax"].value', value: 'x' }],
    ['mutability', { op: 'replace', path: 'id', value: 'x' }],
    ['mutability', { op: 'add', path: 'meta.created', value: 'x' }],
    ['mutability', { op: 'add', path: 'groups', value: [{ value: 'x' }] }],
    ['mutability', { op: 'remove', path: 'userName' }],
    ['invalidPath', { op: 'add', path: 'emails[type eq "x"', value: 'x' }],
    ['invalidPath', { op: 'add', path: 'nonsense', value: 'x' }],
    ['invalidPath', { op: 'add', path: 'title.sub', value: 'x' }],
    ['invalidFilter', { op: 'replace', path: 'emails[type xx "work"].value', value: 'x' }],
    ['invalidValue', { op: 'replace', path: 'active', value: 'maybe' }],
    ['invalidValue', { op: 'add', path: 'title' }],
    ['invalidValue', { op: 'add', value: 'x' }],
    ['invalidSyntax', { op: 'move', path: 'title', value: 'x' }],
    ['invalidSyntax', 'x'],
  ])('SR-89 to SR-98 all or nothing: %s %j', async (scimType, operation) => {
    const user = await aUser({ title: 'T', emails: [{ value: 'a@b.test', type: 'work' }] });
    const before = (await tenant.events()).length;
    const answer = await patched(user.id, { op: 'replace', path: 'title', value: 'changed' }, operation);
    expect(refused(answer)).toEqual([400, scimType]);
    expect((await get(`/Users/${user.id}`)).body).toEqual(user);
    expect((await tenant.events()).length).toBe(before);
  });

  test('SR-108 a request that changes nothing keeps lastModified and version, and emits no event', async () => {
    const user = await aUser({ title: 'T', emails });
    const before = (await tenant.events()).length;
    const answer = await patched(
      user.id,
      { op: 'replace', path: 'title', value: 'T' },
      { op: 'add', path: 'emails', value: emails },
      { op: 'remove', path: 'nickName' },
      { op: 'replace', value: { active: true, name: {} } },
    );
    expect(answer.body).toEqual(user);
    expect((await tenant.events()).length).toBe(before);
  });
});

describe('rule 7 RFC7644 3.6 delete', () => {
  test('SR-100, SR-101 204, then 404 for everything, in no list, its userName free, in no group', async () => {
    const user = await aUser({ externalId: 'r7' });
    const { body: group } = await scim('POST', '/Groups', { displayName: 'R7', members: [{ value: user.id }] });
    const deleted = await scim('DELETE', `/Users/${user.id}`);
    expect([deleted.status, deleted.body]).toEqual([204, null]);
    for (const [method, body] of [['GET'], ['PUT', { userName: 'x' }], ['PATCH', patch()], ['DELETE']] as const)
      expect((await scim(method, `/Users/${user.id}`, body)).status).toBe(404);
    for (const filter of [`userName eq "${user.userName}"`, 'externalId eq "r7"', `id eq "${user.id}"`])
      expect((await find(filter)).body.totalResults).toBe(0);
    expect((await get(`/Groups/${group.id}`)).body.members ?? []).toEqual([]);
    expect((await scim('POST', '/Users', { userName: user.userName })).status).toBe(201);
  });
});

describe('rule 8 RFC7644 3.4.2.2 filters', () => {
  test('SR-53 to SR-62 precedence, negation, null, dates, numbers, escapes and Unicode', async () => {
    const on = await world.tenant();
    const people = [
      {
        userName: 'A',
        title: 'x',
        nickName: 'n',
        emails: [
          { type: 'work', value: 'a@w.test' },
          { type: 'home', value: 'a@h.test' },
        ],
      },
      { userName: 'B', title: 'y', name: { familyName: 'Ö"\\' }, custom: 5 },
      { userName: 'C', active: false, name: { familyName: '人物' }, [enterprise]: { department: 'D' } },
    ];
    for (const person of people) await on.scim('POST', '/Users', person);
    const names = async (filter: string) => {
      const { status, body } = await on.scim('GET', `/Users?filter=${encodeURIComponent(filter)}`);
      return status === 200 ? body.Resources.map(({ userName }: Anything) => userName).join('') : body.scimType;
    };
    const cases: [string, string][] = [
      ['title eq "x" or title eq "y" and active eq false', 'A'],
      ['(title eq "x" or title eq "y") and active eq true', 'AB'],
      ['not (title eq "x")', 'BC'],
      ['not (title eq "x") and active eq true', 'B'],
      ['NOT(title EQ "x") AND Active eq TRUE', 'B'],
      ['title pr', 'AB'],
      ['name pr', 'BC'],
      ['emails pr', 'A'],
      ['title eq null', 'C'],
      ['title ne null', 'AB'],
      ['title ne "x"', 'BC'],
      ['name.familyName eq "\\u00d6\\"\\\\"', 'B'],
      ['name.familyName sw "ö"', 'B'],
      ['name.familyName eq "人物"', 'C'],
      ['emails.type eq "work" and emails.value eq "a@h.test"', 'A'],
      ['emails[type eq "work" and value eq "a@h.test"]', ''],
      ['emails[type eq "home" and value co "h."]', 'A'],
      ['emails[not (type eq "work")]', 'A'],
      ['emails co "@w."', 'A'],
      ['emails.value ew ".TEST"', 'A'],
      [`${enterprise}:department eq "d"`, 'C'],
      ['department eq "D"', 'C'],
      ['title gt "x"', 'B'],
      ['title le "x"', 'A'],
      ['meta.created ge "2020-01-01T00:00:00+09:00"', 'ABC'],
      ['meta.resourceType eq "User"', 'ABC'],
      [`schemas eq "${enterprise}"`, 'C'],
      ['active gt true', 'invalidFilter'],
      ['title co 5', 'invalidFilter'],
      ['meta.created gt "yesterday"', 'invalidFilter'],
      ['title eq x', 'invalidFilter'],
      ['title eq "x" title eq "y"', 'invalidFilter'],
      ['emails[type eq "work"', 'invalidFilter'],
      ['not title eq "x"', 'invalidFilter'],
    ];
    for (const [filter, expected] of cases) expect([filter, await names(filter)]).toEqual([filter, expected]);
  });
});

describe('rule 9 RFC7644 3.4.2.4 index pagination', () => {
  test('SR-67 to SR-70 1-based; below 1 means 1; a negative count means 0; totalResults counts all; text is 400', async () => {
    const on = await world.tenant();
    for (let n = 0; n < 5; n++) await on.scim('POST', '/Users', { userName: `page${n}` });
    const page = async (query: string) => {
      const { body } = await on.scim('GET', `/Users?${query}`);
      return [
        body.startIndex,
        body.itemsPerPage,
        body.totalResults,
        body.Resources.map(({ userName }: Anything) => userName.at(-1)).join(''),
      ];
    };
    expect(await page('startIndex=2&count=2')).toEqual([2, 2, 5, '12']);
    expect(await page('startIndex=0&count=2')).toEqual([1, 2, 5, '01']);
    expect(await page('startIndex=-7')).toEqual([1, 5, 5, '01234']);
    expect(await page('count=0')).toEqual([1, 0, 5, '']);
    expect(await page('count=-1')).toEqual([1, 0, 5, '']);
    expect(await page('startIndex=6')).toEqual([6, 0, 5, '']);
    expect(await page('startIndex=5&count=10')).toEqual([5, 1, 5, '4']);
    for (const query of ['count=x', 'startIndex=1.5', 'count=%00'])
      expect((await on.scim('GET', `/Users?${query}`)).status).toBe(400);
    // SR-48 unknown parameters are ignored.
    expect((await on.scim('GET', '/Users?colour=red')).status).toBe(200);
  });
});

describe('rule 10 RFC7644 3.9 projection', () => {
  test('SR-71 to SR-74 returns only the requested attributes, always id and schemas, on every method', async () => {
    const user = await aUser({
      title: 'T',
      name: { givenName: 'G', familyName: 'F' },
      emails: [{ value: 'a@b.test', type: 'work' }],
      [enterprise]: { department: 'D', division: 'V' },
    });
    const keys = async (query: string) => {
      const { body } = await get(`/Users/${user.id}?${query}`);
      return Object.keys(body)
        .filter((key) => key !== 'schemas' && key !== 'id')
        .sort();
    };
    expect(await keys('attributes=title')).toEqual(['title']);
    expect(await keys('attributes=TITLE,%20name.givenName')).toEqual(['name', 'title']);
    expect(await keys(`attributes=${enterprise}:department`)).toEqual([enterprise]);
    expect(await keys(`attributes=${core}:title`)).toEqual(['title']);
    expect(await keys('attributes=nonsense')).toEqual([]);
    expect(await keys('attributes=password')).toEqual([]);
    expect(await keys('excludedAttributes=id,schemas,meta,title')).toEqual(
      ['active', 'emails', 'name', enterprise, 'userName'].sort(),
    );
    const { body: parts } = await get(`/Users/${user.id}?attributes=name.givenName,emails.value`);
    expect([parts.name, parts.emails]).toEqual([{ givenName: 'G' }, [{ value: 'a@b.test' }]]);
    const { body: less } = await get(`/Users/${user.id}?excludedAttributes=name.givenName,${enterprise}:division`);
    expect([less.name, less[enterprise]]).toEqual([{ familyName: 'F' }, { department: 'D' }]);
    expect(refused(await get(`/Users/${user.id}?attributes=title&excludedAttributes=name`))).toEqual([
      400,
      'invalidValue',
    ]);
    const put = await scim('PUT', `/Users/${user.id}?attributes=userName`, { userName: user.userName, title: 'P' });
    const patchedBody = await scim(
      'PATCH',
      `/Users/${user.id}?attributes=title`,
      patch({ op: 'add', path: 'title', value: 'Q' }),
    );
    expect([Object.keys(put.body).sort(), patchedBody.body.title]).toEqual([['id', 'schemas', 'userName'], 'Q']);
  });
});

describe('rule 12 RFC7644 3.14 versions', () => {
  test('SR-107, SR-108 weak ETags, 304, 412, lists of tags, and one success of concurrent writes with one tag', async () => {
    const user = await aUser({ title: 'T' });
    const { version } = user.meta;
    expect(version).toMatch(/^W\/"/);
    for (const tag of [version, version.slice(2), `"x", ${version}`, '*']) {
      const answer = await get(`/Users/${user.id}`, { 'if-none-match': tag });
      expect([answer.status, answer.body]).toEqual([304, null]);
    }
    expect((await get(`/Users/${user.id}`, { 'if-none-match': 'W/"x"' })).status).toBe(200);
    const title = (value: string, tag: string) =>
      scim('PATCH', `/Users/${user.id}`, patch({ op: 'replace', path: 'title', value }), { 'if-match': tag });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => title(`t${n}`, version)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(412)]);
    expect((await scim('PUT', `/Users/${user.id}`, { userName: user.userName }, { 'if-match': version })).status).toBe(
      412,
    );
    expect((await scim('DELETE', `/Users/${user.id}`, undefined, { 'if-match': version })).status).toBe(412);
    expect((await title('any', '*')).status).toBe(200);
    const { body: group } = await scim('POST', '/Groups', { displayName: 'V' });
    const changed = await scim(
      'PATCH',
      `/Groups/${group.id}`,
      patch({ op: 'add', path: 'members', value: [{ value: user.id }] }),
      { 'if-match': group.meta.version },
    );
    expect([changed.status, changed.body.meta.version === group.meta.version]).toEqual([200, false]);
    expect((await scim('DELETE', `/Groups/${group.id}`, undefined, { 'if-match': group.meta.version })).status).toBe(
      412,
    );
  });
});

describe('rule 13 RFC7644 3.12 errors', () => {
  test('SR-12, SR-20 the Error schema, a string for the status, and a challenge with 401', async () => {
    const answers = [
      await get('/Users/nobody'),
      await scim('POST', '/Users', {}),
      await find('x'),
      await world.scim(tenant.connectionId, 'wrong', 'GET', '/Users'),
      await get('/Nowhere'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 400, 401, 404]);
    for (const { status, headers, body } of answers) {
      expect(body).toMatchObject({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status) });
      expect(body.detail.length).toBeGreaterThan(10);
      expect(headers.get('content-type')).toMatch(/json/);
      expect(headers.has('www-authenticate')).toBe(status === 401);
    }
  });

  test('SR-116, SR-117 an id of another tenant returns the same as an unknown id', async () => {
    const other = await world.tenant();
    const { body: theirs } = await other.scim('POST', '/Users', { userName: 'theirs' });
    const nobody = 'user_00000000000000000000000000';
    for (const [method, body] of [['GET'], ['PUT', { userName: 'x' }], ['PATCH', patch()], ['DELETE']] as const) {
      const [a, b] = [await scim(method, `/Users/${theirs.id}`, body), await scim(method, `/Users/${nobody}`, body)];
      expect([a.status, a.body.detail]).toEqual([404, b.body.detail]);
    }
    const { body: group } = await scim('POST', '/Groups', { displayName: 'Mine' });
    const members = patch({ op: 'add', path: 'members', value: [{ value: theirs.id }] });
    expect(refused(await scim('PATCH', `/Groups/${group.id}`, members))).toEqual([400, 'invalidValue']);
  });
});

describe('rule 18 concurrency', () => {
  test('twenty concurrent POSTs of one userName: one 201, the others 409, and the filter finds one user', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => scim('POST', '/Users', oktaUser('race@acme.com'))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)]);
    expect((await find('userName eq "race@acme.com"')).body.totalResults).toBe(1);
  });
});
