import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { HostileIdp } from '../support/oidc-idp.js';
import { readRequest, SamlIdp } from '../support/saml-idp.js';
import { type Anything, oktaUser, type Tenant, World } from '../support/world.js';

let world: World;
let app: App;
let bank: Tenant;
let trickster: Tenant;
let number = 0;
let oidc: HostileIdp;
let saml: SamlIdp;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
  oidc = await HostileIdp.start();
  saml = await SamlIdp.make();
  bank = await world.tenant({}, 'Bank');
  await verify(bank, 'bank.test');
  trickster = await connect({ ...openId(), jit: { mode: 'ENABLED' } });
  await verify(trickster, 'mallory.test');
});
afterAll(async () => {
  await world.close();
  await oidc.close();
});

async function verify(tenant: Tenant, domain: string, connectionIds = [tenant.connectionId]): Promise<string> {
  const { addDomain } = await tenant.gql(
    'mutation($o: ID!, $d: String!, $c: [ID!]) { addDomain(organizationId: $o, domain: $d, connectionIds: $c) { domain { id } } }',
    { o: tenant.organizationId, d: domain, c: connectionIds },
  );
  await world.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
    id: addDomain.domain.id,
  });
  return addDomain.domain.id;
}

/** Returns the data that an application receives about the user: ID token, userinfo and introspection. */
async function claimsAt(visit: Awaited<ReturnType<App['begin']>>): Promise<Anything[]> {
  const tokens = await visit.tokens();
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const userinfo = await (await fetch(`${world.url}/oauth/me`, { headers })).json();
  return [tokens.claims, userinfo, await app.introspect(tokens.access_token)];
}

const stopping = () => {
  const browser = new Browser();
  browser.stopAt = (url) => /(app|idp)\.example$/.test(url.hostname) || url.origin === oidc.issuer;
  return browser;
};

async function byOidc({ connectionId }: Tenant, claims: Anything) {
  oidc.claims = claims;
  const browser = stopping();
  const visit = await app.begin({ connection_id: connectionId }, browser);
  return visit.at(await browser.open(oidc.callback(visit.page.url).href));
}

async function bySaml({ connectionId }: Tenant, { email, nameId }: { email: string; nameId: string }) {
  const browser = stopping();
  const visit = await app.begin({ connection_id: connectionId }, browser);
  const { requestId, relayState } = readRequest(visit.page.url);
  const base = `${world.url}/sso/saml/${connectionId}`;
  const facts = saml.facts({ requestId, acsUrl: `${base}/acs`, audience: `${base}/metadata`, email, nameId });
  const SAMLResponse = Buffer.from(saml.signed(facts, 'both')).toString('base64');
  const body = new URLSearchParams({ SAMLResponse, RelayState: relayState }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return visit.at(await browser.open(`${base}/acs`, { method: 'POST', headers, body }, 'idp.example'));
}

const connect = (more: Record<string, unknown>) =>
  world.tenant({ provider: 'GENERIC', scim: true, oidc: undefined, ...more }, 'Mallory');
const openId = () => ({ oidc: { issuer: oidc.issuer, clientId: 'rollcall' } });
const ceo = 'ceo@bank.test';

describe('OpenID Connect Core section 5.1, email_verified: a tenant proves nothing about a domain of another tenant', () => {
  const jits = [true, false].flatMap((vouchesForEmail) =>
    [true, false].map((requireVerifiedEmail) => ({ vouchesForEmail, requireVerifiedEmail })),
  );

  test.each(jits)('an account that SCIM provisioned, by OpenID Connect, %j', async (jit) => {
    const mallory = await connect({ ...openId(), jit: { mode: 'ENABLED', ...jit } });
    await mallory.scim('POST', '/Users', oktaUser(ceo, { externalId: 'ext-1' }));
    for (const claims of [
      { sub: 'ext-1' },
      { sub: 'ext-1', email: ceo, email_verified: true },
      { sub: 'ext-1', email: 'mallory@mallory.test', email_verified: false },
    ]) {
      for (const answer of await claimsAt(await byOidc(mallory, claims)))
        expect(answer).toMatchObject({ email: ceo, email_verified: false });
    }
  });

  test.each(jits)('an account that SCIM provisioned, by SAML, %j', async (jit) => {
    const mallory = await connect({ saml: saml.facet, jit: { mode: 'ENABLED', ...jit } });
    await mallory.scim('POST', '/Users', oktaUser(ceo, { externalId: 'ext-2' }));
    for (const answer of await claimsAt(await bySaml(mallory, { email: ceo, nameId: 'ext-2' })))
      expect(answer).toMatchObject({ email: ceo, email_verified: false });
  });

  test('an allowed domain, an assigned PENDING domain, and an address that SCIM changes do not prove it', async () => {
    const mallory = await connect({
      ...openId(),
      jit: { mode: 'ENABLED', vouchesForEmail: true, allowedDomains: ['bank.test', 'mallory.test'] },
    });
    await mallory.gql(
      'mutation($o: ID!, $c: [ID!]) { addDomain(organizationId: $o, domain: "bank.test", connectionIds: $c) { domain { state } } }',
      { o: mallory.organizationId, c: [mallory.connectionId] },
    );
    await mallory.scim('POST', '/Users', oktaUser('m@mallory.test', { externalId: 'm' }));
    const claims = { sub: 'm', email: ceo, email_verified: true };
    const before = await (await byOidc(mallory, claims)).tokens();
    expect(before.claims.email_verified).toBe(false);
    await mallory.scim('PUT', `/Users/${before.claims.sub}`, oktaUser(ceo, { externalId: 'm' }));
    for (const answer of await claimsAt(await byOidc(mallory, claims)))
      expect(answer).toMatchObject({ email: ceo, email_verified: false });
  });

  test.each([
    '"ceo@bank.test"@mallory.test',
    'ceo@bank.test,m@mallory.test',
    '<ceo@bank.test>m@mallory.test',
    'm@mallory.test/.bank.test',
    'm@mallory.test:25',
    'm@mallory.test#@bank.test',
    'ceo@bank.test(@mallory.test',
  ])('an address that other software parses with another domain is not verified: %s', async (email) => {
    const externalId = `of ${email}`;
    const emails = [{ value: email, primary: true }];
    const { status } = await trickster.scim('POST', '/Users', oktaUser(`${++number}`, { externalId, emails }));
    if (status !== 201) return expect(status).toBe(400);
    for (const answer of await claimsAt(await byOidc(trickster, { sub: externalId, email, email_verified: true })))
      expect(answer.email_verified).toBe(false);
  });
});

describe('the claims of an application about an address', () => {
  test('in a VERIFIED domain of the organization: email_verified, also of an account that a sign-in created', async () => {
    const own = await connect({ ...openId(), jit: { mode: 'ENABLED' } });
    await verify(own, 'own.test');
    const email = 'jit@own.test';
    for (const answer of await claimsAt(await byOidc(own, { sub: 'j', email, email_verified: true })))
      expect(answer).toMatchObject({ email, email_verified: true });
  });

  test('in another domain: idp_email_verified is the statement of the IdP, and only for the address of the statement', async () => {
    const own = await connect({ ...openId(), jit: { mode: 'ENABLED' } });
    const guest = { sub: 'g', email: 'guest@elsewhere.test', email_verified: true };
    for (const answer of await claimsAt(await byOidc(own, guest)))
      expect(answer).toMatchObject({ email: guest.email, email_verified: false, idp_email_verified: true });
    const [unverified] = await claimsAt(await byOidc(own, { ...guest, email_verified: false }));
    expect(unverified).toMatchObject({ email: guest.email, email_verified: false, idp_email_verified: false });
    await own.scim('POST', '/Users', oktaUser('other@elsewhere.test', { externalId: 'o' }));
    const [other] = await claimsAt(
      await byOidc(own, { sub: 'o', email: 'unrelated@elsewhere.test', email_verified: true }),
    );
    expect(other).toMatchObject({ email: 'other@elsewhere.test', email_verified: false });
    expect(other).not.toHaveProperty('idp_email_verified');
  });

  test('of a guest by SAML: idp_email_verified if vouchesForEmail is set', async () => {
    const own = await connect({ saml: saml.facet, jit: { mode: 'ENABLED' } });
    const email = 'guest@saml-elsewhere.test';
    for (const answer of await claimsAt(await bySaml(own, { email, nameId: 'guest' })))
      expect(answer).toMatchObject({ email, email_verified: false, idp_email_verified: true });
  });

  test('without the scope email: no address, by userinfo and by introspection', async () => {
    const own = await connect({ ...openId(), jit: { mode: 'ENABLED' } });
    oidc.claims = { sub: 's', email: 'scope@elsewhere.test', email_verified: true };
    const browser = stopping();
    const visit = await app.begin({ connection_id: own.connectionId, scope: 'openid' }, browser);
    for (const answer of await claimsAt(visit.at(await browser.open(oidc.callback(visit.page.url).href)))) {
      expect(answer.sub).toMatch(/^user_/);
      for (const name of ['email', 'email_verified', 'idp_email_verified']) expect(answer).not.toHaveProperty(name);
    }
  });
});
