import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { spawnServer } from '../../support/process.js';
import { freshDatabase, startServer } from '../../support/server.js';
import { eventually, World } from '../../support/world.js';

const textOf = (socket: Socket) => {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
};

async function open(world: Pick<World, 'url'>, sends = ''): Promise<Socket> {
  const { hostname, port } = new URL(world.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (sends) socket.write(sends);
  return socket;
}

const query = JSON.stringify({ query: '{ viewer { __typename } }' });
const head = (more = '') =>
  `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${query.length}\r\n${more}\r\n`;

test.each([
  ['has sent nothing', ''],
  ['has sent half a request line', 'GET /heal'],
  ['has sent half of its headers', 'GET /healthz HTTP/1.1\r\nHost: x\r\n'],
  ['is kept alive after an answer', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
])('a connection that %s does not delay the stop', async (_name, sends) => {
  const world = new World(await startServer());
  const socket = await open(world, sends);
  const closed = once(socket, 'close');
  const text = textOf(socket);
  if (sends.endsWith('\r\n\r\n')) await eventually(() => text().includes('200 OK'));
  else await sleep(50);
  await world.close();
  await closed;
});

test('RFC 9112 section 9.6, a request in progress is answered after the stop has begun, with Connection: close', async () => {
  const world = new World(await startServer());
  const socket = await open(world, head());
  const text = textOf(socket);
  await sleep(100);
  const closed = world.close();
  await sleep(500);
  socket.write(query);
  await once(socket, 'close');
  expect(text()).toMatch(/^HTTP\/1\.1 401 /);
  expect(text()).toMatch(/^connection: close\r$/im);
  await closed;
});

test.each(['/graphql', '/oauth/auth', '/setup', '/scim/v2/x/Users'])(
  'a request to %s on a kept-alive connection after the stop has begun is answered, with Connection: close',
  async (path) => {
    const world = new World(await startServer());
    // Delays the end of the server until it has sent its body.
    const holder = await open(world, head());
    const socket = await open(world, `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n`);
    const text = textOf(socket);
    await sleep(100);
    const closed = world.close();
    socket.write('\r\n{}');
    await once(socket, 'close');
    expect(text()).toMatch(/^HTTP\/1\.1 4/);
    expect(text()).toMatch(/^connection: close\r$/im);
    holder.write(query);
    await closed;
  },
);

test('a WebSocket whose peer does not answer the close frame does not delay the stop', async () => {
  const world = new World(await startServer());
  const { hostname, port } = new URL(world.url);
  const asked = request({
    host: hostname,
    port: Number(port),
    path: '/graphql',
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      'sec-websocket-protocol': 'graphql-transport-ws',
    },
  });
  asked.end();
  const [, socket] = (await once(asked, 'upgrade')) as [unknown, Socket];
  socket.on('error', () => {});
  await world.close();
});

test('DRAIN_SECONDS: /readyz is 503 at once, and everything else is answered until the end of the drain', async () => {
  const world = new World(await startServer({}, { ...(await freshDatabase()), DRAIN_SECONDS: '1' }));
  const socket = await open(world);
  const text = textOf(socket);
  const closed = world.close();
  const ready = await fetch(`${world.url}/readyz`);
  expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await ready.json()).toEqual({ status: 'unavailable', why: 'The server is stopping.' });
  expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
  socket.write(`${head('Connection: keep-alive\r\n')}${query}`);
  await eventually(() => text().includes('HTTP/1.1 401'));
  await closed;
  await expect(fetch(`${world.url}/healthz`)).rejects.toThrow();
});

test('SHUTDOWN_SECONDS: a request that does not end is cut off after half of this time, and the process exits with 0', async () => {
  const server = await spawnServer({ ...(await freshDatabase()), SHUTDOWN_SECONDS: '5' });
  const socket = await open(server, head());
  const cut = once(socket, 'close');
  await sleep(100);
  server.child.kill('SIGTERM');
  await cut;
  expect(await server.exit).toBe(0);
});
