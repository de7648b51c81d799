import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { HostileIdp } from '../../support/oidc-idp.js';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
let idp: HostileIdp;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
  idp = await HostileIdp.start();
  // Discovery is read when a connection is saved, so it must contain the endpoint from the start.
  idp.userinfo = {};
});
afterAll(async () => {
  await world.close();
  await idp.close();
});

const connect = (jit: object = {}, more: object = {}) =>
  world.tenant({
    provider: 'GENERIC',
    scim: false,
    oidc: { issuer: idp.issuer, clientId: 'rollcall' },
    jit: { mode: 'ENABLED', requireVerifiedEmail: false, ...jit },
    ...more,
  });
async function signIn(at: Tenant, claims: JWTPayload) {
  idp.claims = claims;
  const browser = new Browser();
  browser.stopAt = (url: URL) => url.hostname === 'app.example' || url.origin === idp.issuer;
  const visit = await app.begin({ connection_id: at.connectionId }, browser);
  const there = visit.at(await browser.open(idp.callback(visit.page.url).href));
  const { connection } = await at.gql(
    'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { status error quirks } } } }',
    { id: at.connectionId },
  );
  return { sub: there.isBack ? (await there.tokens()).claims.sub : null, request: connection.requests.nodes[0] };
}
let number = 0;
const someone = () => ({ sub: `info-${++number}`, email: `info${number}@acme.example`, email_verified: true });

const failures = {
  'a 500': { status: 500 },
  'a 401': { status: 401 },
  'no JSON': { userinfo: 'x' as never },
  'no sub': { userinfo: { email: 'other@acme.example' } },
  'an answer that never ends': { hangsUp: true },
};
describe.each(Object.entries(failures).map(([name, failure]) => ({ name, failure })))(
  'a userinfo endpoint with $name',
  ({ failure }) => {
    const failing = async <T>(work: () => Promise<T>): Promise<T> => {
      const before = { userinfo: idp.userinfo, userinfoFailure: idp.userinfoFailure };
      Object.assign(
        idp,
        { userinfo: {}, userinfoFailure: null },
        'userinfo' in failure ? failure : { userinfoFailure: failure },
      );
      try {
        return await work();
      } finally {
        Object.assign(idp, before);
      }
    };

    test('refuses no user whose ID token has the address, or whose subject is known', async () => {
      const at = await connect({ syncGroups: true }, {});
      const person = someone();
      const { sub, request } = await failing(() => signIn(at, person));
      expect(sub).toMatch(/^user_/);
      expect(request).toMatchObject({
        status: 200,
        quirks: expect.arrayContaining(['userinfoFailed', 'groupsMissing']),
      });
      const again = await failing(() => signIn(at, { sub: person.sub }));
      expect(again.sub).toBe(sub);
      expect(again.request.quirks).toContain('userinfoFailed');
    });

    test('creates no second account for a user whose address is not known', async () => {
      const at = await connect();
      const { sub, request } = await failing(() => signIn(at, { sub: someone().sub }));
      expect(sub).toBeNull();
      expect(request).toMatchObject({ status: 403, quirks: ['userinfoFailed'] });
      expect(request.error).toContain('serinfo could not be read, and the ID token has no email address');
      expect(await at.types()).not.toContain('USER_PROVISIONED');
    });
  },
);

test('claims of another user refuse the sign-in (OpenID Connect Core section 5.3.2)', async () => {
  const at = await connect({ syncGroups: true });
  const person = someone();
  idp.userinfo = { ...person, groups: ['Staff'] };
  const { sub } = await signIn(at, { sub: person.sub });
  expect(sub).toMatch(/^user_/);
  idp.userinfo = { ...person, sub: 'another', groups: ['Admins'] };
  for (const claims of [person, { sub: person.sub }]) {
    const refused = await signIn(at, claims);
    expect(refused.sub).toBeNull();
    expect(refused.request).toMatchObject({ status: 403, error: expect.stringContaining('"sub"') });
  }
  idp.userinfo = null;
});
