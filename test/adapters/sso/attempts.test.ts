import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { networkOf } from '../../../src/adapters/sso/attempts.js';
import { App } from '../../support/application.js';
import { SamlIdp } from '../../support/saml-idp.js';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
let idp: SamlIdp;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.start();
  app = await App.register(world, { initiateLoginUri: 'https://app.example/login' });
  idp = await SamlIdp.make();
  tenant = await world.tenant({ provider: 'GENERIC', scim: false, saml: idp.facet, jit: { mode: 'ENABLED' } });
  const { addDomain } = await tenant.gql(
    'mutation($o: ID!, $c: [ID!]) { addDomain(organizationId: $o, domain: "office.example", connectionIds: $c) { domain { id } } }',
    { o: tenant.organizationId, c: [tenant.connectionId] },
  );
  await world.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
    id: addDomain.domain.id,
  });
});
afterAll(() => world.close());

/** Posts an unsolicited response from the site of the IdP, signed by this IdP. */
async function post(by: SamlIdp, issued = 0): Promise<Response> {
  const base = `${world.url}/sso/saml/${tenant.connectionId}`;
  const facts = idp.facts({
    requestId: null,
    acsUrl: `${base}/acs`,
    audience: `${base}/metadata`,
    email: 'a@office.example',
    issued,
  });
  const SAMLResponse = Buffer.from(by.signed(facts, 'both')).toString('base64');
  return fetch(`${base}/acs`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ SAMLResponse }),
  });
}
const ask = async (email: string) => {
  const { page } = await app.begin({});
  page.browser.stopAt = (url) => /(app|idp)\.example$/.test(url.hostname);
  return page.submit({ email });
};

describe('users who share an IP address', () => {
  test('can start at the IdP without a limit; responses without a valid signature are limited', async () => {
    for (let n = 0; n < 25; n++) expect((await post(idp)).status).toBe(303);
    const foreign = await SamlIdp.make();
    const statuses: number[] = [];
    for (let n = 0; n < 25; n++) statuses.push((await post(foreign)).status);
    expect(statuses).toEqual([...Array(20).fill(303), ...Array(5).fill(429)]);
    expect((await post(idp)).status).toBe(303);
    expect((await post(idp, -3_600 * 24)).status).toBe(429);
  });

  test('can submit known email addresses without a limit; unknown addresses are limited', async () => {
    for (let n = 0; n < 25; n++) expect((await ask(`user${n}@office.example`)).url.hostname).toBe('idp.example');
    const guesses = await Promise.all(Array.from({ length: 30 }, (_, n) => ask(`x@guess${n}.example`)));
    expect(guesses.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(10);
    expect((await ask('user@office.example')).status).toBe(429);
  });

  test('can submit addresses at most 20 times in one interaction', async () => {
    const other = await World.start();
    const { page } = await (await App.register(other)).begin({});
    const organization = await other.tenant({ provider: 'TEST', scim: false });
    const { addDomain } = await organization.gql(
      'mutation($o: ID!) { addDomain(organizationId: $o, domain: "office.example") { domain { id } } }',
      { o: organization.organizationId },
    );
    await other.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
      id: addDomain.domain.id,
    });
    const statuses: number[] = [];
    for (let n = 0; n < 22; n++) statuses.push((await page.submit({ email: `user${n}@office.example` })).status);
    expect(statuses).toEqual([...Array(20).fill(200), 429, 429]);
    await other.close();
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8::2:0:0:1', '2001:db8:0:0::/64'],
  ['2001:db8::1:2:3:4:5', '2001:db8:0:1::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
])('attempts from %s count for %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
