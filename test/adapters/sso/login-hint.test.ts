import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DOMParser } from '@xmldom/xmldom';
import { SignedXml } from 'xml-crypto';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { SamlIdp } from '../../support/saml-idp.js';
import { Realm } from '../../support/sign-ins.js';
import { World } from '../../support/world.js';

let world: World;
let app: App;
let idp: SamlIdp;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
  idp = await SamlIdp.make();
});
afterAll(() => world.close());

type Binding = 'REDIRECT' | 'POST';

/** Returns the sign-in request as the IdP of the provider receives it. */
async function requested(provider: string, ssoBinding: Binding, hint: (realm: Realm) => string) {
  const facet = { ...idp.facet, ssoUrl: 'https://idp.example/sso?tenant=1', ssoBinding };
  const realm = await Realm.make(world, app, 'saml', { provider, saml: facet });
  const browser = new Browser();
  browser.stopAt = (url) => url.hostname === 'idp.example';
  const params = { connection_id: realm.tenant.connectionId, login_hint: hint(realm) };
  const { page } = await app.begin(params, browser);
  const { action, fields } = page.form;
  const url = ssoBinding === 'POST' ? new URL(action) : page.url;
  const message = (ssoBinding === 'POST' ? fields.SAMLRequest : url.searchParams.get('SAMLRequest')) ?? '';
  const bytes = Buffer.from(message, 'base64');
  const xml = (ssoBinding === 'POST' ? bytes : inflateRawSync(bytes)).toString('utf8');
  const { connection } = await realm.tenant.gql('query($id: ID!) { connection(id: $id) { saml { spCertificate } } }', {
    id: realm.tenant.connectionId,
  });
  return { realm, url, xml, certificate: connection.saml.spCertificate as string };
}

const own = (realm: Realm) => realm.email;
const bindings: Binding[] = ['REDIRECT', 'POST'];

describe.each(bindings)('login_hint to a SAML IdP by %s', (binding) => {
  // Entra ID answers a Subject with AADSTS900236; Google ignores one.
  test.each(['ENTRA', 'GOOGLE', 'OKTA'])('%s: in the query, and not in the request', async (provider) => {
    const { realm, url, xml } = await requested(provider, binding, own);
    expect(url.searchParams.get('login_hint')).toBe(realm.email);
    expect(url.searchParams.get('tenant')).toBe('1');
    expect(xml).toContain('Destination="https://idp.example/sso?tenant=1"');
    expect(xml).not.toContain('Subject');
  });

  test('KEYCLOAK: the Subject of the request (SAML Core section 3.4.1), before the NameIDPolicy', async () => {
    const { realm, url, xml } = await requested('KEYCLOAK', binding, own);
    expect(url.searchParams.has('login_hint')).toBe(false);
    expect(xml).toMatch(new RegExp(`<saml:NameID>${realm.email}</saml:NameID></saml:Subject><samlp:NameIDPolicy`));
  });

  test.each(['GENERIC', 'PING', 'ONELOGIN'])(
    '%s: not sent, because the IdP can refuse unknown parameters',
    async (provider) => {
      const { url, xml } = await requested(provider, binding, own);
      expect(url.searchParams.has('login_hint')).toBe(false);
      expect(xml).not.toContain('Subject');
    },
  );

  test('an address of another domain is not sent to an IdP', async () => {
    for (const provider of ['ENTRA', 'KEYCLOAK']) {
      const { url, xml } = await requested(provider, binding, () => 'boss@elsewhere.example');
      expect(url.searchParams.has('login_hint')).toBe(false);
      expect(xml).not.toContain('boss');
    }
  });
});

test('the signature by POST covers the Subject', async () => {
  const { xml, certificate } = await requested('KEYCLOAK', 'POST', own);
  const verifies = (text: string): boolean => {
    const document = new DOMParser().parseFromString(text, 'text/xml');
    const signature = document.getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'Signature').item(0);
    const signed = new SignedXml({ publicCert: certificate });
    signed.loadSignature(signature as unknown as Node);
    return signed.checkSignature(text);
  };
  expect(verifies(xml)).toBe(true);
  expect(verifies(xml.replace('<saml:NameID>', '<saml:NameID>x'))).toBe(false);
});

test('a name with XML characters is escaped', async () => {
  const { xml } = await requested('KEYCLOAK', 'REDIRECT', ({ domain }) => `a&b<c@${domain}`);
  expect(xml).toMatch(/<saml:NameID>a&amp;b&lt;c@/);
});

test('the page of the test IdP contains the entered address', async () => {
  const realm = await Realm.make(world, app, 'saml');
  const visit = await app.begin();
  const page = await visit.page.submit({ email: realm.email });
  expect(page.form.fields.email).toBe(realm.email);
});
