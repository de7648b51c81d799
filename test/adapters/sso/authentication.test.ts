import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, type JWTPayload } from 'jose';
import { denials } from '../../../src/directory/sign-in/denials.js';
import { App, type Visit } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { HostileIdp } from '../../support/oidc-idp.js';
import { readRequest, SamlIdp } from '../../support/saml-idp.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

type Params = Record<string, string>;

let world: World;
let app: App;
let idp: HostileIdp;
let saml: SamlIdp;
let openId: Tenant;
let bySaml: Tenant;
beforeAll(async () => {
  world = await World.start();
  app = await App.register(world, { initiateLoginUri: 'https://app.example/login' });
  idp = await HostileIdp.start();
  saml = await SamlIdp.make();
  const jit = { mode: 'ENABLED' } as const;
  openId = await world.tenant({
    provider: 'GENERIC',
    scim: false,
    oidc: { issuer: idp.issuer, clientId: 'rollcall' },
    jit,
  });
  bySaml = await world.tenant({
    provider: 'GENERIC',
    scim: false,
    saml: { ...saml.facet, allowIdpInitiated: true },
    jit,
  });
});
afterAll(async () => {
  await world.close();
  await idp.close();
});

const stopping = () => {
  const browser = new Browser();
  browser.stopAt = (url) => /(app|idp)\.example$/.test(url.hostname) || url.origin === idp.issuer;
  return browser;
};
const seconds = () => Math.floor(Date.now() / 1000);
let number = 0;

async function visit(params: Record<string, string>, claims: JWTPayload, browser = stopping()): Promise<Visit> {
  idp.claims = { sub: `s${++number}`, email: `s${number}@acme.example`, email_verified: true, ...claims };
  const begun = await app.begin({ connection_id: openId.connectionId, ...params }, browser);
  return begun.at(await browser.open(idp.callback(begun.page.url).href));
}

const form = (fields: Record<string, string>) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});
const base = ({ connectionId } = bySaml) => `${world.url}/sso/saml/${connectionId}`;
function responseTo(requestId: string | null, more: { issued?: number; acr?: string } = {}): string {
  const email = `saml${++number}@acme.example`;
  const facts = saml.facts({
    requestId,
    acsUrl: `${base()}/acs`,
    audience: `${base()}/metadata`,
    email,
    issued: more.issued ?? 0,
  });
  return Buffer.from(saml.signed(facts, 'both')).toString('base64');
}
/** Posts an unsolicited response from the site of the IdP. */
const arrive = (browser: Browser, more: { issued?: number } = {}) =>
  browser.open(`${base()}/acs`, form({ SAMLResponse: responseTo(null, more), RelayState: app.id }), 'idp.example');

async function refused({ page }: Visit, at: Tenant): Promise<string> {
  expect([page.status, page.words.includes(denials.ASSERTION_INVALID)]).toEqual([403, true]);
  const [event] = (await at.events()).reverse();
  expect(event).toMatchObject({ type: 'SIGN_IN_DENIED', data: { code: 'ASSERTION_INVALID' } });
  const { connection } = await at.gql(
    'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { error } } } }',
    {
      id: at.connectionId,
    },
  );
  // The request log contains the reason as a sentence.
  expect(connection.requests.nodes[0].error).toContain(event.data.why.slice(1));
  return event.data.why;
}

describe('OpenID Connect Core sections 2 and 3.1.3.7, items 12 and 13: auth_time is checked and never invented', () => {
  const demands: Record<string, string>[] = [
    { max_age: '0' },
    { prompt: 'login' },
    { max_age: '60' },
    { prompt: 'login', max_age: '9999' },
  ];

  test.each(demands)('%j: an IdP that sends no auth_time is refused', async (params) => {
    expect(await refused(await visit(params, {}), openId)).toContain('sent no auth_time');
  });
  test.each(demands)('%j: an IdP that sends an old auth_time is refused', async (params) => {
    const auth_time = seconds() - 2 * 86_400;
    expect(await refused(await visit(params, { auth_time }), openId)).toContain('older than the application allows');
  });
  test.each(demands)('%j: the auth_time of an IdP that complies is passed on', async (params) => {
    const auth_time = seconds();
    const tokens = await (await visit(params, { auth_time })).tokens();
    expect(tokens.claims.auth_time).toBe(auth_time);
  });
  test.each(demands)(
    '%j is sent to the IdP as max_age, and as prompt=login if a new sign-in is required',
    async (params) => {
      const { page } = await app.begin({ connection_id: openId.connectionId, ...params }, stopping());
      const isNew = params.prompt === 'login' || params.max_age === '0';
      expect(page.url.searchParams.get('max_age')).toBe(isNew ? '0' : '60');
      expect(page.url.searchParams.get('prompt')).toBe(isNew ? 'login' : null);
    },
  );

  test.each([86_400, 120, 1e12])('an auth_time %d s ahead is refused, whatever was requested', async (ahead) => {
    const why = await refused(await visit({}, { auth_time: seconds() + ahead }), openId);
    expect(why).toMatch(/future|auth_time/);
  });

  test('without a request for it and without a value of the IdP, the application receives no auth_time', async () => {
    const browser = stopping();
    const first = await visit({}, {}, browser);
    const tokens = await first.tokens();
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const userinfo: Anything = await (await fetch(`${world.url}/oauth/me`, { headers })).json();
    const refreshed = decodeJwt((await app.refresh(tokens.refresh_token ?? '')).id_token ?? '');
    for (const answer of [tokens.claims, userinfo, refreshed]) {
      expect(answer).not.toHaveProperty('auth_time');
      expect(answer).not.toHaveProperty('acr');
    }
    // An unknown time never satisfies max_age: the browser is sent to the IdP again.
    const again = await app.begin({ connection_id: openId.connectionId, max_age: '86400' }, browser);
    expect(again.page.url.origin).toBe(idp.issuer);
    const silent = await app.begin({ connection_id: openId.connectionId, max_age: '86400', prompt: 'none' }, browser);
    expect(silent.page.url.searchParams.get('error')).toBe('login_required');
    const plain = await app.begin({ connection_id: openId.connectionId }, browser);
    expect((await plain.tokens()).claims).not.toHaveProperty('auth_time');
  });

  test('a session satisfies max_age by the auth_time of the IdP, not by the time of its start', async () => {
    const browser = stopping();
    const auth_time = seconds() - 3_000;
    await (await visit({}, { auth_time }, browser)).tokens();
    const old = await app.begin({ connection_id: openId.connectionId, max_age: '2900' }, browser);
    expect(old.page.url.origin).toBe(idp.issuer);
    const recent = await app.begin({ connection_id: openId.connectionId, max_age: '3600' }, browser);
    expect((await recent.tokens()).claims.auth_time).toBe(auth_time);
  });

  test('signInWithIdToken refuses an auth_time in the future', async () => {
    const idToken = await idp.sign({
      iss: idp.issuer,
      aud: 'rollcall',
      sub: 'future',
      iat: seconds(),
      exp: seconds() + 300,
      auth_time: seconds() + 3_600,
    });
    const { errors } = await world.request(
      'mutation($c: ID!, $t: String!) { signInWithIdToken(connectionId: $c, idToken: $t) { user { id } } }',
      { c: openId.connectionId, t: idToken },
      openId.key,
    );
    expect(errors[0].message).toBe(denials.ASSERTION_INVALID);
  });
});

describe('SAML Core section 3.4.1, ForceAuthn: the response is checked', () => {
  /** Sends the response of the IdP with an AuthnInstant of that age. */
  const send = async (browser: Browser, url: URL, issued: number) => {
    const { requestId, relayState } = readRequest(url);
    const fields = { SAMLResponse: responseTo(requestId, { issued }), RelayState: relayState };
    return browser.open(`${base()}/acs`, form(fields), 'idp.example');
  };
  const ask = (browser: Browser, params: Record<string, string>) =>
    app.begin({ connection_id: bySaml.connectionId, ...params }, browser);

  test('prompt=login: an old AuthnInstant is refused, a new one is passed on', async () => {
    for (const issued of [-200, 0]) {
      const browser = stopping();
      const begun = await ask(browser, { prompt: 'login' });
      expect(readRequest(begun.page.url).xml).toContain('ForceAuthn="true"');
      const back = begun.at(await send(browser, begun.page.url, issued));
      if (issued === 0) expect((await back.tokens()).claims.auth_time).toBeGreaterThan(seconds() - 60);
      else expect(await refused(back, bySaml)).toContain('older than the application allows');
    }
  });

  test('max_age: an IdP session that is young enough needs no new authentication', async () => {
    const browser = stopping();
    const begun = await ask(browser, { max_age: '86400' });
    expect(readRequest(begun.page.url).xml).not.toContain('ForceAuthn="true"');
    const first = await begun.at(await send(browser, begun.page.url, -200)).tokens();
    expect(first.claims.auth_time).toBeLessThan(seconds() - 100);
    // The session of the browser is young enough as well.
    expect((await (await ask(browser, { max_age: '86400' })).tokens()).claims.sid).toBe(first.claims.sid);
  });

  test('max_age: an older IdP session causes one new authentication; a second old AuthnInstant is refused', async () => {
    for (const issued of [-200, 0]) {
      const browser = stopping();
      const begun = await ask(browser, { max_age: '60' });
      const again = await send(browser, begun.page.url, -200);
      expect(readRequest(again.url).xml).toContain('ForceAuthn="true"');
      const back = begun.at(await send(browser, again.url, issued));
      if (issued === 0) expect((await back.tokens()).claims.auth_time).toBeGreaterThan(seconds() - 60);
      else expect(await refused(back, bySaml)).toContain('older than the application allows');
    }
  });

  test('RequestedAuthnContext is sent only if the application requests it', async () => {
    const classes = 'https://refeds.org/profile/mfa urn:oasis:names:tc:SAML:2.0:ac:classes:X509';
    const { xml } = readRequest((await ask(stopping(), { acr_values: classes })).page.url);
    expect(xml).toContain('<samlp:RequestedAuthnContext');
    for (const name of classes.split(' ')) expect(xml).toContain(`>${name}</`);
    expect(readRequest((await ask(stopping(), {})).page.url).xml).not.toContain('RequestedAuthnContext');
  });
});

describe('OpenID Connect Core section 3.1.2.1: acr_values', () => {
  test('if the session lacks the requested acr, the browser is sent to the IdP, and the acr of the response is passed on unchanged', async () => {
    const browser = stopping();
    await (await visit({}, { acr: 'low' }, browser)).tokens();
    const same = await app.begin({ connection_id: openId.connectionId, acr_values: 'high low' }, browser);
    expect((await same.tokens()).claims.acr).toBe('low');
    const stepUp = await visit({ acr_values: 'high' }, { acr: 'medium' }, browser);
    expect((await stepUp.tokens()).claims.acr).toBe('medium');
    const silent = await app.begin({ connection_id: openId.connectionId, acr_values: 'high', prompt: 'none' }, browser);
    expect((await silent.tokens()).claims.acr).toBe('medium');
  });
});

describe('a pending sign-in that was started at the IdP', () => {
  const ask = async (browser: Browser, params: Record<string, string>) =>
    app.begin({ connection_id: bySaml.connectionId, ...params }, browser);

  test.each<Params>([{ prompt: 'login' }, { max_age: '0' }, { max_age: '60' }, { acr_values: 'high' }])(
    'does not satisfy %j: the browser is sent to the IdP, and the pending sign-in is not consumed',
    async (params) => {
      const browser = stopping();
      expect((await arrive(browser, { issued: -200 })).url.href).toContain('https://app.example/login');
      const asked = await ask(browser, params);
      expect(asked.page.url.hostname).toBe('idp.example');
      expect((await ask(browser, {})).isBack).toBe(true);
    },
  );
  test.each<Params>([{}, { max_age: '3600' }])('satisfies %j', async (params) => {
    const browser = stopping();
    await arrive(browser, { issued: -200 });
    expect((await (await ask(browser, params)).tokens()).claims.auth_time).toBeLessThan(seconds() - 100);
  });
  test('is bound to the first browser that presents it', async () => {
    const browser = stopping();
    await arrive(browser);
    const url = browser.visited.find((one) => one.includes('/arrive?')) ?? '';
    expect((await stopping().open(url)).status).toBe(400);
    expect((await ask(stopping(), {})).page.url.hostname).toBe('idp.example');
    expect((await ask(browser, {})).isBack).toBe(true);
  });
});

describe('RFC 6749 section 10.12: a sign-in in progress is not affected', () => {
  test('by a response of any connection that another site posts', async () => {
    const browser = stopping();
    const [first, second] = [
      await app.begin({ connection_id: openId.connectionId }, browser),
      await app.begin({ connection_id: bySaml.connectionId }, browser),
    ];
    for (let n = 0; n < 12; n++) await arrive(browser);
    idp.claims = { sub: 'calm', email: 'calm@acme.example', email_verified: true };
    const { requestId, relayState } = readRequest(second.page.url);
    const fields = { SAMLResponse: responseTo(requestId), RelayState: relayState };
    expect(second.at(await browser.open(`${base()}/acs`, form(fields), 'idp.example')).isBack).toBe(true);
    expect(first.at(await browser.open(idp.callback(first.page.url).href)).isBack).toBe(true);
  });

  test('by other tabs, which finish in any order, as users of other organizations', async () => {
    const other = await world.tenant({
      provider: 'GENERIC',
      scim: false,
      oidc: { issuer: idp.issuer, clientId: 'rollcall' },
      jit: { mode: 'ENABLED' },
    });
    const browser = stopping();
    const tabs: Visit[] = [];
    for (const { connectionId } of [openId, other, openId, other])
      tabs.push(await app.begin({ connection_id: connectionId }, browser));
    const tokens: Anything[] = [];
    for (const n of [1, 0, 3, 2]) {
      idp.claims = { sub: `tab${n}`, email: `tab${n}@acme.example`, email_verified: true };
      const tab = tabs[n] as Visit;
      tokens.push(await tab.at(await browser.open(idp.callback(tab.page.url).href)).tokens());
    }
    expect(new Set(tokens.map(({ claims }) => claims.sub)).size).toBe(4);
    for (const { access_token } of tokens) expect((await app.introspect(access_token)).active).toBe(true);
  });

  test('by two tabs that start at the same time in a new browser', async () => {
    const browser = stopping();
    const tabs = await Promise.all([1, 2, 3].map(() => app.begin({ connection_id: openId.connectionId }, browser)));
    for (const tab of tabs) {
      idp.claims = { sub: 'same', email: 'same@acme.example', email_verified: true };
      expect(tab.at(await browser.open(idp.callback(tab.page.url).href)).isBack).toBe(true);
    }
  });

  test('a browser keeps at most ten cookies of sign-ins in progress', async () => {
    const browser = stopping();
    for (let n = 0; n < 14; n++) await app.begin({ connection_id: openId.connectionId }, browser);
    const last = await app.begin({ connection_id: openId.connectionId }, browser);
    idp.claims = { sub: 'many', email: 'many@acme.example', email_verified: true };
    expect(last.at(await browser.open(idp.callback(last.page.url).href)).isBack).toBe(true);
    const answer = await browser.open(`${world.url}/sso/test/none`);
    expect(answer.status).toBe(404);
    let kept = 0;
    const { fetch: original } = globalThis;
    globalThis.fetch = ((url: URL, init: RequestInit) => {
      kept = (new Headers(init.headers).get('cookie') ?? '')
        .split('; ')
        .filter((one) => one.startsWith('rollcall_trip_')).length;
      return original(url, init);
    }) as typeof fetch;
    await browser.open(`${world.url}/sso/style.css`).finally(() => {
      globalThis.fetch = original;
    });
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThanOrEqual(10);
  });
});
