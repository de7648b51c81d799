import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Anything, oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

const orders = [
  'CREATED_AT',
  'UPDATED_AT',
  'USER_NAME',
  'DISPLAY_NAME',
  'FAMILY_NAME',
  'LAST_SIGN_IN_AT',
  null,
] as const;

const query = `query($o: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $orderBy: UserOrder) {
  organization(id: $o) { users(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
    nodes { id userName } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } } }`;

/** A list of an organization that changes while it is read. */
class Directory {
  readonly people: string[] = [];
  #made = 0;

  constructor(readonly tenant: Tenant) {}

  async add(): Promise<string> {
    const n = ++this.#made;
    // Names are unordered, and some are equal.
    const user = oktaUser(`${(n * 7_919) % 1_000}-${n}@acme.test`, {
      displayName: `Name ${n % 4}`,
      name: { familyName: `F${n % 3}` },
    });
    const { body } = await this.tenant.scim('POST', '/Users', user);
    this.people.push(body.id);
    return body.id;
  }

  /** Erases the user so that the row is deleted: a closed account stays in the list. */
  async remove(id: string): Promise<void> {
    await this.tenant.gql('mutation($id: ID!) { eraseUser(id: $id) { deletedId } }', { id });
    this.people.splice(this.people.indexOf(id), 1);
  }

  async page(variables: object): Promise<Anything> {
    return (await this.tenant.gql(query, { o: this.tenant.organizationId, ...variables })).organization.users;
  }
}

describe('a row that exists until the last page is returned once, while other rows are added and removed between pages', () => {
  test.each(orders.map((field) => ({ field })))('ordered by $field', async ({ field }) => {
    const tenant = await world.tenant();
    const directory = new Directory(tenant);
    for (let n = 0; n < 24; n++) await directory.add();
    const step = fc.record({
      size: fc.integer({ min: 1, max: 7 }),
      adds: fc.nat(2),
      removes: fc.nat(1),
      pick: fc.nat(1_000),
    });
    const run = async (
      steps: { size: number; adds: number; removes: number; pick: number }[],
      descending: boolean,
      forward: boolean,
    ) => {
      const orderBy = field ? { field, direction: descending ? 'DESC' : 'ASC' } : null;
      // A changed user moves in the list by UPDATED_AT, as intended. Here users are only added and removed.
      const throughout = new Set(directory.people);
      const seen: string[] = [];
      let cursor: string | null = null;
      for (let n = 0; ; n++) {
        const { size, adds, removes, pick } = steps[n % steps.length] as (typeof steps)[number];
        const part = forward ? { first: size, after: cursor } : { last: size, before: cursor };
        const page: Anything = await directory.page({ ...part, orderBy });
        const ids: string[] = page.nodes.map(({ id }: Anything) => id);
        expect(page.edges.map(({ node }: Anything) => node.id)).toEqual(ids);
        seen.push(...(forward ? ids : [...ids].reverse()));
        cursor = forward ? page.pageInfo.endCursor : page.pageInfo.startCursor;
        if (!(forward ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage)) break;
        // In the order of creation new users are at the end, so the number of additions is limited to let the list end.
        for (let each = 0; each < adds && n < 8; each++) await directory.add();
        for (let each = 0; each < removes && directory.people.length > 12; each++) {
          const gone = directory.people[pick % directory.people.length] as string;
          throughout.delete(gone);
          await directory.remove(gone);
        }
        if (n > 200) throw new Error('The list has no end.');
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect([...throughout].filter((id) => !seen.includes(id))).toEqual([]);
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), fc.boolean(), fc.boolean(), run), {
      numRuns: 6,
    });
  });
});

test('a page contains its counts, and whether there are more pages', async () => {
  const directory = new Directory(await world.tenant());
  for (let n = 0; n < 5; n++) await directory.add();
  const first = await directory.page({ first: 2 });
  expect(first).toMatchObject({ totalCount: 5, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
  const last = await directory.page({ last: 2 });
  expect(last).toMatchObject({ totalCount: 5, pageInfo: { hasNextPage: false, hasPreviousPage: true } });
  expect((await directory.page({ first: 0 })).nodes).toEqual([]);
  expect((await directory.page({ first: 200 })).nodes).toHaveLength(5);
});

test('the search finds words anywhere in names', async () => {
  const tenant = await world.tenant();
  for (const [userName, displayName] of [
    ['anna.lindqvist@acme.test', 'Anna Lindqvist'],
    ['bo@acme.test', 'Bo Ek'],
    ['100%@acme.test', 'Under_score'],
  ]) {
    await tenant.scim('POST', '/Users', oktaUser(userName as string, { displayName, name: {} }));
  }
  const find = async (search: string) =>
    (
      await tenant.gql(
        'query($o: ID!, $s: String) { organization(id: $o) { users(filter: { search: $s }) { nodes { displayName } } } }',
        { o: tenant.organizationId, s: search },
      )
    ).organization.users.nodes.map(({ displayName }: Anything) => displayName);
  expect(await find('lindq')).toEqual(['Anna Lindqvist']);
  expect(await find('ANNA qvist')).toEqual(['Anna Lindqvist']);
  expect(await find('bo')).toEqual(['Bo Ek']);
  expect(await find('e')).toEqual(['Bo Ek']);
  expect(await find('0%@')).toEqual(['Under_score']);
  expect(await find('r_s')).toEqual(['Under_score']);
  expect(await find('%')).toEqual([]);
});

test.each([
  ['DISPLAY_NAME', 'ASC'],
  ['DISPLAY_NAME', 'DESC'],
  ['CREATED_AT', 'DESC'],
  ['UPDATED_AT', 'ASC'],
])('groups ordered by %s %s: pages in both directions contain each group once', async (field, direction) => {
  const tenant = await world.tenant();
  for (const displayName of ['Zeta', 'alpha', 'Beta', 'alpha', 'gamma'])
    await tenant.scim('POST', '/Groups', { displayName });
  const list = `query($o: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $by: GroupOrder) {
    organization(id: $o) { groups(first: $first, after: $after, last: $last, before: $before, orderBy: $by) {
      nodes { id displayName memberCount } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
  const by = { field, direction };
  const page = async (variables: object): Promise<Anything> =>
    (await tenant.gql(list, { o: tenant.organizationId, by, ...variables })).organization.groups;
  const whole = await page({});
  const ids = (part: Anything) => part.nodes.map(({ id }: Anything) => id);
  if (field === 'DISPLAY_NAME') {
    const names = ['alpha', 'alpha', 'Beta', 'gamma', 'Zeta'];
    const shown = whole.nodes.map(({ displayName }: Anything) => displayName);
    expect(shown).toEqual(direction === 'ASC' ? names : names.reverse());
  }
  const [forward, backward]: [string[], string[]] = [[], []];
  for (let part = await page({ first: 2 }); ; part = await page({ first: 2, after: part.pageInfo.endCursor })) {
    forward.push(...ids(part));
    if (!part.pageInfo.hasNextPage) break;
  }
  for (let part = await page({ last: 2 }); ; part = await page({ last: 2, before: part.pageInfo.startCursor })) {
    backward.unshift(...ids(part));
    if (!part.pageInfo.hasPreviousPage) break;
  }
  expect(forward).toEqual(ids(whole));
  expect(backward).toEqual(forward);
  const { errors } = await world.request(
    list,
    { o: tenant.organizationId, first: 1, after: whole.pageInfo.endCursor },
    tenant.key,
  );
  expect(errors[0].extensions).toMatchObject({ code: 'CURSOR_INVALID', field: 'after' });
});
