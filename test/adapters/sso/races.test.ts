import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../../support/application.js';
import { protocols, Realm } from '../../support/sign-ins.js';
import { oktaUser, patch, World } from '../../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
});
afterAll(() => world.close());

describe.each(protocols)('races by $protocol', ({ protocol }) => {
  test('twenty concurrent first sign-ins create one account and twenty sessions', async () => {
    const realm = await Realm.make(world, app, protocol);
    const person = realm.person('T2', { sub: 'one' });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => realm.outcome(person)));
    expect(new Set(outcomes).size).toBe(1);
    const types = await realm.tenant.types();
    expect(types.filter((type) => type === 'USER_PROVISIONED')).toHaveLength(1);
    expect(types.filter((type) => type === 'SESSION_STARTED')).toHaveLength(20);
  });

  test('if SCIM creates a user during the first sign-in, there is one account', async () => {
    for (let round = 0; round < 8; round++) {
      const realm = await Realm.make(world, app, protocol);
      const visit = await app.begin({ connection_id: realm.tenant.connectionId });
      // The unique key of userNames does not detect the second one: only the address is the same.
      const emails = [{ value: realm.email, primary: true }];
      const resource = round % 2 === 0 ? oktaUser(realm.email) : { ...oktaUser('short'), emails };
      const [{ body, status }, back] = await Promise.all([
        realm.tenant.scim('POST', '/Users', resource),
        visit.be(realm.person('T2')),
      ]);
      const { claims } = await back.tokens();
      expect(status).toBe(201);
      expect(claims.sub).toBe(body.id);
      const { organization } = await realm.tenant.gql(
        'query($id: ID!) { organization(id: $id) { seatsUsed users { totalCount } } }',
        {
          id: realm.tenant.organizationId,
        },
      );
      expect(organization).toEqual({ seatsUsed: 1, users: { totalCount: 1 } });
    }
  });

  test('no session remains after a SCIM deactivation during a sign-in', async () => {
    for (let round = 0; round < 12; round++) {
      const realm = await Realm.make(world, app, protocol);
      const { body } = await realm.tenant.scim('POST', '/Users', oktaUser(realm.email));
      const visit = await app.begin({ connection_id: realm.tenant.connectionId });
      const signingIn = visit.be(realm.person('T2'));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      const { status } = await realm.tenant.scim(
        'PATCH',
        `/Users/${body.id}`,
        patch({ op: 'replace', value: { active: false } }),
      );
      expect(status).toBe(200);
      const back = await signingIn;
      const { sessions } = await realm.user(body.id, 'sessions { id }');
      expect(sessions).toEqual([]);
      // Tokens that the browser received in between are invalid.
      if (back.isBack) await expect(back.tokens()).rejects.toThrow();
    }
  });

  test('the last seat is used once', async () => {
    const realm = await Realm.make(world, app, protocol);
    await world.gql(
      'mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }',
      {
        i: { id: realm.tenant.organizationId, seatLimit: 1 },
      },
    );
    const people = Array.from({ length: 6 }, (_, n) => ({ ...realm.person('T2'), email: `p${n}@${realm.domain}` }));
    const posts = Array.from({ length: 6 }, (_, n) =>
      realm.tenant.scim('POST', '/Users', oktaUser(`q${n}@${realm.domain}`)),
    );
    const visits = await Promise.all(people.map((person) => realm.visit(person)));
    const created = (await Promise.all(posts)).filter(({ status }) => status === 201);
    const refused = (await Promise.all(posts)).filter(({ status }) => status === 403);
    expect(visits.filter((visit) => visit.isBack).length + created.length).toBe(1);
    expect(refused.length + created.length).toBe(6);
    const { organization } = await realm.tenant.gql('query($id: ID!) { organization(id: $id) { seatsUsed } }', {
      id: realm.tenant.organizationId,
    });
    expect(organization.seatsUsed).toBe(1);
  });
});
