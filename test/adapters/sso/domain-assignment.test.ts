import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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

type Person = ReturnType<Realm['person']>;
const through = async (realm: Realm, connectionId: string, person: Person) => {
  const tokens = await (await realm.visit(person, { connectionId })).tokens();
  return { id: tokens.claims.sub as string, claims: tokens.claims, token: tokens.access_token as string };
};
const isActive = async (token: string) => (await app.introspect(token)).active;
const remove = (realm: Realm, id: string, users = 'KEEP') =>
  realm.tenant.gql('mutation($id: ID!, $u: OrphanedUsers!) { deleteConnection(id: $id, users: $u) { deletedId } }', {
    id,
    u: users,
  });
const reassign = async (realm: Realm, connectionIds: string[]) => {
  const { organization } = await realm.tenant.gql(
    'query($id: ID!) { organization(id: $id) { domains { id domain } } }',
    { id: realm.tenant.organizationId },
  );
  const { id } = organization.domains.find(({ domain }: { domain: string }) => domain === realm.domain);
  await realm.tenant.gql(
    'mutation($id: ID!, $c: [ID!]!) { assignDomain(id: $id, connectionIds: $c) { domain { id } } }',
    { id, c: connectionIds },
  );
};

describe.each(protocols)('by $protocol: a domain whose assignment changes', ({ protocol }) => {
  const make = (more: Parameters<typeof Realm.make>[3] = {}) => Realm.make(world, app, protocol, more);
  const partnerOf = (realm: Realm) => realm.second({ jit: { mode: 'ENABLED', ...realm.words('T1') } });

  test('stays closed to other connections after its only connection is deleted, until it is assigned again', async () => {
    const realm = await make();
    const partner = await partnerOf(realm);
    const guest = { ...realm.person('T1', { sub: 'guest' }), email: 'guest@elsewhere.example' };
    const own = await through(realm, partner.id, guest);
    await partner.scim('POST', '/Users', oktaUser(`cfo@${realm.domain}`, { externalId: 'cfo' }));
    await remove(realm, realm.tenant.connectionId);

    const mallory = realm.person('T1', { sub: 'mallory' });
    expect(await realm.outcome(mallory, { connectionId: partner.id })).toBe('DOMAIN_NOT_ALLOWED');
    const [denied] = (await realm.tenant.events()).filter(({ type }) => type === 'SIGN_IN_DENIED').reverse();
    expect(denied?.data.why).toMatch(/has been deleted/);
    const cfo = { ...realm.person('T1', { sub: 'cfo' }), email: `cfo@${realm.domain}` };
    expect((await through(realm, partner.id, cfo)).claims).toMatchObject({ email_verified: false });
    expect((await through(realm, partner.id, { ...guest, email: realm.email })).id).toBe(own.id);
    expect(await realm.user(own.id, 'email')).toEqual({ email: guest.email });

    await reassign(realm, [partner.id]);
    expect(await realm.outcome(mallory, { connectionId: partner.id })).toMatch(/^user_/);
  });

  test('is open to all connections if it is assigned to an empty list', async () => {
    const realm = await make();
    const partner = await partnerOf(realm);
    await reassign(realm, []);
    expect(await realm.outcome(realm.person('T1'), { connectionId: partner.id })).toMatch(/^user_/);
  });

  test.each(['signs in', 'is managed by SCIM'])(
    'is closed to a connection that loses it: an account whose owner %s there',
    async (how) => {
      const realm = await make({ trust: 'T1' });
      const partner = await partnerOf(realm);
      await realm.assign([realm.tenant.connectionId, partner.id]);
      const owner = realm.person('T2', { sub: 'cfo' });
      if (how === 'signs in') await realm.outcome(owner);
      else await realm.tenant.scim('POST', '/Users', oktaUser(realm.email, { externalId: 'cfo' }));
      const mallory = realm.person('T2', { sub: 'mallory' });
      const before = await through(realm, partner.id, mallory);

      await reassign(realm, [realm.tenant.connectionId]);
      expect(await isActive(before.token)).toBe(false);
      expect(await realm.outcome(mallory, { connectionId: partner.id })).toBe('ACCOUNT_EXISTS');
      expect(await realm.outcome(owner)).toBe(before.id);
    },
  );
});
