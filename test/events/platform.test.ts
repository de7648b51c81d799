import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stream } from '../support/streams.js';
import { type Anything, eventually, oktaUser, patch, type Tenant, World } from '../support/world.js';

let world: World;
const tenants: Tenant[] = [];
beforeAll(async () => {
  world = await World.start({ progressMs: 500 });
  for (let n = 0; n < 5; n++) tenants.push(await world.tenant({}, `Tenant ${n}`));
});
afterAll(() => world.close());

const fields = '{ position previousPosition cursor type organization { id } subjectId }';
const following = `subscription($after: Cursor, $types: [EventType!]) { events(after: $after, types: $types) ${fields} }`;
const page = `query($after: Cursor, $first: Int) { events(after: $after, first: $first) {
  nodes ${fields} pageInfo { endCursor hasNextPage } } }`;

/** Returns the received positions of each organization, in the order of receipt. */
function byOrganization(events: Anything[]): Map<string, number[]> {
  const seen = new Map<string, number[]>();
  for (const { organization, position } of events)
    seen.set(organization.id, [...(seen.get(organization.id) ?? []), position]);
  return seen;
}

describe('the log of all organizations', () => {
  test('polling, WebSocket and SSE receive each log completely and in order, with thirty writers in five organizations', async () => {
    const { events: start }: Anything = await world.gql(page, { first: 1_000 });
    const after = start.pageInfo.endCursor;
    const live = world.follow(following, { after });
    const streamed = stream(world, { query: following, variables: { after } });
    const polled: Anything[] = [];
    let running = true;
    const poll = async () => {
      for (let cursor = after, more = true; more || running; ) {
        const last = !running;
        const { events }: Anything = await world.gql(page, { after: cursor, first: 100 });
        polled.push(...events.nodes);
        cursor = events.pageInfo.endCursor ?? cursor;
        more = !last || events.pageInfo.hasNextPage;
      }
    };
    const polling = poll();
    await Promise.all(
      Array.from({ length: 30 }, async (_, writer) => {
        const tenant = tenants[writer % tenants.length] as Tenant;
        for (let n = 0; n < 8; n++) {
          const { body } = await tenant.scim('POST', '/Users', oktaUser(`w${writer}n${n}@acme.com`));
          await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'title', value: `t${n}` }));
        }
      }),
    );
    running = false;
    await polling;
    const total = 30 * 8 * 2;
    expect(polled).toHaveLength(total);
    await live.until(total);
    await streamed.until(total);
    await Promise.all([live.stop(), streamed.stop()]);
    for (const seen of [polled, live.seen, streamed.seen()]) {
      for (const positions of byOrganization(seen).values()) {
        const [first = 0] = positions;
        expect(positions).toEqual(positions.map((_, n) => first + n));
      }
      expect(seen).toHaveLength(total);
    }
  });

  test('an event with a lower seq that commits later is not skipped', async () => {
    const [one, two] = tenants as [Tenant, Tenant];
    const { events: start }: Anything = await world.gql(page, { first: 1_000 });
    const live = world.follow(following, { after: start.pageInfo.endCursor });
    const database = world.database();
    if (database.engine.poolSize === 1) {
      // With one session no other transaction can be open during a commit.
      await one.scim('POST', '/Users', oktaUser('late@acme.com'));
      await live.until(1);
      await live.stop();
      return;
    }
    const { session, release } = await database.session();
    await session.query('begin');
    await session.query(
      `with h as (update event_heads set position = position + 1 where organization_id = $1 returning position)
       insert into events (organization_id, position, seq, id, type, occurred_at, actor_kind, subject_type, subject_id,
         data, changes, schema_version)
       select $1, position, nextval('event_seq'), 'evt_late', 'user.updated', now(), 'SYSTEM', 'user', 'user_x', '{}', '[]', 1 from h`,
      [one.organizationId],
    );
    await two.scim('POST', '/Users', oktaUser('early@acme.com'));
    await sleep(600);
    expect(live.seen).toEqual([]);
    await session.query('commit');
    release(false);
    await live.until(2);
    await live.stop();
    expect(live.seen.map(({ organization }) => organization.id)).toEqual([one.organizationId, two.organizationId]);
  });

  test('previousPosition belongs to the same organization and the same filter', async () => {
    const { events: start }: Anything = await world.gql(page, { first: 1_000 });
    const live = world.follow(following, { after: start.pageInfo.endCursor, types: ['USER_DEPROVISIONED'] });
    const leave = async (tenant: Tenant, name: string) => {
      const { body } = await tenant.scim('POST', '/Users', oktaUser(`${name}@acme.com`));
      await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
    };
    const [one, two] = tenants as [Tenant, Tenant];
    for (const name of ['a', 'b', 'c']) await Promise.all([leave(one, name), leave(two, name)]);
    await live.until(6);
    await live.stop();
    for (const tenant of [one, two]) {
      const seen = live.seen.filter(({ organization }) => organization.id === tenant.organizationId);
      expect(seen.slice(1).map(({ previousPosition }) => previousPosition)).toEqual(
        seen.slice(0, -1).map(({ position }) => position),
      );
    }
  });

  test('only platform keys can follow it, and a cursor is valid for its own log only', async () => {
    const [one] = tenants as [Tenant];
    const live = world.follow(following, {}, one.key);
    await sleep(200);
    await (tenants[1] as Tenant).scim('POST', '/Users', oktaUser('theirs@acme.com'));
    await one.scim('POST', '/Users', oktaUser('ours@acme.com'));
    await live.until(1);
    await live.stop();
    expect(live.seen.map(({ organization }) => organization.id)).toEqual([one.organizationId]);
    const [event] = await one.events();
    expect((await world.request(page, { after: event.cursor })).errors[0].extensions.code).toBe('CURSOR_INVALID');
    const { events }: Anything = await world.gql(page, { first: 1 });
    expect((await world.request(page, { after: events.nodes[0].cursor }, one.key)).errors[0].extensions.code).toBe(
      'CURSOR_INVALID',
    );
  });
});

describe('server-sent events', () => {
  test('have the cursor as the id of each event, and continue after Last-Event-ID', async () => {
    const tenant = await world.tenant({}, 'Streamed');
    const query = 'subscription { userProvisioned { cursor position } }';
    const first = stream(world, { query }, { key: tenant.key });
    await eventually(() => first.status() === 200);
    await sleep(200);
    for (const name of ['one', 'two', 'three']) await tenant.scim('POST', '/Users', oktaUser(`${name}@acme.com`));
    await first.until(3);
    await first.stop();
    const told = first.messages.filter(({ data }) => data?.data);
    for (const { id, data } of told) {
      expect(id).toBe(data.data.userProvisioned.cursor);
      expect(data.extensions.cursor).toBe(id);
    }
    const second = stream(world, { query }, { key: tenant.key, lastEventId: told[0]?.id });
    await second.until(2);
    await second.stop();
    expect(second.seen().map(({ position }) => position)).toEqual(
      first
        .seen()
        .slice(1)
        .map(({ position }) => position),
    );
  });

  test('are refused without a credential, for a malformed document, for an unknown cursor, and end with the credential', async () => {
    const tenant = await world.tenant({}, 'Refused');
    const query = 'subscription { events { cursor } }';
    const nobody = stream(world, { query }, { key: 'wrong' });
    await eventually(nobody.ended);
    expect(nobody.status()).toBe(401);
    const broken = stream(world, { query: 'subscription { nothing }' }, { key: tenant.key });
    await eventually(broken.ended);
    expect(broken.messages[0]?.data.errors[0].message).toContain('nothing');
    const lost = stream(world, { query }, { key: tenant.key, lastEventId: 'nonsense' });
    await eventually(lost.ended);
    expect(lost.messages[0]?.data.errors[0].extensions.code).toBe('CURSOR_INVALID');
    const { createApiKey } = await tenant.gql(
      'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret apiKey { id } } }',
      { i: { organizationId: tenant.organizationId, name: 'x', scopes: ['EVENTS_READ'] } },
    );
    const live = stream(world, { query }, { key: createApiKey.secret });
    await eventually(() => live.status() === 200);
    await tenant.gql('mutation($id: ID!) { revokeApiKey(id: $id) { deletedId } }', { id: createApiKey.apiKey.id });
    await eventually(live.ended, 3_000);
    expect(live.messages.at(-2)?.data.errors[0].extensions.code).toBe('SUBSCRIPTION_REVOKED');
  });

  test('report their progress on request if the filter excludes every event, and advance Last-Event-ID', async () => {
    const tenant = await world.tenant({}, 'Quiet');
    const query = 'subscription { userDeprovisioned { cursor } }';
    const asking = stream(world, { query, extensions: { progress: true } }, { key: tenant.key });
    const quiet = stream(world, { query }, { key: tenant.key });
    await eventually(() => asking.status() === 200 && quiet.status() === 200);
    await sleep(200);
    await tenant.scim('POST', '/Users', oktaUser('hidden@acme.com'));
    const last = (await tenant.events()).at(-1).cursor;
    await eventually(() => asking.messages.length > 0 && quiet.messages.length > 0, 25_000);
    await Promise.all([asking.stop(), quiet.stop()]);
    expect(asking.messages[0]).toEqual({ id: last, event: 'next', data: { data: null, extensions: { cursor: last } } });
    expect(quiet.messages[0]).toEqual({ id: last });
  });
});
