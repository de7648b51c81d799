import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { Receiver } from '../support/receiver.js';
import { type Anything, eventually, oktaUser, patch, type Tenant, World } from '../support/world.js';

let world: World;
let skewMs = 0;
const receivers: Receiver[] = [];
beforeAll(async () => {
  world = await World.start({ now: () => new Date(Date.now() + skewMs) });
});
afterEach(async () => {
  skewMs = 0;
  for (const receiver of receivers.splice(0)) await receiver.close();
});
afterAll(() => world.close());

const shown = 'id state lag lastError failingSince types url';
async function endpoint(tenant: Tenant, more: Record<string, unknown> = {}) {
  const receiver = await Receiver.listen();
  receivers.push(receiver);
  const { createWebhookEndpoint } = await tenant.gql(
    `mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { secret webhookEndpoint { ${shown} } } }`,
    { i: { organizationId: tenant.organizationId, url: receiver.url, ...more } },
  );
  const { id } = createWebhookEndpoint.webhookEndpoint;
  const look = async () =>
    (
      await tenant.gql(
        `query($id: ID!) { node(id: $id) { ... on WebhookEndpoint { ${shown}
          deliveries(first: 100) { nodes { attempt status error answer delivered durationMs event { position } } } } } }`,
        { id },
      )
    ).node;
  return { receiver, secret: createWebhookEndpoint.secret as string, id: id as string, look };
}
const people = async (tenant: Tenant, count: number, name = 'p') => {
  for (let n = 0; n < count; n++) await tenant.scim('POST', '/Users', oktaUser(`${name}${n}@acme.com`));
};
const upTo = (first: number, count: number) => Array.from({ length: count }, (_, n) => first + n);
/** Advances the clock past the pause between attempts. */
const later = (ms: number) => {
  skewMs += ms;
};

describe('delivery', () => {
  test('delivers in order, once, signed, with the same fields as the API', async () => {
    const tenant = await world.tenant({}, 'Signed');
    const { receiver, secret, look } = await endpoint(tenant);
    await Promise.all(Array.from({ length: 8 }, (_, n) => people(tenant, 3, `w${n}-`)));
    await receiver.until(24);
    const events = (await tenant.events()).slice(-24);
    expect(receiver.positions).toEqual(events.map(({ position }) => position));
    for (const [n, delivery] of receiver.received.entries()) {
      receiver.verify(delivery, secret);
      expect(delivery.body).toMatchObject({
        id: events[n].id,
        type: 'user.provisioned',
        // Standard Webhooks 1.0.0, "Payload structure": when the event occurred.
        timestamp: delivery.body.occurredAt,
        cursor: events[n].cursor,
        previousPosition: events[n].position - 1,
        organizationId: tenant.organizationId,
        actor: { kind: 'SCIM', id: tenant.connectionId },
        subject: { type: 'user', connectionId: tenant.connectionId, externalId: expect.stringContaining('00u-') },
        schemaVersion: 1,
      });
    }
    await eventually(async () => (await look()).lag === 0);
    const { deliveries } = await look();
    expect(deliveries.nodes).toHaveLength(24);
    expect(deliveries.nodes[0]).toMatchObject({ attempt: 1, status: 204, delivered: true, error: null });
  });

  test('delivers only the selected types, and previousPosition proves that none is missing', async () => {
    const tenant = await world.tenant({}, 'Typed');
    const { receiver, look } = await endpoint(tenant, { types: ['USER_DEPROVISIONED'] });
    const { body } = await tenant.scim('POST', '/Users', oktaUser('one@acme.com'));
    for (const active of [false, true, false])
      await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active } }));
    await receiver.until(2);
    const [first, second] = receiver.received as [Anything, Anything];
    expect([first.body.type, second.body.previousPosition]).toEqual(['user.deprovisioned', first.body.position]);
    await eventually(async () => (await look()).lag === 0);
    expect(receiver.received).toHaveLength(2);
  });

  test('keeps the order if an endpoint fails: no later event is sent, and every attempt has the same id and bytes', async () => {
    const tenant = await world.tenant({}, 'Failing');
    const { receiver, secret, look } = await endpoint(tenant);
    const healthy = await endpoint(tenant);
    let failures = 3;
    receiver.answer = (_delivery, response) => response.writeHead(failures-- > 0 ? 500 : 200).end('so it is');
    await people(tenant, 5);
    await healthy.receiver.until(5);
    for (let n = 0; n < 3; n++) {
      await eventually(() => receiver.received.length === n + 1);
      await eventually(async () => (await look()).lastError !== null);
      later(60_000);
    }
    await receiver.until(8);
    const [first] = receiver.received;
    for (const again of receiver.received.slice(0, 4)) {
      expect([again.id, again.text]).toEqual([first?.id, first?.text]);
      receiver.verify(again, secret);
    }
    expect(receiver.distinct).toEqual(upTo(first?.body.position, 5));
    await eventually(async () => (await look()).lag === 0);
    const { state, lastError, failingSince, deliveries } = await look();
    expect([state, lastError, failingSince]).toEqual(['ACTIVE', null, null]);
    const attempts = deliveries.nodes.map(({ attempt, status, delivered }: Anything) => [attempt, status, delivered]);
    expect(attempts.reverse().slice(0, 5)).toEqual([
      [1, 500, false],
      [2, 500, false],
      [3, 500, false],
      [4, 200, true],
      [1, 200, true],
    ]);
    expect(deliveries.nodes[0].answer).toBe('so it is');
  });

  test('waits as long as Retry-After requests', async () => {
    const tenant = await world.tenant({}, 'Patient');
    const { receiver, look } = await endpoint(tenant);
    let busy = true;
    receiver.answer = (_delivery, response) =>
      busy ? response.writeHead(429, { 'retry-after': '7200' }).end() : response.writeHead(204).end();
    await people(tenant, 1);
    await eventually(async () => (await look()).lastError !== null);
    busy = false;
    later(3_700_000);
    await sleep(1_500);
    expect(receiver.received).toHaveLength(1);
    later(3_700_000);
    await receiver.until(2);
  });

  test('compares a Retry-After date with the clock of the database', async () => {
    later(7_200_000);
    const tenant = await world.tenant({}, 'Dated');
    const { receiver, look } = await endpoint(tenant);
    const until = new Date(Date.now() + skewMs + 600_000).toUTCString();
    let busy = true;
    receiver.answer = (_delivery, response) =>
      busy ? response.writeHead(503, { 'retry-after': until }).end() : response.writeHead(204).end();
    await people(tenant, 1);
    await eventually(async () => (await look()).lastError !== null);
    busy = false;
    later(660_000);
    await receiver.until(2);
  });

  test('an endpoint that fails for a day is FAILING, emits an event, and is still tried; a success makes it ACTIVE', async () => {
    const tenant = await world.tenant({}, 'Down');
    const { receiver, id, look } = await endpoint(tenant);
    let down = true;
    receiver.answer = (_delivery, response) => response.writeHead(down ? 503 : 204).end();
    await people(tenant, 1);
    for (let n = 1; n <= 3; n++) {
      await eventually(() => receiver.received.length >= n);
      await eventually(async () => (await look()).deliveries.nodes.length >= n);
      expect((await look()).state).toBe(n < 3 ? 'ACTIVE' : 'FAILING');
      later(12.5 * 3_600_000);
    }
    await eventually(async () => (await look()).state === 'FAILING');
    const failing = (await tenant.events()).filter(({ type }: Anything) => type === 'WEBHOOK_FAILING');
    expect(failing).toHaveLength(1);
    expect(failing[0]).toMatchObject({ subjectId: id, data: { id, lastError: 'The endpoint failed (503).' } });
    down = false;
    later(3_700_000);
    await eventually(async () => (await look()).state === 'ACTIVE' && (await look()).lag === 0);
    expect(receiver.distinct).toHaveLength(2);
  });

  test('410 pauses the endpoint; a PAUSED endpoint receives nothing; after activation it receives all missed events', async () => {
    const tenant = await world.tenant({}, 'Paused');
    const { receiver, id, look } = await endpoint(tenant);
    receiver.answer = (_delivery, response) => response.writeHead(410).end();
    await people(tenant, 1);
    await eventually(async () => (await look()).state === 'PAUSED');
    receiver.answer = (_delivery, response) => response.writeHead(204).end();
    await people(tenant, 2, 'more');
    await sleep(1_300);
    expect(receiver.received).toHaveLength(1);
    const set = (state: string) =>
      tenant.gql(
        'mutation($i: UpdateWebhookEndpointInput!) { updateWebhookEndpoint(input: $i) { webhookEndpoint { state } } }',
        { i: { id, state } },
      );
    await expect(set('FAILING')).rejects.toThrow('ACTIVE or PAUSED');
    await set('ACTIVE');
    await receiver.until(4);
    expect(receiver.distinct).toHaveLength(3);
    await set('PAUSED');
    await people(tenant, 1, 'last');
    await sleep(1_300);
    expect(receiver.received).toHaveLength(4);
    expect((await look()).lag).toBe(1);
  });

  test('replays from any cursor, and skips an undeliverable event, which is recorded in the log', async () => {
    const tenant = await world.tenant({}, 'Replayed');
    const { receiver, id, look } = await endpoint(tenant);
    await people(tenant, 4);
    await receiver.until(4);
    const events = await tenant.events();
    const replay = (after: string | null) =>
      tenant.gql(
        'mutation($id: ID!, $after: Cursor) { replayWebhooks(id: $id, after: $after) { webhookEndpoint { lag } } }',
        {
          id,
          after,
        },
      );
    await replay(events.at(-3).cursor);
    await receiver.until(6);
    expect(receiver.positions.slice(4)).toEqual([events.at(-2).position, events.at(-1).position]);
    expect(receiver.received[4]?.id).toBe(receiver.received[2]?.id);
    await replay(null);
    await receiver.until(6 + events.length);
    expect(receiver.positions.slice(6)).toEqual(events.map(({ position }) => position));
    receiver.answer = ({ body }, response) =>
      response.writeHead(body.data.userName === 'bad0@acme.com' ? 422 : 204).end();
    await people(tenant, 1, 'bad');
    await people(tenant, 1, 'good');
    await eventually(async () => (await look()).lastError === 'The endpoint rejected this message (422).');
    const bad = (await tenant.events()).at(-2);
    await replay(bad.cursor);
    await eventually(async () => (await look()).lag === 0);
    const skipped = (await look()).deliveries.nodes.find(({ attempt }: Anything) => attempt === 0);
    expect(skipped).toMatchObject({ delivered: false, event: { position: bad.position } });
    expect(skipped.error).toContain('Left out by moveWebhookCursor of API');
  });

  test('signs with both secrets during a rotation', async () => {
    const tenant = await world.tenant({}, 'Rotated');
    const { receiver, id, secret } = await endpoint(tenant);
    const { rotateWebhookSecret } = await tenant.gql(
      'mutation($id: ID!) { rotateWebhookSecret(id: $id, overlapSeconds: 3600) { secret } }',
      { id },
    );
    await people(tenant, 1);
    await receiver.until(1);
    const [both] = receiver.received as [Anything];
    receiver.verify(both, secret);
    receiver.verify(both, rotateWebhookSecret.secret);
    later(3_601_000);
    await people(tenant, 1, 'after');
    await receiver.until(2);
    expect(String(receiver.received[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1);
  });

  test('sendTestEvent distinguishes an endpoint that is down from one that refuses an event', async () => {
    const tenant = await world.tenant({}, 'Tested');
    const { receiver, id, secret } = await endpoint(tenant);
    const send = async () =>
      (await tenant.gql('mutation($id: ID!) { sendTestEvent(id: $id) { delivered status error answer } }', { id }))
        .sendTestEvent;
    expect(await send()).toEqual({ delivered: true, status: 204, error: null, answer: null });
    receiver.verify(receiver.received[0] as Anything, secret);
    expect(receiver.received[0]?.body.type).toBe('webhook.test');
    expect(receiver.received[0]?.body.timestamp).toBe(receiver.received[0]?.body.occurredAt);
    receiver.answer = (_delivery, response) => response.writeHead(401).end('who are you');
    expect(await send()).toEqual({
      delivered: false,
      status: 401,
      error: 'The endpoint rejected this message (401).',
      answer: 'who are you',
    });
    await receiver.close();
    expect(await send()).toMatchObject({ delivered: false, status: null, error: 'No connection.' });
  });
});

describe('an endpoint of the platform', () => {
  test('receives the events of every organization in order; a failure does not repeat delivered events', async () => {
    const [one, two] = [await world.tenant({}, 'P1'), await world.tenant({}, 'P2')];
    const receiver = await Receiver.listen();
    receivers.push(receiver);
    const { createWebhookEndpoint } = await world.gql(
      'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id organization { id } lag } } }',
      { i: { url: receiver.url } },
    );
    expect(createWebhookEndpoint.webhookEndpoint.organization).toBeNull();
    await Promise.all([people(one, 6, 'a'), people(two, 6, 'b')]);
    await receiver.until(12);
    const of = (tenant: Tenant) =>
      receiver.received.filter(({ body }) => body.organizationId === tenant.organizationId).map(({ body }) => body);
    for (const tenant of [one, two]) {
      const positions = of(tenant).map(({ position }) => position);
      expect(positions).toEqual(upTo(positions[0], 6));
    }
    let failing = true;
    receiver.answer = ({ body }, response) =>
      response.writeHead(failing && body.organizationId === one.organizationId ? 500 : 204).end();
    await Promise.all([people(one, 2, 'c'), people(two, 2, 'd')]);
    await eventually(() => of(one).length > 6 && of(two).length >= 7);
    failing = false;
    for (let n = 0; n < 10; n++) {
      later(60_000);
      await sleep(100);
    }
    await eventually(() => of(one).at(-1)?.data.userName === 'c1@acme.com' && of(two).length >= 8, 20_000);
    const ids = of(two).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    await world.gql('mutation($id: ID!) { deleteWebhookEndpoint(id: $id) { deletedId } }', {
      id: createWebhookEndpoint.webhookEndpoint.id,
    });
  });
});

describe('security event tokens', () => {
  test('contain SCIM events and shared signals, signed with the published keys', async () => {
    const tenant = await world.tenant({}, 'Tokens');
    const scim = await endpoint(tenant, { format: 'SCIM_EVENTS', audience: 'https://receiver.example' });
    const signals = await endpoint(tenant, { format: 'SHARED_SIGNALS' });
    const { body } = await tenant.scim('POST', '/Users', oktaUser('set@acme.com'));
    await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'title', value: 'Boss' }));
    await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
    // An erasure also removes data from events that have not been sent yet.
    await scim.receiver.until(3);
    await signals.receiver.until(1);
    await tenant.gql('mutation($id: ID!) { eraseUser(id: $id) { deletedId } }', { id: body.id });
    await scim.receiver.until(4);
    await signals.receiver.until(2);
    const keys = createLocalJWKSet((await (await fetch(`${world.url}/oauth/jwks`)).json()) as Anything);
    const read = async ({ text, headers, id }: Anything, audience: string) => {
      expect(headers['content-type']).toBe('application/secevent+jwt');
      const { payload, protectedHeader } = await jwtVerify(text, keys, { audience, issuer: `${world.url}/oauth` });
      expect(protectedHeader.typ).toBe('secevent+jwt');
      expect(payload.jti).toBe(id);
      return payload as Anything;
    };
    const tokens = await Promise.all(scim.receiver.received.map((one) => read(one, 'https://receiver.example')));
    expect(tokens.map(({ events }) => Object.keys(events)[0])).toEqual([
      'urn:ietf:params:event:SCIM:prov:create:full',
      'urn:ietf:params:event:SCIM:prov:patch:notice',
      'urn:ietf:params:event:SCIM:prov:deactivate',
      'urn:ietf:params:event:SCIM:prov:delete',
    ]);
    expect(tokens[0].sub_id).toMatchObject({ format: 'scim', uri: `/Users/${body.id}` });
    expect(tokens[1].events['urn:ietf:params:event:SCIM:prov:patch:notice']).toEqual({ attributes: ['title'] });
    const signalled = await Promise.all(signals.receiver.received.map((one) => read(one, signals.receiver.url)));
    expect(signalled.map(({ events }) => Object.keys(events)[0])).toEqual([
      'https://schemas.openid.net/secevent/risc/event-type/account-disabled',
      'https://schemas.openid.net/secevent/risc/event-type/account-purged',
    ]);
    expect(signalled[0].sub_id).toEqual({ format: 'iss_sub', iss: `${world.url}/oauth`, sub: body.id });
  });
});
