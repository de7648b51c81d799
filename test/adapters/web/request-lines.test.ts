import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ServerProcess, spawnServer } from '../../support/process.js';
import { freshDatabase } from '../../support/server.js';

let server: ServerProcess;
beforeAll(async () => {
  server = await spawnServer({ ...(await freshDatabase()), LOG_LEVEL: 'info' });
});
afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.exit;
});

const long = 'x'.repeat(4_000);
const json = { 'content-type': 'application/json' };
const connection = '/scim/v2/conn_00000000000000000000000000';

const requests: [what: string, path: string, init?: RequestInit][] = [
  ['an unknown path', '/nowhere'],
  ['a path of 4,000 characters', `/${long}`],
  ['a path below SCIM of 4,000 characters', `${connection}/${long}`],
  ['a query with a secret', '/nowhere?code=CANARY'],
  ['a path that cannot be decoded', '/%E0%A4%A'],
  ['SCIM without a credential', `${connection}/Users`],
  ['SCIM with a wrong credential', `${connection}/Users`, { headers: { authorization: `Bearer ${long}` } }],
  ['SCIM with a wrong method', `${connection}/Users`, { method: 'DELETE' }],
  [
    'a token request without a client',
    `${connection}/oauth/token`,
    { method: 'POST', body: new URLSearchParams({ a: long }) },
  ],
  ['GraphQL that is not JSON', '/graphql', { method: 'POST', headers: json, body: `{${long}` }],
  ['GraphQL of another type', '/graphql', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: long }],
  [
    'GraphQL without a credential',
    '/graphql',
    { method: 'POST', headers: json, body: '{"query":"{viewer{__typename}}"}' },
  ],
  ['a stream without a credential', '/graphql/stream?query={viewer{__typename}}'],
  ['an authorization request with an unknown client', `/oauth/auth?client_id=${long}`],
  [
    'a token request without a client',
    '/oauth/token',
    { method: 'POST', body: new URLSearchParams({ grant_type: long }) },
  ],
  [
    'a SAML response for an unknown connection',
    '/sso/saml/conn_1/acs',
    { method: 'POST', body: new URLSearchParams({ SAMLResponse: long }) },
  ],
  ['a setup link that is wrong', '/setup?key=CANARY'],
  ['a form of another type', '/setup', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: long }],
];
const lines = () =>
  server
    .output()
    .split('\n')
    .filter((line) => line !== '');
const quiet = () => new Promise((resolve) => setTimeout(resolve, 100));

test.each(requests.map(([what, path, init = {}]) => ({ what, path, init })))(
  '$what writes at most one short line',
  async ({ path, init }) => {
    await quiet();
    const before = lines().length;
    const answer = await fetch(server.url + path, { redirect: 'manual', ...init });
    await answer.text();
    expect(answer.status).toBeLessThan(500);
    await quiet();
    const written = lines().slice(before);
    expect(written.length).toBeLessThanOrEqual(1);
    for (const line of written) {
      expect(line.length).toBeLessThan(600);
      expect(JSON.parse(line)).toMatchObject({ res: { statusCode: answer.status }, reqId: expect.any(String) });
      expect(line).not.toContain('CANARY');
    }
  },
);

test('a request that is not HTTP writes at most one short line', async () => {
  await quiet();
  const before = lines().length;
  const { hostname, port } = new URL(server.url);
  const raw = connect(Number(port), hostname);
  raw.on('error', () => {}).write(`${long}\r\n\r\n`);
  await new Promise((resolve) => raw.once('close', resolve).resume());
  expect(lines().length - before).toBeLessThanOrEqual(1);
});
