import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Agent, request as send } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adminKey } from '../../support/server.js';
import { type Tenant, World } from '../../support/world.js';

const large = Buffer.alloc(6 * 1_048_576, 'x');
const json = 'application/json';
const file = join(tmpdir(), `rollcall-large-${process.pid}`);
let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  writeFileSync(file, large);
});
afterAll(() => world.close());

/** Every entry point, with a body that it refuses and the status. */
const entries: { path: string; type: string; token: () => string; status: number }[] = [
  { path: '/scim/v2/ID/Users', type: json, token: () => tenant.scimToken, status: 413 },
  { path: '/scim/v2/ID/Users', type: json, token: () => 'wrong', status: 401 },
  { path: '/scim/v2/ID/Users', type: 'text/plain', token: () => tenant.scimToken, status: 415 },
  { path: '/scim/v2/ID/Users/user_1', type: json, token: () => tenant.scimToken, status: 405 },
  { path: '/scim/v2/ID/oauth/token', type: 'application/x-www-form-urlencoded', token: () => '', status: 400 },
  { path: '/graphql', type: json, token: () => adminKey, status: 413 },
  { path: '/oauth/token', type: 'application/x-www-form-urlencoded', token: () => '', status: 413 },
  { path: '/nowhere', type: 'text/plain', token: () => '', status: 413 },
  { path: '/sso/saml/conn_1/acs', type: 'application/x-www-form-urlencoded', token: () => '', status: 413 },
];
const urlOf = (path: string) => world.url + path.replace('ID', tenant.connectionId);

interface Client {
  name: string;
  post: (url: string, headers: Record<string, string>) => Promise<{ status: number; text: string }>;
}
const byNode =
  (agent: Agent, chunked: boolean): Client['post'] =>
  (url, headers) =>
    new Promise((resolve, reject) => {
      const length = chunked ? {} : { 'content-length': String(large.length) };
      const request = send(url, { method: 'POST', agent, headers: { ...headers, ...length } }, (answer) => {
        let text = '';
        answer.on('data', (part) => {
          text += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      });
      request.on('error', reject);
      // In pieces, like a client that reads from a disk.
      for (let at = 0; at < large.length; at += 65_536) request.write(large.subarray(at, at + 65_536));
      request.end();
    });
/** Writes the complete request in pieces before it reads. */
const bySocket: Client['post'] = async (url, headers) => {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const lines = Object.entries({
    host: hostname,
    ...headers,
    'content-length': String(large.length),
    connection: 'close',
  });
  socket.pause();
  socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  for (let at = 0; at < large.length; at += 262_144) {
    const piece = large.subarray(at, at + 262_144);
    await new Promise<void>((resolve, reject) => socket.write(piece, (error) => (error ? reject(error) : resolve())));
    await sleep(1);
  }
  let text = '';
  for await (const part of socket) text += part;
  return { status: Number(text.split(' ')[1]), text: text.slice(text.indexOf('\r\n\r\n') + 4) };
};
const clients: Client[] = [
  { name: 'a socket that writes first', post: bySocket },
  {
    name: 'fetch',
    post: async (url, headers) => {
      const answer = await fetch(url, { method: 'POST', headers, body: large });
      return { status: answer.status, text: await answer.text() };
    },
  },
  { name: 'node:http, kept alive', post: byNode(new Agent({ keepAlive: true }), false) },
  { name: 'node:http, Connection: close', post: byNode(new Agent({ keepAlive: false }), false) },
  { name: 'node:http, chunked', post: byNode(new Agent({ keepAlive: true }), true) },
  {
    name: 'curl',
    post: async (url, headers) => {
      const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
      const args = ['-sS', '-X', 'POST', '--data-binary', `@${file}`, '-w', '\n%{http_code}', ...lines, url];
      const { stdout } = await promisify(execFile)('curl', args);
      const at = stdout.lastIndexOf('\n');
      return { status: Number(stdout.slice(at + 1)), text: stdout.slice(0, at) };
    },
  },
];

test('RFC9112 9.6 the server reads the rest of a refused body up to a limit, then closes the connection', async () => {
  const socket = connect(Number(new URL(world.url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (part) => {
    answer += part;
  });
  socket.on('error', () => {});
  const head = `POST /scim/v2/${tenant.connectionId}/Users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1_048_576), Buffer.from('\r\n')]);
  const write = (bytes: string | Buffer) =>
    new Promise<boolean>((resolve) => socket.write(bytes, (error) => resolve(!error)));
  await write(head);
  let sent = 0;
  while (sent < 400 && (await write(chunk))) sent++;
  expect(answer).toMatch(/^HTTP\/1\.1 401/);
  expect([sent >= 64, sent < 400]).toEqual([true, true]);
  socket.destroy();
}, 60_000);

describe('RFC9112 9.6 the answer reaches a client that is still writing', () => {
  test.each(entries)(
    '$path $type answers $status',
    async ({ path, type, token, status }) => {
      for (const { name, post } of clients) {
        for (let turn = 0; turn < 5; turn++) {
          const headers = { 'content-type': type, ...(token() && { authorization: `Bearer ${token()}` }) };
          const answer = await post(urlOf(path), headers).catch((error: Error) => ({
            status: error.message,
            text: 'x',
          }));
          // The OpenID provider counts bodies without a length itself, and answers invalid_request.
          const expected = path === '/oauth/token' && name.includes('chunked') ? 400 : status;
          expect([name, answer.status]).toEqual([name, expected]);
          expect(answer.text.length).toBeGreaterThan(0);
        }
      }
    },
    120_000,
  );
});
