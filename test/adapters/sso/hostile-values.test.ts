import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { HostileIdp } from '../../support/oidc-idp.js';
import { SamlIdp } from '../../support/saml-idp.js';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
let idp: HostileIdp;
let openId: Tenant;
let saml: Tenant;
let cookie: string;
beforeAll(async () => {
  world = await World.start();
  app = await App.register(world);
  idp = await HostileIdp.start();
  openId = await world.tenant({ provider: 'GENERIC', oidc: { issuer: idp.issuer, clientId: 'rollcall' } });
  saml = await world.tenant({ provider: 'GENERIC', saml: (await SamlIdp.make()).facet });
  const { createSetupLink } = await openId.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', {
    c: openId.connectionId,
  });
  const opened = await fetch(createSetupLink.url, { redirect: 'manual' });
  cookie = opened.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
});
afterAll(async () => {
  await world.close();
  await idp.close();
});

/** A NUL, half a surrogate pair as UTF-8 and as CESU-8, a number beyond every type, and a prototype's name. */
const hostile = [
  '%00',
  'a%00b',
  '%ED%A0%80',
  '%ed%bf%bf',
  '1e999',
  '-1',
  '99999999999999999999',
  '__proto__',
  '%F0%9F',
  '%',
];
const unstorable = hostile.slice(0, 4);

const written = async () => {
  const tables = ['oauth_artifacts', 'oauth_grants', 'sign_in_transactions', 'users', 'sessions', 'used_tokens'];
  const counts = tables.map((table) => `(select count(*) from ${table})`).join(" || '/' || ");
  const [row] = await world.database().run<{ counts: string }>(`select ${counts} as counts`);
  return row?.counts;
};

const send = (path: string, init: RequestInit = {}) => fetch(`${world.url}${path}`, { redirect: 'manual', ...init });
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  send(path, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body });

describe('RFC 6749 section 4.1.2.1: a parameter that is not text is invalid_request, and nothing is written', () => {
  const names = [
    ...['login_hint', 'domain_hint', 'organization_id', 'connection_id', 'state', 'nonce', 'scope', 'acr_values'],
    ...['prompt', 'max_age', 'ui_locales', 'claims_locales', 'id_token_hint', 'redirect_uri', 'client_id', 'display'],
    ...['response_type', 'response_mode', 'code_challenge', 'code_challenge_method', 'request', 'request_uri'],
    ...['claims', 'resource', 'registration', 'unknown'],
  ];
  const authorization = (name: string, value: string) => {
    const params = new URLSearchParams({
      client_id: app.id,
      redirect_uri: 'https://app.example/callback',
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      connection_id: openId.connectionId,
    });
    params.delete(name);
    return `/oauth/auth?${params}&${name}=${value}`;
  };

  test.each(names)('%s of the authorization endpoint', async (name) => {
    const before = await written();
    for (const value of unstorable) expect((await send(authorization(name, value))).status).toBe(400);
    expect(await written()).toBe(before);
    for (const value of hostile) expect((await send(authorization(name, value))).status).toBeLessThan(500);
  });

  test.each([
    '/oauth/session/end?state=',
    '/oauth/session/end?post_logout_redirect_uri=',
    '/oauth/auth/',
    '/oauth/me?x=',
  ])('%s', async (path) => {
    const before = await written();
    for (const value of unstorable) expect((await send(`${path}${value}`)).status).toBe(400);
    expect(await written()).toBe(before);
    for (const value of hostile) expect((await send(`${path}${value}`)).status).toBeLessThan(500);
  });

  test.each(['token', 'token/introspection', 'token/revocation', 'session/end/confirm', 'session/end', 'auth'])(
    'every field of a form at /oauth/%s',
    async (path) => {
      const before = await written();
      const fields = ['client_id', 'client_secret', 'code', 'refresh_token', 'token', 'redirect_uri', 'code_verifier'];
      for (const field of [...fields, 'grant_type', 'client_assertion', 'scope', 'xsrf', 'logout', 'token_type_hint']) {
        for (const value of hostile) {
          const body = `grant_type=authorization_code&client_id=${app.id}&client_secret=${app.secret}&token=t&${field}=${value}`;
          const answer = await post(`/oauth/${path}`, body);
          if (answer.status === 303) {
            // Redirects to the same request by GET, whose parameters are tested above.
            expect(['auth', 'session/end']).toContain(path);
          } else if (answer.status !== 200) expect(Math.floor(answer.status / 100)).toBe(4);
          else expect(path).toMatch(/^token\//);
        }
      }
      expect(await written()).toBe(before);
    },
  );
});

describe('paths, queries, forms and cookies of the sign-in, the setup pages and the test IdP', () => {
  const gets = () => {
    const [c, s] = [openId.connectionId, saml.connectionId];
    return [
      ...[
        '/sso/test/',
        '/sso/interaction/',
        '/sso/oidc/',
        '/sso/saml/',
        '/setup/',
        '/setup?connection=',
        '/setup?key=',
      ],
      ...[`/sso/oidc/${c}/callback?state=`, `/sso/oidc/${c}/callback?error=`, `/sso/saml/${s}/finish?trip=`],
      ...[
        `/sso/saml/${s}/arrive?trip=`,
        `/sso/saml/${s}/slo?SAMLRequest=`,
        `/sso/saml/${s}/slo?SAMLResponse=x&RelayState=`,
      ],
      ...['/test-idp/interaction/', '/test-idp/saml/sso?SAMLRequest=', '/test-idp/saml/sso?RelayState='],
      ...['/test-idp/auth?client_id=', `/test-idp/auth?client_id=${c}&login_hint=`, '/test-idp/saml/x/start?y='],
    ];
  };
  test('every path answers with a 4xx page, and writes no trip, account or session', async () => {
    const before = await written();
    for (const path of gets()) {
      for (const value of hostile) {
        const { status } = await send(`${path}${value}`, { headers: { cookie } });
        // A setup link first redirects to remove its secret from the URL; the start page of the test IdP needs no credential.
        const isShown = path.startsWith('/setup') || path.endsWith('start?y=') || path.includes('slo?SAMLResponse');
        if (!isShown || unstorable.includes(value))
          expect([path, value, Math.floor(status / 100)]).toEqual([path, value, 4]);
        expect([path, value, status < 500]).toEqual([path, value, true]);
      }
    }
    expect(await written()).toBe(before);
  });

  test('every field of every form', async () => {
    const [c, s] = [openId.connectionId, saml.connectionId];
    const forms: [string, string[]][] = [
      ['/sso/invitation', ['trip', 'connection', 'code']],
      [`/sso/saml/${s}/acs`, ['SAMLResponse', 'RelayState']],
      [`/sso/saml/${s}/slo`, ['SAMLRequest', 'SAMLResponse', 'RelayState']],
      [`/sso/${c}/backchannel-logout`, ['logout_token']],
      ['/setup/oidc', ['issuer', 'clientId', 'clientSecret', 'connection']],
      ['/setup/saml', ['metadataUrl', 'metadataXml', 'connection']],
      ['/setup/state', ['connection']],
      ['/test-idp/saml/answer', ['connectionId', 'requestId', 'relayState', 'email', 'sub', 'claims']],
      ['/test-idp/interaction/x', ['email', 'sub', 'claims']],
    ];
    const before = await written();
    for (const [path, fields] of forms) {
      for (const field of fields) {
        for (const value of unstorable) {
          const { status } = await post(path, `${field}=${value}`, { cookie });
          expect([path, field, value, Math.floor(status / 100)]).toEqual([path, field, value, 4]);
        }
      }
    }
    expect(await written()).toBe(before);
  });

  test.each(['rollcall_browser', 'rollcall_session', 'rollcall_setup', '_interaction', '_resume', 'rollcall_arrival'])(
    'the cookie %s',
    async (name) => {
      for (const value of [...hostile, '\u0080', '', '=', ';', 'x'.repeat(4_000)]) {
        for (const path of ['/setup', '/sso/interaction/x', `/oauth/auth?client_id=${app.id}`, '/oauth/session/end']) {
          const { status } = await send(path, { headers: { cookie: `${name}=${value}; ${name}_x=${value}` } });
          expect(status).toBeLessThan(500);
        }
      }
    },
  );

  test('the error parameters of the IdP', async () => {
    const before = await openId.events();
    for (const value of unstorable) {
      const browser = new Browser();
      browser.stopAt = (url) => url.origin === idp.issuer;
      const visit = await app.begin({ connection_id: openId.connectionId }, browser);
      const url = idp.callback(visit.page.url, { code: null, error: 'server_error' });
      expect((await browser.open(`${url.href}&error_description=${value}`)).status).toBe(400);
    }
    expect(await openId.events()).toEqual(before);
  });
});
