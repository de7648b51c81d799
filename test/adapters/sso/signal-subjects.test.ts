import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { HostileIdp } from '../../support/oidc-idp.js';
import { readRequest, SamlIdp } from '../../support/saml-idp.js';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
let idp: HostileIdp;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
  idp = await HostileIdp.start();
  tenant = await connect('oid');
});
afterAll(async () => {
  await world.close();
  await idp.close();
});

const connect = (subjectClaim: string) =>
  world.tenant({
    provider: 'GENERIC',
    scim: false,
    oidc: { issuer: idp.issuer, clientId: 'rollcall', subjectClaim },
    jit: { mode: 'ENABLED' },
  });

let number = 0;
async function signIn(at = tenant) {
  const n = ++number;
  idp.claims = { sub: `sub-${n}`, oid: `oid-${n}`, email: `person${n}@subjects.example`, email_verified: true };
  const browser = new Browser();
  browser.stopAt = (url: URL) => url.hostname === 'app.example' || url.origin === idp.issuer;
  const visit = await app.begin({ connection_id: at.connectionId }, browser);
  const tokens = await visit.at(await browser.open(idp.callback(visit.page.url).href)).tokens();
  return { n, token: tokens.access_token, userId: tokens.claims.sub as string };
}
const isActive = async (token: string) => (await app.introspect(token)).active;
const seconds = () => Math.floor(Date.now() / 1_000);
const claims = (more: JWTPayload) => ({
  iss: idp.issuer,
  aud: 'rollcall',
  iat: seconds(),
  jti: `j-${Math.random()}`,
  ...more,
});
const endpoint = (kind: string, at = tenant) => `${world.url}/sso/${at.connectionId}/${kind}`;
const logout = async (subject: JWTPayload, at = tenant) =>
  fetch(endpoint('backchannel-logout', at), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      logout_token: await idp.sign(
        claims({ ...subject, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
      ),
    }).toString(),
  });
const event = async (type: string, sub: string, at = tenant) =>
  fetch(endpoint('security-events', at), {
    method: 'POST',
    headers: { 'content-type': 'application/secevent+jwt' },
    body: await idp.sign(
      claims({
        sub_id: { format: 'iss_sub', iss: idp.issuer, sub },
        events: { [`https://schemas.openid.net/secevent/${type}`]: {} },
      }),
    ),
  });
const revoke = async (sub: string) => {
  const url = endpoint('global-token-revocation');
  return fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${await idp.sign(claims({ aud: url }))}`, 'content-type': 'application/json' },
    body: JSON.stringify({ sub_id: { format: 'iss_sub', iss: idp.issuer, sub } }),
  });
};
const requestsOf = async (at: Tenant) => {
  const { connection } = await at.gql(
    'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { path status error quirks } } } }',
    { id: at.connectionId },
  );
  return connection.requests.nodes;
};

describe('a connection whose subjectClaim is not "sub": messages of the IdP name the user by "sub"', () => {
  test('OpenID Connect Back-Channel Logout section 2.4, without sid', async () => {
    const [one, other] = [await signIn(), await signIn()];
    expect((await logout({ sub: `sub-${one.n}` })).status).toBe(200);
    expect([await isActive(one.token), await isActive(other.token)]).toEqual([false, true]);
  });

  test('security events and Global Token Revocation, also by the id that is the subject', async () => {
    const [one, two, three] = [await signIn(), await signIn(), await signIn()];
    expect((await event('caep/event-type/session-revoked', `sub-${one.n}`)).status).toBe(202);
    expect((await revoke(`sub-${two.n}`)).status).toBe(204);
    expect((await event('caep/event-type/session-revoked', `oid-${three.n}`)).status).toBe(202);
    for (const { token } of [one, two, three]) expect(await isActive(token)).toBe(false);
  });

  test('account-disabled closes the account also without an open session', async () => {
    const { n, userId } = await signIn();
    await logout({ sub: `sub-${n}` });
    await event('risc/event-type/account-disabled', `sub-${n}`);
    const { user } = await tenant.gql('query($id: ID!) { user(id: $id) { status } }', { id: userId });
    expect(user.status).toBe('DEPROVISIONED');
  });

  test('no user of another connection or organization with the same "sub" is affected', async () => {
    const there = await connect('oid');
    const { n, token } = await signIn(there);
    await logout({ sub: `sub-${n}` });
    await event('risc/event-type/account-disabled', `sub-${n}`);
    expect(await isActive(token)).toBe(true);
    expect((await logout({ sub: `sub-${n}` }, there)).status).toBe(200);
    expect(await isActive(token)).toBe(false);
  });
});

test.each(['sub', 'oid'])('a message about an unknown user is in the request log (%s)', async (claim) => {
  const at = await connect(claim);
  expect((await logout({ sub: 'nobody' }, at)).status).toBe(200);
  expect(await requestsOf(at)).toEqual([
    {
      path: `/sso/${at.connectionId}/backchannel-logout`,
      status: 200,
      error: expect.stringContaining('identifies no user'),
      quirks: ['signalAboutNobody'],
    },
  ]);
  expect((await event('caep/event-type/session-revoked', 'nobody', at)).status).toBe(202);
  expect((await requestsOf(at))[0]).toMatchObject({ status: 202, quirks: ['signalAboutNobody'] });
});

test('SAML Core section 3.7.1: a LogoutRequest with thousands of SessionIndex elements ends the named sessions', async () => {
  const saml = await SamlIdp.make();
  const own = await world.tenant({
    provider: 'GENERIC',
    scim: false,
    saml: { ...saml.facet, sloUrl: 'https://idp.example/slo' },
    jit: { mode: 'ENABLED' },
  });
  const base = `${world.url}/sso/saml/${own.connectionId}`;
  const form = (fields: Record<string, string>) => ({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
  const come = async (session: string) => {
    const browser = new Browser();
    browser.stopAt = (url: URL) => /(app|idp)\.example$/.test(url.hostname);
    const visit = await app.begin({ connection_id: own.connectionId }, browser);
    const { requestId, relayState } = readRequest(visit.page.url);
    const facts = saml.facts({
      requestId,
      acsUrl: `${base}/acs`,
      audience: `${base}/metadata`,
      email: 'many@acme.example',
    });
    const edit = (xml: string) => xml.replace('SessionIndex="session-1"', `SessionIndex="${session}"`);
    const SAMLResponse = Buffer.from(saml.signed(facts, 'both', { edit })).toString('base64');
    const back = await browser.open(`${base}/acs`, form({ SAMLResponse, RelayState: relayState }), 'idp.example');
    return { ...(await visit.at(back).tokens()), nameId: facts.nameId };
  };
  const [one, two, three] = [await come('s-7'), await come('s-2999'), await come('other')];
  const indexes = Array.from({ length: 3_000 }, (_, n) => `<samlp:SessionIndex>s-${n}</samlp:SessionIndex>`).join('');
  const request = `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_many" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${base}/slo"><saml:Issuer>${saml.entityId}</saml:Issuer><saml:NameID>${one.nameId}</saml:NameID>${indexes}</samlp:LogoutRequest>`;
  const SAMLRequest = Buffer.from(saml.sign(request, 'Response')).toString('base64');
  const answer = await fetch(`${base}/slo`, { ...form({ SAMLRequest }), redirect: 'manual' });
  expect(answer.status).toBe(303);
  expect(await Promise.all([one, two, three].map(({ access_token: token }) => isActive(token)))).toEqual([
    false,
    false,
    true,
  ]);
  const ended = (await own.events()).filter(({ type }) => type === 'SESSION_REVOKED');
  expect(ended.map(({ data }) => data.sessionsRevoked)).toEqual([2]);
});
