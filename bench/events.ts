import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { environment } from '../src/cli/environment.js';
import { gql } from './check/callers.js';
import { Followers, quantile } from './followers.js';

interface Setup {
  adminKey: string;
  organizationId: string;
  connectionId: string;
  token: string;
}
interface Launched {
  url: string;
  pid: number;
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const ms = (value: number) => `${value.toFixed(1)} ms`;
const perSecond = (count: number, took: number) => `${Math.round(count / (took / 1_000)).toLocaleString('en')}/s`;
const settings = environment();

let people = 0;
const person = () => {
  const name = `follow-${people++}`;
  const emails = [{ value: `${name}@acme.test`, type: 'work', primary: true }];
  return {
    userName: `${name}@acme.test`,
    externalId: name,
    name: { givenName: name, familyName: 'Bench' },
    emails,
    active: true,
  };
};

/** Returns the resident memory of a process in bytes. */
const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;

/**
 * `npm run bench -- events` measures latency, fan-out, memory, replay and webhooks, compared with a bare `ws` server.
 */
export async function events(
  product: Launched,
  database: string,
  setup: Setup,
  launch: (script: string) => Promise<Launched>,
): Promise<void> {
  const scim = async (path: string, body: unknown) => {
    const answer = await fetch(`${product.url}/scim/v2/${setup.connectionId}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${setup.token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    await answer.text();
  };
  const bare = await launch('./bare.js');
  for (const subscribers of [1, 100, Number(settings.BENCH_SUBSCRIBERS ?? 5_000)])
    await latency({ product, bare, setup, scim, subscribers });
  await webhooks({ product, setup, scim });
  await replay(product, database, setup);
}

interface Live {
  product: Launched;
  bare: Launched;
  setup: Setup;
  scim: (path: string, body: unknown) => Promise<void>;
  subscribers: number;
}

async function latency({ product, bare, setup, scim, subscribers }: Live): Promise<void> {
  await sleep(500);
  const before = memoryOf(product.pid);
  const ours = new Followers(product.url, setup.adminKey, setup.organizationId);
  await ours.grow(subscribers);
  await sleep(2_000);
  const each = (memoryOf(product.pid) - before) / subscribers;
  const total = memoryOf(product.pid);
  const shots = subscribers > 1_000 ? 40 : 200;
  for (let n = 0; n < 5; n++) await scim('/Users', person());
  await ours.until(5 * subscribers);
  ours.latencies = [];
  for (let n = 0; n < shots; n++) {
    await scim('/Users', person());
    await ours.until((n + 1) * subscribers);
    await sleep(10);
  }
  const single = ours.latencies;
  // One request with a hundred events measures the fan-out rate of one node.
  ours.latencies = [];
  const burst = 100;
  const startedAt = performance.now();
  await scim('/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: Array.from({ length: burst }, (_, n) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `b${n}`,
      data: person(),
    })),
  });
  await ours.until(burst * subscribers);
  const took = performance.now() - startedAt;
  const { sample } = ours;
  await ours.close();
  const floor = await floorOf(bare, { subscribers, shots, burst, sample });
  say(`\n${subscribers.toLocaleString('en')} subscribers`);
  say(
    `  commit to subscriber   p50 ${ms(quantile(single, 0.5))}, p99 ${ms(quantile(single, 0.99))}   bare ws: p50 ${ms(quantile(floor.single, 0.5))}, p99 ${ms(quantile(floor.single, 0.99))}`,
  );
  say(
    `  fan-out                ${perSecond(burst * subscribers, took)} messages (with their 100 writes)   bare ws: ${perSecond(burst * subscribers, floor.took)}`,
  );
  say(
    `  idle memory            ${(each / 1_024).toFixed(1)} kB a subscriber, ${(total / 1_048_576).toFixed(0)} MB in all`,
  );
}

/** Measures the baseline: a server that only sends the same bytes to the same number of sockets. */
async function floorOf(
  bare: Launched,
  { subscribers, shots, burst, sample }: { subscribers: number; shots: number; burst: number; sample: string },
) {
  const followers = new Followers(bare.url, '', '');
  await followers.grow(subscribers);
  const publish = async () => {
    const now = new Date(performance.timeOrigin + performance.now()).toISOString();
    const body = sample.replace(/"recordedAt":"[^"]*"/, `"recordedAt":"${now}"`);
    await (await fetch(bare.url, { method: 'POST', body })).text();
  };
  for (let n = 0; n < shots; n++) {
    await publish();
    await followers.until((n + 1) * subscribers);
    await sleep(10);
  }
  const single = followers.latencies;
  followers.latencies = [];
  const startedAt = performance.now();
  for (let n = 0; n < burst; n++) await publish();
  await followers.until(burst * subscribers);
  const took = performance.now() - startedAt;
  await followers.close();
  return { single, took };
}

async function webhooks({ product, setup, scim }: Pick<Live, 'product' | 'setup' | 'scim'>): Promise<void> {
  const endpoints = 20;
  const writes = 100;
  let received = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      received++;
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  for (let n = 0; n < endpoints; n++) {
    const input = { organizationId: setup.organizationId, url: `http://127.0.0.1:${port}/${n}` };
    await gql(
      product.url,
      'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
      { i: input },
      setup.adminKey,
    );
  }
  await sleep(1_500);
  const operations = Array.from({ length: writes }, (_, n) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `w${n}`,
    data: person(),
  }));
  const startedAt = performance.now();
  await scim('/Bulk', { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations: operations });
  while (received < endpoints * writes) await sleep(5);
  say(
    `\nwebhooks: ${perSecond(received, performance.now() - startedAt)} deliveries in order, ${endpoints} endpoints (with their ${writes} writes)`,
  );
  const quickAt = performance.now();
  await scim('/Users', person());
  while (received < endpoints * (writes + 1)) await sleep(1);
  say(`  one write to the last of ${endpoints} endpoints: ${ms(performance.now() - quickAt)}`);
  server.closeAllConnections();
  server.close();
}

/** Measures one subscriber that reads a log of a million events from its beginning. */
async function replay(product: Launched, database: string, { adminKey }: Setup): Promise<void> {
  const total = Number(settings.BENCH_REPLAY ?? 1_000_000);
  const { createOrganization } = await gql<{ createOrganization: { organization: { id: string } } }>(
    product.url,
    'mutation { createOrganization(input: { name: "Replay" }) { organization { id } } }',
    {},
    adminKey,
  );
  const { id } = createOrganization.organization;
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query(
    `insert into events (organization_id, position, seq, id, type, occurred_at, actor_kind, subject_type, subject_id, user_id,
       data, changes, schema_version)
     select $1, n, nextval('event_seq'), 'evt_replay' || n, 'user.updated', now(), 'SCIM', 'user', 'user_' || n % 1000,
       'user_' || n % 1000, jsonb_build_object('id', 'user_' || n % 1000, 'status', 'ACTIVE', 'userName', 'p' || n),
       '[{"path": "title", "before": "a", "after": "b"}]', 1
     from generate_series(2, $2::int) n`,
    [id, total],
  );
  await client.query('update event_heads set position = $2 where organization_id = $1', [id, total]);
  await client.query('analyze events');
  await client.end();
  const { events } = await gql<{ events: { nodes: { cursor: string }[] } }>(
    product.url,
    'query($id: ID!) { events(organizationId: $id, first: 1) { nodes { cursor } } }',
    { id },
    adminKey,
  );
  const followers = new Replayer(product.url, adminKey);
  const startedAt = performance.now();
  await followers.run(id, events.nodes[0]?.cursor ?? '', total);
  say(
    `\nreplay of ${total.toLocaleString('en')} events to one subscriber: ${perSecond(total, performance.now() - startedAt)}`,
  );
}

/** A WebSocket subscriber that reads as fast as possible. */
class Replayer {
  constructor(
    readonly url: string,
    readonly key: string,
  ) {}

  async run(id: string, after: string, last: number): Promise<void> {
    const { default: WebSocket } = await import('ws');
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const query =
      'subscription($id: ID, $after: Cursor) { events(organizationId: $id, after: $after) { cursor position type subjectId data } }';
    await new Promise<void>((resolve, reject) => {
      let count = 1;
      socket.on('open', () =>
        socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${this.key}` } })),
      );
      socket.on('close', (code) => reject(new Error(`closed with ${code} after ${count}`)));
      socket.on('message', (data: Buffer) => {
        const text = data.toString();
        if (text.startsWith('{"type":"connection_ack"'))
          socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { id, after } } }));
        else if (text.includes('"type":"next"') && ++count === last) resolve();
      });
    });
    socket.terminate();
  }
}
