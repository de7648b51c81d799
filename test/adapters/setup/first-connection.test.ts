import { createVerify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../../support/application.js';
import { Browser, type Page } from '../../support/browser.js';
import { HostileIdp } from '../../support/oidc-idp.js';
import { SamlIdp } from '../../support/saml-idp.js';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
let idp: HostileIdp;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
  idp = await HostileIdp.start();
});
afterAll(async () => {
  await world.close();
  await idp.close();
});

const fields = 'redirectUri spEntityId acsUrl spSloUrl metadataUrl scimBaseUrl';
const look = async ({ gql, connectionId }: Tenant, more: string) =>
  (await gql(`query($id: ID!) { connection(id: $id) { ${more} } }`, { id: connectionId })).connection;

const browserAtIdp = () => {
  const browser = new Browser();
  browser.stopAt = (url: URL) => url.hostname === 'app.example' || url.origin === idp.issuer;
  return browser;
};

async function setupPage(tenant: Tenant, browser: Browser): Promise<Page> {
  const { createSetupLink } = await tenant.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', {
    c: tenant.connectionId,
  });
  return browser.open(createSetupLink.url);
}

const post = (browser: Browser, deed: string, values: Record<string, string>) =>
  browser.open(`${world.url}/setup/${deed}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(values).toString(),
  });

describe('a connection for a setup link', () => {
  test('is a DRAFT if it is not configured, and otherwise ACTIVE', async () => {
    expect(await look(await world.tenant({ scim: false }), 'state')).toEqual({ state: 'DRAFT' });
    expect(await look(await world.tenant({ scim: true }), 'state')).toEqual({ state: 'ACTIVE' });
    const oidc = { issuer: idp.issuer, clientId: 'rollcall' };
    expect(await look(await world.tenant({ provider: 'GENERIC', scim: false, oidc }), 'state')).toEqual({
      state: 'ACTIVE',
    });
    expect(await look(await world.tenant({ provider: 'TEST', scim: false }), 'state')).toEqual({ state: 'ACTIVE' });
    await expect(world.tenant({ scim: false, state: 'ACTIVE' })).rejects.toThrow(/cannot be ACTIVE yet/);
  });

  test('has all its URLs before the IdP is configured, and keeps them', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', scim: false });
    const before = await look(tenant, `addresses { ${fields} } oidc { redirectUri } saml { acsUrl } scim { baseUrl }`);
    const { connectionId: id } = tenant;
    expect(before).toEqual({
      addresses: {
        redirectUri: `${world.url}/sso/oidc/${id}/callback`,
        spEntityId: `${world.url}/sso/saml/${id}/metadata`,
        acsUrl: `${world.url}/sso/saml/${id}/acs`,
        spSloUrl: `${world.url}/sso/saml/${id}/slo`,
        metadataUrl: `${world.url}/sso/saml/${id}/metadata`,
        scimBaseUrl: `${world.url}/scim/v2/${id.slice(5)}`,
      },
      oidc: null,
      saml: null,
      scim: null,
    });
    const { updateConnection } = await tenant.gql(
      `mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) {
         warnings connection { addresses { ${fields} } oidc { redirectUri } scim { baseUrl } } } }`,
      { i: { id, scim: true, oidc: { issuer: idp.issuer, clientId: 'rollcall' } } },
    );
    const { connection, warnings } = updateConnection;
    expect(warnings).toEqual([]);
    expect(connection.addresses).toEqual(before.addresses);
    expect(connection.oidc.redirectUri).toBe(before.addresses.redirectUri);
    expect(connection.scim.baseUrl).toBe(before.addresses.scimBaseUrl);
  });

  const metadataOf = async ({ connectionId }: Tenant) => {
    const answer = await fetch(`${world.url}/sso/saml/${connectionId}/metadata`);
    return { status: answer.status, text: await answer.text() };
  };
  const certificateIn = (metadata: string) => new Set(metadata.match(/(?<=<ds:X509Certificate>)[^<]+/g));

  test('has SAML metadata before the IdP is configured, with the key that sign-ins use later', async () => {
    const tenant = await world.tenant({ provider: 'KEYCLOAK', scim: false });
    const [first, second] = await Promise.all([metadataOf(tenant), metadataOf(tenant)]);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(first.text).toContain(`entityID="${world.url}/sso/saml/${tenant.connectionId}/metadata"`);
    expect(first.text).toContain(`Location="${world.url}/sso/saml/${tenant.connectionId}/acs"`);
    expect(first.text).toContain('AuthnRequestsSigned="true"');
    const [certificate, ...others] = certificateIn(first.text + second.text);
    expect(others).toEqual([]);
    expect((await look(tenant, 'state saml { idpEntityId }')).saml).toBeNull();
    const saml = await SamlIdp.make();
    await tenant.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
      i: { id: tenant.connectionId, saml: saml.facet, state: 'ACTIVE' },
    });
    const { spCertificate } = (await look(tenant, 'saml { spCertificate }')).saml;
    expect(spCertificate.replace(/-----.*?-----|\s/g, '')).toBe(certificate);
    expect([...certificateIn((await metadataOf(tenant)).text)]).toEqual([certificate]);
    const browser = new Browser();
    browser.stopAt = (url: URL) => url.hostname === 'idp.example';
    const { search } = (await app.begin({ connection_id: tenant.connectionId }, browser)).page.url;
    const [signed = '', signature = ''] = search.slice(1).split('&Signature=');
    const proof = Buffer.from(decodeURIComponent(signature), 'base64');
    expect(createVerify('RSA-SHA256').update(signed).verify(spCertificate, proof)).toBe(true);
  });

  test('has no SAML metadata if it signs users in by OpenID Connect', async () => {
    const oidc = { issuer: idp.issuer, clientId: 'rollcall' };
    expect((await metadataOf(await world.tenant({ provider: 'GENERIC', scim: false, oidc }))).status).toBe(404);
  });

  test('is configured, tested and activated on the setup page; the test links back to it', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', scim: false, jit: { mode: 'ENABLED' } });
    const browser = browserAtIdp();
    expect((await setupPage(tenant, browser)).words).toContain('You can activate it as soon as');
    const connection = tenant.connectionId;
    const values = { connection, issuer: idp.issuer, clientId: 'rollcall', clientSecret: 'a-secret' };
    expect((await post(browser, 'oidc', values)).words).toContain('Saved. Test a sign-in before you activate');
    idp.claims = { sub: 'first', email: 'first@acme.example', email_verified: true };
    const there = await post(browser, 'test', { connection });
    const tested = await browser.open(idp.callback(there.url).href);
    expect([tested.status, tested.words]).toEqual([200, expect.stringContaining('This sign-in would succeed')]);
    expect(tested.words).toContain('Row NEW_USER (D7)');
    const back = await tested.follow('Back to the setup');
    expect([back.url.pathname, back.words]).toEqual(['/setup', expect.stringContaining('Activate connection')]);
    expect(await look(tenant, 'state')).toEqual({ state: 'DRAFT' });
    expect((await post(browser, 'state', { connection, state: 'ACTIVE' })).words).toContain('The connection is active');
    const visit = await app.begin({ connection_id: connection }, browserAtIdp());
    const signedIn = await visit.page.browser.open(idp.callback(visit.page.url).href);
    expect((await visit.at(signedIn).tokens()).claims.email).toBe('first@acme.example');
  });

  test('shows errors of the IdP on the page of the test, with the cause, and in the request log', async () => {
    const tenant = await world.tenant({
      provider: 'GENERIC',
      scim: false,
      state: 'DRAFT',
      oidc: { issuer: idp.issuer, clientId: 'rollcall' },
    });
    const browser = browserAtIdp();
    await setupPage(tenant, browser);
    const there = await post(browser, 'test', { connection: tenant.connectionId });
    const answer = { code: null, error: 'login_required', error_description: 'a policy' };
    const page = await browser.open(idp.callback(there.url, answer).href);
    expect([page.status, page.words]).toEqual([403, expect.stringContaining('(IDP_LOGIN_REQUIRED)')]);
    expect(page.words).toContain(
      'The IdP answered with the error "login_required": a policy. Allow the IdP to show its pages',
    );
    expect((await page.follow('Back to the setup')).url.pathname).toBe('/setup');
    expect(await look(tenant, 'requests(first: 1) { nodes { status error } }')).toEqual({
      requests: { nodes: [{ status: 403, error: expect.stringMatching(/^The IdP answered with the error/) }] },
    });
    expect(await tenant.types()).not.toContain('SIGN_IN_DENIED');
  });

  test('shows that a test cannot reach the IdP, and that SCIM needs a stable id', async () => {
    const gone = await HostileIdp.start();
    await gone.close();
    const facet = { issuer: gone.issuer, clientId: 'rollcall' };
    const away = await world.tenant({ provider: 'GENERIC', scim: false, state: 'DRAFT', oidc: facet });
    const browser = browserAtIdp();
    await setupPage(away, browser);
    const page = await post(browser, 'test', { connection: away.connectionId });
    expect([page.status, page.words]).toEqual([403, expect.stringContaining('(IDP_UNREACHABLE)')]);
    expect(page.words).toContain('the host "127.0.0.1" refused the connection');
    const both = await world.tenant({ provider: 'GENERIC', oidc: { issuer: idp.issuer, clientId: 'rollcall' } });
    const another = browserAtIdp();
    await setupPage(both, another);
    const there = await post(another, 'test', { connection: both.connectionId });
    expect((await another.open(idp.callback(there.url).href)).words).toContain('The sign-in has no stable id');
  });

  test('the page of a test that an operator has started does not link to a setup page', async () => {
    const tenant = await world.tenant({
      provider: 'GENERIC',
      scim: false,
      oidc: { issuer: idp.issuer, clientId: 'rollcall' },
    });
    const { startTestSignIn } = await tenant.gql('mutation($c: ID!) { startTestSignIn(connectionId: $c) { url } }', {
      c: tenant.connectionId,
    });
    const browser = browserAtIdp();
    const there = await browser.open(startTestSignIn.url);
    const page = await browser.open(idp.callback(there.url).href);
    expect([page.status, page.words.includes('Back to the setup')]).toEqual([200, false]);
  });
});

describe('an issuer is read when the API saves it', () => {
  const create = (issuer: string) =>
    world.request(
      'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { warnings connection { id } } }',
      { i: { organizationId: tenant.organizationId, name: 'x', provider: 'GENERIC', oidc: { issuer, clientId: 'c' } } },
      tenant.key,
    );
  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await world.tenant();
  });

  test('an issuer that names another issuer is refused with both spellings (OpenID Connect Discovery section 4.3)', async () => {
    const { errors } = await create(`${idp.issuer}/`);
    expect(errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'oidc.issuer' });
    expect(errors[0].message).toContain(`names the issuer "${idp.issuer}", not "${idp.issuer}/"`);
    const made = await create(idp.issuer);
    expect(made.data.createConnection.warnings).toEqual([]);
    const { id } = made.data.createConnection.connection;
    const change = await world.request(
      'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }',
      { i: { id, oidc: { issuer: `${idp.issuer}/`, clientId: 'c' } } },
      tenant.key,
    );
    expect(change.errors[0].message).toContain(`not "${idp.issuer}/"`);
    expect(
      (await tenant.gql('query($id: ID!) { connection(id: $id) { oidc { issuer } } }', { id })).connection.oidc,
    ).toEqual({
      issuer: idp.issuer,
    });
  });

  test('an issuer that cannot be read is saved, with a warning that names the cause', async () => {
    const gone = await HostileIdp.start();
    await gone.close();
    const { data } = await create(gone.issuer);
    expect(data.createConnection.connection.id).toMatch(/^conn_/);
    expect(data.createConnection.warnings).toEqual([
      expect.stringMatching(
        /^No user can sign in yet: .* the host "127\.0\.0\.1" refused the connection on port \d+\./,
      ),
    ]);
  });

  test('no request is sent for a caller that cannot configure the connection', async () => {
    const fresh = await HostileIdp.start();
    const asked: string[] = [];
    fresh.server.on('request', ({ url }) => asked.push(String(url)));
    const other = await world.tenant();
    const input = { name: 'x', provider: 'GENERIC', oidc: { issuer: fresh.issuer, clientId: 'c' } };
    const mutation = 'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }';
    const foreign = await world.request(
      mutation,
      { i: { ...input, organizationId: tenant.organizationId } },
      other.key,
    );
    expect(foreign.errors[0].extensions.code).toBe('NOT_FOUND');
    const { createApiKey } = await tenant.gql(
      'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }',
      { i: { organizationId: tenant.organizationId, name: 'reader', scopes: ['DIRECTORY_READ'] } },
    );
    const weak = await world.request(
      mutation,
      { i: { ...input, organizationId: tenant.organizationId } },
      createApiKey.secret,
    );
    expect(weak.errors[0].extensions.code).toBe('FORBIDDEN');
    const change = await world.request(
      'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }',
      { i: { id: tenant.connectionId, oidc: input.oidc } },
      other.key,
    );
    expect(change.errors[0].extensions.code).toBe('NOT_FOUND');
    expect(asked).toEqual([]);
    await fresh.close();
  });
});
