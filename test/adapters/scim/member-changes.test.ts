import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bulk, creation, oktaUser, patch, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let ids: string[];
let nested: string;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  ids = [];
  for (let n = 0; n < 3; n++) ids.push((await tenant.scim('POST', '/Users', oktaUser(`c${n}@acme.com`))).body.id);
  nested = (await tenant.scim('POST', '/Groups', { displayName: 'Nested' })).body.id;
});
afterAll(() => world.close());

const [a, b] = [() => ids[0] ?? '', () => ids[1] ?? ''];
const aGroup = async (members: string[]): Promise<string> => {
  const body = { displayName: 'Engineering', members: members.map((value) => ({ value })) };
  const answer = await tenant.scim('POST', '/Groups', body);
  expect(answer.status).toBe(201);
  return answer.body.id;
};
const membersOf = async (id: string): Promise<string[]> => {
  const { body } = await tenant.scim('GET', `/Groups/${id}`);
  return (body.members ?? []).map(({ value }: { value: string }) => value).sort();
};
const remove = (id: string, ...paths: string[]) =>
  tenant.scim('PATCH', `/Groups/${id}`, patch(...paths.map((path) => ({ op: 'remove', path }))));

describe('RFC 7644 section 3.5.2.2, members that a filter selects', () => {
  test.each([
    ['$ref co "/Groups/"', 'not ($ref co "/Users/")'],
    ['$ref ew "/USER"', 'not ($ref pr)'],
    ['type eq "Group"', 'not (type eq "User")'],
  ])('%s is compared as in a list filter', async (filter, negated) => {
    for (const each of [filter, negated]) {
      const written = each.replace('/USER', `/${nested}`);
      const id = await aGroup([a(), b(), nested]);
      const query = encodeURIComponent(`id eq "${id}" and members[${written}]`);
      const { totalResults } = (await tenant.scim('GET', `/Groups?filter=${query}`)).body;
      expect((await remove(id, `members[${written}]`)).status).toBe(200);
      expect(await membersOf(id)).toEqual([a(), b(), ...(totalResults === 1 ? [] : [nested])].sort());
    }
  });

  test.each(['not (bogus eq "x")', 'bogus eq "x"', 'value eq "x" or not (bogus pr)'])(
    'an unknown sub-attribute in [%s] is 400 invalidPath, and nothing is removed',
    async (filter) => {
      const id = await aGroup([a(), b()]);
      const answer = await remove(id, `members[${filter}]`);
      expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidPath']);
      expect(await membersOf(id)).toEqual([a(), b()].sort());
    },
  );

  test.each(['type eq "User"', 'not (value eq "x")', '$ref co "/Users/"', 'display pr'])(
    '[%s] selects a deleted user who is a pending member',
    async (filter) => {
      const returning = oktaUser(`returning${filter.length}@acme.com`);
      const { body } = await tenant.scim('POST', '/Users', returning);
      await tenant.scim('DELETE', `/Users/${body.id}`);
      const [kept, left] = [await aGroup([body.id]), await aGroup([body.id])];
      expect((await remove(left, `members[${filter}]`)).status).toBe(200);
      expect((await tenant.scim('POST', '/Users', returning)).body.id).toBe(body.id);
      expect([await membersOf(kept), await membersOf(left)]).toEqual([[body.id], []]);
    },
  );

  test('consecutive operations with filters are one change of the group', async () => {
    const id = await aGroup([a(), b(), nested]);
    const path = `/Groups/${id}`;
    const revision = async () => Number(/\d+/.exec((await tenant.scim('GET', path)).body.meta.version)?.[0]);
    const before = await revision();
    await remove(id, 'members[type eq "Group"]', `members[$ref ew "${a()}"]`);
    expect(await membersOf(id)).toEqual([b()]);
    expect(await revision()).toBe(before + 1);
  });
});

describe('the work of one PATCH on a group', () => {
  const revision = async (id: string) =>
    Number(/\d+/.exec((await tenant.scim('GET', `/Groups/${id}`)).body.meta.version)?.[0]);
  const step = (op: 'add' | 'remove', value: string) => ({ op, path: 'members', value: [{ value }] });

  test('too many filters are 413, the error names the alternative, and nothing is removed', async () => {
    const more: string[] = [];
    for (let n = 0; n < 7; n++) more.push((await tenant.scim('POST', '/Users', oktaUser(`w${n}@acme.com`))).body.id);
    const id = await aGroup([a(), b(), ...more]);
    const filter = Array.from({ length: 140 }, () => 'display pr').join(' or ');
    const answer = await remove(id, ...Array.from({ length: 1_000 }, () => `members[${filter}]`));
    expect([answer.status, answer.body.scimType]).toEqual([413, 'tooMany']);
    expect(answer.body.detail).toContain('members[value eq "..."]');
    expect(await membersOf(id)).toEqual([a(), b(), ...more].sort());
  });

  test('a filter that only lists ids removes the members with these ids', async () => {
    const id = await aGroup([a(), b(), nested]);
    expect((await remove(id, `members[value eq "${a()}" or VALUE eq "${nested}"]`)).status).toBe(200);
    expect(await membersOf(id)).toEqual([b()]);
  });

  test('alternating additions and removals of different members are two changes of the group', async () => {
    const id = await aGroup([a()]);
    const before = await revision(id);
    const steps = Array.from({ length: 250 }, () => [step('add', b()), step('remove', a())]).flat();
    const answer = await tenant.scim('PATCH', `/Groups/${id}`, patch(...steps, step('add', nested)));
    expect(answer.status).toBe(200);
    expect(await membersOf(id)).toEqual([b(), nested].sort());
    expect(await revision(id)).toBe(before + 2);
  });

  test('additions and removals of one member are applied in order, and more than 50 are 413', async () => {
    const id = await aGroup([b()]);
    const path = `/Groups/${id}`;
    const steps = (count: number) => Array.from({ length: count }, (_, n) => step(n % 2 === 0 ? 'add' : 'remove', a()));
    const answer = await tenant.scim('PATCH', path, patch(...steps(51)));
    expect([answer.status, answer.body.scimType]).toEqual([413, 'tooMany']);
    expect(await membersOf(id)).toEqual([b()]);
    expect((await tenant.scim('PATCH', path, patch(...steps(3)))).status).toBe(200);
    expect(await membersOf(id)).toEqual([a(), b()].sort());
    expect((await tenant.scim('PATCH', path, patch(...steps(4)))).status).toBe(200);
    expect(await membersOf(id)).toEqual([b()]);
  });

  test('all operations on attributes are one change', async () => {
    const id = await aGroup([]);
    const named = (value: string) => ({ op: 'replace', path: 'displayName', value });
    const operations = [named('One'), step('add', a()), named('Two'), { op: 'add', value: { custom: 'x' } }];
    expect((await tenant.scim('PATCH', `/Groups/${id}`, patch(...operations))).status).toBe(200);
    const { body } = await tenant.scim('GET', `/Groups/${id}`);
    expect([body.displayName, body.custom, await membersOf(id)]).toEqual(['Two', 'x', [a()]]);
    const events = (await tenant.events()).filter(({ subjectId }) => subjectId === id).map(({ type }) => type);
    expect(events).toEqual(['GROUP_CREATED', 'GROUP_UPDATED', 'GROUP_MEMBER_ADDED']);
  });
});

describe('RFC 7644 sections 3.3 and 3.5.1, members in a body', () => {
  const core = 'urn:ietf:params:scim:schemas:core:2.0:Group';
  test.each([
    ['an object without a value', [{ display: 'J' }]],
    ['null', [{ value: null }]],
    ['the empty string', ['']],
    ['no value beside one', [{ value: 'A' }, { display: 'J' }]],
    ['an empty object', [{}]],
    ['null in the list', [null]],
    ['one object', { display: 'J' }],
  ])('%s is 400 invalidValue by POST, PUT, PATCH and Bulk, and nothing changes', async (_name, given) => {
    const id = await aGroup([a(), b()]);
    const members = JSON.parse(JSON.stringify(given).replace('"A"', JSON.stringify(a())));
    const path = `/Groups/${id}`;
    const bodies = [{ members }, { Members: members }, { [`${core}:members`]: members }, { [core]: { members } }];
    for (const more of bodies) {
      const body = { displayName: 'Changed', ...more };
      for (const answer of [await tenant.scim('PUT', path, body), await tenant.scim('POST', '/Groups', body)])
        expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidValue']);
      const put = bulk([{ method: 'PUT', path, data: body }, creation('g', body, '/Groups')]);
      const { Operations } = (await tenant.scim('POST', '/Bulk', put)).body;
      expect(Operations.map(({ status }: { status: string }) => status)).toEqual(['400', '400']);
    }
    const replaced = await tenant.scim('PATCH', path, patch({ op: 'replace', path: 'members', value: members }));
    expect([replaced.status, replaced.body.scimType]).toEqual([400, 'invalidValue']);
    expect((await tenant.scim('GET', path)).body.displayName).toBe('Engineering');
    expect(await membersOf(id)).toEqual([a(), b()].sort());
  });

  test('a PUT without members, or with an empty list, empties the group', async () => {
    for (const more of [{}, { members: [] }, { members: null }]) {
      const id = await aGroup([a(), b()]);
      expect((await tenant.scim('PUT', `/Groups/${id}`, { displayName: 'Empty', ...more })).status).toBe(200);
      expect(await membersOf(id)).toEqual([]);
    }
  });
});

test('a request can name at most 10,000 members, counted over all its operations before they are read', async () => {
  const group = await aGroup([a()]);
  const same = (length: number) => Array.from({ length }, () => ({ value: a() }));
  const half = { op: 'remove', path: 'members', value: same(5_001) };
  const requests = [
    ['PUT', { displayName: 'Engineering', members: same(10_001) }],
    ['PUT', { displayName: 'Engineering', 'urn:ietf:params:scim:schemas:core:2.0:Group': { members: same(10_001) } }],
    ['PATCH', patch({ op: 'remove', path: 'members', value: same(10_001) })],
    ['PATCH', patch(half, { op: 'add', path: 'members', value: same(1) }, half)],
  ] as const;
  for (const [method, body] of requests) {
    const answer = await tenant.scim(method, `/Groups/${group}`, body);
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('at most 10000 members')]);
  }
  expect(await membersOf(group)).toEqual([a()]);
});
