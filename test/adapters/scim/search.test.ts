import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, type Tenant, World } from '../../support/world.js';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const facility = 'urn:ietf:params:scim:schemas:extension:facility:2.0:Group';
const core = 'urn:ietf:params:scim:schemas:core:2.0';
const custom = 'urn:ietf:params:scim:schemas:extension:acme:2.0:User';
const declared = 'urn:example:params:scim:schemas:declared:2.0:User';
let world: World;
let tenant: Tenant;
let group: string;
let outer: string;
const ids: Record<string, string> = {};
beforeAll(async () => {
  world = await World.shared();
  const attributes = [
    { name: 'count', type: 'integer' },
    { name: 'size', type: 'decimal' },
    { name: 'hired', type: 'dateTime' },
    { name: 'remote', type: 'boolean' },
    { name: 'counts', type: 'integer', multiValued: true },
  ];
  tenant = await world.tenant({
    provider: 'GENERIC',
    scimExtensions: [
      { id: declared, attributes },
      { id: declared.replace(':User', ':Group'), resourceType: 'Group', attributes },
    ],
  });
  const hired = [
    '2024-05-01T00:00:00Z',
    '2024-05-01T02:00:00+02:00',
    '2024-04-30T23:00:00-05:00',
    '2024-05-01T00:00:00.5Z',
  ];
  for (const [n, count] of [-5, 10, 100, 3, 9].entries()) {
    const { body } = await tenant.scim('POST', '/Users', {
      userName: `u${n}@acme.com`,
      [declared]: { count, size: count / 10, hired: hired[n], remote: n % 2 === 0, counts: [count] },
      [custom]: { badge: n === 0 ? '7' : n === 1 ? { badge: '7' } : n === 2 ? ['7', '8'] : undefined },
      [enterprise]: { department: 'R&D', ...(n > 0 && { manager: { value: ids.u0 } }) },
    });
    ids[`u${n}`] = body.id;
  }
  const made = async (body: object) => (await tenant.scim('POST', '/Groups', body)).body.id;
  group = await made({
    displayName: 'Inner',
    members: [{ value: ids.u1 }, { value: ids.u2 }],
    [facility]: { department: 'R&D' },
    [declared.replace(':User', ':Group')]: { count: 12, hired: '2024-05-01T00:00:00Z' },
  });
  outer = await made({ displayName: 'Outer', members: [{ value: group }] });
  await made({ displayName: 'Empty', [declared.replace(':User', ':Group')]: { count: 5 } });
});
afterAll(() => world.close());

const search = (path: string, query: Record<string, string>) =>
  tenant.scim('GET', `${path}?${new URLSearchParams(query)}`);
const found = async (path: string, filter: string) => {
  const { status, body } = await search(path, { filter });
  expect([filter, status]).toEqual([filter, 200]);
  return body.Resources.map(({ userName, displayName }: Anything) => (userName ?? displayName).split('@')[0]);
};

describe('RFC7644 3.4.2.2 filters on members, groups and other computed attributes', () => {
  test.each([
    ['members eq "U1"', ['Inner']],
    ['members co "U1"', ['Inner']],
    ['members.value sw "U1"', ['Inner']],
    ['members[value eq "U1"]', ['Inner']],
    ['members[value eq "U1" and type eq "user"]', ['Inner']],
    ['members[value eq "U1"].display eq "u1@acme.com"', ['Inner']],
    ['members[type eq "Group"]', ['Outer']],
    ['members[display co "INNER"]', ['Outer']],
    ['id eq "G" and members co "U1"', ['Inner']],
    ['id eq "G" and not (members.value eq "U4")', ['Inner']],
    ['members ne "U1"', ['Inner', 'Outer', 'Empty']],
    ['not (members pr)', ['Empty']],
    ['members eq null', ['Empty']],
    [`members.$ref ew "/Users/U1"`, ['Inner']],
    [`schemas co "facility"`, ['Inner']],
    [`schemas eq "${core}:Group"`, ['Inner', 'Outer', 'Empty']],
    ['meta.location ew "/Groups/G"', ['Inner']],
    ['meta[resourceType eq "Group" and created gt "2020-01-01T00:00:00Z"]', ['Inner', 'Outer', 'Empty']],
    [`${facility}:department eq "r&d"`, ['Inner']],
    [`${facility}:department[value pr]`, ['Inner']],
    [`${declared.replace(':User', ':Group')}:count lt 9`, ['Empty']],
    [`${declared.replace(':User', ':Group')}:hired eq "2024-05-01T02:00:00+02:00"`, ['Inner']],
  ])('groups: %s', async (filter, expected) => {
    const text = filter
      .replaceAll('U1', ids.u1 ?? '')
      .replaceAll('U4', ids.u4 ?? '')
      .replaceAll('"G"', `"${group}"`)
      .replace('/G"', `/${group}"`);
    expect(await found('/Groups', text)).toEqual(expected);
  });

  test.each([
    ['groups eq "G"', ['u1', 'u2']],
    ['groups.value eq "O"', ['u1', 'u2']],
    ['groups.display co "NNE"', ['u1', 'u2']],
    ['groups[value eq "O" and type eq "direct"]', []],
    ['groups[value eq "O" and type eq "indirect"]', ['u1', 'u2']],
    ['groups.value ne "G" and not (groups pr)', ['u0', 'u3', 'u4']],
    ['manager.value eq "U0"', ['u1', 'u2', 'u3', 'u4']],
    [`${enterprise}:manager[displayName co "U0@"]`, ['u1', 'u2', 'u3', 'u4']],
    [`${enterprise}:manager.displayName eq "u0@acme.com"`, ['u1', 'u2', 'u3', 'u4']],
    [`schemas eq "${custom}"`, ['u0', 'u1', 'u2']],
    [`schemas[value eq "${enterprise}"]`, ['u0', 'u1', 'u2', 'u3', 'u4']],
    ['id pr and meta.version pr', ['u0', 'u1', 'u2', 'u3', 'u4']],
    [`meta.location ew "/Users/U0"`, ['u0']],
  ])('users: %s', async (filter, expected) => {
    const text = filter.replace('"G"', `"${group}"`).replace('"O"', `"${outer}"`).replace('U0"', `${ids.u0}"`);
    expect(await found('/Users', text)).toEqual(expected);
  });

  test.each([
    [`${custom}:badge[value eq "7"]`, ['u0', 'u2']],
    [`${custom}:badge[badge eq "7"]`, ['u1']],
    [`${custom}:Badge eq "7"`, ['u0', 'u2']],
    [`${custom.toUpperCase()}:badge.badge eq "7"`, ['u1']],
    [`${custom}.badge pr`, ['u0', 'u1', 'u2']],
    [`${custom} pr`, ['u0', 'u1', 'u2']],
    [`not (${custom}:badge pr)`, ['u3', 'u4']],
  ])('an undeclared extension with a value, an object or a list: %s', async (filter, expected) => {
    expect(await found('/Users', filter)).toEqual(expected);
  });

  test.each([
    ['/Users', `${declared}:hired co "2024"`],
    ['/Users', `${declared}:hired gt "soon"`],
    ['/Users', `${declared}:hired gt "2024-02-30T00:00:00Z"`],
    ['/Users', `${declared}:hired eq 5`],
    ['/Users', `${declared}:count eq "many"`],
    ['/Users', `${declared}:count co "1"`],
    ['/Users', `${declared}:remote eq "perhaps"`],
    ['/Users', `${declared}:remote gt true`],
    ['/Users', `${declared} eq "x"`],
    ['/Users', 'meta.version eq "W/\\"1\\""'],
    ['/Users', 'meta eq "x"'],
    ['/Users', 'name eq "x"'],
    ['/Users', 'userName[value eq "x"]'],
    ['/Users', `emails[type eq "work" and emails.value eq "x"]`],
    ['/Users', 'title eq 1e999'],
    ['/Users', 'title eq "a\\u0000"'],
    ['/Users', 'title eq "\\ud800"'],
    ['/Groups', 'members[value gt null]'],
    ['/Groups', 'members[members[value pr]]'],
    ['/Groups', 'meta[a.b eq 1]'],
  ])('a filter that cannot be evaluated is 400 invalidFilter: %s %s', async (path, filter) => {
    for (const { status, body } of [
      await search(path, { filter }),
      await tenant.scim('POST', `${path}/.search`, { filter }),
    ])
      expect([filter, status, body.scimType]).toEqual([filter, 400, 'invalidFilter']);
  });
});

describe('RFC7643 2.3 values are compared and ordered by their declared type', () => {
  test.each([
    ['count gt 9', ['u1', 'u2']],
    ['count lt -4', ['u0']],
    ['count eq "10"', ['u1']],
    ['size le 0.9', ['u0', 'u3', 'u4']],
    ['counts ge 100', ['u2']],
    ['hired eq "2024-05-01T00:00:00Z"', ['u0', 'u1']],
    ['hired eq "2024-04-30T19:00:00.000-05:00"', ['u0', 'u1']],
    ['hired gt "2024-05-01T00:00:00Z"', ['u2', 'u3']],
    ['hired ge "2024-05-01T00:00:00.500001Z"', ['u2']],
    ['hired ne "2024-05-01T00:00:00Z"', ['u2', 'u3', 'u4']],
    ['remote eq "True"', ['u0', 'u2', 'u4']],
  ])('%s', async (filter, expected) => {
    expect(await found('/Users', `${declared}:${filter}`)).toEqual(expected);
  });

  test.each([
    ['count', ['u0', 'u3', 'u4', 'u1', 'u2']],
    ['size', ['u0', 'u3', 'u4', 'u1', 'u2']],
    ['counts', ['u0', 'u3', 'u4', 'u1', 'u2']],
    ['hired', ['u0', 'u1', 'u3', 'u2', 'u4']],
    ['remote', ['u1', 'u3', 'u0', 'u2', 'u4']],
  ])('RFC7644 3.4.2.3 sortBy %s, by index and by cursor', async (name, expected) => {
    const names = ({ body }: Anything) => body.Resources.map(({ userName }: Anything) => userName.split('@')[0]);
    const sortBy = `${declared}:${name}`;
    expect(names(await search('/Users', { sortBy }))).toEqual(expected);
    const walked: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await search('/Users', { sortBy, cursor, count: '2' });
      walked.push(...names(page));
      if (!page.body.nextCursor) break;
      cursor = page.body.nextCursor;
    }
    expect(walked).toEqual(expected);
    const back = names(await search('/Users', { sortBy, sortOrder: 'descending' }));
    // Equal values are in the order of the ids.
    if (name === 'count' || name === 'size') expect(back).toEqual([...expected].reverse());
  });
});

describe('RFC7644 3.4.2.2 a sub-attribute that no value can have', () => {
  test.each([
    ['/Groups', 'members.bogus eq "x"'],
    ['/Groups', 'members[bogus eq "x"]'],
    ['/Groups', 'not (members[value eq "x" and not (bogus pr)])'],
    ['/Groups', 'meta.bogus pr'],
    ['/Users', 'groups.bogus ne "x"'],
    ['/Users', 'groups[bogus pr]'],
    ['/Users', 'meta.bogus eq "x"'],
    ['/Users', 'meta[bogus eq null]'],
    ['/Users', 'schemas[type eq "x"]'],
  ])('is 400 invalidFilter: %s %s', async (path, filter) => {
    expect((await search(path, { filter })).body.scimType).toBe('invalidFilter');
    expect((await tenant.scim('POST', `${path}/.search`, { filter })).body.scimType).toBe('invalidFilter');
  });
});

describe('RFC7644 3.4.2 a parameter that cannot be used is 400 and names the parameter', () => {
  const lists = ['/Users', '/Groups', '/', '/Roles', '/Entitlements'];
  const faults = { filter: 'invalidFilter', cursor: 'invalidCursor' } as Record<string, string>;
  const names = ['filter', 'sortBy', 'sortOrder', 'startIndex', 'count', 'cursor', 'attributes', 'excludedAttributes'];
  const valid: Record<string, unknown> = {
    filter: 'id pr',
    sortOrder: 'ascending',
    startIndex: 1,
    count: 1,
    cursor: '',
  };

  test.each(names)('%s given twice in the URL, in any case', async (name) => {
    for (const path of lists) {
      for (const other of [name, name.toUpperCase()]) {
        const value = encodeURIComponent(String(valid[name] ?? 'id'));
        const { status, body } = await tenant.scim('GET', `${path}?${name}=${value}&${other}=${value}`);
        expect([path, status, body.scimType]).toEqual([path, 400, faults[name] ?? 'invalidValue']);
        expect(body.detail).toContain(`"${name}"`);
      }
    }
  });

  test.each(names)('%s of a wrong JSON type in .search', async (name) => {
    const isNumber = name === 'count' || name === 'startIndex';
    const isList = name === 'attributes' || name === 'excludedAttributes';
    const wrong = [{}, true, ...(isNumber ? ['many', 1.5, []] : isList ? [7, [7]] : [7, ['userName eq "x"'], []])];
    for (const path of ['/Users/.search', '/Groups/.search', '/.search', '/Roles/.search', '/Entitlements/.search']) {
      for (const value of wrong) {
        const { status, body } = await tenant.scim('POST', path, { [name]: value });
        expect([path, value, status, body.scimType]).toEqual([path, value, 400, faults[name] ?? 'invalidValue']);
        expect(body.detail).toContain(`"${name}"`);
      }
    }
  });

  test('parameter names are case-insensitive, so none is ignored (RFC 7643 section 2.1)', async () => {
    const filter = 'userName eq "nobody"';
    for (const name of ['filter', 'Filter', 'FILTER']) {
      expect((await search('/Users', { [name]: filter })).body.totalResults).toBe(0);
      expect((await tenant.scim('POST', '/Users/.search', { [name]: filter })).body.totalResults).toBe(0);
    }
    const { body } = await tenant.scim('POST', '/Users/.search', { Attributes: ['userName'], Count: 1 });
    expect(Object.keys(body.Resources[0]).sort()).toEqual(['id', 'schemas', 'userName']);
    expect(
      (await tenant.scim('POST', '/Users/.search', { attributes: 'userName', count: 1 })).body.Resources[0],
    ).toEqual(body.Resources[0]);
    expect((await search('/Users', { sortOrder: 'sideways' })).body.scimType).toBe('invalidValue');
  });
});
