import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { record } from '../../../bench/trace.js';
import { type Anything, oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
const tenants: Tenant[] = [];
const mark = `Orders${Date.now()}`;
beforeAll(async () => {
  world = await World.shared();
  for (const [name, provider] of [
    ['Zeta', 'OKTA'],
    ['alpha', 'ENTRA'],
    ['Beta', 'OKTA'],
    ['alpha', 'GOOGLE'],
    ['Ärger', 'OKTA'],
  ] as const)
    tenants.push(await world.tenant({ provider }, `${name} ${mark}`));
  const [first] = tenants as [Tenant];
  for (const name of ['a', 'b', 'c']) await first.scim('POST', '/Users', oktaUser(`${name}@acme.test`));
  const { body } = await first.scim('GET', '/Users?filter=userName%20eq%20%22c@acme.test%22');
  await first.scim('PATCH', `/Users/${body.Resources[0].id}`, {
    Operations: [{ op: 'replace', path: 'active', value: false }],
  });
  await world.gql('mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }', {
    i: { id: tenants[2]?.organizationId, status: 'DISABLED' },
  });
});
afterAll(() => world.close());

const query = `query($f: OrganizationFilter, $by: OrganizationOrder, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  organizations(filter: $f, orderBy: $by, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id name createdAt } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const page = async (variables: object): Promise<Anything> =>
  (await world.gql(query, { f: { search: mark }, ...variables })).organizations;
const names = ({ nodes }: Anything) => nodes.map(({ name }: Anything) => name.replace(` ${mark}`, ''));

test('organizations are ordered by name without regard to case', async () => {
  const by = { field: 'NAME', direction: 'ASC' };
  const { nodes } = await page({ by });
  const ordered = nodes.map(({ name }: Anything) => name.toLowerCase());
  expect(ordered).toEqual([...ordered].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  expect(names(await page({ by })).slice(0, 3)).toEqual(['alpha', 'alpha', 'Beta']);
});

test.each(['NAME', 'CREATED_AT', 'UPDATED_AT'])(
  'pages by %s contain each organization once, in both directions',
  async (field) => {
    for (const direction of ['ASC', 'DESC']) {
      const by = { field, direction };
      const whole = (await page({ by })).nodes.map(({ id }: Anything) => id);
      expect(whole).toHaveLength(tenants.length);
      const forward: string[] = [];
      for (let after: string | null = null; ; ) {
        const part = await page({ by, first: 2, after });
        forward.push(...part.nodes.map(({ id }: Anything) => id));
        after = part.pageInfo.endCursor;
        if (!part.pageInfo.hasNextPage) break;
      }
      expect(forward).toEqual(whole);
      const { nodes } = await page({ by, last: 2 });
      expect(nodes.map(({ id }: Anything) => id)).toEqual(whole.slice(-2));
    }
  },
);

test('a cursor of another order or list is refused', async () => {
  const { pageInfo } = await page({ by: { field: 'NAME', direction: 'ASC' }, first: 1 });
  for (const by of [{ field: 'NAME', direction: 'DESC' }, { field: 'CREATED_AT', direction: 'ASC' }, null]) {
    const { errors } = await world.request(query, { f: { search: mark }, by, after: pageInfo.endCursor });
    expect(errors[0].extensions).toMatchObject({ code: 'CURSOR_INVALID', field: 'after' });
  }
});

test('organizations are filtered by status and by the provider of a connection', async () => {
  expect(names(await page({ f: { search: mark, status: ['DISABLED'] } }))).toEqual(['Beta']);
  expect(names(await page({ f: { search: mark, provider: ['ENTRA', 'GOOGLE'] } }))).toEqual(['alpha', 'alpha']);
  expect(await page({ f: { search: mark, status: ['ACTIVE'], provider: ['OKTA'] } })).toMatchObject({ totalCount: 2 });
  for (const none of [{ status: [] }, { provider: [] }])
    expect(await page({ f: { search: mark, ...none } })).toMatchObject({ totalCount: 0 });
});

test('"search" and "filter.search" exclude each other', async () => {
  const { errors } = await world.request('{ organizations(search: "a", filter: { search: "b" }) { totalCount } }');
  expect(errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'search' });
});

const counts = `query($f: OrganizationFilter, $first: Int) { organizations(filter: $f, first: $first, orderBy: { field: CREATED_AT, direction: ASC }) {
  nodes { id seatsUsed userCount active: userCount(status: [ACTIVE]) none: userCount(status: []) lastEventAt } } }`;

test('users are counted by status, and the newest event has its time', async () => {
  const { organizations } = await world.gql(counts, { f: { search: mark } });
  expect(organizations.nodes[0]).toMatchObject({ seatsUsed: 2, userCount: 3, active: 2, none: 0 });
  expect(organizations.nodes[1]).toMatchObject({ seatsUsed: 0, userCount: 0, active: 0 });
  const log = await (tenants[0] as Tenant).gql(
    'query($o: ID!) { organization(id: $o) { events(first: 1000) { nodes { occurredAt } } } }',
    { o: tenants[0]?.organizationId },
  );
  expect(organizations.nodes[0].lastEventAt).toBe(log.organization.events.nodes.at(-1).occurredAt);
});

test('counts and times of a page of organizations need one statement each', async () => {
  const statements = async (first: number) => {
    const seen: number[] = [];
    for (let n = 0; n < 4; n++)
      seen.push((await record(async () => void (await world.gql(counts, { f: { search: mark }, first })))).length);
    return Math.min(...seen);
  };
  await statements(1);
  expect(await statements(5)).toBe(await statements(1));
});

test('a user without an administrative role cannot filter groups by private fields', async () => {
  const { checkFilter } = await import('../../../src/adapters/graphql/lists/private-fields.js');
  const member = { kind: 'user', administrative: false } as Parameters<typeof checkFilter>[0];
  const hidden = { code: 'FORBIDDEN' };
  for (const filter of [{ roles: ['x'] }, { origin: 'SCIM' }, { scim: 'externalId eq "1"' }, { connectionId: 'c' }])
    expect(() => checkFilter(member, 'groups', { filter })).toThrow(expect.objectContaining(hidden));
  for (const filter of [{ roles: ['x'] }, { managed: true }, { lastSignInBefore: new Date() }, { externalId: 'x' }])
    expect(() => checkFilter(member, 'users', { filter })).toThrow(expect.objectContaining(hidden));
  expect(() => checkFilter(member, 'groups', { filter: { search: 'a', empty: true } })).not.toThrow();
});
