import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { protocols, Realm } from '../support/sign-ins.js';
import { World } from '../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world, { postLogoutRedirectUris: ['https://app.example/goodbye'] });
});
afterAll(() => world.close());

const another = (realm: Realm) => ({ ...realm.person('T2'), email: `another@${realm.domain}` });
const enter = async (realm: Realm, person: Record<string, string | null>, browser = new Browser()) =>
  (await realm.visit(person, { browser })).tokens();

describe.each(protocols)('OpenID Connect Core section 3.1.2.1, id_token_hint by $protocol', ({ protocol }) => {
  const make = () => Realm.make(world, app, protocol);
  const begin = (realm: Realm, hint: string, browser: Browser, more: Record<string, string> = {}) =>
    app.begin({ connection_id: realm.tenant.connectionId, id_token_hint: hint, ...more }, browser);

  test('the signed-in user: no page is shown', async () => {
    const realm = await make();
    const browser = new Browser();
    const { id_token, claims } = await enter(realm, realm.person('T2'), browser);
    for (const more of [{}, { prompt: 'none' }]) {
      const again = await (await begin(realm, id_token ?? '', browser, more as never)).tokens();
      expect(again.claims.sub).toBe(claims.sub);
    }
  });

  test('another user with prompt=none: login_required', async () => {
    const realm = await make();
    const { id_token } = await enter(realm, realm.person('T2'));
    const browser = new Browser();
    await enter(realm, another(realm), browser);
    for (const visitor of [browser, new Browser()]) {
      const { page } = await begin(realm, id_token ?? '', visitor, { prompt: 'none' });
      expect(page.url.searchParams.get('error')).toBe('login_required');
      expect(page.url.searchParams.get('code')).toBeNull();
    }
  });

  test('another user than the signed-in one: the IdP is asked, and the requested user is signed in', async () => {
    const realm = await make();
    const { id_token, claims } = await enter(realm, realm.person('T2'));
    const browser = new Browser();
    await enter(realm, another(realm), browser);
    const visit = await begin(realm, id_token ?? '', browser);
    expect(visit.page.words).toContain('Test identity provider');
    expect((await (await visit.be(realm.person('T2'))).tokens()).claims.sub).toBe(claims.sub);
  });

  test.each(['known', 'new'])('if the IdP signs in another user (%s), no user is created or signed in', async (who) => {
    const realm = await make();
    const { id_token } = await enter(realm, realm.person('T2'));
    if (who === 'known') await enter(realm, another(realm));
    const before = (await realm.tenant.types()).length;
    const browser = new Browser();
    const visit = await (await begin(realm, id_token ?? '', browser)).be(another(realm));
    expect([visit.isBack, visit.page.status]).toEqual([false, 403]);
    const events = (await realm.tenant.events()).slice(before);
    expect(events).toMatchObject([
      { type: 'SIGN_IN_DENIED', data: { code: 'ASSERTION_INVALID', why: expect.stringContaining('id_token_hint') } },
    ]);
    const silent = await app.begin({ connection_id: realm.tenant.connectionId, prompt: 'none' }, browser);
    expect(silent.page.url.searchParams.get('error')).toBe('login_required');
    const back = await visit.page.follow('Back to App');
    expect(back.url.searchParams.get('error')).toBe('access_denied');
  });

  test('an ID token of another organization, or of another provider, is refused', async () => {
    const realm = await make();
    const other = await Realm.make(world, app, protocol);
    const theirs = await App.register(world, { organizationId: other.tenant.organizationId });
    const visit = await theirs.begin({ connection_id: other.tenant.connectionId });
    const { id_token } = await (await visit.be(other.person('T2'))).tokens();
    for (const hint of [id_token ?? '', 'x.y.z']) {
      const { page } = await begin(realm, hint, new Browser());
      expect(page.url.searchParams.get('error') ?? page.status).toMatch(/invalid_request/);
    }
  });
});

describe('OpenID Connect RP-Initiated Logout 1.0 section 2, id_token_hint', () => {
  const endUrl = (hint: string) => {
    const url = new URL(`${world.url}/oauth/session/end`);
    url.searchParams.set('id_token_hint', hint);
    url.searchParams.set('post_logout_redirect_uri', 'https://app.example/goodbye');
    return url.href;
  };

  test('another user than the signed-in one: refused, and no user is signed out', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const first = await enter(realm, realm.person('T2'));
    const browser = new Browser();
    const second = await enter(realm, another(realm), browser);
    const page = await browser.open(endUrl(first.id_token ?? ''));
    expect(page.status).toBe(400);
    expect(page.words).toContain('a user who is not signed in');
    for (const { access_token: token } of [first, second]) expect((await app.introspect(token)).active).toBe(true);
  });

  test('the signed-in user is signed out, and a browser without a session continues', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const browser = new Browser();
    const tokens = await enter(realm, realm.person('T2'), browser);
    const left = await browser.open(endUrl(tokens.id_token ?? ''));
    expect(left.url.href).toBe('https://app.example/goodbye');
    expect((await app.introspect(tokens.access_token)).active).toBe(false);
    const empty = await new Browser().open(endUrl(tokens.id_token ?? ''));
    expect([empty.status, empty.words]).not.toContain('a user who is not signed in');
    expect(empty.status).toBe(200);
  });
});
