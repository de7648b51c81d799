import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openBrowser } from '../support/chromium.js';
import { SamlIdp } from '../support/saml-idp.js';
import { World } from '../support/world.js';

const metadataOf = ({ entityId, certificate }: SamlIdp) =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${entityId}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
  `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate.replace(/-----.*-----|\n/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
  '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/post"/></md:IDPSSODescriptor></md:EntityDescriptor>';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

test('the setup page works in Chromium, and a page of another port, which is the same site, cannot use its cookie', async () => {
  const oidc = { issuer: 'https://127.0.0.1:1', clientId: 'rollcall' };
  const tenant = await world.tenant({ provider: 'GENERIC', state: 'DRAFT', scim: false, oidc });
  const browser = await openBrowser();
  const evil = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<form method="post" action="${world.url}/setup/scim-token"><button>Win</button></form>`);
  });
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  try {
    const page = await browser.newPage();
    const { createSetupLink } = await tenant.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', {
      c: tenant.connectionId,
    });
    await page.goto(createSetupLink.url);
    await page.getByRole('button', { name: 'Activate connection' }).click();
    expect(await page.textContent('main')).toContain('The connection is active.');
    await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
    await page.getByRole('button', { name: 'Win' }).click();
    expect(await page.textContent('main')).toContain('another site');
    const { connection } = await tenant.gql(
      'query($id: ID!) { connection(id: $id) { state oidc { issuer clientId } scim { enabled } } }',
      { id: tenant.connectionId },
    );
    expect(connection).toEqual({ state: 'ACTIVE', oidc, scim: null });
  } finally {
    await browser.close();
    evil.close();
  }
});

test('a DRAFT with the wrong protocol can be changed to the other one and activated', async () => {
  const tenant = await world.tenant({ provider: 'GENERIC', scim: false });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const { createSetupLink } = await tenant.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { url } }', {
      c: tenant.connectionId,
    });
    await page.goto(createSetupLink.url);
    expect(await page.getByRole('button', { name: 'Activate connection' }).count()).toBe(0);
    await page.getByLabel('Issuer').fill('https://127.0.0.1:1');
    await page.getByLabel('Client ID').fill('rollcall');
    await page.getByRole('button', { name: 'Save' }).first().click();
    expect(await page.textContent('main')).toContain('Saved, but no one can sign in yet.');
    await page.getByText('Use SAML 2.0 instead').click();
    const form = page.locator('details form');
    await form.getByLabel('or metadata XML').fill('<nothing/>');
    await form.getByRole('button', { name: 'Save' }).click();
    // A refused form stays open with the entered values.
    expect(await page.locator('details').getByLabel('or metadata XML').inputValue()).toBe('<nothing/>');
    const idp = await SamlIdp.make();
    await form.getByLabel('or metadata XML').fill(metadataOf(idp));
    await form.getByRole('button', { name: 'Save' }).click();
    expect(await page.textContent('main')).toContain(`The IdP is ${idp.entityId}.`);
    await page.getByRole('button', { name: 'Activate connection' }).click();
    expect(await page.textContent('main')).toContain('The connection is active.');
  } finally {
    await browser.close();
  }
});
