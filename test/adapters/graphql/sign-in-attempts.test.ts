import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { protocols, Realm } from '../../support/sign-ins.js';
import { type Anything, World } from '../../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
});
afterAll(() => world.close());

const fields = `{ totalCount pageInfo { hasNextPage endCursor } nodes {
  id attemptedAt protocol allowed code explanation email claims test user { id } request { id status } } }`;
const query = `query($id: ID!, $f: SignInFilter, $first: Int, $after: Cursor) {
  connection(id: $id) { signIns(first: $first, after: $after, filter: $f) ${fields} } }`;

describe.each(protocols)('Connection.signIns, by $protocol', ({ protocol }) => {
  let realm: Realm;
  let userId: string;
  const page = async (variables: object = {}, key = realm.tenant.key): Promise<Anything> =>
    (await world.gql(query, { id: realm.tenant.connectionId, ...variables }, key)).connection.signIns;
  beforeAll(async () => {
    realm = await Realm.make(world, app, protocol, { jit: { mode: 'ENABLED' } });
    userId = await realm.outcome(realm.person('T2', { sub: 'known' }));
    await realm.change('suspendUser', userId);
    await realm.outcome(realm.person('T2', { sub: 'known' }));
    await realm.change('unsuspendUser', userId);
    await realm.outcome(realm.person('T2', { sub: 'known' }));
  }, 60_000);

  test('shows each attempt with its outcome, code and claims, the newest first', async () => {
    const { nodes, totalCount } = await page();
    expect(totalCount).toBe(3);
    const same = { protocol: protocol.toUpperCase(), email: realm.email, test: false };
    expect(nodes).toMatchObject([
      { ...same, allowed: true, code: 'B1', user: { id: userId }, request: { status: 200 } },
      { ...same, allowed: false, code: 'USER_SUSPENDED', user: null, request: { status: 403 } },
      { ...same, allowed: true, code: 'D7', user: { id: userId } },
    ]);
    for (const { id, explanation, claims, request } of nodes) {
      expect(request.id).toBe(id);
      expect(explanation).not.toBe('');
      expect(JSON.stringify(claims)).toContain(realm.email);
    }
  });

  test('is filtered and paged', async () => {
    const codes = async (f: object) => (await page({ f })).nodes.map(({ code }: Anything) => code);
    expect(await codes({ allowed: true })).toEqual(['B1', 'D7']);
    expect(await codes({ allowed: false })).toEqual(['USER_SUSPENDED']);
    expect(await codes({ code: 'USER_SUSPENDED' })).toEqual(['USER_SUSPENDED']);
    expect(await codes({ code: 'ACCOUNT_EXISTS' })).toEqual([]);
    expect(await codes({ userId })).toEqual(['B1', 'D7']);
    expect(await codes({ since: '2099-01-01T00:00:00Z' })).toEqual([]);
    const first = await page({ first: 2 });
    expect(first.pageInfo.hasNextPage).toBe(true);
    const rest = await page({ first: 2, after: first.pageInfo.endCursor });
    expect(rest.nodes.map(({ code }: Anything) => code)).toEqual(['D7']);
  });

  test('does not contain the other entries of the request log', async () => {
    await realm.tenant.scim('GET', '/Users');
    expect((await page()).totalCount).toBe(3);
  });

  test('is refused to a caller of another organization', async () => {
    const other = await world.tenant();
    const { data } = await world.request(query, { id: realm.tenant.connectionId }, other.key);
    expect(data.connection).toBeNull();
  });
});

test('a test sign-in that ended before the decision is marked', async () => {
  const tenant = await world.tenant({ provider: 'GENERIC', oidc: { issuer: 'http://127.0.0.1:9', clientId: 'c' } });
  const { startTestSignIn } = await tenant.gql('mutation($id: ID!) { startTestSignIn(connectionId: $id) { url } }', {
    id: tenant.connectionId,
  });
  await new Browser().open(startTestSignIn.url);
  const { connection } = await tenant.gql(query, { id: tenant.connectionId });
  const failed = { allowed: false, code: 'IDP_UNREACHABLE', test: true, claims: null, email: null };
  expect(connection.signIns.nodes).toMatchObject([failed]);
});
