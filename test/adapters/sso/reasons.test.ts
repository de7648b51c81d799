import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { denials } from '../../../src/directory/sign-in/denials.js';
import { isReasonCode, type ReasonCode, reasonsOf } from '../../../src/directory/sign-in/reasons.js';
import { rowName } from '../../../src/directory/sign-in/rows.js';
import { App, type Visit } from '../../support/application.js';
import { Browser, type Page } from '../../support/browser.js';
import { HostileIdp } from '../../support/oidc-idp.js';
import { type Facts, readRequest, SamlIdp } from '../../support/saml-idp.js';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
let openId: HostileIdp;
let saml: SamlIdp;
beforeAll(async () => {
  world = await World.start();
  app = await App.register(world);
  openId = await HostileIdp.start();
  saml = await SamlIdp.make();
});
afterAll(async () => {
  await world.close();
  await openId.close();
});

const browserAt = () => {
  const browser = new Browser();
  browser.stopAt = (url: URL) => /(^|\.)(app|idp)\.example$/.test(url.hostname) || url.origin === openId.issuer;
  return browser;
};

const byOpenId = (jit: object = {}, oidc: object = {}) =>
  world.tenant({
    provider: 'GENERIC',
    scim: false,
    oidc: { issuer: openId.issuer, clientId: 'rollcall', clientSecret: 'a-secret', ...oidc },
    jit: { mode: 'ENABLED', ...jit },
  });
const bySaml = (jit: object = {}, facet: object = {}) =>
  world.tenant({
    provider: 'GENERIC',
    scim: false,
    saml: { ...saml.facet, ...facet },
    jit: { mode: 'ENABLED', ...jit },
  });

/** A complete sign-in attempt with an IdP. */
type Attempt = () => Promise<{ tenant: Tenant; visit: Visit; page: Page }>;

let number = 0;

/** Signs in through the OpenID provider with these claims or this callback. */
const openIdAttempt =
  (
    { claims = {}, answer = {} }: { claims?: JWTPayload; answer?: Record<string, string | null> },
    jit: object = {},
    oidc: object = {},
  ): Attempt =>
  async () => {
    const tenant = await byOpenId(jit, oidc);
    openId.claims = { sub: `reason-${++number}`, ...claims };
    const browser = browserAt();
    const visit = await app.begin({ connection_id: tenant.connectionId }, browser);
    return { tenant, visit, page: await browser.open(openId.callback(visit.page.url, answer).href) };
  };

const errorOfOpenId = (error: string, description: string | null = null): Attempt =>
  openIdAttempt({ answer: { code: null, error, error_description: description } });

/** An attempt whose token endpoint answers with an error. */
const failingToken =
  (status: number, body: object, oidc: object = {}): Attempt =>
  async () => {
    openId.tokenFailure = { status, body };
    try {
      return await openIdAttempt({}, {}, oidc)();
    } finally {
      openId.tokenFailure = null;
    }
  };

/** Signs in through the SAML IdP with the response of `make`. */
const samlAttempt =
  (make: (facts: Facts) => string, jit: object = {}, facet: object = {}): Attempt =>
  async () => {
    const tenant = await bySaml(jit, facet);
    const base = `${world.url}/sso/saml/${tenant.connectionId}`;
    const browser = browserAt();
    const visit = await app.begin({ connection_id: tenant.connectionId }, browser);
    const { requestId, relayState } = readRequest(visit.page.url);
    const email = `reason${++number}@acme.example`;
    const facts = saml.facts({ requestId, acsUrl: `${base}/acs`, audience: `${base}/metadata`, email });
    const SAMLResponse = Buffer.from(make(facts)).toString('base64');
    const body = new URLSearchParams({ SAMLResponse, RelayState: relayState }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { tenant, visit, page: await browser.open(`${base}/acs`, { method: 'POST', headers, body }, 'idp.example') };
  };

const status = (codes: string[], message = '') => {
  const [first, second] = codes.map((code) => `urn:oasis:names:tc:SAML:2.0:status:${code}`);
  const inner = second ? `<samlp:StatusCode Value="${second}"/>` : '';
  const text = message && `<samlp:StatusMessage>${message}</samlp:StatusMessage>`;
  return (facts: Facts) =>
    saml
      .response(facts, '')
      .replace(
        /<samlp:Status>.*<\/samlp:Status>/,
        `<samlp:Status><samlp:StatusCode Value="${first}">${inner}</samlp:StatusCode>${text}</samlp:Status>`,
      );
};

const attributes = (...names: string[]) => {
  const all = names.map(
    (name) => `<saml:Attribute Name="${name}"><saml:AttributeValue>x</saml:AttributeValue></saml:Attribute>`,
  );
  const statement = all.length === 0 ? '' : `<saml:AttributeStatement>${all.join('')}</saml:AttributeStatement>`;
  const edit = (xml: string) => xml.replace(/<saml:AttributeStatement>.*<\/saml:AttributeStatement>/, statement);
  return (facts: Facts) => saml.signed(facts, 'both', { edit });
};

/** An IdP that no longer accepts connections. */
const away: Attempt = async () => {
  const gone = await HostileIdp.start();
  await gone.close();
  const tenant = await world.tenant({
    provider: 'GENERIC',
    scim: false,
    oidc: { issuer: gone.issuer, clientId: 'rollcall', clientSecret: 'a-secret' },
  });
  const visit = await app.begin({ connection_id: tenant.connectionId }, browserAt());
  return { tenant, visit, page: visit.page };
};

/** An issuer that was correct when it was saved, and now names another issuer. */
const renamed: Attempt = async () => {
  let issuer = '';
  let isRenamed = false;
  const server = createServer((_request, response) => {
    const named = isRenamed ? `${issuer}/` : issuer;
    const endpoints = { authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` };
    response.end(JSON.stringify({ issuer: named, jwks_uri: `${issuer}/jwks`, ...endpoints, keys: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const oidc = { issuer, clientId: 'rollcall', clientSecret: 'a-secret' };
  try {
    const tenant = await world.tenant({
      provider: 'GENERIC',
      scim: false,
      oidc: { ...oidc, issuer: 'http://127.0.0.1:1' },
    });
    isRenamed = true;
    // Set without the check of `updateConnection`, as if the issuer had been correct at that time.
    await world
      .database()
      .query(`update connections set oidc = jsonb_set(oidc, '{issuer}', to_jsonb($2::text)) where id = $1`, [
        tenant.connectionId,
        issuer,
      ]);
    const visit = await app.begin({ connection_id: tenant.connectionId }, browserAt());
    return { tenant, visit, page: visit.page };
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
};

interface Row {
  cause: string;
  attempt: Attempt;
  code: ReasonCode;
  /** The OAuth error that the application receives. */
  error: string;
  /** The error for the administrator in the request log. */
  log: RegExp;
  /** True if the user first sees a page that links back; false if the browser is redirected at once. */
  page?: boolean;
}

const rows: Row[] = [
  {
    cause: 'the IdP cannot be reached',
    attempt: away,
    code: 'IDP_UNREACHABLE',
    error: 'temporarily_unavailable',
    log: /^The discovery document or the keys of the issuer cannot be read: the host "127\.0\.0\.1" refused the connection on port \d+\. Check that the IdP is running/,
  },
  {
    cause: 'the issuer is spelled differently',
    attempt: renamed,
    code: 'IDP_MISCONFIGURED',
    error: 'server_error',
    log: /^The discovery document names the issuer "(http:\/\/127\.0\.0\.1:\d+)\/", not "\1"; both must be identical\. Correct the connection/,
  },
  {
    cause: 'OpenID Connect: access_denied',
    attempt: errorOfOpenId('access_denied', 'User is not assigned'),
    code: 'IDP_DECLINED',
    error: 'access_denied',
    log: /^The IdP answered with the error "access_denied": User is not assigned\. Assign the application/,
  },
  {
    cause: 'OpenID Connect: login_required',
    attempt: errorOfOpenId('login_required'),
    code: 'IDP_LOGIN_REQUIRED',
    error: 'login_required',
    log: /^The IdP answered with the error "login_required"\. Allow the IdP to show its pages/,
  },
  {
    cause: 'OpenID Connect: server_error',
    attempt: errorOfOpenId('server_error'),
    code: 'IDP_FAILED',
    error: 'server_error',
    log: /^The IdP answered with the error "server_error"\. Look for this sign-in in the log of the IdP/,
  },
  {
    cause: 'OpenID Connect: temporarily_unavailable',
    attempt: errorOfOpenId('temporarily_unavailable'),
    code: 'IDP_BUSY',
    error: 'temporarily_unavailable',
    log: /^The IdP answered with the error "temporarily_unavailable"\. Wait, or check the status page/,
  },
  {
    cause: 'OpenID Connect: invalid_scope',
    attempt: errorOfOpenId('invalid_scope'),
    code: 'IDP_MISCONFIGURED',
    error: 'server_error',
    log: /^The IdP answered with the error "invalid_scope"\. Correct the connection/,
  },
  {
    cause: 'the token endpoint does not know the secret, which form-encoding changes',
    attempt: failingToken(401, { error: 'invalid_client', error_description: 'bad secret' }),
    code: 'IDP_MISCONFIGURED',
    error: 'server_error',
    log: /^The token endpoint rejected the client: invalid_client: bad secret\. Check "oidc\.clientId".*form-encodes.*use CLIENT_SECRET_POST/,
  },
  {
    cause: 'the token endpoint does not know the secret, which is sent as it is',
    attempt: failingToken(401, { error: 'invalid_client' }, { tokenEndpointAuthMethod: 'CLIENT_SECRET_POST' }),
    code: 'IDP_MISCONFIGURED',
    error: 'server_error',
    log: /^The token endpoint rejected the client: invalid_client\. Check (?!.*form-encodes)/,
  },
  {
    cause: 'the token endpoint fails',
    attempt: failingToken(503, {}),
    code: 'IDP_FAILED',
    error: 'server_error',
    log: /^The token endpoint answered with the status 503/,
  },
  {
    cause: 'the ID token is of another issuer',
    attempt: openIdAttempt({ claims: { iss: 'https://evil.example' } }),
    code: 'ASSERTION_INVALID',
    error: 'access_denied',
    log: /^The claim "iss" of the ID token is "https:\/\/evil\.example"; it must be "http:\/\/127\.0\.0\.1:\d+"\. Correct the configuration at the IdP/,
    page: true,
  },
  {
    cause: 'the ID token is for another client',
    attempt: openIdAttempt({ claims: { aud: 'other' } }),
    code: 'ASSERTION_INVALID',
    error: 'access_denied',
    log: /^The claim "aud" of the ID token is "other"; it must be "rollcall"\. Correct the configuration at the IdP/,
    page: true,
  },
  {
    cause: 'the ID token has expired',
    attempt: openIdAttempt({ claims: { exp: 1_000_000_000 } }),
    code: 'ASSERTION_INVALID',
    error: 'access_denied',
    log: /^The claim "exp" of the ID token is 2001-09-09T01:46:40\.000Z; here it is 2\d{3}-/,
    page: true,
  },
  {
    cause: 'the ID token answers another request',
    attempt: openIdAttempt({ claims: { nonce: 'another' } }),
    code: 'ASSERTION_INVALID',
    error: 'access_denied',
    log: /^The claim "nonce" of the ID token differs from the request\./,
    page: true,
  },
  {
    cause: 'the ID token is too long',
    attempt: openIdAttempt({ claims: { groups: Array.from({ length: 2_000 }, (_, n) => `group ${n}`) } }),
    code: 'ASSERTION_INVALID',
    error: 'access_denied',
    log: /^The ID token is longer than 16384 characters: limit the groups and claims that the IdP sends\./,
    page: true,
  },
  {
    cause: 'the ID token has no email address',
    attempt: openIdAttempt({ claims: { mail: 'a@acme.example', uid: 'a' } }),
    code: 'EMAIL_UNVERIFIED',
    error: 'access_denied',
    log: /^The ID token has no claim "email"\. It has "mail" and "uid"\. Map one of them to "email" at the IdP\./,
    page: true,
  },
  {
    cause: 'the groups are inside another claim',
    attempt: openIdAttempt(
      { claims: { email: 'n@acme.example', email_verified: true, realm_access: { roles: ['staff'] } } },
      { requiredGroups: ['staff'], groupsClaim: 'realm_access' },
    ),
    code: 'GROUP_REQUIRED',
    error: 'access_denied',
    log: /the claim "realm_access" is not a list of names: it is an object, so set "jit\.groupsClaim" to "realm_access\.roles"/,
    page: true,
  },
  {
    cause: 'the groups are missing, and a list is inside another claim',
    attempt: openIdAttempt(
      { claims: { email: 'm@acme.example', email_verified: true, realm_access: { roles: ['staff'] } } },
      { requiredGroups: ['staff'] },
    ),
    code: 'GROUP_REQUIRED',
    error: 'access_denied',
    log: /the claim "groups" is missing or blank\. If the groups are inside another claim, set "jit\.groupsClaim" to "realm_access\.roles"/,
    page: true,
  },
  {
    cause: 'SAML: a status without an assertion, the user is not assigned',
    attempt: samlAttempt(status(['Responder', 'AuthnFailed'], 'User is not assigned')),
    code: 'IDP_DECLINED',
    error: 'access_denied',
    log: /^The IdP answered .*:Responder, .*:AuthnFailed: User is not assigned\. Assign the application/,
  },
  {
    cause: 'SAML: a status without an assertion, the IdP must show a page',
    attempt: samlAttempt(status(['Responder', 'NoPassive'])),
    code: 'IDP_LOGIN_REQUIRED',
    error: 'login_required',
    log: /^The IdP answered .*:Responder, .*:NoPassive\. Allow the IdP to show its pages/,
  },
  {
    cause: 'SAML: a status without an assertion, the request is wrong',
    attempt: samlAttempt(status(['Requester', 'InvalidNameIDPolicy'])),
    code: 'IDP_MISCONFIGURED',
    error: 'server_error',
    log: /^The IdP answered .*:Requester, .*:InvalidNameIDPolicy\. Correct the connection/,
  },
  {
    cause: 'SAML: a status without an assertion, the IdP failed',
    attempt: samlAttempt(status(['Responder'])),
    code: 'IDP_FAILED',
    error: 'server_error',
    log: /^The IdP answered .*:Responder\. Look for this sign-in in the log of the IdP/,
  },
  {
    cause: 'SAML: the Issuer is another one',
    attempt: samlAttempt((facts) => saml.signed({ ...facts, issuer: 'https://other.example' }, 'both')),
    code: 'ASSERTION_INVALID',
    error: 'access_denied',
    log: /^The Issuer of the response is "https:\/\/other\.example"; it must be "https:\/\/idp\.example\//,
    page: true,
  },
  {
    cause: 'SAML: InResponseTo is empty',
    attempt: samlAttempt((facts) =>
      saml.signed(facts, 'response').replace(/ InResponseTo="[^"]*"/g, ' InResponseTo=""'),
    ),
    code: 'ASSERTION_INVALID',
    error: 'access_denied',
    log: /^The response has InResponseTo=""; it must repeat the ID of the request, or be absent\./,
    page: true,
  },
  {
    cause: 'SAML: the assertion has no email address',
    attempt: samlAttempt(attributes('department', 'uid')),
    code: 'EMAIL_UNVERIFIED',
    error: 'access_denied',
    log: /^The assertion has no attribute "email"\. It has "department" and "uid"\. Map one of them to "email" at the IdP\./,
    page: true,
  },
  {
    cause: 'SAML: the assertion lacks the subject attribute',
    attempt: samlAttempt(attributes('mail', 'uid'), {}, { subjectAttribute: 'employeeId' }),
    code: 'ASSERTION_INVALID',
    error: 'access_denied',
    log: /^The assertion has no attribute "employeeId"\. It has "mail" and "uid"\. Map one of them to "employeeId" at the IdP, or change "saml\.subjectAttribute"\./,
    page: true,
  },
];

describe('a failed sign-in reports its reason to the user, the application and the administrator', () => {
  test.each(rows)('$cause', async ({ attempt, code, error, log, page: isPage = false }) => {
    const { tenant, page } = await attempt();
    const { connection } = await tenant.gql(
      'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { status error requestId responseBody } } } }',
      { id: tenant.connectionId },
    );
    const [entry] = connection.requests.nodes;
    // The administrator.
    expect(entry).toMatchObject({ status: 403, error: expect.stringMatching(log) });
    const event = (await tenant.events()).at(-1);
    expect(event).toMatchObject({ type: 'SIGN_IN_DENIED', data: { code } });
    const row = rowName(event?.data.decisionRow);
    expect(JSON.stringify(entry.responseBody)).toContain(row);
    const { person, application, administrator } = reasonsOf(code);
    expect(entry.error).toContain(administrator);
    // The user.
    let back = page;
    if (isPage) {
      expect([page.status, page.words]).toEqual([403, expect.stringContaining(person)]);
      expect(page.words).toContain(entry.requestId);
      back = await page.follow('Back to App');
    }
    expect(person).toMatch(/your administrator|the provider|the administrator/i);
    // The application.
    const received = ['error', 'error_description', 'request_id', 'code'].map((name) =>
      back.url.searchParams.get(name),
    );
    expect([back.url.hostname, ...received]).toEqual([
      'app.example',
      error,
      application.description,
      entry.requestId,
      null,
    ]);
  });
});

test('an organization without sign-in: the user and the application receive the reason, and no log is written', async () => {
  const tenant = await world.tenant({ provider: 'OKTA', scim: true });
  const { page } = await app.begin({ organization_id: tenant.organizationId }, browserAt());
  const { person, application } = reasonsOf('NO_SIGN_IN');
  expect([page.status, page.words]).toEqual([403, expect.stringContaining(person)]);
  const { url } = await page.follow('Back to App');
  expect([url.hostname, url.searchParams.get('error'), url.searchParams.get('error_description')]).toEqual([
    'app.example',
    'access_denied',
    application.description,
  ]);
  expect(await tenant.types()).not.toContain('SIGN_IN_DENIED');
});

test('the application receives only characters that RFC 6749 section 4.1.2.1 permits', () => {
  for (const code of [...Object.keys(denials), 'SIGN_IN_EXPIRED', 'NO_SIGN_IN']) {
    expect([code, isReasonCode(code)]).toEqual([code, true]);
    const { application } = reasonsOf(code as ReasonCode);
    expect(application.description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  }
});

test('signInWithIdToken names an issuer that cannot be reached', async () => {
  const gone = await HostileIdp.start();
  await gone.close();
  const oidc = { issuer: gone.issuer, clientId: 'rollcall' };
  const tenant = await world.tenant({ provider: 'GENERIC', scim: false, oidc });
  const now = Math.floor(Date.now() / 1_000);
  const idToken = await gone.sign({ iss: gone.issuer, aud: 'rollcall', sub: 's', iat: now, exp: now + 300 });
  const { errors } = await world.request(
    'mutation($connectionId: ID!, $idToken: String!) { signInWithIdToken(connectionId: $connectionId, idToken: $idToken) { user { id } } }',
    { connectionId: tenant.connectionId, idToken },
    tenant.key,
  );
  expect(errors[0].extensions.denial).toBe('IDP_UNREACHABLE');
  expect((await tenant.events()).at(-1)).toMatchObject({
    type: 'SIGN_IN_DENIED',
    data: { code: 'IDP_UNREACHABLE', decisionRow: 'A3', why: expect.stringContaining('refused the connection') },
  });
});

test('the redirect to the application contains only codes and ids of the server', async () => {
  const { page } = await openIdAttempt({ claims: { mail: 'a@acme.example' } })();
  const [, href = ''] = /href="(\/sso\/interaction\/[^"]*cancel)/.exec(page.text) ?? [];
  const back = await page.browser.open(`${world.url}${href}?code=%3Cx%3E&request=evil%0Atext`);
  expect([back.url.hostname, back.url.searchParams.get('error_description')]).toEqual([
    'app.example',
    'The sign-in was denied.',
  ]);
  expect(back.url.searchParams.get('request_id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('the redirect of one browser cannot be used by another one', async () => {
  const { page } = await openIdAttempt({ claims: { mail: 'a@acme.example' } })();
  const [, href = ''] = /href="(\/sso\/interaction\/[^"]*cancel[^"]*)"/.exec(page.text) ?? [];
  const other = await new Browser().open(`${world.url}${href}`);
  expect([other.status, other.words]).toEqual([400, expect.stringContaining('started in another browser')]);
});
