import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { filterOf } from '../../src/adapters/graphql/events/event-filter.js';
import { beginning } from '../../src/events/cursor.js';
import { type EventFilter, passes } from '../../src/events/filter.js';
import { readEvents } from '../../src/events/read.js';
import { eventTypes } from '../../src/events/types.js';
import { BadInput } from '../../src/kernel/errors.js';
import type { OrganizationId } from '../../src/kernel/ids.js';
import { type Anything, oktaUser, patch, type Tenant, World } from '../support/world.js';

let world: World;
let tenant: Tenant;
let other: Tenant;
/** All events of the tenant as the database has them. */
let rows: Anything[];
const nameOf = (type: string) => type.toUpperCase().replace('.', '_');
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  other = await world.tenant({}, 'Other');
  await other.scim('POST', '/Users', oktaUser('other@acme.test'));
  const ids: string[] = [];
  for (let n = 0; n < 4; n++) ids.push((await tenant.scim('POST', '/Users', oktaUser(`u${n}@acme.test`))).body.id);
  for (const id of ids) await tenant.gql('mutation($id: ID!) { suspendUser(id: $id) { user { id } } }', { id });
  const members = ids.map((value) => ({ value }));
  for (const displayName of ['a', 'b']) await tenant.scim('POST', '/Groups', { displayName, members });
  await tenant.scim('PATCH', `/Users/${ids[0]}`, patch({ op: 'replace', value: { active: false } }));
  rows = await world
    .database()
    .query('select * from events where organization_id = $1 order by position', [tenant.organizationId]);
});
afterAll(() => world.close());

const query = `query($o: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: EventFilter) {
  organization(id: $o) { events(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    nodes { id position previousPosition } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
const request = (variables: object): Promise<Anything> =>
  world.request(query, { o: tenant.organizationId, ...variables }, tenant.key);
async function page(variables: object): Promise<Anything> {
  const { data, errors } = await request(variables);
  expect(errors).toBeUndefined();
  return data.organization.events;
}
const positionsOf = (nodes: Anything[]): number[] => nodes.map(({ position }) => position);

/** Returns the positions of the rows that a filter of the API describes, without the code of the server. */
function expected(filter: Anything): number[] {
  const has = (list: unknown[] | undefined, ...values: unknown[]) =>
    !list || values.some((value) => list.includes(value));
  return rows
    .filter(
      (row) =>
        has(filter.types, nameOf(row.type)) &&
        has(filter.subjectIds, row.subject_id, row.user_id, row.group_id, row.connection_id) &&
        has(filter.userIds, row.user_id) &&
        has(filter.groupIds, row.group_id) &&
        has(filter.connectionIds, row.connection_id, row.actor_id) &&
        has(filter.actorKinds, row.actor_kind) &&
        has(filter.actorId && [filter.actorId], row.actor_id) &&
        has(filter.requestId && [filter.requestId], row.request_id) &&
        (!filter.since || row.occurred_at >= new Date(filter.since)) &&
        (!filter.until || row.occurred_at < new Date(filter.until)),
    )
    .map(({ position }) => Number(position));
}

/** Returns an arbitrary filter whose values occur in the log. */
function filters(): fc.Arbitrary<Anything> {
  const of = (column: string) => [...new Set(rows.map((row) => row[column]).filter((value) => value !== null))];
  const some = (values: unknown[]) => fc.subarray(values, { minLength: 1, maxLength: Math.min(3, values.length) });
  const subjects = [...of('user_id'), ...of('group_id'), ...of('subject_id')];
  const times = of('occurred_at').map((time) => (time as Date).toISOString());
  const fields = {
    types: some(of('type').map((type) => nameOf(type as string))),
    subjectIds: some([...new Set(subjects)]),
    userIds: some(of('user_id')),
    groupIds: some(of('group_id')),
    connectionIds: some([tenant.connectionId, 'conn_01aaaaaaaaaaaaaaaaaaaaaaaa']),
    actorKinds: some(['SCIM', 'API', 'SYSTEM']),
    actorId: fc.constantFrom(...of('actor_id')),
    requestId: fc.constantFrom(...of('request_id')),
    since: fc.constantFrom(...times),
    until: fc.constantFrom(...times),
  };
  return fc
    .subarray(Object.keys(fields), { maxLength: 3 })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fields[name as keyof typeof fields]]))));
}

describe('a filter selects the same events in every way of reading', () => {
  test('pages from the start and from the end contain each matching event once, in the order of the log', async () => {
    const read = async (filter: Anything, size: number, isFromEnd: boolean) => {
      const seen: Anything[] = [];
      let cursor: string | null = null;
      for (let n = 0; n < 100; n++) {
        const part: object = isFromEnd ? { last: size, before: cursor } : { first: size, after: cursor };
        const { nodes, pageInfo }: Anything = await page({ ...part, filter });
        expect(nodes.length).toBeLessThanOrEqual(size);
        seen.splice(isFromEnd ? 0 : seen.length, 0, ...nodes);
        if (!(isFromEnd ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) break;
        cursor = isFromEnd ? pageInfo.startCursor : pageInfo.endCursor;
      }
      const positions = positionsOf(seen);
      expect(positions).toEqual(expected(filter));
      // Each event names the previous one that matches.
      expect(seen.map(({ previousPosition }) => previousPosition)).toEqual([0, ...positions].slice(0, -1));
    };
    await fc.assert(fc.asyncProperty(filters(), fc.integer({ min: 1, max: 6 }), fc.boolean(), read), { numRuns: 40 });
  }, 60_000);

  test('live events pass the filter that the database applies', async () => {
    const organizationId = tenant.organizationId as OrganizationId;
    const stretch = { after: beginning, limit: 1_000 };
    const { events } = await readEvents(world.database(), organizationId, stretch);
    const agree = async ({ types, ...rest }: Anything) => {
      const filter: EventFilter = {
        ...rest,
        ...(types && { types: types.map((name: keyof typeof eventTypes) => eventTypes[name]) }),
        ...(rest.since && { since: new Date(rest.since) }),
        ...(rest.until && { until: new Date(rest.until) }),
      };
      const found = await readEvents(world.database(), organizationId, { ...stretch, filter });
      expect(events.filter((event) => passes(event, filter)).map(({ id }) => id)).toEqual(
        found.events.map(({ id }) => id),
      );
    };
    await fc.assert(fc.asyncProperty(filters(), agree), { numRuns: 100 });
  }, 60_000);

  test('a subscription replays and delivers the matching events only', async () => {
    const live = world.follow(
      'subscription($o: ID, $after: Cursor, $filter: EventFilter) { events(organizationId: $o, after: $after, filter: $filter) { position } }',
      { o: tenant.organizationId, after: await start(), filter: { actorKinds: ['API'], types: ['USER_SUSPENDED'] } },
      tenant.key,
    );
    await live.until(4);
    const made = await tenant.scim('POST', '/Users', oktaUser('late@acme.test'));
    await tenant.gql('mutation($id: ID!) { suspendUser(id: $id) { user { id } } }', { id: made.body.id });
    await live.until(5);
    await live.stop();
    expect(positionsOf(live.seen).slice(0, 4)).toEqual(expected({ actorKinds: ['API'], types: ['USER_SUSPENDED'] }));
    expect(live.seen).toHaveLength(5);
  });

  test('a filter restricts a subscription to one type, and cannot add another type', async () => {
    const live = world.follow(
      'subscription($o: ID, $after: Cursor, $filter: EventFilter) { userProvisioned(organizationId: $o, after: $after, filter: $filter) { position } }',
      { o: tenant.organizationId, after: await start(), filter: { types: ['USER_SUSPENDED', 'USER_PROVISIONED'] } },
      tenant.key,
    );
    await live.until(4);
    await live.stop();
    expect(positionsOf(live.seen).slice(0, 4)).toEqual(expected({ types: ['USER_PROVISIONED'] }).slice(0, 4));
  });
});

/** Returns the cursor of the first event, which no filter here selects. */
async function start(): Promise<string> {
  const [first] = await tenant.events();
  expect(first.type).toBe('ORGANIZATION_CREATED');
  return first.cursor;
}

test('the newest page ends at the end of the log, so that a subscription continues without a gap', async () => {
  const { nodes, pageInfo } = await page({ last: 2, filter: { types: ['CONNECTION_CREATED'] } });
  expect(nodes).toHaveLength(1);
  expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
  expect((await page({ first: 10, after: pageInfo.endCursor })).nodes).toEqual([]);
  const { body } = await tenant.scim('POST', '/Users', oktaUser('next@acme.test'));
  const next = await page({ first: 10, after: pageInfo.endCursor, filter: { userIds: [body.id] } });
  expect(next.nodes).toHaveLength(1);
});

test('events that are emitted between two pages from the end are not part of them', async () => {
  const one = await page({ last: 3 });
  await tenant.scim('POST', '/Users', oktaUser('between@acme.test'));
  const two = await page({ last: 3, before: one.pageInfo.startCursor });
  const [first] = positionsOf(one.nodes);
  expect(positionsOf(two.nodes)).toEqual([3, 2, 1].map((n) => (first ?? 0) - n));
  expect(two.pageInfo.hasNextPage).toBe(true);
});

test('events of a user are read from the newest, and filtered within the user', async () => {
  const [{ user_id: id }] = rows.filter(({ type }) => type === 'user.provisioned');
  const { user } = await tenant.gql(
    `query($id: ID!) { user(id: $id) { last: events(last: 1) { nodes { position } }
      suspended: events(filter: { types: [USER_SUSPENDED] }) { nodes { position } } } }`,
    { id },
  );
  expect(positionsOf(user.last.nodes)).toEqual(expected({ userIds: [id] }).slice(-1));
  expect(positionsOf(user.suspended.nodes)).toEqual(expected({ userIds: [id], types: ['USER_SUSPENDED'] }));
});

test('a platform key reads the log of all organizations from the end', async () => {
  const read = async (variables: Record<string, unknown>) =>
    (
      await world.gql(
        `query($last: Int, $before: Cursor, $f: EventFilter) { events(last: $last, before: $before, filter: $f) {
          nodes { id position } pageInfo { startCursor hasPreviousPage } } }`,
        variables,
      )
    ).events;
  const f = { actorId: tenant.connectionId };
  const seen: number[] = [];
  let before: string | null = null;
  for (let n = 0; n < 50; n++) {
    const { nodes, pageInfo }: Anything = await read({ last: 3, before, f });
    seen.unshift(...positionsOf(nodes));
    if (!pageInfo.hasPreviousPage) break;
    before = pageInfo.startCursor;
  }
  expect(seen.slice(0, rows.length)).toEqual([...new Set(seen)].sort((a, b) => a - b).slice(0, rows.length));
  expect(seen).toEqual(expect.arrayContaining(expected({ actorId: tenant.connectionId })));
});

describe('refused', () => {
  const codeOf = async (variables: object) => {
    const { errors } = await request(variables);
    const { code, field } = errors?.[0].extensions ?? {};
    return [code, field];
  };
  test('a cursor of another log, or of another kind of list', async () => {
    const [foreign] = await other.events();
    expect(await codeOf({ last: 1, before: foreign.cursor })).toEqual(['CURSOR_INVALID', 'before']);
    expect(await codeOf({ first: 1, after: foreign.cursor })).toEqual(['CURSOR_INVALID', 'after']);
    const { organization } = await tenant.gql(
      'query($o: ID!) { organization(id: $o) { users(first: 1) { pageInfo { endCursor } } } }',
      { o: tenant.organizationId },
    );
    const { endCursor } = organization.users.pageInfo;
    expect(await codeOf({ last: 1, before: endCursor })).toEqual(['CURSOR_INVALID', 'before']);
  });

  test('two page sizes, and a list that is too long', async () => {
    expect(await codeOf({ first: 1, last: 1 })).toEqual(['BAD_INPUT', 'last']);
    const userIds = Array.from({ length: 101 }, (_, n) => `user_${n}`);
    expect(await codeOf({ filter: { userIds } })).toEqual(['BAD_INPUT', 'filter.userIds']);
    expect(await codeOf({ last: 1_001 })).toEqual(['BAD_INPUT', expect.anything()]);
  });

  test('a condition inside and outside the filter', async () => {
    const { errors } = await world.request(
      'query($o: ID!) { organization(id: $o) { events(types: [USER_UPDATED], filter: { types: [USER_DELETED] }) { nodes { id } } } }',
      { o: tenant.organizationId },
      tenant.key,
    );
    expect(errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'types' });
  });

  test('ids of another tenant select nothing', async () => {
    const [event] = await other.events();
    for (const filter of [
      { requestId: event.requestId },
      { actorId: other.connectionId },
      { connectionIds: [other.connectionId] },
    ])
      expect((await page({ filter })).nodes).toEqual([]);
  });
});

test.each(['\u0000', '\ud800'])('a text that no event can contain is refused, also in a subscription: %j', (text) => {
  expect(() => filterOf({ requestId: text })).toThrow(BadInput);
  expect(() => filterOf({ subjectIds: [text] })).toThrow(BadInput);
});
