import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../../support/application.js';
import { Realm } from '../../support/sign-ins.js';
import { World } from '../../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.start();
  app = await App.register(world);
});
afterAll(() => world.close());

describe('the IdP of a user', () => {
  test('without a hint the page asks for the work email, and its verified domain selects the IdP', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const visit = await app.begin();
    expect(visit.page.words).toContain('Work email');
    const unknown = await visit.page.submit({ email: 'somebody@unknown.example' });
    expect(unknown.words).toContain('No sign-in is configured for somebody@unknown.example');
    const known = visit.at(await unknown.submit({ email: realm.email }));
    expect(known.page.words).toContain('Test identity provider');
    // The hint was passed on, because the IdP belongs to the domain.
    expect(known.page.form.fields.email).toBe(realm.email);
    expect((await (await known.be(realm.person('T2'))).tokens()).claims.org_id).toBe(realm.tenant.organizationId);
  });

  test.each(['domain_hint', 'login_hint', 'organization_id', 'connection_id'])('%s', async (name) => {
    const realm = await Realm.make(world, app, 'oidc');
    const values: Record<string, string> = {
      domain_hint: realm.domain,
      login_hint: realm.email,
      organization_id: realm.tenant.organizationId,
      connection_id: realm.tenant.connectionId,
    };
    const tokens = await app.signIn({ [name]: values[name] ?? '' }, realm.person('T2'));
    expect(tokens.claims.connection_id).toBe(realm.tenant.connectionId);
  });

  test('with several connections the user chooses one, unless the domain selects it', async () => {
    const realm = await Realm.make(world, app, 'oidc', { trust: 'T1', name: 'Staff' });
    const other = await realm.second({ name: 'Contractors' });
    const visit = await app.begin({ organization_id: realm.tenant.organizationId });
    expect(visit.page.words).toContain('How do you sign in?');
    const chosen = visit.at(await visit.page.follow('Contractors'));
    const tokens = await (await chosen.be(realm.person('T1'))).tokens();
    expect(tokens.claims.connection_id).toBe(other.id);
    await realm.assign([realm.tenant.connectionId]);
    const hinted = await app.begin({ organization_id: realm.tenant.organizationId, login_hint: realm.email });
    expect(hinted.page.words).toContain('Test identity provider');
  });

  test('an address or connection of another organization than the requested one leads to no IdP', async () => {
    const realm = await Realm.make(world, app, 'oidc', { trust: 'T1' });
    await realm.assign([realm.tenant.connectionId, (await realm.second()).id]);
    const other = await Realm.make(world, app, 'oidc');
    for (const [name, value] of [
      ['organization_id', realm.tenant.organizationId],
      ['domain_hint', realm.domain],
    ] as const) {
      const { page } = await app.begin({ [name]: value });
      expect(page.words).toContain('How do you sign in?');
      const picked = await page.browser.open(`${page.url.href}?connection=${other.tenant.connectionId}`);
      expect(picked.words).toContain('Ask your administrator');
      const typed = await page.browser.open(`${page.url.href}?email=${other.email}`);
      expect(typed.words).not.toContain('Test identity provider');
      expect((await page.follow('Other')).words).toContain('Test identity provider');
    }
    const unknown = (await app.begin({ domain_hint: 'unknown.example' })).page;
    expect((await unknown.submit({ email: other.email })).words).toContain('Test identity provider');
  });

  test('a foreign login_hint is not passed on', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const visit = await app.begin({ connection_id: realm.tenant.connectionId, login_hint: 'boss@elsewhere.example' });
    expect(visit.page.form.fields.email).toBe('');
  });

  test('an organization without sign-in and an unknown one show the same page', async () => {
    const tenant = await world.tenant({ provider: 'OKTA' });
    const words = async (id: string) => (await app.begin({ organization_id: id })).page.words;
    const random = await words('org_01aaaaaaaaaaaaaaaaaaaaaaaa');
    expect((await words(tenant.organizationId)).replace(/request ID: .*/, '')).toBe(
      random.replace(/request ID: .*/, ''),
    );
    expect(random).toContain('Ask your administrator');
  });

  test('guessing is rate limited', async () => {
    const fresh = await App.register(world);
    const visit = await fresh.begin();
    let answer = await visit.page.submit({ email: 'x@y.example' });
    for (let n = 0; n < 25 && answer.status !== 429; n++)
      answer = await visit.page.submit({ email: `x${n}@y${n}.example` });
    expect(answer.status).toBe(429);
    // RFC 6585 section 4: the window is a minute.
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  });
});

describe('pages', () => {
  test('have a policy without inline script and without frames, and show values of IdPs as text', async () => {
    const realm = await Realm.make(world, app, 'saml', { trust: 'T1', jit: { mode: 'DISABLED' } });
    const refused = await realm.visit(realm.person('T1'));
    const policy = refused.page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe-inline');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(refused.page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(refused.page.text).not.toMatch(/<script(?![^>]*src="\/sso\/submit.js")|\son\w+=|style="/);
    const draft = await Realm.make(world, app, 'saml', { state: 'DRAFT', name: '<img src=x onerror=alert(1)>' });
    const { startTestSignIn } = await draft.tenant.gql(
      'mutation($id: ID!) { startTestSignIn(connectionId: $id) { url } }',
      { id: draft.tenant.connectionId },
    );
    const { Browser } = await import('../../support/browser.js');
    let page = await (await new Browser().open(startTestSignIn.url)).submit({
      email: 'a@b.example',
      claims: '{"x":"</pre><script>alert(1)</script>"}',
    });
    while (page.form.fields.SAMLResponse) page = await page.submit();
    expect(page.words).toContain('<script>alert(1)</script>');
    expect(page.text).not.toMatch(/<script>|<img/);
  });

  test('a refusal links back to the application, which receives the error', async () => {
    const realm = await Realm.make(world, app, 'oidc', { jit: { mode: 'DISABLED' } });
    const visit = await realm.visit(realm.person('T2'));
    const back = await visit.page.follow('Back to App');
    expect(back.url.searchParams.get('error')).toBe('access_denied');
    expect(back.url.searchParams.get('state')).toBe(visit.checks.state);
  });

  test('an interaction of another browser, and an expired one, show the next step', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const visit = await app.begin({});
    const { Browser } = await import('../../support/browser.js');
    const stolen = await new Browser().open(visit.page.url.href);
    expect(stolen.status).toBe(400);
    expect(stolen.words).toContain('Return to the application');
    for (const path of [
      '/sso/interaction/none',
      '/sso/oidc/conn_x/callback',
      '/sso/saml/nope/metadata',
      `/sso/saml/${realm.tenant.connectionId}/metadata`,
      '/sso/test/trip_x',
    ]) {
      const page = await new Browser().open(`${world.url}${path}`);
      expect([400, 404]).toContain(page.status);
    }
    for (const [path, body] of [
      ['/sso/invitation', 'trip=x&code=y'],
      ['/sso/interaction/x/cancel', ''],
    ] as const) {
      const answer = await fetch(`${world.url}${path}`, {
        method: body ? 'POST' : 'GET',
        ...(body && { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
      });
      expect(answer.status).toBeLessThan(500);
    }
  });
});

describe('the test IdP', () => {
  test('shows which entered values are invalid', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const visit = await app.begin({ connection_id: realm.tenant.connectionId });
    expect((await visit.page.submit({ email: '' })).words).toContain('Enter an email address or a subject');
    expect((await visit.page.submit({ email: 'a@b.example', claims: '[' })).words).toContain('must be a JSON object');
    expect((await visit.page.submit({ email: 'a@b.example', claims: '{"shoe":1}' })).words).toContain(
      'cannot send shoe',
    );
  });
});
