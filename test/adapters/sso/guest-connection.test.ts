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
const identitiesOf = async (realm: Realm, id: string) =>
  (await realm.user(id, 'identities { subject connection { id } }')).identities
    .map(({ connection, subject }: { connection: { id: string }; subject: string | null }) => [connection.id, subject])
    .sort();
const unverified = { requireVerifiedEmail: false };

describe.each(protocols)('by $protocol: a connection outside an address’s domain', ({ protocol }) => {
  const make = (more: Parameters<typeof Realm.make>[3] = {}) => Realm.make(world, app, protocol, more);
  const partnerOf = (realm: Realm, jit: object = {}) =>
    realm.second({ jit: { mode: 'ENABLED', ...realm.words('T1'), ...jit } });

  test.each(['T1', 'T0'] as const)('creates no user in it (%s)', async (trust) => {
    const realm = await make();
    const partner = await partnerOf(realm, { ...unverified, ...realm.words(trust) });
    const outcome = await realm.outcome(realm.person(trust, { sub: 'mallory' }), { connectionId: partner.id });
    expect(outcome).toBe('DOMAIN_NOT_ALLOWED');
    const [denied] = (await realm.tenant.events()).filter(({ type }) => type === 'SIGN_IN_DENIED');
    expect(denied?.data.why).toBe('the domain of the address is verified and assigned to another connection');
    expect(await realm.outcome(realm.person('T2', { sub: 'cfo' }))).toMatch(/^user_/);
  });

  test('creates no user in it with a subject that has the form of an address', async () => {
    const realm = await make();
    const partner = await partnerOf(realm, unverified);
    const person = { ...realm.person('T0', { sub: realm.email }), email: '' };
    expect(await realm.outcome(person, { connectionId: partner.id })).toBe('DOMAIN_NOT_ALLOWED');
  });

  test.each([
    ['upper case', (domain: string) => domain.toUpperCase()],
    ['a final dot (RFC 1034 section 3.1)', (domain: string) => `${domain}.`],
    ['the dots of IDNA (RFC 3490 section 3.1)', (domain: string) => domain.replaceAll('.', '\u3002')],
    ['full-width letters', (domain: string) => domain.replace('r', '\uff52')],
    ['a script letter', (domain: string) => domain.replace('e', '\u212f')],
    ['white space', (domain: string) => ` ${domain}`],
  ])('creates no user in it with another spelling: %s', async (_name, spelled) => {
    const realm = await make();
    const partner = await partnerOf(realm, unverified);
    const email = `ceo@${spelled(realm.domain)}`;
    const people: Record<string, string>[] = [{ email }, { email: '', sub: email }];
    for (const person of people) {
      const outcome = await realm.outcome(
        { ...realm.person('T1', { sub: 'mallory' }), ...person },
        { connectionId: partner.id },
      );
      expect(outcome).toMatch(/DOMAIN_NOT_ALLOWED|ASSERTION_INVALID/);
    }
  });

  test('does not gain an account by changing the address of its own SCIM user to one in it', async () => {
    const realm = await make();
    const partner = await partnerOf(realm);
    const own = `own@partner-${realm.domain}`;
    const { body } = await partner.scim('POST', '/Users', oktaUser(own, { externalId: 'mallory' }));
    const mallory = { ...realm.person('T1', { sub: 'mallory' }), email: own };
    expect((await through(realm, partner.id, mallory)).id).toBe(body.id);
    for (const Operations of [
      [{ op: 'replace', path: 'emails', value: [{ value: realm.email, primary: true, type: 'work' }] }],
      [{ op: 'replace', path: 'userName', value: realm.email }],
    ]) {
      const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
      expect((await partner.scim('PATCH', `/Users/${body.id}`, { schemas, Operations })).status).toBe(200);
      const { claims } = await through(realm, partner.id, mallory);
      expect(claims.email_verified).toBe(false);
      expect(await realm.outcome(realm.person('T2', { sub: 'cfo' }))).toBe('LINK_CONFIRMATION_REQUIRED');
    }
  });

  test('does not keep the account from the owner, whichever signs in first', async () => {
    const realm = await make({ trust: 'T1' });
    const partner = await partnerOf(realm);
    await realm.assign([realm.tenant.connectionId]);
    const mallory = realm.person('T1', { sub: 'mallory' });
    const attempt = (person: Person, connectionId: string) =>
      realm.visit(person, { connectionId }).then((visit) => visit.isBack);
    const [theirs, ours] = await Promise.all([
      attempt(mallory, partner.id),
      attempt(realm.person('T2', { sub: 'cfo' }), realm.tenant.connectionId),
    ]);
    expect([theirs, ours]).toEqual([false, true]);
    const { id } = await through(realm, realm.tenant.connectionId, realm.person('T2', { sub: 'cfo' }));
    expect(await identitiesOf(realm, id)).toEqual([[realm.tenant.connectionId, 'cfo']]);
    expect(await realm.outcome(mallory, { connectionId: partner.id })).toBe('ACCOUNT_EXISTS');
  });

  test('creates users if the domain is assigned to no connection, or also to this one', async () => {
    const none = await make({ trust: 'T1' });
    await none.assign([]);
    const both = await make({ trust: 'T1' });
    const [a, b] = [await partnerOf(none), await partnerOf(both)];
    await both.assign([both.tenant.connectionId, b.id]);
    expect(await none.outcome(none.person('T1'), { connectionId: a.id })).toMatch(/^user_/);
    expect(await both.outcome(both.person('T1'), { connectionId: b.id })).toMatch(/^user_/);
  });

  test.each(['signs in', 'is provisioned'])(
    'is detached from an account that it created before, when the owner %s',
    async (how) => {
      const realm = await make({ trust: 'T1' });
      const partner = await partnerOf(realm);
      const mallory = realm.person('T1', { sub: 'mallory' });
      const before = await through(realm, partner.id, mallory);
      await realm.assign([realm.tenant.connectionId]);
      expect(await isActive(before.token)).toBe(true);
      if (how === 'signs in') expect(await realm.outcome(realm.person('T2', { sub: 'cfo' }))).toBe(before.id);
      else {
        const { body } = await realm.tenant.scim('POST', '/Users', oktaUser(realm.email, { externalId: 'cfo' }));
        expect(body.id).toBe(before.id);
      }
      expect(await identitiesOf(realm, before.id)).toEqual([
        [realm.tenant.connectionId, how === 'signs in' ? 'cfo' : null],
      ]);
      expect(await isActive(before.token)).toBe(false);
      expect(await realm.outcome(mallory, { connectionId: partner.id })).toBe('ACCOUNT_EXISTS');
      const events = (await realm.tenant.events()).filter(({ subjectId }) => subjectId === before.id);
      expect(events).toContainEqual(
        expect.objectContaining({
          type: 'USER_UPDATED',
          changes: [{ path: 'identities', before: { connectionId: partner.id, subject: 'mallory' }, after: null }],
        }),
      );
      expect(events.map(({ type }) => type)).toContain('SESSION_REVOKED');
    },
  );

  test('is not detached if it also has the domain', async () => {
    const realm = await make({ trust: 'T1' });
    const partner = await partnerOf(realm);
    await realm.assign([realm.tenant.connectionId, partner.id]);
    const { id } = await through(realm, partner.id, realm.person('T1', { sub: 'there' }));
    expect(await realm.outcome(realm.person('T2', { sub: 'here' }))).toBe(id);
    expect(await identitiesOf(realm, id)).toHaveLength(2);
  });

  test('manages an account in it: the owner is linked only after an operator confirms, which detaches the other', async () => {
    const realm = await make();
    const partner = await partnerOf(realm);
    const { body } = await partner.scim('POST', '/Users', oktaUser(realm.email, { externalId: 'mallory' }));
    const mallory = realm.person('T1', { sub: 'mallory' });
    const before = await through(realm, partner.id, mallory);
    expect(before.id).toBe(body.id);
    const cfo = realm.person('T2', { sub: 'cfo' });
    expect(await realm.outcome(cfo)).toBe('LINK_CONFIRMATION_REQUIRED');
    const { node } = await realm.tenant.gql(
      'query($id: ID!) { node(id: $id) { ... on Connection { pendingLinks { nodes { id } } } } }',
      { id: realm.tenant.connectionId },
    );
    await realm.tenant.gql('mutation($id: ID!) { settleLink(id: $id, accept: true) { user { id } } }', {
      id: node.pendingLinks.nodes[0].id,
    });
    expect(await isActive(before.token)).toBe(false);
    expect(await realm.outcome(cfo)).toBe(body.id);
    expect(await realm.outcome(mallory, { connectionId: partner.id })).toBe('ACCOUNT_EXISTS');
  });

  test('vouches for no address in it to applications', async () => {
    const realm = await make();
    const partner = await partnerOf(realm);
    await partner.scim('POST', '/Users', oktaUser(realm.email, { externalId: 'mallory' }));
    const there = await through(realm, partner.id, realm.person('T1', { sub: 'mallory' }));
    expect(there.claims).toMatchObject({ email: realm.email, email_verified: false });
    const owned = await make();
    const here = await through(owned, owned.tenant.connectionId, owned.person('T2'));
    expect(here.claims).toMatchObject({ email: owned.email, email_verified: true });
  });

  test('sets no address in it from the claims, and no address of another account', async () => {
    const realm = await make();
    const partner = await partnerOf(realm);
    const guest = { ...realm.person('T1', { sub: 'guest' }), email: 'guest@elsewhere.example' };
    const { id } = await through(realm, partner.id, guest);
    const other = 'other@elsewhere.example';
    await realm.createUser({ userName: 'other', emails: [{ value: other, primary: true }] });
    for (const email of [realm.email, other]) {
      expect((await through(realm, partner.id, { ...guest, email })).id).toBe(id);
      expect(await realm.user(id, 'email')).toEqual({ email: guest.email });
    }
    await through(realm, partner.id, { ...guest, email: 'renamed@elsewhere.example' });
    expect(await realm.user(id, 'email')).toEqual({ email: 'renamed@elsewhere.example' });
    const { node } = await realm.tenant.gql(
      'query($id: ID!) { node(id: $id) { ... on Connection { requests { nodes { quirks } } } } }',
      { id: partner.id },
    );
    const quirks = node.requests.nodes.flatMap((one: { quirks: string[] }) => one.quirks);
    expect(quirks).toEqual(expect.arrayContaining(['emailOfAnotherConnection', 'emailOfAnotherUser']));
  });

  test.each([
    { roles: [], owned: true, named: false, expected: 'INVITATION_CODE_REQUIRED' },
    { roles: ['admin'], owned: false, named: false, expected: 'INVITATION_CODE_REQUIRED' },
    { roles: ['admin'], owned: true, named: true, expected: 'in' },
    { roles: [], owned: false, named: false, expected: 'in' },
  ])(
    'accepts an invitation without a code only if the domain and the roles allow it: %j',
    async ({ roles, owned, named, expected }) => {
      const realm = await make({ trust: owned ? 'T2' : 'T1' });
      const partner = await partnerOf(realm);
      const { inviteUser } = await realm.tenant.gql(
        'mutation($i: InviteUserInput!) { inviteUser(input: $i) { user { id } } }',
        {
          i: {
            organizationId: realm.tenant.organizationId,
            email: realm.email,
            roles,
            connectionId: named ? partner.id : undefined,
          },
        },
      );
      const outcome = await realm.outcome(realm.person('T1', { sub: 'guest' }), { connectionId: partner.id });
      expect(outcome).toBe(expected === 'in' ? inviteUser.user.id : expected);
      if (owned && !named) expect(await realm.outcome(realm.person('T2', { sub: 'own' }))).toBe(inviteUser.user.id);
    },
  );
});
