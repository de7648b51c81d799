import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import { type ServerProcess, spawnServer } from '../../support/process.js';
import { freshDatabase } from '../../support/server.js';

let server: ServerProcess;
beforeAll(async () => {
  server = await spawnServer({ ...(await freshDatabase()), LOG_LEVEL: 'debug' });
  await sleep(300);
}, 60_000);
afterAll(async () => {
  server.child.kill();
  await server.exit;
});

/** Returns the lines that the process writes while `work` runs. */
async function linesOf(work: () => Promise<unknown>): Promise<string[]> {
  const before = server.output().length;
  await work();
  // Lines are written in order, and the last belongs to this request.
  await fetch(`${server.url}/last-of-${before}`);
  await sleep(200);
  const lines = server.output().slice(before).trim().split('\n');
  return lines.slice(0, -1);
}

/** Sends a malformed request as raw bytes. */
const raw = (text: string) =>
  new Promise<void>((resolve) => {
    const { hostname, port } = new URL(server.url);
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.end(text));
    socket.on('error', () => resolve());
    socket.on('data', () => {});
    socket.on('close', () => resolve());
  });
const get = (path: string) => raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
const post = (path: string, type: string, body: string) =>
  raw(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );

const secret = 'hunter2secret';
const long = 'x'.repeat(8_000);
const connection = 'conn_01aaaaaaaaaaaaaaaaaaaaaaaa';
const requests: [string, () => Promise<void>][] = [
  ['an unknown path', () => get(`/setupp?key=${secret}`)],
  ['an unknown path that is a secret itself', () => get(`/${secret}`)],
  ['an unknown path that is long', () => get(`/${secret}/${long}`)],
  ['a path that cannot be decoded', () => get(`/%zz/${secret}`)],
  ['a parameter that is too long', () => get(`/scim/v2/${secret}${long}/Users`)],
  ['an unknown path below GraphQL', () => get(`/graphql/${secret}`)],
  ['a body that is not JSON, to GraphQL', () => post('/graphql', 'application/json', `{${secret}`)],
  ['a query without a credential', () => post('/graphql', 'application/json', `{"query":"{ ${secret} }"}`)],
  ['a query in the URL', () => get(`/graphql?query=${secret}`)],
  ['a body that is not JSON, to the stream', () => post('/graphql/stream', 'application/json', `{${secret}`)],
  [
    'a method that is not allowed',
    () => raw(`PUT /graphql?${secret} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
  ],
  ['SCIM without a token', () => post(`/scim/v2/${connection}/Users`, 'application/scim+json', `{${secret}`)],
  ['an unknown path below SCIM', () => get(`/scim/v2/${connection}/Nothing/${secret}`)],
  ['a token request', () => post(`/scim/v2/${connection}/oauth/token`, 'application/x-www-form-urlencoded', secret)],
  ['a setup link', () => get(`/setup?key=${secret}`)],
  ['a form of setup', () => post('/setup/saml', 'application/x-www-form-urlencoded', `key=${secret}`)],
  ['an interaction of a sign-in', () => get(`/sso/interaction/${secret}`)],
  ['a test of a sign-in', () => get(`/sso/test/${secret}`)],
  [
    'a SAML answer',
    () => post(`/sso/saml/${connection}/acs`, 'application/x-www-form-urlencoded', `SAMLResponse=${secret}`),
  ],
  ['a signal', () => post(`/sso/${connection}/security-events`, 'application/secevent+jwt', secret)],
  ['an authorization request', () => get(`/oauth/auth?client_id=${secret}`)],
  ['an unknown path of the provider', () => get(`/oauth/${secret}`)],
  ['the test IdP', () => get(`/test-idp/saml/sso?SAMLRequest=${secret}`)],
  ['an interaction of the test IdP', () => get(`/test-idp/interaction/${secret}`)],
  ['an unknown method', () => raw(`FOO /${secret} HTTP/1.1\r\nHost: x\r\n\r\n`)],
  ['what is not HTTP', () => raw(`${secret}\r\n\r\n`)],
  ['a header that is too large', () => raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${secret}${long.repeat(3)}\r\n\r\n`)],
  [
    'an upgrade of another path',
    () => raw(`GET /${secret} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`),
  ],
  [
    'an upgrade without a key',
    () => raw('GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
  ],
];

test.each(requests)(
  'without a credential, %s writes at most one short line of JSON, without the sent text',
  async (_name, send) => {
    const lines = await linesOf(send);
    expect(lines.length).toBeLessThanOrEqual(1);
    for (const line of lines) {
      expect(JSON.parse(line)).toEqual(expect.objectContaining({ level: expect.any(Number) }));
      expect(line).not.toContain(secret);
      expect(line).not.toMatch(/"stack"|"err"/);
      expect(line.length).toBeLessThan(400);
    }
  },
);

test('forty sockets that send invalid messages and close write nothing', async () => {
  const messages = ['x'.repeat(70_000), '{"type":"connection_ack"}', '{"type":"next"', Buffer.from([0xff])];
  const one = (message: string | Buffer, leaves: boolean) =>
    new Promise<void>((resolve) => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.on('open', () => {
        socket.send(message);
        if (leaves) socket.terminate();
      });
    });
  const lines = await linesOf(() =>
    Promise.all(Array.from({ length: 40 }, (_, n) => one(messages[n % 4] ?? '', n % 8 > 3))),
  );
  expect(lines).toEqual([]);
});
