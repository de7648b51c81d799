import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  canary,
  plantInBytes,
  plantInGraphql,
  plantInRequests,
  plantInScim,
  plantInSockets,
} from '../../support/canaries.js';
import { type ServerProcess, spawnServer } from '../../support/process.js';
import { adminKey, freshDatabase } from '../../support/server.js';
import { eventually, type Tenant, World } from '../../support/world.js';

let server: ServerProcess;
let tenant: Tenant;
beforeAll(async () => {
  server = await spawnServer({ ...(await freshDatabase()), LOG_LEVEL: 'trace' });
  const world = new World({ url: server.url, adminKey: null, close: async () => {} });
  tenant = await world.tenant({ provider: 'GENERIC', oidc: { issuer: 'https://idp.test', clientId: 'app' } }, canary);
}, 60_000);
afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.exit;
});

/** Returns the written lines that repeat a caller's text, also as bytes or in base64. */
function repeated(): string[] {
  const forms = [canary, canary.toLowerCase(), [...Buffer.from(canary)].join(','), btoa(canary).slice(0, 12)];
  const lines = server.output().split('\n');
  return lines.filter((line) => forms.some((form) => line.includes(form))).map((line) => line.slice(0, 1_000));
}

test.each([
  ['paths, queries, headers and bodies', () => plantInRequests(server.url, tenant)],
  ['SCIM resources, filters and patches', () => plantInScim(tenant)],
  ['the arguments of every GraphQL field', () => plantInGraphql(server.url, adminKey)],
  ['messages of sockets', () => plantInSockets(server.url, tenant.key)],
  ['bytes that are hardly HTTP', () => plantInBytes(server.url)],
])(
  'no line of the log at level trace contains a text that callers put into %s',
  async (_what, plant) => {
    await plant();
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(repeated()).toEqual([]);
  },
  60_000,
);

test('a secret in the wrong segment of a known path is not logged, and ids are', async () => {
  const { connectionId, scimToken } = tenant;
  const headers = { authorization: `Bearer ${scimToken}` };
  const lines = async (path: string) => {
    const before = server.output().length;
    await (await fetch(server.url + path, { headers })).text();
    await eventually(() => server.output().slice(before).includes('request completed'));
    return server.output().slice(before);
  };
  expect(await lines(`/scim/v2/${scimToken}/Users`)).toContain('/scim/v2/:connectionId/Users');
  expect(await lines(`/scim/v2/${connectionId}/Users`)).toContain(`/scim/v2/${connectionId}/Users`);
  expect(await lines(`/scim/v2/${connectionId}/Users/jo@acme.test`)).not.toContain('jo@acme.test');
  expect(server.output()).not.toContain(scimToken);
  // The lines that were checked above.
  expect(server.output().split('\n').length).toBeGreaterThan(1_000);
});
