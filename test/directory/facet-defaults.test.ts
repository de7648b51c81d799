import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProviderName } from '../../src/identity-providers/profiles/index.js';
import { App } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { readRequest, SamlIdp } from '../support/saml-idp.js';
import { type Anything, oktaUser, type Tenant, World } from '../support/world.js';

let world: World;
let app: App;
let idp: SamlIdp;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
  idp = await SamlIdp.make();
});
afterAll(() => world.close());

const connectionOf = async ({ gql, connectionId }: Tenant): Promise<Anything> =>
  (
    await gql(
      'query($id: ID!) { connection(id: $id) { jit { vouchesForEmail mode } saml { subjectAttribute } oidc { subjectClaim issuer } } }',
      { id: connectionId },
    )
  ).connection;
const update = ({ gql, connectionId }: Tenant, input: object) =>
  gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
    i: { id: connectionId, ...input },
  });

async function linkOf({ gql, connectionId }: Tenant): Promise<string> {
  const { createSetupLink } = await gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', {
    c: connectionId,
  });
  return createSetupLink.url;
}
const post = (browser: Browser, path: string, fields: Record<string, string>, site: string | null = null) =>
  browser.open(
    `${world.url}${path}`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    },
    site,
  );
const metadata = () =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${idp.entityId}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
  `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${idp.certificate.replace(/-----.*-----|\n/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
  '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>';

async function configureByLink(tenant: Tenant): Promise<Browser> {
  const browser = new Browser();
  await browser.open(await linkOf(tenant));
  const saved = await post(browser, '/setup/saml', { connection: tenant.connectionId, metadataXml: metadata() });
  expect(saved.status).toBe(200);
  return browser;
}

const objectId = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
const ways: Record<string, (provider: ProviderName, jit?: object) => Promise<Tenant>> = {
  createConnection: (provider, jit) => world.tenant({ provider, saml: idp.facet, ...(jit && { jit }) }),
  updateConnection: async (provider, jit) => {
    const tenant = await world.tenant({ provider, ...(jit && { jit }) });
    await update(tenant, { saml: idp.facet });
    return tenant;
  },
  'the setup page': async (provider, jit) => {
    const tenant = await world.tenant({ provider, ...(jit && { jit }) });
    await configureByLink(tenant);
    return tenant;
  },
};

describe.each(Object.keys(ways))('the defaults of the provider when a SAML facet is set by %s', (way) => {
  const set = (provider: ProviderName, jit?: object) => (ways[way] as (typeof ways)[string])(provider, jit);

  test('make vouchesForEmail true, unless the operator has set it before or in the same call', async () => {
    expect((await connectionOf(await set('GENERIC'))).jit.vouchesForEmail).toBe(true);
    expect((await connectionOf(await set('GENERIC', { mode: 'ENABLED' }))).jit).toEqual({
      vouchesForEmail: true,
      mode: 'ENABLED',
    });
    expect((await connectionOf(await set('GENERIC', { vouchesForEmail: false }))).jit.vouchesForEmail).toBe(false);
  });

  test('set the stable attribute of the provider', async () => {
    expect((await connectionOf(await set('ENTRA'))).saml.subjectAttribute).toBe(objectId);
    expect((await connectionOf(await set('OKTA'))).saml.subjectAttribute).toBeNull();
  });
});

describe('a later change of the SAML settings', () => {
  test('keeps the other values', async () => {
    const tenant = await world.tenant({ provider: 'ENTRA', saml: { ...idp.facet, subjectAttribute: null } });
    await update(tenant, { jit: { vouchesForEmail: false } });
    await update(tenant, { saml: { signRequests: false } });
    await configureByLink(tenant);
    expect(await connectionOf(tenant)).toMatchObject({
      saml: { subjectAttribute: null },
      jit: { vouchesForEmail: false },
    });
  });

  test('an explicit value that was set before stays, also if it equals the default of that time', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC' });
    await update(tenant, { jit: { vouchesForEmail: false } });
    await update(tenant, { saml: idp.facet });
    expect((await connectionOf(tenant)).jit.vouchesForEmail).toBe(false);
  });

  test('emits an event with the changed policy, without internal fields', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', jit: { mode: 'ENABLED' } });
    await update(tenant, { saml: idp.facet });
    const [event] = (await tenant.events()).filter(({ type }) => type === 'CONNECTION_UPDATED').reverse();
    expect(event.changes).toContainEqual({ path: 'jit.vouchesForEmail', before: false, after: true });
    expect(JSON.stringify(event)).not.toContain('IsGiven');
  });

  test('OpenID Connect uses the claim of the provider, and does not set vouchesForEmail', async () => {
    const tenant = await world.tenant({ provider: 'ENTRA' });
    const issuer = 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0';
    await update(tenant, { oidc: { issuer, clientId: 'x' } });
    expect(await connectionOf(tenant)).toMatchObject({
      oidc: { subjectClaim: 'oid' },
      jit: { vouchesForEmail: false },
    });
  });

  test.each([{ saml: {} }, { oidc: { issuer: '', clientId: '' } }])(
    'the provider TEST completes %j, also in an update',
    async (input) => {
      const tenant = await world.tenant({ provider: 'GENERIC', scim: true });
      await update(tenant, { provider: 'TEST', ...input });
      const visit = await app.begin({ connection_id: tenant.connectionId });
      expect(visit.page.words).toContain('Test identity provider');
    },
  );
});

describe('a connection that is configured by a setup link only: SCIM, then SAML', () => {
  test.each(['GENERIC', 'OKTA', 'ENTRA'] as const)('signs in the users that SCIM created, as %s', async (provider) => {
    const tenant = await world.tenant({ provider, state: 'DRAFT', scim: false });
    const browser = await configureByLink(tenant);
    const made = await post(browser, '/setup/scim-token', { connection: tenant.connectionId });
    const token = /rc_scim_[\w-]+/.exec(made.text)?.[0] ?? '';
    await post(browser, '/setup/state', { connection: tenant.connectionId, state: 'ACTIVE' });
    const email = `linked-${provider.toLowerCase()}@acme.example`;
    const externalId = `object-of-${email}`;
    const { status, body } = await world.scim(
      tenant.connectionId,
      token,
      'POST',
      '/Users',
      oktaUser(email, { externalId }),
    );
    expect(status).toBe(201);
    const base = `${world.url}/sso/saml/${tenant.connectionId}`;
    const visitor = new Browser();
    visitor.stopAt = (url) => /(app|idp)\.example$/.test(url.hostname);
    const visit = await app.begin({ connection_id: tenant.connectionId }, visitor);
    const { requestId, relayState } = readRequest(visit.page.url);
    const facts = idp.facts({ requestId, acsUrl: `${base}/acs`, audience: `${base}/metadata`, email });
    const edit = (xml: string) =>
      xml.replace(
        '</saml:AttributeStatement>',
        `<saml:Attribute Name="${objectId}"><saml:AttributeValue>${externalId}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
      );
    const SAMLResponse = Buffer.from(idp.signed(facts, 'both', { edit })).toString('base64');
    const back = visit.at(
      await post(visitor, new URL(`${base}/acs`).pathname, { SAMLResponse, RelayState: relayState }, 'idp.example'),
    );
    const tokens = await back.tokens();
    expect(tokens.claims).toMatchObject({ sub: body.id, email });
    expect(await tenant.types()).toContain('SESSION_STARTED');
  });
});

describe('a client secret is sent only to its issuer', () => {
  const oidc = { issuer: 'https://one.example', clientId: 'c', clientSecret: 'the secret of one' };
  const hasSecret = async ({ connectionId }: Tenant) => {
    const [row] = await world
      .database()
      .run<{ sealed: object }>('select sealed from connections where id = $1', [connectionId]);
    return Object.hasOwn(row?.sealed ?? {}, 'clientSecret');
  };

  test('a change of the issuer without the secret is refused, by the API and by the setup page', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', oidc });
    const change = { issuer: 'https://two.example', clientId: 'c' };
    await expect(update(tenant, { oidc: change })).rejects.toThrow(/oidc.clientSecret.*previous one/);
    const browser = new Browser();
    await browser.open(await linkOf(tenant));
    const page = await post(browser, '/setup/oidc', { connection: tenant.connectionId, ...change, clientSecret: '' });
    expect(page.status).toBe(422);
    expect(page.words).toContain('previous issuer');
    expect((await connectionOf(tenant)).oidc.issuer).toBe(oidc.issuer);
    await update(tenant, { oidc: { ...change, clientSecret: 'the secret of two' } });
    expect((await connectionOf(tenant)).oidc.issuer).toBe(change.issuer);
    // A change that keeps the issuer needs no secret.
    await update(tenant, { oidc: { ...change, clientId: 'd' } });
    expect(await hasSecret(tenant)).toBe(true);
  });

  test('the secret is deleted if the client does not need it', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', oidc });
    const change = { issuer: 'https://two.example', clientId: 'c', tokenEndpointAuthMethod: 'NONE' };
    await update(tenant, { oidc: change });
    expect(await hasSecret(tenant)).toBe(false);
  });
});
