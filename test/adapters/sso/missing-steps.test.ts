import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { App } from '../../support/application.js';
import { protocols, Realm } from '../../support/sign-ins.js';
import { oktaUser, World } from '../../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
});
afterAll(() => world.close());

/** Returns the error text of the last request of the connection. */
const adviceIn = async (realm: Realm, id = realm.tenant.connectionId): Promise<string> => {
  const { connection } = await realm.tenant.gql(
    'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { error } } } }',
    { id },
  );
  return connection.requests.nodes[0].error;
};
const requestFor = async (realm: Realm, code: string, person: ReturnType<Realm['person']>) => {
  expect(await realm.outcome(person)).toBe(code);
  return adviceIn(realm);
};

test.each(protocols)('$protocol: steps that are already done are not advised', async ({ protocol }) => {
  // The domain is verified and assigned to the connection.
  const listed = await Realm.make(world, app, protocol, { jit: { allowedDomains: ['elsewhere.example'] } });
  expect(await requestFor(listed, 'DOMAIN_NOT_ALLOWED', listed.person('T2'))).toBe(
    `Addresses of the email domain cannot sign in. Set "jit.allowedDomains" to ["elsewhere.example", "${listed.domain}"]. The list replaces the previous one.`,
  );

  const realm = await Realm.make(world, app, protocol, { trust: 'T1' });
  const partner = await realm.second();
  await realm.assign([realm.tenant.connectionId, partner.id]);
  const user = oktaUser(realm.email, { externalId: 'e-1' });
  const { body } = await partner.scim('POST', '/Users', user);
  await realm.tenant.gql(
    'mutation($id: ID!) { protectUser(id: $id, protected: true, reason: "break glass") { user { id } } }',
    { id: body.id },
  );
  const advice = await requestFor(realm, 'ACCOUNT_EXISTS', realm.person('T2'));
  expect(advice).toContain('until the user has signed in through this connection once.');
  expect(advice).not.toContain('domain');
});

test('an unverified address: the request names the missing claim', async () => {
  const realm = await Realm.make(world, app, 'oidc');
  await realm.tenant.scim('POST', '/Users', oktaUser(realm.email, { externalId: 'e-1' }));
  expect(await requestFor(realm, 'ACCOUNT_EXISTS', realm.person('T0'))).toMatch(
    /^The claim "email_verified" .*, and "trustsEmail" is off\. Configure the IdP to send the address as verified, or set "jit\.trustsEmail"\.$/,
  );
});
