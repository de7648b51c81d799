import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { administer } from '../support/database.js';
import { freshDatabase, onPostgres, startServer } from '../support/server.js';
import { type Anything, eventually, oktaUser, patch, type Tenant, World } from '../support/world.js';

let world: World;
let tenant: Tenant;
let database: Record<string, string>;
beforeAll(async () => {
  database = await freshDatabase();
  world = new World(await startServer({}, database));
  tenant = await world.tenant();
});
afterAll(() => world.close());

const create = (name: string) => tenant.scim('POST', '/Users', oktaUser(`${name}@acme.com`));
const subscribe = `subscription($id: ID, $after: Cursor, $types: [EventType!]) {
  events(organizationId: $id, after: $after, types: $types) { position previousPosition cursor type subjectId }
}`;

describe('the log of one organization', () => {
  // With numbers of a plain sequence this reader would skip events, because they become visible out of order.
  test('a polling reader receives the positions 1..N of 16 writers without a gap or a repeat', async () => {
    const on = await world.tenant({}, 'Polled');
    const writers = 16;
    const each = 12;
    let running = true;
    const positions: number[] = [];
    const poll = async () => {
      let after: string | null = null;
      for (;;) {
        const last = !running;
        const { organization }: Anything = await on.gql(
          `query($id: ID!, $after: Cursor) { organization(id: $id) {
            events(first: 100, after: $after) { nodes { position } pageInfo { endCursor hasNextPage } } } }`,
          { id: on.organizationId, after },
        );
        const { nodes, pageInfo } = organization.events;
        positions.push(...nodes.map(({ position }: { position: number }) => position));
        after = pageInfo.endCursor ?? after;
        if (last && !pageInfo.hasNextPage) return;
      }
    };
    const polling = poll();
    const write = async (writer: number) => {
      for (let n = 0; n < each; n++) {
        const { status, body } = await on.scim('POST', '/Users', oktaUser(`w${writer}n${n}@acme.com`));
        expect(status).toBe(201);
        await on.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'title', value: `t${n}` }));
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
    running = false;
    await polling;
    const all = await on.events();
    expect(all.length).toBeGreaterThanOrEqual(writers * each * 2);
    expect(positions).toEqual(all.map((_, n) => n + 1));
  });

  test('a request that fails writes no event and leaves no gap', async () => {
    await create('once');
    const before = await tenant.events();
    await create('once');
    await tenant.scim('POST', '/Groups', { displayName: 'G', members: [{ value: 'nobody' }] });
    await create('after-failure');
    const after = await tenant.events();
    expect(after.map(({ position }) => position)).toEqual(after.map((_, n) => n + 1));
    expect(after.length).toBe(before.length + 1);
  });

  test('events of one request contain its id and its actor', async () => {
    const { body } = await create('actor');
    await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false, title: 'Left' } }));
    const events = (await tenant.events()).slice(-2);
    expect(events.map(({ type }) => type)).toEqual(['USER_UPDATED', 'USER_DEPROVISIONED']);
    expect(events[0].requestId).toBe(events[1].requestId);
    expect(events[0].actor.kind).toBe('SCIM');
    expect(events[0].changes).toEqual([{ path: 'title', before: null, after: 'Left' }]);
  });
});

describe('subscriptions', () => {
  test('replay from a cursor and then continue live without a gap while writers continue', async () => {
    const on = await world.tenant({}, 'Seam');
    let writing = true;
    const write = async () => {
      for (let n = 0; writing; n++) await on.scim('POST', '/Users', oktaUser(`s${n}@acme.com`));
    };
    const writer = write();
    await sleep(300);
    const [first] = await on.events();
    const followers = await Promise.all(
      [0, 40, 80].map(async (delay) => {
        await sleep(delay);
        return world.follow(subscribe, { id: on.organizationId, after: first.cursor }, on.key);
      }),
    );
    await sleep(700);
    writing = false;
    await writer;
    const total = (await on.events()).length;
    for (const follower of followers) {
      await follower.until(total - 1);
      await follower.stop();
      expect(follower.seen.map(({ position }) => position)).toEqual(Array.from({ length: total - 1 }, (_, n) => n + 2));
    }
  });

  test('allow a filtered reader to detect gaps by previousPosition', async () => {
    const on = await world.tenant({}, 'Filtered');
    const ids = [];
    for (let n = 0; n < 4; n++) ids.push((await on.scim('POST', '/Users', oktaUser(`f${n}@acme.com`))).body.id);
    const [start] = await on.events();
    const types = ['USER_DEPROVISIONED'];
    const live = world.follow(subscribe, { id: on.organizationId, after: start.cursor, types }, on.key);
    for (const id of ids) await on.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    await live.until(4);
    await live.stop();
    const seen = live.seen.map(({ position, previousPosition }) => [position, previousPosition]);
    expect(seen.slice(1).map(([, previous]) => previous)).toEqual(seen.slice(0, -1).map(([position]) => position));
    const page = await on.gql(
      'query($id: ID!, $t: [EventType!]) { organization(id: $id) { events(types: $t) { nodes { position previousPosition } } } }',
      { id: on.organizationId, t: types },
    );
    expect(
      page.organization.events.nodes.map(({ position, previousPosition }: Anything) => [position, previousPosition]),
    ).toEqual(seen);
  });

  test('exist for each type of event, and resume by their cursor after a lost connection', async () => {
    const on = await world.tenant({}, 'Resume');
    const query =
      'subscription($after: Cursor) { userDeprovisioned(after: $after) { cursor subjectId user { status } } }';
    const first = world.follow(query, {}, on.key);
    await sleep(300);
    const leave = async (name: string) => {
      const { body } = await on.scim('POST', '/Users', oktaUser(`${name}@acme.com`));
      await on.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
      return body.id;
    };
    const one = await leave('one');
    await first.until(1);
    await first.stop();
    expect(first.seen[0]).toMatchObject({ subjectId: one, user: { status: 'DEPROVISIONED' } });
    const missed = [await leave('two'), await leave('three')];
    const second = world.follow(query, { after: first.seen[0].cursor }, on.key);
    await second.until(2);
    await second.stop();
    expect(second.seen.map(({ subjectId }) => subjectId)).toEqual(missed);
  });

  test('can be limited to the members of one group, and to connections', async () => {
    const on = await world.tenant({}, 'Topics');
    const { body: user } = await on.scim('POST', '/Users', oktaUser('member@acme.com'));
    const { body: one } = await on.scim('POST', '/Groups', { displayName: 'One' });
    const { body: two } = await on.scim('POST', '/Groups', { displayName: 'Two' });
    const [start] = await on.events();
    const members = world.follow(
      'subscription($g: ID, $a: Cursor) { groupMembershipChanged(groupId: $g, after: $a) { type group { id } user { id } } }',
      { g: one.id, a: start.cursor },
      on.key,
    );
    const connections = world.follow(
      'subscription($a: Cursor) { connectionChanged(after: $a) { type } }',
      { a: start.cursor },
      on.key,
    );
    const change = (id: string, operation: unknown) => on.scim('PATCH', `/Groups/${id}`, patch(operation));
    await change(two.id, { op: 'add', path: 'members', value: [{ value: user.id }] });
    await change(one.id, { op: 'add', path: 'members', value: [{ value: user.id }] });
    await change(one.id, { op: 'remove', path: 'members' });
    await on.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
      i: { id: on.connectionId, name: 'Renamed' },
    });
    await members.until(2);
    await connections.until(3);
    await Promise.all([members.stop(), connections.stop()]);
    expect(members.seen).toEqual([
      { type: 'GROUP_MEMBER_ADDED', group: { id: one.id }, user: { id: user.id } },
      { type: 'GROUP_MEMBER_REMOVED', group: { id: one.id }, user: { id: user.id } },
    ]);
    expect(connections.seen.map(({ type }) => type)).toEqual([
      'CONNECTION_CREATED',
      'CONNECTION_TOKEN_ROTATED',
      'CONNECTION_UPDATED',
    ]);
  });

  test('end with their credential: close code 4403, and no later event', async () => {
    const on = await world.tenant({}, 'Revoked');
    const { createApiKey } = await on.gql(
      'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret apiKey { id } } }',
      { i: { organizationId: on.organizationId, name: 'follower', scopes: ['EVENTS_READ'] } },
    );
    const live = world.follow(subscribe, { id: on.organizationId }, createApiKey.secret);
    await sleep(300);
    await on.scim('POST', '/Users', oktaUser('before@acme.com'));
    await live.until(1);
    await on.gql('mutation($id: ID!) { revokeApiKey(id: $id) { deletedId } }', { id: createApiKey.apiKey.id });
    await on.scim('POST', '/Users', oktaUser('after@acme.com'));
    await eventually(() => live.closed() !== undefined, 5_000);
    expect(live.closed()).toMatchObject({ code: 4403, reason: 'SUBSCRIPTION_REVOKED' });
    expect(live.seen).toHaveLength(1);
    await live.stop();
  });

  test('a socket without a credential, or with a wrong one, is refused', async () => {
    const live = world.follow(subscribe, {}, 'wrong');
    await eventually(() => live.closed() !== undefined || live.failure() !== undefined, 5_000);
    expect(live.seen).toEqual([]);
    await live.stop();
  });

  test.each(['nonsense', Buffer.from('e1.000000000000.org_00000000000000000000000000.1').toString('base64url')])(
    'a malformed cursor is refused with its code: %s',
    async (after) => {
      const { errors } = await world.request(
        'query($id: ID!, $after: Cursor) { organization(id: $id) { events(after: $after) { nodes { id } } } }',
        { id: tenant.organizationId, after },
      );
      expect(errors[0].extensions.code).toBe('CURSOR_INVALID');
    },
  );

  test('a cursor in the old format from another epoch is expired, and the error contains the oldest cursor', async () => {
    const [event] = await tenant.events();
    const [, , log, place] = Buffer.from(event.cursor, 'base64url').toString().split('.');
    const after = Buffer.from(`e1.ffffffffffff.${log}.${place}`).toString('base64url');
    const { errors } = await world.request(
      'query($id: ID!, $after: Cursor) { organization(id: $id) { events(after: $after) { nodes { id } } } }',
      { id: tenant.organizationId, after },
    );
    expect(errors[0].extensions).toMatchObject({ code: 'CURSOR_EXPIRED', oldestCursor: expect.any(String) });
  });
});

if (onPostgres) {
  test('the database role of the server can neither update nor delete an event', async () => {
    const url = database.DATABASE_URL ?? '';
    for (const statement of ['update events set type = type', 'delete from events', 'truncate events']) {
      await expect(administer(url, 'set role rollcall_runtime', statement)).rejects.toThrow(/permission denied/);
    }
  });
}
