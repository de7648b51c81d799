import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { Realm } from '../../support/sign-ins.js';
import { World } from '../../support/world.js';

let world: World;
let app: App;
let skewMs = 0;
beforeAll(async () => {
  world = await World.start({ now: () => new Date(Date.now() + skewMs) });
  app = await App.register(world, { name: 'Acme', postLogoutRedirectUris: ['https://app.example/bye'] });
});
afterAll(() => world.close());

/** Returns the parameters that the application receives at its redirect URI. */
function received(url: URL) {
  const { error, error_description: text, state, request_id: number } = Object.fromEntries(url.searchParams);
  return { error, text, state, number };
}

describe('the link back to the application', () => {
  test('is on the page that asks for the address: the sign-in was cancelled', async () => {
    const visit = await app.begin();
    const back = await visit.page.follow('Back to Acme');
    expect(received(back.url)).toEqual({
      error: 'access_denied',
      text: 'The sign-in was cancelled.',
      state: visit.checks.state,
      number: expect.any(String),
    });
  });

  test('is on the refusal of an invalid response, with the reason', async () => {
    const realm = await Realm.make(world, app, 'saml', { trust: 'T1' });
    const visit = await app.begin({ connection_id: realm.tenant.connectionId });
    const atIdp = await visit.page.submit(realm.person('T1'));
    const refused = await atIdp.submit({ SAMLResponse: Buffer.from('<no/>').toString('base64') });
    expect(refused.status).toBe(403);
    // The response is unreadable; the RelayState identifies the request.
    const unreadable = await refused.follow('Back to Acme');
    expect(received(unreadable.url)).toMatchObject({ error: 'access_denied', state: visit.checks.state });
    const other = await app.begin({ connection_id: realm.tenant.connectionId });
    const answer = await other.page.submit(realm.person('T1'));
    const message = Buffer.from(answer.form.fields.SAMLResponse ?? '', 'base64').toString();
    const changed = message.replace(/(<xenc:CipherValue>)...../, '$1AAAAA');
    expect(changed).not.toBe(message);
    const page = await answer.submit({ SAMLResponse: Buffer.from(changed).toString('base64') });
    expect(page.status).toBe(403);
    const back = await page.follow('Back to Acme');
    expect(received(back.url)).toMatchObject({ error: 'access_denied', state: other.checks.state });
    expect(received(back.url).text).toBe('The identity provider sent a sign-in that is not valid.');
  });

  test('is on the refusal of an ID token', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const visit = await app.begin({ connection_id: realm.tenant.connectionId });
    const atApp = new Browser();
    atApp.stopAt = (url) => url.hostname === 'app.example';
    const begun = await app.begin({ connection_id: realm.tenant.connectionId }, atApp);
    atApp.stopAt = (url) => url.hostname === 'app.example' || url.pathname.endsWith('/callback');
    const { url } = await begun.page.submit(realm.person('T2'));
    url.searchParams.set('code', 'wrong');
    atApp.stopAt = (one) => one.hostname === 'app.example';
    const refused = await atApp.open(url.href);
    expect(refused.status).toBe(403);
    const back = await refused.follow('Back to Acme');
    expect(received(back.url)).toMatchObject({ error: 'access_denied', state: begun.checks.state });
    expect(visit.isBack).toBe(false);
  });

  test('is not needed if the clock of the machine is hours behind the database: the sign-in continues', async () => {
    skewMs += 7_200_000;
    try {
      const late = await (await app.begin()).page.submit({ email: 'a@b.example' });
      expect(late.words).toContain('No sign-in is configured for a@b.example');
    } finally {
      skewMs -= 7_200_000;
    }
  });

  test('is still on a page that was open for hours: the sign-in took too long', async () => {
    const visit = await app.begin();
    skewMs += 3_700_000;
    try {
      const late = await visit.page.submit({ email: 'a@b.example' });
      expect(late.status).toBe(400);
      expect(late.words).toContain('The sign-in took too long.');
      const back = await late.follow('Back to Acme');
      expect(received(back.url)).toMatchObject({ error: 'access_denied', state: visit.checks.state });
      expect(received(back.url).text).toContain('took too long');
    } finally {
      skewMs = 0;
    }
  });

  test('an invitation code that is entered too late returns an error to the application', async () => {
    const realm = await Realm.make(world, app, 'oidc', { trust: 'T0', jit: { mode: 'INVITED' } });
    const { inviteUser } = await realm.tenant.gql(
      'mutation($i: InviteUserInput!) { inviteUser(input: $i) { invitationCode } }',
      { i: { organizationId: realm.tenant.organizationId, email: realm.email } },
    );
    const visit = await realm.visit(realm.person('T0'));
    skewMs += 660_000;
    try {
      const late = await visit.page.submit({ code: inviteUser.invitationCode });
      expect(received(late.url)).toMatchObject({ error: 'access_denied', state: visit.checks.state });
    } finally {
      skewMs = 0;
    }
  });

  test('from another browser links to the origin of the application, without parameters of the request', async () => {
    const visit = await app.begin();
    const page = await new Browser().open(visit.page.url.href);
    expect(page.text).toContain('<a class="button" href="https://app.example/">Go to Acme</a>');
    expect(page.text).not.toContain(visit.checks.state);
  });
});

describe('pages of the provider', () => {
  const policy = (headers: Headers) => headers.get('content-security-policy') ?? '';

  test('response_mode=form_post (Form Post Response Mode section 2) is a page without inline script', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const visit = await app.begin({ connection_id: realm.tenant.connectionId, response_mode: 'form_post' });
    const page = await visit.page.submit(realm.person('T2'));
    expect(page.status).toBe(200);
    expect(policy(page.headers)).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.text).not.toMatch(/<script(?![^>]*src="\/sso\/submit.js")/);
    expect(page.words).toContain('You are being redirected to Acme.');
    const { action, method, fields } = page.form;
    expect([action, method]).toEqual(['https://app.example/callback', 'post']);
    expect(Object.keys(fields).sort()).toEqual(['code', 'iss', 'state']);
    expect(fields.state).toBe(visit.checks.state);
  });

  test('an error by form_post has the description and the request id', async () => {
    const hostile = `"><script>alert(1)</script>&amp;'`;
    const { page } = await app.begin({ response_mode: 'form_post', prompt: 'none', state: hostile });
    expect(page.status).toBe(400);
    expect(page.text).not.toContain('<script>');
    expect(page.form.fields).toMatchObject({
      error: 'login_required',
      state: hostile,
      request_id: expect.stringMatching(/^[\da-f-]{36}$/),
    });
  });

  test('the sign-out pages and errors have the look and the headers', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const browser = new Browser();
    await app.signIn({ connection_id: realm.tenant.connectionId }, realm.person('T2'), browser);
    const address = `${world.url}/oauth/session/end`;
    const question = await browser.open(`${address}?client_id=${app.id}`);
    const ended = await question.submit({ logout: 'yes' });
    const alone = await new Browser().open(`${address}?client_id=${app.id}`);
    const wrong = await browser.open(`${address}?client_id=${app.id}&post_logout_redirect_uri=https://e.example/`, {
      headers: { accept: 'text/html' },
    });
    expect([question, ended, alone, wrong].map(({ status }) => status)).toEqual([200, 200, 200, 400]);
    expect(ended.words).toMatch(/Acme You are signed out .* Go to Acme/);
    expect(wrong.words).toContain('You could not be signed out');
    expect((await alone.submit()).words).toContain('Acme You are signed out');
    for (const { headers, text } of [question, ended, alone, wrong]) {
      expect(policy(headers)).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(text).toContain('<p class="name">Acme</p>');
      expect(text).not.toMatch(/<script(?![^>]*src="\/sso\/submit.js")/);
    }
  });

  test('staying signed in ends no session, and a form of another site signs no user out', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const browser = new Browser();
    const tokens = await app.signIn({ connection_id: realm.tenant.connectionId }, realm.person('T2'), browser);
    const question = await browser.open(`${world.url}/oauth/session/end?client_id=${app.id}`);
    expect(question.text).toContain('<a class="button plain" href="https://app.example/">Stay signed in</a>');
    const forged = await question.submit({ logout: 'yes', xsrf: 'of another site' });
    expect(forged.status).toBe(400);
    expect((await app.introspect(tokens.access_token)).active).toBe(true);
  });
});
