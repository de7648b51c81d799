import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { App } from '../../support/application.js';
import { administer } from '../../support/database.js';
import { disagreements, isReady, newLedger, quantile, say, write } from '../../support/fault-scene.js';
import { type ServerProcess, spawnServer } from '../../support/process.js';
import { Receiver } from '../../support/receiver.js';
import { freshDatabase } from '../../support/server.js';
import { ShiftedClock } from '../../support/shifted-clock.js';
import { sized } from '../../support/soak.js';
import { eventually, type Tenant, World } from '../../support/world.js';

let database: Record<string, string>;
let nodes: ServerProcess[];
let receiver: Receiver;
beforeEach(async () => {
  database = { ...(await freshDatabase()), DATABASE_DURABLE: 'not required' };
  nodes = [];
  receiver = await Receiver.listen();
});
afterEach(async () => {
  for (const { child } of nodes) child.kill('SIGKILL');
  await receiver.close();
});

async function node(settings: Record<string, string> = {}): Promise<ServerProcess> {
  const started = await spawnServer({ ...database, ...settings });
  nodes.push(started);
  return started;
}
const worldOf = ({ url }: { url: string }) => new World({ url, adminKey: null, close: async () => {} });
/** Returns the tenant with its requests sent to a node. */
const at = ({ url }: { url: string }, { connectionId, scimToken }: Tenant): Pick<Tenant, 'scim'> => ({
  scim: (...request) => worldOf({ url }).scim(connectionId, scimToken, ...request),
});
const addEndpoint = (tenant: Tenant) =>
  tenant.gql(
    'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
    { i: { organizationId: tenant.organizationId, url: receiver.url } },
  );
/** Waits until the receiver has each event of the tenant after the first, and checks their order. */
async function allDelivered(tenant: Tenant, limitMs: number): Promise<void> {
  const last = (await lastPosition(tenant)) as number;
  await eventually(() => receiver.distinct.includes(last), limitMs);
  expect(receiver.distinct).toEqual(receiver.distinct.map((_, n) => (receiver.distinct[0] ?? 0) + n));
}
const lastPosition = async ({ organizationId }: Tenant) => {
  const [rows = []] = await administer(
    database.DATABASE_URL ?? '',
    `select max(position)::int as last from events where organization_id = '${organizationId}'`,
  );
  return (rows as { last: number }[])[0]?.last;
};

test('fault 1: a node is killed repeatedly: the other one serves requests, and subscribers and webhooks have no gap', async () => {
  const stable = await node();
  let mortal = await node();
  const { url } = mortal;
  const world = worldOf(stable);
  const tenant = await world.tenant();
  await addEndpoint(tenant);
  const [{ cursor }] = await tenant.events();
  const query = 'subscription($a: Cursor) { events(after: $a) { position } }';
  const follower = world.follow(query, { a: cursor }, tenant.key);
  const [ledger, served] = [newLedger(), newLedger()];
  let over = false;
  const writers = [0, 1].flatMap((n) => [
    write(tenant, served, `stable${n}`, () => over),
    (async () => {
      for (let m = 0; !over; m++) {
        const lost = ledger.statuses.get(0);
        await write(at({ url }, tenant), ledger, `mortal${n}x${m}`, (one) => one === 1);
        if (ledger.statuses.get(0) !== lost) await sleep(50);
      }
    })(),
  ]);
  const back: number[] = [];
  for (let n = 0; n < sized(3, 30); n++) {
    await sleep(700);
    mortal.child.kill('SIGKILL');
    await mortal.exit;
    const since = performance.now();
    mortal = await node({ PORT: new URL(url).port });
    await eventually(() => isReady(mortal), 20_000);
    back.push(performance.now() - since);
  }
  over = true;
  await Promise.all(writers);
  expect([...ledger.wrong, ...served.wrong]).toEqual([]);
  // No request of the other node was affected.
  expect([...served.statuses.keys()]).toEqual([201]);
  expect(ledger.statuses.get(0)).toBeGreaterThan(0);
  const created = new Map([...ledger.created, ...served.created]);
  expect(await disagreements(database.DATABASE_URL ?? '', { ...ledger, created })).toEqual([]);
  await allDelivered(tenant, 30_000);
  await follower.until(((await lastPosition(tenant)) as number) - 1);
  expect(follower.seen.map(({ position }) => position)).toEqual(follower.seen.map((_, n) => n + 2));
  await follower.stop();
  say(
    `fault 1: ${back.length} kills, ${created.size} accounts, ${ledger.statuses.get(0)} requests without an answer, ready again after ${Math.round(quantile(back, 1))} ms at most`,
  );
}, 180_000);

const hourMs = 3_600_000;
test.each([
  ['ahead', hourMs],
  ['behind', -hourMs],
])(
  'fault 24: the clock of one of two nodes jumps an hour %s: webhooks, times, API calls and tokens are not affected',
  async (_name, ms) => {
    const clock = new ShiftedClock();
    const right = await node();
    const jumping = await node({ ...clock.settings, PUBLIC_URL: right.url, LOG_LEVEL: 'warn' });
    const tenant = await worldOf(jumping).tenant({ provider: 'TEST', jit: { mode: 'ENABLED' } });
    const app = await App.register(worldOf(right));
    await addEndpoint(tenant);
    const signIn = (name: string) => app.signIn({ connection_id: tenant.connectionId }, { email: `${name}@acme.com` });
    const before = await signIn('before');
    // The first attempt at each event fails, so that every delivery has a due time.
    const tried = new Set<string>();
    receiver.answer = ({ id }, response) => {
      response.writeHead(tried.has(id) ? 204 : 503).end();
      tried.add(id);
    };
    clock.jump(ms);
    const ledger = newLedger();
    await write(at(jumping, tenant), ledger, 'jumped', (n) => n === 3);
    await write(at(right, tenant), ledger, 'right', (n) => n === 3);
    const tokens = [before, await app.refresh(before.refresh_token ?? ''), await signIn('during')];
    const viewer = ({ url }: { url: string }, token: string) =>
      worldOf({ url }).gql('{ viewer { __typename } }', {}, token);
    const opened = tokens.map(({ access_token }) => access_token);
    const viewers = () => Promise.all([jumping, right].flatMap((each) => opened.map((token) => viewer(each, token))));
    await viewers();
    const post = async (path: string, values: Record<string, string>) => {
      const authorization = `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}`;
      const init = { method: 'POST', headers: { authorization }, body: new URLSearchParams(values) };
      return (await (await fetch(`${jumping.url}/oauth/${path}`, init)).json()) as Record<string, unknown>;
    };
    for (const { access_token } of tokens)
      expect(await post('token/introspection', { token: access_token })).toMatchObject({ active: true });
    const refreshed = await post('token', {
      grant_type: 'refresh_token',
      refresh_token: tokens[2]?.refresh_token ?? '',
    });
    expect(refreshed).toMatchObject({ access_token: expect.any(String) });
    opened.push(String(refreshed.access_token));
    await allDelivered(tenant, 30_000);
    clock.jump(0);
    await write(at(jumping, tenant), ledger, 'after', (n) => n === 1);
    await viewers();
    await allDelivered(tenant, 10_000);
    expect(ledger.wrong).toEqual([]);
    expect([...ledger.statuses.keys()]).toEqual([201]);
    const [rows = []] = await administer(
      database.DATABASE_URL ?? '',
      'select max(abs(extract(epoch from now() - occurred_at)))::float8 as off from events',
    );
    const off = (rows as { off: number }[])[0]?.off ?? Number.NaN;
    expect(off).toBeLessThan(100);
    say(`fault 24: ${ms / hourMs} h, ${receiver.received.length} deliveries, times ${off.toFixed(0)} s off at most`);
  },
  120_000,
);

test('fault 25: a node is stopped under eight writers: every request is answered, no acknowledged write is lost, exit code 0', async () => {
  const stable = await node();
  const tenant = await worldOf(stable).tenant();
  const ledger = newLedger();
  let cut = 0;
  for (let n = 0; n < sized(2, 10); n++) {
    const stopping = await node();
    let over = false;
    const writers = Array.from({ length: 8 }, async (_, w) => {
      // A load balancer sends a request that was not accepted to another node.
      for (let m = 0; !over; m++) {
        const before = ledger.statuses.get(0);
        await write(at(stopping, tenant), ledger, `r${n}w${w}m${m}`, (one) => one === 1);
        if (ledger.statuses.get(0) !== before) return;
      }
    });
    const before = ledger.created.size;
    await sleep(1_000);
    await eventually(() => ledger.created.size > before + 8, 30_000);
    stopping.child.kill('SIGTERM');
    expect(await stopping.exit).toBe(0);
    over = true;
    await Promise.all(writers);
    cut += 8;
  }
  expect(ledger.wrong).toEqual([]);
  expect([...ledger.statuses.keys()].filter((status) => status !== 0)).toEqual([201]);
  const [users = []] = await administer(database.DATABASE_URL ?? '', 'select from users');
  expect(users.length).toBe(ledger.created.size);
  expect(await disagreements(database.DATABASE_URL ?? '', ledger)).toEqual([]);
  say(
    `fault 25: ${ledger.created.size} accounts, ${ledger.statuses.get(0) ?? 0} of ${cut} writers met the closed port`,
  );
}, 180_000);
