import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pruneEvents } from '../../src/delivery/retention.js';
import { parseCursor, printCursor } from '../../src/events/cursor.js';
import { History } from '../../src/events/history.js';
import type { EventId, OrganizationId } from '../../src/kernel/ids.js';
import { Vault } from '../../src/kernel/vault.js';
import { dayMs, storeOfJobs, unheard } from '../support/jobs.js';
import { secretKey } from '../support/server.js';
import { stream } from '../support/streams.js';
import { type Anything, eventually, oktaUser, type Tenant, World } from '../support/world.js';

const organizationId = 'org_01jqz0000000000000000000a1' as OrganizationId;
const id = 'evt_01jqz0000000000000000000a2' as EventId;
const cursor = { organizationId, epoch: 'a1b2c3d4e5f6', place: 7, id };
const textOf = (text: string) => Buffer.from(text, 'base64url').toString('latin1');
const asCursor = (text: string) => Buffer.from(text).toString('base64url');

describe('the text of a cursor', () => {
  test('is parsed to the printed values, for one organization and for all', () => {
    expect(parseCursor(printCursor(cursor, ['key']), organizationId)).toMatchObject(cursor);
    const all = { ...cursor, organizationId: null };
    expect(parseCursor(printCursor(all, ['key']), null)).toMatchObject(all);
    const first = { ...cursor, place: 0, id: null };
    expect(parseCursor(printCursor(first, ['key']), organizationId)).toMatchObject(first);
  });

  test('is verified with any of the keys, and with no other', () => {
    const text = printCursor(cursor, ['new', 'old']);
    expect(parseCursor(text, organizationId, ['newest', 'new']).isProven).toBe(true);
    expect(parseCursor(text, organizationId, ['other']).isProven).toBe(false);
    const [, , , place, ...rest] = textOf(text).split('.');
    const moved = asCursor(['e2', cursor.epoch, organizationId, Number(place) + 1, ...rest].join('.'));
    expect(parseCursor(moved, organizationId, ['new']).isProven).toBe(false);
  });

  test('in the old format has no id', () => {
    const old = asCursor(`e1.${cursor.epoch}.${organizationId}.7`);
    expect(parseCursor(old, organizationId)).toMatchObject({ place: 7, id: null, isIdentified: false });
  });

  const suffix = id.slice(4);
  const of = `${cursor.epoch}.${organizationId}`;
  test.each([
    `e2.${of}.7`,
    `e2.${of}.7.${suffix}`,
    `e2.${of}.7.${suffix}.short`,
    `e2.${of}.7.${suffix}.aaaaaaaaaaa.more`,
    `e2.${of}.7.${id}.aaaaaaaaaaa`,
    `e2.${of}.7.' or 1=1.aaaaaaaaaaa`,
    `e2.${of}.0.${suffix}.aaaaaaaaaaa`,
    `e2.${of}.-1.${suffix}.aaaaaaaaaaa`,
    `e2.${of}.1e3.${suffix}.aaaaaaaaaaa`,
    `e2.${of}.1234567890123456.${suffix}.aaaaaaaaaaa`,
    `e2..${organizationId}.7.${suffix}.aaaaaaaaaaa`,
    `e2.${cursor.epoch}.*.7.${suffix}.aaaaaaaaaaa`,
    `e3.${of}.7.${suffix}.aaaaaaaaaaa`,
    `e1.${of}.7.${suffix}`,
    '',
  ])('is refused if malformed: %s', (text) => {
    expect(() => parseCursor(asCursor(text), organizationId)).toThrow(/does not belong to this list/);
  });

  test('is refused for another log', () => {
    const text = printCursor(cursor, ['key']);
    expect(() => parseCursor(text, null)).toThrow(/does not belong to this list/);
    const other = 'org_01jqz0000000000000000000b1' as OrganizationId;
    expect(() => parseCursor(text, other)).toThrow(/does not belong to this list/);
  });
});

describe('a cursor whose position has another event', () => {
  let world: World;
  let tenant: Tenant;
  let skewMs = 0;
  beforeAll(async () => {
    world = await World.start({ now: () => new Date(Date.now() + skewMs), progressMs: 100 });
    tenant = await world.tenant();
    for (const name of ['a', 'b', 'c']) await tenant.scim('POST', '/Users', oktaUser(`${name}@acme.com`));
  });
  afterAll(() => world.close());

  const page = `query($id: ID, $after: Cursor) { events(organizationId: $id, after: $after, first: 100) {
    nodes { position cursor } pageInfo { endCursor } } }`;
  const following = `subscription($id: ID, $after: Cursor, $types: [EventType!]) {
    events(organizationId: $id, after: $after, types: $types) { position cursor } }`;
  const codeOf = async (asked: Promise<Anything>) => (await asked).errors?.[0].extensions.code ?? null;
  /** Returns the cursor with the id of another event at the same position, as after a restore. */
  const otherwise = (text: string, more: { place?: number; epoch?: string } = {}) => {
    const [, epoch, log, place, , proof] = textOf(text).split('.');
    return asCursor(`e2.${more.epoch ?? epoch}.${log}.${more.place ?? place}.${id.slice(4)}.${proof}`);
  };
  const lastOf = async (of: string | null) => (await world.gql(page, { id: of })).events.nodes.at(-1);

  test.each(['one', 'all'])('is refused by every transport, in the log of %s', async (which) => {
    const of = which === 'one' ? tenant.organizationId : null;
    const after = otherwise((await lastOf(of)).cursor);
    const refused = (await world.request(page, { id: of, after })).errors[0].extensions;
    expect(refused).toMatchObject({ code: 'CURSOR_EXPIRED', oldestCursor: expect.any(String) });
    // The error contains a valid cursor to continue from.
    for (const next of [refused.oldestCursor, refused.snapshotCursor]) {
      expect(await codeOf(world.request(page, { id: of, after: next }))).toBeNull();
      expect(textOf(next)).toMatch(/^e2\./);
    }
    const socket = world.follow(following, { id: of, after });
    await socket.until(1);
    expect(socket.seen[0].errors[0].extensions.code).toBe('CURSOR_EXPIRED');
    await socket.stop();
    const asked = { query: following, variables: { id: of } };
    const events = stream(world, asked, { lastEventId: after });
    await eventually(() => events.messages.some(({ data }) => data?.errors));
    expect(events.messages.find(({ data }) => data?.errors)?.data.errors[0].extensions.code).toBe('CURSOR_EXPIRED');
    await events.stop();
    const input = { organizationId: of, after };
    const made = await world.gql(
      `mutation($c: CreateConsumerInput!, $w: CreateWebhookEndpointInput!) {
        createConsumer(input: $c) { consumer { id cursor } } createWebhookEndpoint(input: $w) { webhookEndpoint { id } } }`,
      { c: { organizationId: of, name: 'kept' }, w: { organizationId: of, url: 'http://127.0.0.1:9/' } },
    );
    expect(textOf(made.createConsumer.consumer.cursor)).toMatch(/^e2\./);
    const mutations: [string, Record<string, unknown>][] = [
      [
        'mutation($i: CreateConsumerInput!) { createConsumer(input: $i) { consumer { id } } }',
        { i: { ...input, name: 'n' } },
      ],
      [
        'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { secret } }',
        { i: { ...input, url: 'http://127.0.0.1:9/' } },
      ],
      [
        'mutation($id: ID!, $c: Cursor!) { acknowledge(consumerId: $id, cursor: $c) { consumer { id } } }',
        { id: made.createConsumer.consumer.id, c: after },
      ],
      [
        'mutation($id: ID!, $c: Cursor) { replayWebhooks(id: $id, after: $c) { webhookEndpoint { id } } }',
        { id: made.createWebhookEndpoint.webhookEndpoint.id, c: after },
      ],
    ];
    for (const [text, variables] of mutations) {
      expect(await codeOf(world.request(text, variables))).toBe('CURSOR_EXPIRED');
    }
  });

  test('is refused if it is ahead of the log', async () => {
    const { cursor: text, position } = await lastOf(tenant.organizationId);
    const ahead = otherwise(text, { place: position + 100 });
    expect(await codeOf(world.request(page, { id: tenant.organizationId, after: ahead }))).toBe('CURSOR_EXPIRED');
  });

  test('is refused if it is empty, instead of starting at the first or at new events', async () => {
    const { organizationId } = tenant;
    expect(await codeOf(world.request(page, { id: organizationId, after: '' }))).toBe('CURSOR_INVALID');
    const query = 'subscription($id: ID, $after: Cursor) { events(organizationId: $id, after: $after) { id } }';
    const following = stream(world, { query, variables: { id: organizationId, after: '' } });
    await eventually(() => JSON.stringify(following.messages).includes('CURSOR_INVALID'));
    await following.stop();
    const hook =
      'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }';
    const input = { organizationId, url: 'http://127.0.0.1:9/', after: '' };
    expect(await codeOf(world.request(hook, { i: input }))).toBe('CURSOR_INVALID');
    const consumer = 'mutation($i: CreateConsumerInput!) { createConsumer(input: $i) { consumer { id } } }';
    expect(await codeOf(world.request(consumer, { i: { organizationId, name: 'empty', after: '' } }))).toBe(
      'CURSOR_INVALID',
    );
  });

  test('is valid in any epoch if it has the id of its event, and otherwise only in its own epoch', async () => {
    const { cursor: text } = await lastOf(tenant.organizationId);
    const [, epoch, log, place, suffix, proof] = textOf(text).split('.');
    const ask = (after: string) => codeOf(world.request(page, { id: tenant.organizationId, after: asCursor(after) }));
    expect(await ask(`e2.ffffffffffff.${log}.${place}.${suffix}.${proof}`)).toBeNull();
    expect(await ask(`e2.ffffffffffff.${log}.${place}..${proof}`)).toBe('CURSOR_EXPIRED');
    expect(await ask(`e1.ffffffffffff.${log}.${place}`)).toBe('CURSOR_EXPIRED');
    const answer = await world.gql(page, { id: tenant.organizationId, after: asCursor(`e1.${epoch}.${log}.${place}`) });
    expect(textOf(answer.events.pageInfo.endCursor)).toMatch(/^e2\./);
  });

  test('ends the epoch once if it is verified, and does not end it if it is forged', async () => {
    const epochNow = async () => textOf((await lastOf(tenant.organizationId)).cursor).split('.')[1];
    const { cursor: text, position } = await lastOf(tenant.organizationId);
    const epoch = await epochNow();
    const ask = (after: string) => codeOf(world.request(page, { id: tenant.organizationId, after }));
    expect(await ask(otherwise(text))).toBe('CURSOR_EXPIRED');
    expect(await epochNow()).toBe(epoch);
    const proven = printCursor(
      { organizationId: tenant.organizationId as OrganizationId, epoch: epoch ?? '', place: position, id },
      new Vault(secretKey.split(', ')).derive('event cursors'),
    );
    expect(await ask(proven)).toBe('CURSOR_EXPIRED');
    await eventually(async () => (await epochNow()) !== epoch);
    const next = await epochNow();
    expect(await ask(proven)).toBe('CURSOR_EXPIRED');
    expect(await epochNow()).toBe(next);
    expect(await ask(text)).toBeNull();
  });

  test('nodes that detect another database concurrently start one epoch', async () => {
    const database = world.database();
    const nodes = Array.from({ length: 4 }, () => new History(database, [], unheard));
    for (const node of nodes) await node.look();
    const before = nodes[0]?.epoch;
    await database.query("update event_log set fingerprint = 'another'");
    await Promise.all(nodes.map((node) => node.look()));
    const epochs = new Set(nodes.map(({ epoch }) => epoch));
    expect([...epochs]).toEqual([expect.not.stringMatching(before ?? '')]);
  });

  test('the cursor of a progress message belongs to the last event that was read', async () => {
    const asked = {
      query: following,
      variables: { id: tenant.organizationId, types: ['DOMAIN_VERIFIED'] },
      extensions: { progress: true },
    };
    const events = stream(world, asked, { key: tenant.key });
    await eventually(() => events.status() === 200);
    await tenant.scim('POST', '/Users', oktaUser('hidden@acme.com'));
    await eventually(() => events.messages.some(({ data }) => data?.extensions?.cursor), 30_000);
    const { data } = events.messages.find((message) => message.data?.extensions?.cursor) ?? {};
    await events.stop();
    expect(data.extensions.cursor).toBe((await lastOf(tenant.organizationId)).cursor);
  });

  test('a scrubbed event keeps its id and cursor', async () => {
    const { body } = await tenant.scim('POST', '/Users', oktaUser('erased@acme.com'));
    const { cursor: text } = await lastOf(tenant.organizationId);
    await tenant.gql('mutation($id: ID!) { eraseUser(id: $id) { deletedId } }', { id: body.id });
    expect(await codeOf(world.request(page, { id: tenant.organizationId, after: text }))).toBeNull();
  });

  test('a cursor of another tenant is refused, and gives no access to its log', async () => {
    const other = await world.tenant({}, 'Other');
    const { cursor: text } = await lastOf(tenant.organizationId);
    const own = await world.request(page, { id: other.organizationId, after: text }, other.key);
    expect(own.errors[0].extensions.code).toBe('CURSOR_INVALID');
    const foreign = await world.request(page, { id: tenant.organizationId, after: text }, other.key);
    expect(foreign.errors[0].extensions.code).toMatch(/NOT_FOUND|FORBIDDEN/);
  });

  test('a cursor of the last deleted event is compared with its id', async () => {
    const on = await world.tenant({}, 'Pruned');
    for (const name of ['a', 'b']) await on.scim('POST', '/Users', oktaUser(`${name}@pruned.com`));
    const edge = await lastOf(on.organizationId);
    const everywhere = await lastOf(null);
    skewMs = 100 * dayMs;
    const store = storeOfJobs(world, () => new Date(Date.now() + skewMs));
    while (await pruneEvents(store, { days: 90, ceilingDays: 90 }));
    skewMs = 0;
    const ask = (of: string | null, after: string) => codeOf(world.request(page, { id: of, after }));
    expect(await ask(on.organizationId, edge.cursor)).toBeNull();
    expect(await ask(on.organizationId, otherwise(edge.cursor))).toBe('CURSOR_EXPIRED');
    expect(await ask(null, everywhere.cursor)).toBeNull();
    expect(await ask(null, otherwise(everywhere.cursor))).toBe('CURSOR_EXPIRED');
    // As in versions that did not store the id: only the epoch can be compared.
    await world.database().query('update event_retention set last_id = null');
    expect(await ask(on.organizationId, edge.cursor)).toBeNull();
    const elsewhere = otherwise(edge.cursor, { epoch: 'ffffffffffff' });
    expect(await ask(on.organizationId, elsewhere)).toBe('CURSOR_EXPIRED');
    const { eventCursor } = await on.gql('{ eventCursor }');
    expect(await ask(on.organizationId, eventCursor)).toBeNull();
  });
});
