import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashSecret } from '../../src/kernel/secrets.js';
import { App } from '../support/application.js';
import { Realm } from '../support/sign-ins.js';
import { type Anything, World } from '../support/world.js';

let world: World;
let app: App;
let realm: Realm;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
  realm = await Realm.make(world, app, 'oidc');
});
afterAll(() => world.close());

const tokensOf = async (at = realm): Promise<Anything> => (await at.visit(at.person('T2'))).tokens();
const viewer = (token: string) => world.request('{ viewer { kind } }', {}, token);

describe('RFC 9449 and RFC 9126: proof of possession and pushed requests are not offered', () => {
  test('discovery announces neither, and the endpoint does not exist', async () => {
    const metadata: Anything = await (await fetch(`${world.url}/oauth/.well-known/openid-configuration`)).json();
    for (const name of Object.keys(metadata)) expect(name).not.toMatch(/dpop|pushed/);
    const pushed = await fetch(`${world.url}/oauth/request`, { method: 'POST', body: new URLSearchParams({}) });
    expect(pushed.status).toBe(404);
  });

  test('section 7.2: a token that is bound to a key or certificate is not accepted as a bearer token', async () => {
    for (const confirmation of [{ jkt: 'thumbprint' }, { 'x5t#S256': 'thumbprint' }, { cnf: { jkt: 'thumbprint' } }]) {
      const tokens = await tokensOf();
      for (const token of [tokens.access_token, tokens.refresh_token])
        await world
          .database()
          .query('update oauth_artifacts set payload = payload || $2::jsonb where hash = $1', [
            hashSecret(token),
            JSON.stringify(confirmation),
          ]);
      // A credential that was used before is cached for a short time; this one was not used.
      expect((await viewer(tokens.access_token)).errors[0].extensions.code).toBe('UNAUTHENTICATED');
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      expect((await fetch(`${world.url}/oauth/me`, { headers })).status).toBe(401);
      expect(await app.introspect(tokens.access_token)).toEqual({ active: false });
      await expect(app.refresh(tokens.refresh_token)).rejects.toThrow();
    }
  });
});

describe('RFC 7662 section 4: introspection', () => {
  test('an application of another organization receives no information about a token', async () => {
    const tokens = await tokensOf();
    const stranger = await Realm.make(world, app, 'oidc');
    const theirs = await App.register(world, { organizationId: stranger.tenant.organizationId });
    const own = await App.register(world, { organizationId: realm.tenant.organizationId });
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      expect(await theirs.introspect(token)).toEqual({ active: false });
      expect(await own.introspect(token)).toMatchObject({ active: true, sub: tokens.claims.sub });
      expect(await app.introspect(token)).toMatchObject({ active: true, sub: tokens.claims.sub });
    }
    expect(await theirs.introspect('made up')).toEqual({ active: false });
  });
});
