import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../../support/application.js';
import { protocols, Realm } from '../../support/sign-ins.js';
import { World } from '../../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
});
afterAll(() => world.close());

const nameBy = async ({ tenant, protocol }: Realm, claim: string | null) =>
  tenant.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
    i: {
      id: tenant.connectionId,
      ...(protocol === 'saml'
        ? { saml: { subjectAttribute: claim } }
        : { oidc: { issuer: `${world.url}/test-idp`, clientId: '', subjectClaim: claim ?? 'sub' } }),
    },
  });

describe.each(protocols)('by $protocol: the claim that names the subject changes', ({ protocol }) => {
  test.each([
    { from: null, to: 'oid' },
    { from: 'oid', to: null },
  ])('from $from to $to: a value of one claim is not a subject of the other', async ({ from, to }) => {
    const realm = await Realm.make(world, app, protocol, { trust: 'T1' });
    if (from !== null) await nameBy(realm, from);
    const victim = realm.person('T1', { sub: '1001', claims: '{"oid":"a-17"}' });
    const id = await realm.outcome(victim);
    await nameBy(realm, to);
    const mallory = realm.person(
      'T1',
      to === null ? { sub: 'a-17', claims: '{"oid":"m"}' } : { sub: 'm', claims: '{"oid":"1001"}' },
    );
    const other = await realm.outcome({ ...mallory, email: 'mallory@elsewhere.example' });
    expect(other).toMatch(/^user_/);
    expect(other).not.toBe(id);
    // The victim is identified by the unchanged claim, for any address.
    expect(await realm.outcome({ ...victim, email: 'renamed@elsewhere.example' })).toBe(id);
    await nameBy(realm, from);
    expect(await realm.outcome(victim)).toBe(id);
  });
});
