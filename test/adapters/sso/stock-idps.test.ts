import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProviderName } from '../../../src/identity-providers/profiles/index.js';
import { App } from '../../support/application.js';
import { Browser, type Page } from '../../support/browser.js';
import { type Layout, readRequest, SamlIdp } from '../../support/saml-idp.js';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.start();
  app = await App.register(world);
});
afterAll(() => world.close());

/** A connection as in docs/connections, and the user that the default response of the IdP creates. */
interface Stock {
  provider: ProviderName;
  layout: Layout;
  saml?: Record<string, unknown>;
  email: string;
  groups: string[];
}
const stocks: Record<string, Stock> = {
  okta: { provider: 'OKTA', layout: 'both', email: 'user@okta.example', groups: ['Engineering', 'Everyone'] },
  entra: {
    provider: 'ENTRA',
    layout: 'assertion',
    saml: { subjectAttribute: 'http://schemas.microsoft.com/identity/claims/objectidentifier' },
    email: 'user@entra.example',
    groups: ['11aa11aa-bb11-cc22-dd33-44ee44ee44ee'],
  },
  keycloak: {
    provider: 'KEYCLOAK',
    layout: 'both',
    email: 'user@keycloak.example',
    groups: ['Engineering', 'Everyone'],
  },
  shibboleth: {
    provider: 'GENERIC',
    layout: 'response',
    saml: { subjectAttribute: 'urn:oid:1.3.6.1.4.1.5923.1.1.1.10' },
    email: 'user@shibboleth.example',
    groups: [],
  },
  adfs: {
    provider: 'GENERIC',
    layout: 'assertion',
    email: 'user@adfs.example',
    groups: ['Domain Users', 'Engineering'],
  },
  google: { provider: 'GOOGLE', layout: 'response', email: 'user@google.example', groups: [] },
  onelogin: {
    provider: 'ONELOGIN',
    layout: 'both',
    email: 'user@onelogin.example',
    groups: ['Engineering', 'Everyone'],
  },
};

async function connect(idp: SamlIdp, { provider, saml }: Stock): Promise<Tenant> {
  const jit = { mode: 'ENABLED', syncGroups: true } as const;
  return world.tenant({ provider, scim: false, saml: { ...idp.facet, ...saml }, jit });
}

/** Returns the response of the file to a request, signed as that IdP signs. */
function respond(idp: SamlIdp, name: string, { layout }: Stock, base: string, requestId: string): string {
  const at = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
  const values: Record<string, string> = {
    ACS: `${base}/acs`,
    AUDIENCE: `${base}/metadata`,
    REQUEST: requestId,
    ISSUER: idp.entityId,
    NOW: at(0),
    BEFORE: at(-290),
    AFTER: at(290),
    LATER: at(36_000),
    RESPONSE_ID: '_response',
    ASSERTION_ID: `_assertion-${requestId}`,
  };
  const xml = readFileSync(new URL(`responses/${name}.xml`, import.meta.url), 'utf8');
  const filled = xml.replace(/\{([A-Z_]+)\}/g, (whole, key: string) => values[key] ?? whole);
  const inner = layout === 'response' ? filled : idp.sign(filled, 'Assertion');
  return layout === 'assertion' ? inner : idp.sign(inner, 'Response');
}

async function signIn(name: string, stock: Stock) {
  const idp = await SamlIdp.make(`https://${name}.example/idp`);
  const tenant = await connect(idp, stock);
  const base = `${world.url}/sso/saml/${tenant.connectionId}`;
  const browser = new Browser();
  browser.stopAt = (url: URL) => /(app|idp)\.example$/.test(url.hostname);
  const visit = await app.begin({ connection_id: tenant.connectionId }, browser);
  const { requestId, relayState } = readRequest(visit.page.url);
  const SAMLResponse = Buffer.from(respond(idp, name, stock, base, requestId)).toString('base64');
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ SAMLResponse, RelayState: relayState }).toString();
  const page: Page = await browser.open(`${base}/acs`, { method: 'POST', headers, body }, 'idp.example');
  return { tenant, tokens: () => visit.at(page).tokens() };
}

describe('a response as the IdP sends it by default, with the settings of docs/connections, signs the user in', () => {
  test.each(Object.keys(stocks).map((name) => ({ name })))('$name', async ({ name }) => {
    const stock = stocks[name] as Stock;
    const { tenant, tokens } = await signIn(name, stock);
    const { claims } = await tokens();
    expect(claims).toMatchObject({ org_id: tenant.organizationId, email: stock.email });
    const { organization } = await tenant.gql(
      'query($id: ID!) { organization(id: $id) { groups(first: 10) { nodes { displayName } } } }',
      { id: tenant.organizationId },
    );
    const names = organization.groups.nodes.map(({ displayName }: { displayName: string }) => displayName);
    expect(names.sort()).toEqual(stock.groups);
  });
});
