import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let now = new Date();
const titles = ['b', null, 'a', 'c', null, 'a', 'b'];
beforeAll(async () => {
  world = await World.start({ now: () => now });
  tenant = await world.tenant();
  for (const [n, title] of titles.entries()) {
    await tenant.scim('POST', '/Users', { userName: `page${n}@acme.com`, ...(title && { title }) });
  }
  for (let n = 0; n < 3; n++) await tenant.scim('POST', '/Groups', { displayName: `Page ${n}` });
});
afterAll(() => world.close());

const list = (query: Record<string, string | number>, path = '/Users') =>
  tenant.scim('GET', `${path}?${new URLSearchParams(query as Record<string, string>)}`);
const namesIn = ({ body }: Anything): string[] =>
  body.Resources.map(({ userName, displayName }: Anything) => userName ?? displayName);

/** Reads every page from the first to the last, and then back to the first. */
async function walk(query: Anything) {
  const there: string[][] = [];
  let answer = await list({ ...query, cursor: '' });
  expect(answer.body.previousCursor).toBeUndefined();
  for (;;) {
    expect(answer.status).toBe(200);
    there.push(namesIn(answer));
    if (!answer.body.nextCursor) break;
    expect(answer.body.nextCursor).toMatch(/^[A-Za-z0-9._~-]+$/);
    answer = await list({ ...query, cursor: answer.body.nextCursor });
  }
  const back: string[][] = [namesIn(answer)];
  while (answer.body.previousCursor) {
    answer = await list({ ...query, cursor: answer.body.previousCursor });
    back.unshift(namesIn(answer));
  }
  return { there, back };
}

describe('RFC9865 cursor pagination', () => {
  const everybody = titles.map((_, n) => `page${n}@acme.com`);
  test.each([
    { query: {}, expected: everybody },
    { query: { sortBy: 'userName', sortOrder: 'descending' }, expected: [...everybody].reverse() },
    { query: { sortBy: 'title' }, expected: [2, 5, 0, 6, 3, 1, 4].map((n) => `page${n}@acme.com`) },
    {
      query: { sortBy: 'title', sortOrder: 'descending' },
      expected: [1, 4, 3, 0, 6, 2, 5].map((n) => `page${n}@acme.com`),
    },
    { query: { sortBy: 'active', filter: 'title pr' }, expected: [0, 2, 3, 5, 6].map((n) => `page${n}@acme.com`) },
    { query: { sortBy: 'meta.created' }, expected: null },
  ])('reads all pages forward and backward in the order of $query', async ({ query, expected }) => {
    for (const count of [1, 2, 3, 100]) {
      const { there, back } = await walk({ ...query, count });
      if (expected) expect(there.flat()).toEqual(expected);
      expect([...there.flat()].sort()).toEqual((expected ?? everybody).slice().sort());
      expect(back).toEqual(there);
      expect(there.every((page) => page.length <= count)).toBe(true);
    }
  });

  test('a user who is created between two pages does not cause a missing or repeated user', async () => {
    const first = await list({ cursor: '', count: 3 });
    await tenant.scim('POST', '/Users', { userName: 'between@acme.com' });
    const second = await list({ cursor: first.body.nextCursor, count: 100 });
    expect([...namesIn(first), ...namesIn(second)]).toEqual([...everybody, 'between@acme.com']);
    const id = second.body.Resources.at(-1).id;
    await tenant.scim('DELETE', `/Users/${id}`);
  });

  test('a cursor that is forged, or of another filter or connection, is invalidCursor; an old one is expiredCursor; a wrong count is invalidCount', async () => {
    const { body } = await list({ cursor: '', count: 2, filter: 'title pr' });
    const cursor: string = body.nextCursor;
    const faults = [
      await list({ cursor: 'nonsense' }),
      await list({ cursor: `${cursor.slice(0, -1)}${cursor.endsWith('A') ? 'B' : 'A'}`, filter: 'title pr' }),
      await list({ cursor }),
      await list({ cursor, filter: 'title pr', sortBy: 'title' }),
      await list({ cursor }, '/Groups'),
      await (await world.tenant()).scim('GET', `/Users?filter=title+pr&cursor=${cursor}`),
    ];
    expect(faults.map(({ status, body: { scimType } }) => [status, scimType])).toEqual(
      faults.map(() => [400, 'invalidCursor']),
    );
    const wrong = await list({ cursor: '', count: 'many' });
    expect([wrong.status, wrong.body.scimType]).toEqual([400, 'invalidCount']);
    const before = now;
    now = new Date(now.getTime() + 86_401_000);
    const late = await list({ cursor, filter: 'title pr' });
    now = before;
    expect([late.status, late.body.scimType]).toEqual([400, 'expiredCursor']);
  });

  test.each([
    ['meta.created', ['x', '2026-02-30 00:00:00+00', '2026-01-01 00:00:00+99', '0000-01-01 00:00:00', '\u0000', 5]],
    ['active', ['maybe']],
    ['title', ['\u0000']],
  ])('a forged cursor of the order by %s is invalidCursor', async (sortBy, values) => {
    for (const value of values) {
      const body = Buffer.from(JSON.stringify([0, Math.floor(now.getTime() / 1000), value, 'x'])).toString('base64url');
      const text = `${tenant.connectionId} Users ${JSON.stringify(['', sortBy, false])}`;
      const mark = createHash('sha256').update(`${body}\n${text}`).digest('base64url').slice(0, 22);
      const answer = await list({ sortBy, cursor: `${body}.${mark}` });
      expect([value, answer.status, answer.body.scimType]).toEqual([value, 400, 'invalidCursor']);
    }
  });

  test('works with POST /.search; count=0 returns the number; without "cursor" pages use the index', async () => {
    const search = (body: Anything) => tenant.scim('POST', '/Users/.search', body);
    const first = await search({ cursor: '', count: 4 });
    const second = await search({ cursor: first.body.nextCursor, count: 4 });
    expect([...namesIn(first), ...namesIn(second)]).toEqual(everybody);
    const none = await list({ cursor: '', count: 0 });
    expect([none.body.totalResults, none.body.Resources]).toEqual([7, []]);
    const index = await list({ count: 2 });
    expect(index.body).toMatchObject({ startIndex: 1, totalResults: 7, itemsPerPage: 2 });
    expect(index.body.nextCursor).toBeUndefined();
    const { body: config } = await tenant.scim('GET', '/ServiceProviderConfig');
    expect(config.pagination).toEqual({
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: 100,
      maxPageSize: 200,
      cursorTimeout: 86_400,
    });
  });
});

describe('RFC9865 2.1 a list without cursors', () => {
  const refusal = { status: '400', scimType: 'invalidCursor' };

  test.each(['/', '/Roles', '/Entitlements', '/Schemas', '/ResourceTypes', '/ServiceProviderConfig'])(
    '%s refuses a cursor',
    async (path) => {
      for (const cursor of ['garbage', 'a&cursor=b'])
        expect((await tenant.scim('GET', `${path}?cursor=${cursor}`)).body).toMatchObject(refusal);
    },
  );

  test.each(['/.search', '/Roles/.search', '/Users/.search', '/Groups/.search'])('POST %s', async (path) => {
    expect((await tenant.scim('POST', path, { cursor: 'garbage' })).body).toMatchObject(refusal);
    expect((await tenant.scim('POST', path, { cursor: 7 })).body).toMatchObject(refusal);
  });

  test('RFC7644 4 discovery ignores sorting and pages by index', async () => {
    for (const query of ['count=1', 'startIndex=9', 'sortBy=x', 'cursor='])
      expect((await tenant.scim('GET', `/Schemas?${query}`)).body.Resources).toHaveLength(5);
  });
});

describe('RFC7644 3.4.2.3 an attribute that cannot be ordered', () => {
  test.each([
    ['/Users', 'groups'],
    ['/Users', 'groups.display'],
    ['/Users', 'schemas'],
    ['/Users', 'NAME'],
    ['/Users', 'password'],
    ['/Users', 'meta.version'],
    ['/Users', 'urn:ietf:params:scim:schemas:core:2.0:User:groups'],
    ['/Users', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'],
    ['/Groups', 'members'],
    ['/Groups', 'members.display'],
    ['/Roles', 'meta'],
  ])('%s by %s is 400', async (path, sortBy) => {
    const refusal = { status: '400', scimType: 'invalidValue', detail: expect.stringContaining(sortBy) };
    expect((await tenant.scim('GET', `${path}?sortBy=${sortBy}`)).body).toMatchObject(refusal);
    expect((await tenant.scim('POST', `${path}/.search`, { sortBy })).body).toMatchObject(refusal);
  });

  test('roles can be ordered', async () => {
    const grantableRoles = ['b', 'C', 'a'];
    const other = await world.tenant({ grantableRoles });
    const values = async (query: string) =>
      (await other.scim('GET', `/Roles?${query}`)).body.Resources.map(({ value }: { value: string }) => value);
    expect(await values('sortBy=display')).toEqual(['a', 'b', 'C']);
    expect(await values('sortBy=value&sortOrder=descending')).toEqual(['b', 'a', 'C']);
  });
});

describe('RFC7644 3.4.2.1 queries across types', () => {
  test('GET / lists users, then groups, in pages', async () => {
    const pages = [];
    for (let start = 1; start <= 10; start += 4) pages.push(await list({ startIndex: start, count: 4 }, '/'));
    expect(pages.map(({ body }) => body.totalResults)).toEqual([10, 10, 10]);
    const all = pages.flatMap(namesIn);
    expect(all).toEqual([...usersAndGroups()]);
  });

  test('a filter on meta.resourceType; an attribute that one type lacks does not match; one that no type has is 400', async () => {
    const of = async (filter: string) => namesIn(await list({ filter }, '/'));
    expect(await of('meta.resourceType eq "Group"')).toEqual(['Page 0', 'Page 1', 'Page 2']);
    expect(await of('userName eq "page3@acme.com" or displayName eq "page 1"')).toEqual(['page3@acme.com', 'Page 1']);
    const unknown = await list({ filter: 'colour eq "red"' }, '/');
    expect([unknown.status, unknown.body.scimType]).toEqual([400, 'invalidFilter']);
  });

  test('RFC7644 3.4.3 POST /.search at the base', async () => {
    const answer = await tenant.scim('POST', '/.search', {
      filter: 'displayName eq "Page 2"',
      attributes: ['displayName'],
    });
    expect(answer.body.Resources).toEqual([
      { schemas: expect.anything(), id: expect.any(String), displayName: 'Page 2' },
    ]);
  });
});

const usersAndGroups = () => [...titles.map((_, n) => `page${n}@acme.com`), 'Page 0', 'Page 1', 'Page 2'];
