import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import WebSocket from 'ws';
import { spawnServer } from '../support/process.js';
import { freshDatabase } from '../support/server.js';
import { sized } from '../support/soak.js';
import { type Anything, crowd, eventually, oktaUser, World } from '../support/world.js';

/** Time during which the consumers do not read. */
const silentMs = sized(25_000, 60_000);

const memoryOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;

test('consumers that stop reading under load are disconnected, memory stays limited, and each resumes at its position', async () => {
  const node = await spawnServer(await freshDatabase());
  const world = new World({ url: node.url, adminKey: null, close: async () => {} });
  const tenant = await world.tenant();
  const [{ cursor }] = await tenant.events();
  const query =
    'subscription($after: Cursor) { events(after: $after) { position cursor type data subjectId changes { path before after } } }';
  const sockets = await Promise.all(Array.from({ length: 5 }, () => open(world.url, tenant.key, query, cursor)));
  let writing = true;
  let batch = 0;
  const write = async () => {
    while (writing) {
      const name = batch++;
      await tenant.scim(
        'POST',
        '/Bulk',
        crowd(100, (n) => oktaUser(`s${name}x${n}@acme.com`, { title: 'x'.repeat(2_000) })),
      );
    }
  };
  const writer = write();
  await eventually(() => sockets.every(({ positions }) => positions.length > 100));
  const before = memoryOf(node.child.pid ?? 0);
  for (const { pause } of sockets) pause();
  let peak = before;
  for (const end = performance.now() + silentMs; performance.now() < end; await sleep(250))
    peak = Math.max(peak, memoryOf(node.child.pid ?? 0));
  for (const { resume } of sockets) resume();
  await eventually(() => sockets.every(({ closed }) => closed() !== 0), 60_000);
  writing = false;
  await writer;
  const last = (await lastPosition(world, tenant.organizationId)) as number;
  process.stdout.write(
    `${sockets.length} consumers silent for ${silentMs / 1_000} s under load: ${Math.round(before)} MB before, ${Math.round(peak)} MB at the peak, ${last} events\n`,
  );
  // Each can buffer a megabyte; the remaining memory belongs to the load itself. In the short form, the garbage of the
  // load is not collected yet.
  expect(peak - before).toBeLessThan(sized(280, 200));
  for (const socket of sockets) {
    expect([4_410, 1_006]).toContain(socket.closed());
    const missed = world.follow(query, { after: socket.cursor() }, tenant.key);
    await missed.until(last - (socket.positions.at(-1) ?? 0));
    await missed.stop();
    const all = [...socket.positions, ...missed.seen.map(({ position }) => position)];
    expect(all).toEqual(all.map((_, n) => n + 2));
  }
  node.child.kill('SIGKILL');
  await node.exit;
}, 180_000);

async function lastPosition(world: World, id: string): Promise<number> {
  for (let after: string | null = null; ; ) {
    const { events }: Anything = await world.gql(
      'query($id: ID!, $after: Cursor) { events(organizationId: $id, first: 1000, after: $after) { nodes { position } pageInfo { endCursor hasNextPage } } }',
      { id, after },
    );
    if (!events.pageInfo.hasNextPage) return events.nodes.at(-1).position;
    after = events.pageInfo.endCursor;
  }
}

/** A socket whose reading can be stopped. */
async function open(url: string, key: string, query: string, after: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const positions: number[] = [];
  let cursor = after;
  let closed = 0;
  socket.on('close', (code) => {
    closed = code;
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('open', resolve));
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString());
    if (message.type === 'connection_ack')
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { after } } }));
    if (message.type === 'ping') socket.send('{"type":"pong"}');
    if (message.type !== 'next') return;
    positions.push(message.payload.data.events.position);
    cursor = message.payload.data.events.cursor;
  });
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }));
  return {
    positions,
    cursor: () => cursor,
    closed: () => closed,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}
