import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { countRoundTrips, record } from '../../../bench/trace.js';
import { onPostgres } from '../../support/server.js';
import { type Anything, patch, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
const ids = { user: '', group: '', parent: '' };

beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({ provider: 'GENERIC' });
  const create = async (path: string, resource: object): Promise<string> =>
    (await tenant.scim('POST', path, resource)).body.id;
  const manager = await create('/Users', { userName: 'boss@sample.test', displayName: 'Boss' });
  const user = {
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: manager } },
    displayName: 'Zoe',
  };
  for (let n = 0; n < 5; n++) ids.user = await create('/Users', { ...user, userName: `user${n}@sample.test` });
  ids.group = await create('/Groups', { displayName: 'Inner', members: [{ value: ids.user }] });
  ids.parent = await create('/Groups', { displayName: 'Outer', members: [{ value: ids.group }] });
});
afterAll(() => world.close());

/** Returns the statements that the server sends before it answers. Its request log is written afterwards. */
async function statementsOf(path: string): Promise<{ body: Anything; texts: string[] }> {
  let body: Anything;
  const traced = await record(async () => {
    ({ body } = await tenant.scim('GET', path));
  });
  // Jobs read other organizations of the shared server meanwhile.
  const own = traced.filter(({ values }) => values.includes(tenant.organizationId)).map(({ text }) => text);
  return { body, texts: own.filter((text) => /from (users|groups|memberships|managed_counts)\b/.test(text)) };
}

describe('each read of SCIM is one statement', () => {
  test('of a user, with the groups, their parents and the name of the manager', async () => {
    const { body, texts } = await statementsOf(`/Users/${ids.user}`);
    expect(texts).toHaveLength(1);
    expect(body.groups.map(({ display, type }: Anything) => [display, type])).toEqual([
      ['Inner', 'direct'],
      ['Outer', 'indirect'],
    ]);
    expect(body['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'].manager.displayName).toBe('Boss');
  });

  test('of a group, with its members', async () => {
    const { body, texts } = await statementsOf(`/Groups/${ids.parent}`);
    expect(texts).toHaveLength(1);
    expect(body.members.map(({ display }: Anything) => display)).toEqual(['Inner']);
  });

  test.each([
    ['the first page', '/Users?count=2', 2, 6],
    ['a later page', '/Users?count=2&startIndex=3', 2, 6],
    ['the last page', '/Users?count=4&startIndex=5', 2, 6],
    ['a lookup that finds one', '/Users?filter=userName eq "user0@sample.test"', 1, 1],
    ['a lookup that finds none', '/Users?filter=userName eq "nobody@sample.test"', 0, 0],
    ['a full page of a filter', '/Users?filter=displayName eq "Zoe"&count=2', 2, 5],
    ['a sorted page', '/Users?sortBy=userName&count=2', 2, 6],
    ['a page with a cursor', '/Users?cursor=&count=2', 2, 6],
    ['a sorted page with a cursor', '/Users?cursor=&count=2&sortBy=userName', 2, 6],
    ['a page of groups', '/Groups?count=1', 1, 2],
    ['a lookup of a group', '/Groups?filter=displayName eq "Outer"', 1, 1],
    ['a sorted page of groups', '/Groups?sortBy=displayName&sortOrder=descending', 2, 2],
  ])('of %s', async (_, path, shown, total) => {
    const { body, texts } = await statementsOf(path.replaceAll(' ', '%20'));
    expect(texts).toHaveLength(1);
    expect([body.Resources.length, body.totalResults]).toEqual([shown, total]);
  });

  test('pages that follow a cursor have the same total, and the order of the index', async () => {
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await statementsOf(`/Users?sortBy=userName&count=2&cursor=${cursor}`);
      expect(body.totalResults).toBe(6);
      seen.push(...body.Resources.map(({ userName }: Anything) => userName));
      cursor = body.nextCursor ?? '';
      if (cursor === '') break;
    }
    expect(seen).toEqual([...seen].sort());
    expect(seen).toHaveLength(6);
  });

  test('a query across users and groups continues with the groups', async () => {
    const { body } = await tenant.scim('GET', '/?startIndex=6&count=2');
    expect(body.totalResults).toBe(8);
    expect(body.Resources.map(({ displayName }: Anything) => displayName)).toEqual(['Zoe', 'Inner']);
  });
});

// The embedded database runs in this process and receives one statement at a time.
if (onPostgres)
  describe('a write sends statements that do not need the rows of the previous one together', () => {
    const user = { userName: 'written@sample.test', externalId: 'written', emails: [{ value: 'w@sample.test' }] };
    let id = '';
    const replace = (path: string, value: unknown) => () =>
      tenant.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path, value }));

    test.each<[string, number, () => Promise<Anything>]>([
      ['a creation', 4, () => tenant.scim('POST', '/Users', user)],
      ['a PATCH of an attribute', 3, replace('title', 'Clerk')],
      ['a PATCH without a change', 2, replace('title', 'Clerk')],
      ['a PUT', 3, () => tenant.scim('PUT', `/Users/${id}`, { ...user, title: 'Chief' })],
      ['a deactivation', 5, replace('active', false)],
      ['a reactivation', 4, replace('active', true)],
    ])('%s needs %s round trips', async (_, most, send) => {
      let answer: Anything;
      const trips = await countRoundTrips(async () => {
        answer = await send();
      }, /scim_external_id/);
      expect(answer.status).toBeLessThan(300);
      id = answer.body.id;
      expect(trips).toBe(most);
    });

    test('a write that is refused writes nothing, and answers with the first cause', async () => {
      const other = (await tenant.scim('POST', '/Users', { userName: 'other@sample.test' })).body.id;
      const before = (await tenant.scim('GET', `/Users/${other}`)).body;
      const answer = await tenant.scim(
        'PATCH',
        `/Users/${other}`,
        patch({ op: 'replace', value: { userName: user.userName, active: false } }),
      );
      expect([answer.status, answer.body.scimType]).toEqual([409, 'uniqueness']);
      expect((await tenant.scim('GET', `/Users/${other}`)).body).toEqual(before);
    });
  });
