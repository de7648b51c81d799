import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../support/application.js';
import { type ServerProcess, spawnServer } from '../support/process.js';
import { embeddedDatabase, freshDatabase } from '../support/server.js';
import { eventually, oktaUser, patch, World } from '../support/world.js';

describe('two server processes on one database', () => {
  let nodes: ServerProcess[];
  let one: World;
  let two: World;
  beforeAll(async () => {
    const database = await freshDatabase();
    // Both have the same public URL, so tokens of one are valid at the other.
    const first = await spawnServer(database);
    nodes = [first, await spawnServer({ ...database, PUBLIC_URL: first.url })];
    [one, two] = nodes.map((node) => new World({ url: node.url, adminKey: null, close: async () => {} })) as [
      World,
      World,
    ];
  }, 60_000);
  afterAll(async () => {
    for (const node of nodes) {
      node.child.kill('SIGTERM');
      await node.exit;
    }
  });

  test('after a SCIM deactivation on one, refresh and introspection fail at once on the other, and its socket is closed within a second', async () => {
    const app = await App.register(one);
    const took: number[] = [];
    for (let round = 0; round < 5; round++) {
      const tenant = await one.tenant({ provider: 'TEST', jit: { mode: 'ENABLED' }, grantableRoles: ['admin'] });
      // The last administrator would not be closed.
      await tenant.gql('mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }', {
        i: { organizationId: tenant.organizationId, userName: 'stays', roles: ['admin'] },
      });
      const email = `user${round}@nodes.example`;
      const { body } = await tenant.scim('POST', '/Users', oktaUser(email, { roles: [{ value: 'admin' }] }));
      const tokens = await app.signIn({ connection_id: tenant.connectionId }, { email });
      expect(tokens.claims.sub).toBe(body.id);
      const socket = two.follow('subscription { events { position type } }', {}, tokens.access_token);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(socket.closed()).toBeUndefined();

      await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
      const at = performance.now();
      const form = (values: Record<string, string>) => ({
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams(values).toString(),
      });
      const introspected = await fetch(`${two.url}/oauth/token/introspection`, form({ token: tokens.access_token }));
      expect(await introspected.json()).toEqual({ active: false });
      const refreshed = await fetch(
        `${two.url}/oauth/token`,
        form({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }),
      );
      expect(refreshed.status).toBe(400);
      await eventually(() => socket.closed() !== undefined, 3_000);
      took.push(performance.now() - at);
      expect(socket.closed()).toMatchObject({ code: 4403 });
      // No event after the deactivation was sent to it.
      const position = (await tenant.events()).find(
        ({ type }: { type: string }) => type === 'USER_DEPROVISIONED',
      )?.position;
      expect(socket.seen.every((event) => event.position < position)).toBe(true);
      await socket.stop();
    }
    expect(Math.max(...took)).toBeLessThan(1_000);
  }, 60_000);

  test('the same response posted to both concurrently creates one session', async () => {
    const app = await App.register(one);
    const tenant = await one.tenant({ provider: 'TEST', scim: false, jit: { mode: 'ENABLED' } });
    const visit = await app.begin({ connection_id: tenant.connectionId });
    const back = await visit.be({ email: 'twice@nodes.example' });
    const redeem = (url: string) =>
      fetch(`${url}/oauth/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: back.page.url.searchParams.get('code') ?? '',
          redirect_uri: 'https://app.example/callback',
          code_verifier: back.checks.verifier,
        }).toString(),
      });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => redeem(n % 2 ? one.url : two.url)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });
});

test('the embedded database allows only one process: a second node is refused', async () => {
  const database = await embeddedDatabase();
  const first = await spawnServer(database);
  const second = await spawnServer(database);
  expect([second.url, second.output()]).toEqual(['', expect.stringContaining('is in use by the process')]);
  first.child.kill('SIGTERM');
  expect(await first.exit).toBe(0);
});
