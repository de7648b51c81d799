import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, bulk, creation, patch, type Tenant, World } from '../../support/world.js';

const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const coreGroup = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const acme = 'urn:ietf:params:scim:schemas:extension:acme:2.0:User';
const typed = 'urn:example:params:scim:schemas:typed:1.0:User';

const scimExtensions = [
  {
    id: typed,
    resourceType: 'User',
    attributes: [
      { name: 'hired', type: 'dateTime' },
      { name: 'level', type: 'integer' },
      { name: 'share', type: 'decimal' },
      { name: 'levels', type: 'integer', multiValued: true },
      { name: 'key', type: 'binary' },
      { name: 'keys', type: 'binary', multiValued: true, caseExact: false },
      { name: 'links', type: 'reference', multiValued: true },
    ],
  },
];

let world: World;
let tenant: Tenant;
let number = 0;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({ provider: 'OKTA', scimExtensions, grantableRoles: ['viewer', 'editor'] });
});
afterAll(() => world.close());

const scim = (method: string, path: string, body?: unknown) => tenant.scim(method, path, body);
const name = () => `write${number++}@acme.com`;
const aUser = async (more: Anything = {}) => (await scim('POST', '/Users', { userName: name(), ...more })).body;
const aGroup = async (members: string[], more: Anything = {}) =>
  (
    await scim('POST', '/Groups', {
      displayName: `G${number++}`,
      members: members.map((value) => ({ value })),
      ...more,
    })
  ).body;
const refused = ({ status, body }: { status: number; body: Anything }) => [status, body?.scimType];
const membersOf = async (id: string) =>
  ((await scim('GET', `/Groups/${id}`)).body.members ?? []).map(({ value }: Anything) => value).sort();
const quirksOf = async () => {
  const query = 'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { quirks } } } }';
  const { connection } = await tenant.gql(query, { id: tenant.connectionId });
  return connection.requests.nodes[0].quirks.sort();
};
/** Sends a write by POST, PUT, PATCH and Bulk. Each must return the same error and change nothing. */
async function refusedEverywhere(resource: Anything, attributes: Anything, refusal: unknown[]) {
  const endpoint = resource.meta.resourceType === 'User' ? '/Users' : '/Groups';
  const whole = endpoint === '/Users' ? { userName: name() } : { displayName: 'G' };
  const path = `${endpoint}/${resource.id}`;
  const data = { ...whole, ...attributes };
  expect(refused(await scim('POST', endpoint, data))).toEqual(refusal);
  expect(refused(await scim('PUT', path, data))).toEqual(refusal);
  const { body } = await scim('POST', '/Bulk', bulk([creation('b1', data, endpoint), { method: 'PUT', path, data }]));
  for (const { status, response } of body.Operations) expect([Number(status), response?.scimType]).toEqual(refusal);
  expect((await scim('GET', path)).body).toEqual(resource);
}

describe('RFC 7643 section 3, schemas', () => {
  test('a body whose schemas does not name its resource type is 400 invalidSyntax', async () => {
    for (const schemas of [[coreGroup], ['urn:x'], core, [enterprise], { a: 1 }, [core.slice(0, -1)]])
      await refusedEverywhere(await aUser(), { schemas }, [400, 'invalidSyntax']);
    await refusedEverywhere(await aGroup([]), { schemas: [core] }, [400, 'invalidSyntax']);
  });

  test('schemas that is absent, empty, in another case, or has additional URNs is accepted', async () => {
    for (const schemas of [undefined, null, [], [core.toUpperCase()], [core, `${enterprise}x`, 'urn:x']])
      expect((await scim('POST', '/Users', { userName: name(), schemas })).status).toBe(201);
  });

  test('section 3.5.2 of RFC 7644, a PATCH derives schemas, and refuses a replacement that contradicts the type', async () => {
    const user = await aUser();
    const send = (op: string, value?: unknown) =>
      scim('PATCH', `/Users/${user.id}`, patch({ op, path: 'schemas', value }));
    expect(refused(await send('replace', [coreGroup]))).toEqual([400, 'invalidSyntax']);
    expect(refused(await send('remove'))).toEqual([400, 'mutability']);
    expect((await send('add', ['urn:x'])).body).toEqual(user);
    expect(await quirksOf()).toContain('readOnlyIgnored');
  });
});

describe('RFC 7643 section 2.1, names in any case; RFC 8259 sections 4 and 6', () => {
  const raw = (text: string) => scim('POST', '/Users', text);

  test('a repeated name in one object is 400, in any case', async () => {
    for (const text of [
      '{"username":"a@acme.com","USERNAME":"b@acme.com"}',
      '{"userName":"a@acme.com","name":{"givenName":"A","GivenName":"B"}}',
      `{"userName":"a@acme.com","${acme}":{"badge":"1","BADGE":"2"}}`,
      '{"userName":"a@acme.com","emails":[{"value":"a@b.c","Value":"d@e.f"}]}',
      '{"userName":"a@acme.com","\\u0055serName":"b@acme.com"}',
    ])
      expect(refused(await raw(text))).toEqual([400, 'invalidSyntax']);
  });

  test('two values under two spellings of one name are 400; the same value twice is accepted', async () => {
    const two = [
      { department: 'A', [enterprise]: { department: 'B' } },
      { title: 'A', [core]: { title: 'B' } },
      { title: 'A', [`${core}:title`]: 'B' },
      { [enterprise]: { department: 'A' }, [`${enterprise}:department`]: 'B' },
    ];
    for (const attributes of two) await refusedEverywhere(await aUser(), attributes, [400, 'invalidValue']);
    expect(await aUser({ department: 'A', [enterprise]: { department: 'A' } })).toMatchObject({
      [enterprise]: { department: 'A' },
    });
  });

  test.each([
    '1e400',
    '-1e999',
    '12345678901234567890',
    '9007199254740993',
    '1e-400',
    '3e-324',
    '1.2345e-320',
    '0.10000000000000000555',
  ])('the number %s, which a double cannot represent, is 400', async (text) => {
    for (const place of [`"n":${text}`, `"${acme}":{"n":[${text}]}`])
      expect(refused(await raw(`{"userName":"${name()}",${place}}`))).toEqual([400, 'invalidValue']);
    const { id } = await aUser();
    const body = `{"Operations":[{"op":"add","value":{"n":${text}}}]}`;
    expect(refused(await scim('PATCH', `/Users/${id}`, body))).toEqual([400, 'invalidValue']);
  });

  test('a number that a double can represent is stored unchanged', async () => {
    const text = `{"userName":"${name()}","n":[0,-1,1.50,1e3,0.1,9007199254740991,9007199254740992,1e22,0.10000000000000001]}`;
    expect(
      (await raw(`{"userName":"${name()}","n":[5e-324,4.9406564584124654e-324,2.2250738585072014e-308,1e-310]}`)).body
        .n,
    ).toEqual([5e-324, 5e-324, 2.2250738585072014e-308, 1e-310]);
    expect((await raw(text)).body.n).toEqual([0, -1, 1.5, 1000, 0.1, 9007199254740991, 9007199254740992, 1e22, 0.1]);
  });
});

describe('RFC 7643 section 2.3, values of declared types', () => {
  test.each([
    [
      'hired',
      ['May 1 2024', '2024-05-01', '2024-02-30T00:00:00Z', '2024-05-01T25:00:00Z', '2024-05-01 00:00:00Z', 5, true],
    ],
    ['level', [1.5, '7.5', '0x10', '1e1', ' 7', true, '9007199254740993', {}, [1, 2]]],
    ['share', ['0x10', 'NaN', 'Infinity', '1,5', true, '1e400', '12345678901234567890.5']],
    ['levels', [[1, 1.5], ['0x10']]],
    ['key', ['not base64!', 5, 'A', 'AAAAA', 'YQ=', 'YWI==', 'YWJj=', 'YWJj==', '=', 'Y===', 'Y=Q=']],
  ])('%s: a value of another type is 400 invalidValue, by POST, PUT, PATCH and Bulk', async (attribute, values) => {
    const user = await aUser({ [typed]: { level: 1 } });
    for (const value of values as unknown[]) {
      await refusedEverywhere(user, { [typed]: { [attribute]: value } }, [400, 'invalidValue']);
      for (const operation of [
        { op: 'add', path: `${typed}:${attribute}`, value },
        { op: 'replace', path: typed, value: { [attribute]: value } },
        { op: 'replace', value: { [`${typed}:${attribute}`]: value } },
      ])
        expect(refused(await scim('PATCH', `/Users/${user.id}`, patch(operation)))).toEqual([400, 'invalidValue']);
    }
    expect((await scim('GET', `/Users/${user.id}`)).body).toEqual(user);
  });

  test('RFC 4648 section 3.2, base64 with padding, without it and in both alphabets is kept', async () => {
    for (const key of ['YQ==', 'YQ', 'YWI=', 'YWI', 'YWJj', '-_-_', 'YW\r\nJj'])
      expect((await aUser({ [typed]: { key } }))[typed]).toEqual({ key });
  });

  test.each([
    ['keys', ['QUJD', 'qujd']],
    ['links', ['https://acme.com/A', 'https://acme.com/a']],
  ])('sections 2.3.6 and 2.3.7, %s that differ in case are different values', async (attribute, values) => {
    const user = await aUser({ [typed]: { [attribute]: values } });
    expect(user[typed]).toEqual({ [attribute]: values });
    const path = `${typed}:${attribute}`;
    const one = patch({ op: 'remove', path, value: values.slice(1) });
    expect((await scim('PATCH', `/Users/${user.id}`, one)).body[typed]).toEqual({ [attribute]: values.slice(0, 1) });
    const again = patch({ op: 'add', path, value: values });
    expect((await scim('PATCH', `/Users/${user.id}`, again)).body[typed]).toEqual({ [attribute]: values });
    for (const [value, found] of [
      [values[0], 1],
      [values[0]?.toUpperCase(), attribute === 'keys' ? 1 : 0],
    ]) {
      const filter = new URLSearchParams({ filter: `${path} eq "${value}"` });
      expect((await scim('GET', `/Users?${filter}`)).body.totalResults).toBe(found);
    }
    const { body } = await scim('GET', `/Schemas/${typed}`);
    expect(body.attributes.find((a: Anything) => a.name === attribute).caseExact).toBe(true);
  });

  test('values of the right type are stored unchanged; numbers in plain decimal text are converted', async () => {
    const given = {
      hired: '2024-02-29T23:59:59.5+14:00',
      level: '7',
      share: '0.25',
      levels: [1, null, '2'],
      key: 'YQ==',
    };
    expect((await aUser({ [typed]: given }))[typed]).toEqual({ ...given, level: 7, share: 0.25, levels: [1, 2] });
  });

  test('RFC 7644 section 3.5.2, a PATCH keeps values that an older declaration allowed', async () => {
    const other = await world.tenant();
    const { body } = await other.scim('POST', '/Users', {
      userName: name(),
      [typed]: { hired: 'May 1 2024', level: 'x' },
    });
    const update = 'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }';
    await other.gql(update, { i: { id: other.connectionId, scimExtensions } });
    const answer = await other.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'title', value: 'T' }));
    expect(answer).toMatchObject({ status: 200, body: { title: 'T', [typed]: { hired: 'May 1 2024', level: 'x' } } });
  });
});

describe('RFC 7644 section 3.10, qualified names in bodies', () => {
  test.each(['POST', 'PUT'])('%s: a key with the URN of an attribute sets that attribute', async (method) => {
    const userName = name();
    const id = method === 'PUT' ? `/${(await aUser()).id}` : '';
    const { body } = await scim(method, `/Users${id}`, {
      [`${core}:userName`]: userName,
      [`${enterprise}:department`]: 'D',
      [`${enterprise.toLowerCase()}.costCenter`]: 'C',
      [`${acme}:badge`]: '7',
      'urn:okta:app_1:1.0:user:custom': { badge: '1' },
    });
    expect(body).toMatchObject({
      schemas: [core, enterprise, acme, 'urn:okta:app_1:1.0:user:custom'],
      userName,
      [enterprise]: { department: 'D', costCenter: 'C' },
      [acme]: { badge: '7' },
    });
  });
});

describe('RFC 7643 section 3.3, the value of an extension is an object', () => {
  test.each([acme, acme.toUpperCase(), enterprise, typed])('%s: text and lists are 400 invalidValue', async (urn) => {
    const user = await aUser();
    for (const value of ['x', 5, true, ['x'], [{ badge: '7' }]])
      await refusedEverywhere(user, { [urn]: value }, [400, 'invalidValue']);
    for (const value of [null, '', [], {}]) expect((await aUser({ [urn]: value })).schemas).toEqual([core]);
  });

  test('also for a group', async () => {
    const urn = acme.replace('User', 'Group');
    for (const value of ['x', ['x']])
      await refusedEverywhere(await aGroup([]), { [urn]: value }, [400, 'invalidValue']);
  });
});

describe('RFC 7644 sections 3.4.2.2, 3.4.2.3 and 3.9, qualified names of undeclared extensions', () => {
  const custom = 'urn:okta:app_2:1.0:user:custom';

  test.each([`${acme}:badge`, `${acme}.badge`])('%s in a filter, an order and a projection', async (path) => {
    const badge = name();
    const user = await aUser({ [acme]: { badge, site: 'S' } });
    const ask = new URLSearchParams({ filter: `${path} eq "${badge}"`, sortBy: path, attributes: path });
    const { body } = await scim('GET', `/Users?${ask}`);
    expect(body.Resources).toEqual([{ schemas: user.schemas, id: user.id, [acme]: { badge } }]);
    const without = await scim('GET', `/Users/${user.id}?excludedAttributes=${path}`);
    expect(without.body[acme]).toEqual({ site: 'S' });
  });

  test('RFC 7643 section 2.1, a projection names attributes in any case', async () => {
    const { id } = await aUser({ [acme]: { badge: '1', site: 'S' } });
    const { body } = await scim('GET', `/Users/${id}?attributes=${acme}:BADGE`);
    expect(body[acme]).toEqual({ badge: '1' });
  });

  test('a whole extension in a projection', async () => {
    const { id } = await aUser({ [acme]: { badge: '1' }, [custom]: { badge: '2' } });
    for (const urn of [acme, custom]) {
      const { body } = await scim('GET', `/Users/${id}?attributes=${urn}`);
      expect(Object.keys(body).sort()).toEqual(['id', 'schemas', urn].sort());
    }
  });
});

describe('RFC 7644 section 3.5.2, members in all spellings', () => {
  const three = async () => [(await aUser()).id, (await aUser()).id, (await aUser()).id].sort();

  test('section 3.10, add and replace with the URN, as a path, as a key, and below the schema', async () => {
    const [a = '', b = '', c = ''] = await three();
    const { id } = await aGroup([a]);
    const value = [{ value: b }];
    for (const operation of [
      { op: 'add', value: { [`${coreGroup}:members`]: value } },
      { op: 'add', value: { [coreGroup]: { members: value } } },
      { op: 'add', value: { [coreGroup.toLowerCase()]: { MEMBERS: value } } },
      { op: 'add', path: coreGroup, value: { members: value } },
      { op: 'add', path: `${coreGroup}:members`, value },
      { op: 'add', path: `${coreGroup}.members`, value },
      { op: 'add', path: 'MEMBERS', value: [{ Value: b }] },
      { op: 'add', path: 'members.value', value: b },
    ]) {
      expect((await scim('PATCH', `/Groups/${id}`, patch(operation))).status).toBe(200);
      expect(await membersOf(id)).toEqual([a, b].sort());
      await scim('PATCH', `/Groups/${id}`, patch({ op: 'remove', path: `${coreGroup}:members[value eq "${b}"]` }));
      expect(await membersOf(id)).toEqual([a]);
    }
    const renamed = patch({ op: 'replace', value: { [coreGroup]: { displayName: 'R', members: [{ value: c }] } } });
    expect((await scim('PATCH', `/Groups/${id}`, renamed)).body).toMatchObject({
      displayName: 'R',
      schemas: [coreGroup],
    });
    expect(await membersOf(id)).toEqual([c]);
  });

  test('section 3.5.2.2, a remove without a listed member never empties the group', async () => {
    const all = await three();
    const { id } = await aGroup(all);
    for (const path of ['members', `${coreGroup}:members`, `${coreGroup}.members`, 'Members']) {
      const remove = (value: unknown) => scim('PATCH', `/Groups/${id}`, patch({ op: 'remove', path, value }));
      expect((await remove([])).status).toBe(200);
      for (const value of [null, '', {}, [{ display: 'Jo' }], [null], 5, [{ value: all[0] }, { display: 'Jo' }]])
        expect(refused(await remove(value))).toEqual([400, 'invalidValue']);
      expect(await membersOf(id)).toEqual(all);
      await remove([{ Value: all[0] }]);
      expect(await membersOf(id)).toEqual(all.slice(1));
      await scim('PATCH', `/Groups/${id}`, patch({ op: 'add', path: 'members', value: [{ value: all[0] }] }));
    }
    for (const path of ['members.value', 'members.display', `${acme}:x.y.z`])
      expect((await scim('PATCH', `/Groups/${id}`, patch({ op: 'remove', path }))).status).toBe(400);
    for (const value of [null, ''])
      expect(refused(await scim('PATCH', `/Groups/${id}`, patch({ op: 'replace', path: 'members', value })))).toEqual([
        400,
        'invalidValue',
      ]);
    expect(await membersOf(id)).toEqual(all);
    await scim('PATCH', `/Groups/${id}`, patch({ op: 'remove', path: 'members' }));
    expect(await membersOf(id)).toEqual([]);
  });

  test('an extension attribute with the name members does not address the members', async () => {
    const all = await three();
    const { id } = await aGroup(all);
    const path = 'urn:example:params:scim:schemas:team:1.0:Group:members';
    expect((await scim('PATCH', `/Groups/${id}`, patch({ op: 'add', path, value: ['x'] }))).status).toBe(200);
    expect((await scim('PATCH', `/Groups/${id}`, patch({ op: 'remove', path }))).status).toBe(200);
    expect(await membersOf(id)).toEqual(all);
  });
});

describe('RFC 7643 section 2.5, an absent value does not change active', () => {
  test('PUT without active, and PATCH with an unassigned value, keep an inactive user inactive', async () => {
    const { id, userName } = await aUser({ active: false });
    const events = (await tenant.events()).length;
    for (const more of [{}, { active: null }, { active: '' }, { active: [] }])
      expect((await scim('PUT', `/Users/${id}`, { userName, ...more })).body.active).toBe(false);
    for (const operation of [
      { op: 'replace', path: 'active', value: '' },
      { op: 'replace', path: 'active', value: null },
      { op: 'add', value: { active: null } },
      { op: 'add', path: `${core}:active`, value: '' },
    ]) {
      expect((await scim('PATCH', `/Users/${id}`, patch(operation))).body.active).toBe(false);
      expect(await quirksOf()).toContain('emptyAsUnassigned');
    }
    expect(refused(await scim('PATCH', `/Users/${id}`, patch({ op: 'remove', path: 'active' })))).toEqual([
      400,
      'mutability',
    ]);
    expect((await tenant.events()).length).toBe(events);
  });

  test.each([true, 'True', 'true', 1, [true]])(
    '%j reactivates; a PUT without active keeps a user active',
    async (active) => {
      const { id, userName } = await aUser({ active: false });
      const answer = await scim('PATCH', `/Users/${id}`, patch({ op: 'Replace', path: 'active', value: active }));
      expect(answer.body.active).toBe(true);
      expect((await scim('PUT', `/Users/${id}`, { userName })).body.active).toBe(true);
    },
  );
});

describe('RFC 7643 section 2.4, POST and PUT', () => {
  test('a repeated value is stored once, with the sub-attributes of each repeat', async () => {
    const roles = [
      { value: 'viewer' },
      { value: 'Viewer', display: 'V', primary: true },
      { value: 'viewer', type: 'x' },
    ];
    const user = await aUser({ roles });
    expect(user.roles).toEqual([
      { value: 'viewer', display: 'V', primary: true },
      { value: 'viewer', type: 'x' },
    ]);
    expect((await scim('PUT', `/Users/${user.id}`, { ...user, roles })).body).toEqual(user);
  });
});

describe('RFC 7644 section 3.5.2, roles', () => {
  test('section 3.5.2.1, adding a sub-attribute to a role keeps the role', async () => {
    const { id } = await aUser({ roles: [{ value: 'viewer' }] });
    const events = (await tenant.types()).filter((type) => type === 'USER_ROLES_CHANGED').length;
    await scim(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'add', path: 'roles[value eq "viewer"]', value: { primary: true } }),
    );
    const { user } = await tenant.gql('query($id: ID!) { user(id: $id) { roles } }', { id });
    expect(user.roles).toEqual(['viewer']);
    expect((await tenant.types()).filter((type) => type === 'USER_ROLES_CHANGED')).toHaveLength(events);
  });

  test('section 3.5.2.2, a remove with a role removes only this role, and the log names the tolerance', async () => {
    const { id } = await aUser({ roles: [{ value: 'viewer' }, { value: 'editor' }] });
    const operation = { op: 'remove', path: 'roles', value: [{ value: 'viewer' }] };
    expect((await scim('PATCH', `/Users/${id}`, patch(operation))).body.roles).toEqual([{ value: 'editor' }]);
    expect(await quirksOf()).toEqual(['removeValuesByValue']);
  });
});

describe('RFC 7644 section 3.5.2.2, a remove with a filter and a value', () => {
  const emails = [
    { value: 'a@b.c', type: 'work', display: 'A' },
    { value: 'd@e.f', type: 'work', display: 'D' },
    { value: 'g@h.i', type: 'home', display: 'A' },
  ];
  const left = async (path: string, value: unknown) => {
    const { id } = await aUser({ emails });
    const { status, body } = await scim('PATCH', `/Users/${id}`, patch({ op: 'remove', path, value }));
    return status === 200 ? (body.emails ?? []).map(({ value: of, display }: Anything) => [of, display]) : status;
  };

  test('removes the values that both select, and the log names the tolerance', async () => {
    const path = 'emails[type eq "work"]';
    expect(await left(path, [{ value: 'A@b.c' }, { value: 'g@h.i' }])).toEqual([
      ['d@e.f', 'D'],
      ['g@h.i', 'A'],
    ]);
    expect(await quirksOf()).toEqual(['removeValuesByValue']);
    expect(await left(path, { value: 'nobody@x.y' })).toHaveLength(3);
    expect(await left(path, [])).toHaveLength(3);
    expect(await left(path, [{ display: 'A' }])).toBe(400);
    for (const unassigned of [null, '', undefined]) expect(await left(path, unassigned)).toEqual([['g@h.i', 'A']]);
    expect(await left(`${path}.display`, 'A')).toEqual([
      ['a@b.c', undefined],
      ['d@e.f', 'D'],
      ['g@h.i', 'A'],
    ]);
  });

  test('also for members', async () => {
    const users = [(await aUser()).id, (await aUser()).id].sort();
    const [first = '', second = ''] = users;
    const after = async (path: string, value: unknown) => {
      const { id } = await aGroup(users);
      const { status } = await scim('PATCH', `/Groups/${id}`, patch({ op: 'remove', path, value }));
      return status === 200 ? membersOf(id) : status;
    };
    for (const path of ['members[type eq "User"]', `members[value eq "${first}"]`, `${coreGroup}:members[value pr]`]) {
      expect(await after(path, [{ value: first }])).toEqual([second]);
      expect(await after(path, [{ value: 'nobody' }])).toEqual(users);
      expect(await after(path, [{ display: 'x' }])).toBe(400);
    }
    expect(await after('members[type eq "User"]', null)).toEqual([]);
  });
});

describe('externalId and other names with an index (RFC 7643 sections 3.1 and 4.1)', () => {
  const random = (length: number) =>
    Array.from({ length }, () => String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 20_000))).join('');

  test.each([
    ['characters', 'x'.repeat(1025)],
    ['bytes', random(1000)],
  ])('a name with too many %s is 400', async (_, long) => {
    const user = await aUser();
    const group = await aGroup([]);
    for (const resource of [user, group])
      await refusedEverywhere(resource, { externalId: long }, [400, 'invalidValue']);
    for (const [path, name] of [
      [`/Users/${user.id}`, 'externalId'],
      [`/Groups/${group.id}`, 'externalId'],
    ] as const)
      expect(refused(await scim('PATCH', path, patch({ op: 'add', path: name, value: long })))).toEqual([
        400,
        'invalidValue',
      ]);
    const others = [
      { userName: long },
      { displayName: long },
      { name: { familyName: long } },
      { emails: [{ value: long }] },
      { [enterprise]: { manager: { value: long } } },
    ];
    for (const attributes of others) await refusedEverywhere(user, attributes, [400, 'invalidValue']);
    await refusedEverywhere(group, { displayName: long }, [400, 'invalidValue']);
  });

  test('names of the maximum length are stored', async () => {
    const long = random(660);
    const attributes = {
      externalId: long,
      displayName: long,
      name: { familyName: long },
      emails: [{ value: `${long}@x.y` }],
    };
    expect((await scim('POST', '/Users', { ...attributes, userName: `${random(660)}` })).status).toBe(201);
    expect((await scim('POST', '/Groups', { displayName: long, externalId: long })).status).toBe(201);
  });

  test('GraphQL has the same limits: users, imports, organizations', async () => {
    const { organizationId, connectionId } = tenant;
    const create = 'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }';
    const i = { organizationId, connectionId, userName: name(), externalId: random(1000) };
    const { errors } = await world.request(create, { i });
    expect(errors[0].extensions.code).toBe('BAD_INPUT');
    const organization =
      'mutation($i: CreateOrganizationInput!) { createOrganization(input: $i) { organization { id } } }';
    const answer = await world.request(organization, { i: { name: 'O', externalId: random(1000) } });
    expect(answer.errors[0].extensions.code).toBe('BAD_INPUT');
  });
});

describe('RFC 7644 section 3.7, failOnErrors', () => {
  test('0 means no limit; anything but a whole number is 400', async () => {
    const bad = { method: 'PATCH', path: '/Users/none', data: patch() };
    const { status, body } = await scim('POST', '/Bulk', bulk([bad, bad, bad], { failOnErrors: 0 }));
    expect([status, body.Operations.length]).toEqual([200, 3]);
    for (const failOnErrors of [-1, 1.5, 'x', true])
      expect(refused(await scim('POST', '/Bulk', bulk([bad], { failOnErrors })))).toEqual([400, 'invalidValue']);
  });

  test('section 3.7.2, a key with a URN that refers to a later operation is completed', async () => {
    const data = (other: string, more: object) => ({
      userName: name(),
      ...more,
      [`${enterprise}:manager`]: { value: `bulkId:${other}` },
    });
    const { body } = await scim('POST', '/Bulk', bulk([creation('a', data('b', {})), creation('b', data('a', {}))]));
    expect(body.Operations.map(({ status }: Anything) => status)).toEqual(['201', '201']);
    const [a, b] = body.Operations.map(({ location }: Anything) => location.split('/').at(-1));
    expect((await scim('GET', `/Users/${a}`)).body[enterprise].manager.value).toBe(b);
    expect((await scim('GET', `/Users/${b}`)).body[enterprise].manager.value).toBe(a);
  });
});

describe('the request log names values that were accepted without an effect', () => {
  test.each([
    ['PUT', { password: 'secret-1' }, ['passwordIgnored', 'schemasMissing']],
    ['PUT', { groups: [{ value: 'x' }], id: 'x' }, ['readOnlyIgnored', 'schemasMissing']],
    ['PUT', { emails: [{ type: 'work' }] }, ['emptyAsUnassigned', 'schemasMissing']],
  ])('%s %j', async (method, attributes, quirks) => {
    const { id, userName } = await aUser();
    await scim(method, `/Users/${id}`, { userName, ...attributes });
    expect(await quirksOf()).toEqual(quirks);
  });

  test('of each operation in a bulk request', async () => {
    await scim('POST', '/Bulk', bulk([creation('b', { userName: name(), active: 'True', password: 'secret-1' })]));
    expect(await quirksOf()).toEqual(['booleanAsString', 'passwordIgnored', 'schemasMissing']);
  });
});
