import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { App } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { Realm } from '../support/sign-ins.js';
import { type Anything, World } from '../support/world.js';

let world: World;
let app: App;
let realm: Realm;
let hint: { connection_id: string };
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world, { postLogoutRedirectUris: ['https://app.example/bye'] });
  realm = await Realm.make(world, app, 'oidc');
  hint = { connection_id: realm.tenant.connectionId };
});
afterAll(() => world.close());

const signedIn = async () => {
  const browser = new Browser();
  const tokens: Anything = await app.signIn(hint, realm.person('T2'), browser);
  return { browser, tokens };
};
const anotherUser = () => realm.person('T2', { email: `else@${realm.domain}` });
const isAtIdp = ({ page }: { page: { text: string } }) => page.text.includes('Test identity provider');

describe('OpenID Connect Core section 3.1.2.1: prompt', () => {
  test('discovery lists what is supported', () => {
    const metadata: Anything = app.configuration.serverMetadata();
    expect([...metadata.prompt_values_supported].sort()).toEqual([
      'consent',
      'create',
      'login',
      'none',
      'select_account',
    ]);
  });

  test('select_account shows the signed-in user, who can continue', async () => {
    const { browser, tokens } = await signedIn();
    const visit = await app.begin({ prompt: 'select_account' }, browser);
    expect(visit.page.words).toContain('Choose an organization');
    expect(visit.page.words).toContain(tokens.claims.email);
    const [, href] = /href="([^"]*\/stay)"/.exec(visit.page.text) ?? [];
    const back = visit.at(await browser.open(`${world.url}${href}`));
    expect((await back.tokens()).claims.sid).toBe(tokens.claims.sid);
  });

  test('select_account allows switching to another user', async () => {
    const { browser, tokens } = await signedIn();
    const visit = await app.begin({ prompt: 'select_account', ...hint }, browser);
    const [, href] = /href="([^"]*\?other=yes)"/.exec(visit.page.text) ?? [];
    const back = await visit.at(await browser.open(`${world.url}${href}`)).be(anotherUser());
    expect((await back.tokens()).claims.sub).not.toBe(tokens.claims.sub);
  });

  test('select_account signs in as usual without a session, or with a session of another organization', async () => {
    const asked = await app.begin({ prompt: 'select_account' });
    expect(asked.page.words).toContain('Work email');
    const other = await Realm.make(world, app, 'oidc');
    const { browser } = await signedIn();
    expect(
      isAtIdp(await app.begin({ prompt: 'select_account', connection_id: other.tenant.connectionId }, browser)),
    ).toBe(true);
  });

  test('create starts a sign-in', async () => {
    const { browser } = await signedIn();
    const visit = await app.begin({ prompt: 'create', ...hint }, browser);
    expect(isAtIdp(visit)).toBe(true);
    expect((await (await visit.be(realm.person('T2'))).tokens()).claims.org_id).toBe(realm.tenant.organizationId);
  });

  test('an unknown value is ignored, alone and with others', async () => {
    const { browser, tokens } = await signedIn();
    const visit = await app.begin({ prompt: 'nonsense', ...hint }, browser);
    expect((await visit.tokens()).claims.sid).toBe(tokens.claims.sid);
    expect(isAtIdp(await app.begin({ prompt: 'nonsense login', ...hint }, browser))).toBe(true);
  });

  test.each(['none nonsense', 'none login', 'none select_account', 'none create'])('%s is an error', async (prompt) => {
    const { page } = await app.begin({ prompt, ...hint }, (await signedIn()).browser);
    expect(page.url.searchParams.get('error')).toBe('invalid_request');
  });
});

describe('errors are returned to the application', () => {
  test('with a description and the id of the request', async () => {
    const { page } = await app.begin({ prompt: 'none', ...hint });
    const { error, error_description: text, request_id: id } = Object.fromEntries(page.url.searchParams);
    expect([error, text?.length, id]).toEqual(['login_required', expect.any(Number), expect.stringMatching(/\S+/)]);
  });
});

describe('OpenID Connect Core section 5.5.1.1: acr', () => {
  const wanting = (acr: object) => ({ claims: JSON.stringify({ id_token: { acr } }), ...hint });

  test('an essential acr that the IdP does not return is an error; a voluntary one is not', async () => {
    for (const acr of [
      { essential: true, values: ['gold'] },
      { essential: true, value: 'gold' },
    ]) {
      const back = await (await app.begin(wanting(acr))).be(realm.person('T2'));
      expect(back.page.url.searchParams.get('error')).toBe('unmet_authentication_requirements');
    }
    const back = await (await app.begin(wanting({ values: ['gold'] }))).be(realm.person('T2'));
    expect((await back.tokens()).claims.acr).toBeUndefined();
    const preferred = await (await app.begin({ acr_values: 'gold', ...hint })).be(realm.person('T2'));
    expect((await preferred.tokens()).claims.acr).toBeUndefined();
  });
});

describe('OpenID Connect RP-Initiated Logout section 2', () => {
  const leaving = (params: Record<string, string>) => client.buildEndSessionUrl(app.configuration, params).href;

  test('with an ID token of this session, the user is not asked', async () => {
    const { browser, tokens } = await signedIn();
    const url = leaving({
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: 'https://app.example/bye',
      state: 'a b',
    });
    const page = await browser.open(url);
    expect(page.url.href).toBe('https://app.example/bye?state=a+b');
    expect(await app.introspect(tokens.access_token)).toEqual({ active: false });
    expect((await app.begin({ prompt: 'none', ...hint }, browser)).page.url.searchParams.get('error')).toBe(
      'login_required',
    );
  });

  test('without a redirect URI, a page confirms the sign-out', async () => {
    const { browser, tokens } = await signedIn();
    expect((await browser.open(leaving({ id_token_hint: tokens.id_token }))).words).toContain('You are signed out');
  });

  test('without an ID token, or with one of another session, the user is asked', async () => {
    const [mine, other] = [await signedIn(), await signedIn()];
    for (const params of [{}, { id_token_hint: other.tokens.id_token }] as Record<string, string>[]) {
      expect((await mine.browser.open(leaving(params))).words).toContain('Sign out?');
    }
    expect((await app.introspect(mine.tokens.access_token)).active).toBe(true);
    expect((await app.introspect(other.tokens.access_token)).active).toBe(true);
  });
});

describe('requests by POST', () => {
  const post = (path: string, body: Record<string, string>, browser = new Browser()) => {
    browser.stopAt ??= (url) => url.hostname === 'app.example';
    return browser.open(
      `${world.url}/oauth/${path}`,
      { method: 'POST', body: new URLSearchParams(body) },
      'app.example',
    );
  };

  test('an authorization request by POST is the same as by GET, with the session of the browser', async () => {
    const { browser, tokens } = await signedIn();
    const asked = await app.begin({ prompt: 'none', ...hint }, browser);
    const request = browser.visited.findLast((url) => url.includes('/oauth/auth?')) ?? '';
    const page = await post('auth', Object.fromEntries(new URL(request).searchParams), browser);
    expect(page.url.searchParams.get('code')).toBeTruthy();
    const again = await asked.at(page).tokens();
    expect(again.claims.sid).toBe(tokens.claims.sid);
  });

  test('signs out by POST', async () => {
    const { browser, tokens } = await signedIn();
    expect((await post('session/end', { id_token_hint: tokens.id_token }, browser)).words).toContain(
      'You are signed out',
    );
  });

  test('the size of a form is limited, and its content type is checked', async () => {
    for (const path of ['auth', 'session/end']) {
      expect((await post(path, { state: 'x'.repeat(9_000) })).status).toBe(413);
      expect((await post(path, { state: '€'.repeat(2_700) })).status).toBe(413);
      const json = { 'content-type': 'application/json' };
      const answer = await fetch(`${world.url}/oauth/${path}`, { method: 'POST', headers: json, body: '{}' });
      expect(answer.status).toBe(415);
    }
  });
});

describe('RFC 8414: metadata', () => {
  test('section 3.1: the path of the issuer comes after the well-known one', async () => {
    const read = async (path: string) => (await fetch(`${world.url}${path}`)).json();
    const metadata: Anything = await read('/.well-known/oauth-authorization-server/oauth');
    expect(metadata.issuer).toBe(`${world.url}/oauth`);
    expect(metadata).toEqual(await read('/oauth/.well-known/openid-configuration'));
    const configuration = await client.discovery(new URL(`${world.url}/oauth`), app.id, undefined, undefined, {
      algorithm: 'oauth2',
      execute: [client.allowInsecureRequests],
    });
    expect(configuration.serverMetadata().token_endpoint).toBe(metadata.token_endpoint);
  });

  test('every announced endpoint and value is supported', async () => {
    const metadata: Anything = app.configuration.serverMetadata();
    expect(metadata.grant_types_supported).toEqual(['authorization_code', 'refresh_token']);
    expect(metadata.response_types_supported).toEqual(['code']);
    for (const [name, url] of Object.entries(metadata)) {
      if (!/_endpoint$|_uri$/.test(name)) continue;
      const statuses = ['GET', 'POST'].map(
        async (method) => (await fetch(String(url), { method, redirect: 'manual' })).status,
      );
      expect([name, await Promise.all(statuses)]).not.toEqual([name, [404, 404]]);
    }
  });
});
