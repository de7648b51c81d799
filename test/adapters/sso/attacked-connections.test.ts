import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withoutSecrets } from '../../../src/kernel/text.js';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { SamlIdp } from '../../support/saml-idp.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
let tenant: Tenant;
let idp: SamlIdp;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
  idp = await SamlIdp.make();
  tenant = await world.tenant({ provider: 'GENERIC', scim: false, saml: idp.facet });
});
afterAll(() => world.close());

describe('XML 1.0 section 2.2: characters that no document can contain', () => {
  test.each(['a\u0001', 'a\u{ffff}', 'a\u0002 urn:b'])(
    'acr_values with %j are not sent to the IdP, and the sign-in continues',
    async (acr) => {
      const browser = new Browser();
      browser.stopAt = (url) => url.origin !== world.url;
      const visit = await app.begin({ connection_id: tenant.connectionId, acr_values: acr }, browser);
      expect(visit.page.url.origin).toBe(new URL(idp.facet.ssoUrl).origin);
    },
  );
});

test.each([
  ['oidc.clientId', { clientId: 'x'.repeat(2_001) }],
  ['oidc.issuer', { issuer: `https://idp.example/${'x'.repeat(2_000)}` }],
  ['oidc.scopes', { scopes: Array.from({ length: 51 }, (_, n) => `s${n}`) }],
  ['oidc.scopes', { scopes: ['x'.repeat(2_001)] }],
])('the length of %s is limited: longer values are not stored, fetched or written to events', async (field, oidc) => {
  const facet = { issuer: 'https://idp.example', clientId: 'app', clientSecret: 'a secret', ...oidc };
  const { errors } = await world.request(
    'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }',
    { i: { organizationId: tenant.organizationId, name: 'x', provider: 'GENERIC', oidc: facet } },
    tenant.key,
  );
  expect(errors.map(({ extensions }: Anything) => [extensions.code, extensions.field])).toEqual([['BAD_INPUT', field]]);
});

test.each([
  [
    'bad request: code=abc&code_verifier=def&client_secret=ghi',
    'bad request: code=***&code_verifier=***&client_secret=***',
  ],
  ['{"client_secret": "x y", "error": "z"}', '{"client_secret": "***", "error": "z"}'],
  ['the secret is a%2Fb, or a/b', 'the secret is ***, or ***'],
  ['refused the code: invalid_grant', 'refused the code: invalid_grant'],
])('the reason "%s" is recorded without secrets', (text, kept) => {
  expect(withoutSecrets(text, ['a/b', null])).toBe(kept);
});

test('responses without a sign-in are limited by address, because each writes an event of the organization', async () => {
  const own = await world.tenant({ provider: 'GENERIC', scim: false, saml: idp.facet });
  const statuses: number[] = [];
  for (let n = 0; n < 25; n++)
    statuses.push(
      (await fetch(`${world.url}/sso/saml/${own.connectionId}/finish?trip=x`, { redirect: 'manual' })).status,
    );
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 403), ...Array.from({ length: 5 }, () => 429)]);
  expect((await own.types()).filter((type) => type === 'SIGN_IN_DENIED')).toHaveLength(20);
});
