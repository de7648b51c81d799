import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { denials } from '../../../src/directory/sign-in/denials.js';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { protocols, Realm } from '../../support/sign-ins.js';
import { oktaUser, World } from '../../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world, { initiateLoginUri: 'https://app.example/login' });
});
afterAll(() => world.close());

const update = (realm: Realm, input: object) =>
  realm.tenant.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id state } } }', {
    i: { id: realm.tenant.connectionId, ...input },
  });
const updateOrganization = (realm: Realm, input: object) =>
  world.gql('mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }', {
    i: { id: realm.tenant.organizationId, ...input },
  });
const last = async (realm: Realm, type: string) =>
  (await realm.tenant.events()).filter((event: { type: string }) => event.type === type).at(-1);

describe.each(protocols)('by $protocol: gates (rows A)', ({ protocol }) => {
  test('an organization that is DISABLED denies sign-ins', async () => {
    const realm = await Realm.make(world, app, protocol);
    await updateOrganization(realm, { status: 'DISABLED' });
    const visit = await app.begin({ connection_id: realm.tenant.connectionId });
    const seen = visit.page.text.includes('Test identity provider') ? await visit.be(realm.person('T2')) : visit;
    expect(seen.page.words).toContain(denials.ORGANIZATION_DISABLED);
    await updateOrganization(realm, { status: 'ACTIVE' });
    expect(await last(realm, 'SIGN_IN_DENIED')).toMatchObject({
      data: { code: 'ORGANIZATION_DISABLED', decisionRow: 'A1' },
    });
  });

  test.each(['DRAFT', 'INACTIVE'])('a connection that is %s denies sign-ins', async (state) => {
    const realm = await Realm.make(world, app, protocol);
    await update(realm, { state });
    expect(await realm.outcome(realm.person('T2'))).toBe('CONNECTION_INACTIVE');
  });

  test('a connection that becomes INACTIVE while the user is at the IdP denies the sign-in, also of a known user', async () => {
    const realm = await Realm.make(world, app, protocol);
    await realm.outcome(realm.person('T2'));
    const visit = await app.begin({ connection_id: realm.tenant.connectionId });
    await update(realm, { state: 'INACTIVE' });
    const refused = await visit.be(realm.person('T2'));
    expect(refused.page.words).toContain(denials.CONNECTION_INACTIVE);
    expect(refused.page.status).toBe(403);
  });

  test('a connection without a sign-in protocol, and one whose protocol is disabled, deny sign-ins', async () => {
    const realm = await Realm.make(world, app, protocol);
    const facet =
      protocol === 'saml' ? { saml: { enabled: false } } : { oidc: { ...(await current(realm)), enabled: false } };
    await update(realm, facet);
    expect(await realm.outcome(realm.person('T2'))).toBe('CONNECTION_INACTIVE');
    const okta = await realm.second({ provider: 'OKTA', oidc: undefined, saml: undefined });
    expect(await realm.outcome(realm.person('T2'), { connectionId: okta.id })).toBe('CONNECTION_INACTIVE');
  });

  test('requiredGroups denies unknown and known users, and closes accounts if the policy requires it', async () => {
    const realm = await Realm.make(world, app, protocol, { jit: { requiredGroups: ['Staff', 'Guests'] } });
    expect(await realm.outcome(realm.person('T2', { sub: 's' }))).toBe('GROUP_REQUIRED');
    const id = await realm.outcome(realm.person('T2', { sub: 's', groups: 'Other, Staff' }));
    expect(id).toMatch(/^user_/);
    expect(await realm.outcome(realm.person('T2', { sub: 's', groups: 'Other' }))).toBe('GROUP_REQUIRED');
    expect(await realm.user(id, 'status')).toEqual({ status: 'ACTIVE' });
    await update(realm, { jit: { deprovisionOnGroupLoss: true } });
    expect(await realm.outcome(realm.person('T2', { sub: 's', groups: 'Other' }))).toBe('GROUP_REQUIRED');
    expect(await realm.user(id, 'status deprovisionReason sessions { id }')).toEqual({
      status: 'DEPROVISIONED',
      deprovisionReason: 'SIGN_IN_GROUP_LOST',
      sessions: [],
    });
  });

  test('a protected account is never closed by losing its groups', async () => {
    const realm = await Realm.make(world, app, protocol, {
      jit: { requiredGroups: ['Staff'], deprovisionOnGroupLoss: true },
    });
    const id = await realm.outcome(realm.person('T2', { sub: 's', groups: 'Staff' }));
    await realm.tenant.gql(
      'mutation($id: ID!) { protectUser(id: $id, protected: true, reason: "break glass") { user { id } } }',
      { id },
    );
    expect(await realm.outcome(realm.person('T2', { sub: 's', groups: 'Other' }))).toBe('GROUP_REQUIRED');
    expect(await realm.user(id, 'status protected')).toEqual({ status: 'ACTIVE', protected: true });
    expect(await last(realm, 'CONNECTION_ATTENTION')).toMatchObject({ data: { kind: 'HELD', userId: id } });
  });

  test('a test sign-in of a DRAFT shows claims and decision, creates no user and starts no session', async () => {
    const realm = await Realm.make(world, app, protocol, { state: 'DRAFT' });
    const { startTestSignIn } = await realm.tenant.gql(
      'mutation($id: ID!) { startTestSignIn(connectionId: $id) { url } }',
      {
        id: realm.tenant.connectionId,
      },
    );
    const browser = new Browser();
    let page = await (await browser.open(startTestSignIn.url)).submit(realm.person('T2', { sub: 'tester' }));
    while (page.form.fields.SAMLResponse) page = await page.submit();
    expect(page.words).toContain('Row NEW_USER (D7)');
    expect(page.words).toContain(realm.email);
    expect(page.words).toContain('tester');
    const types = await realm.tenant.types();
    expect(types).not.toContain('USER_PROVISIONED');
    expect(types).not.toContain('SESSION_STARTED');
    const again = await new Browser().open(startTestSignIn.url);
    expect(again.status).toBe(404);
  });
});

/** Returns the OIDC fields that an update must repeat. */
async function current(realm: Realm) {
  const { connection } = await realm.tenant.gql(
    'query($id: ID!) { connection(id: $id) { oidc { issuer clientId } } }',
    {
      id: realm.tenant.connectionId,
    },
  );
  return connection.oidc;
}

describe.each(protocols)('by $protocol: no account matches (rows D)', ({ protocol }) => {
  test.each([
    { jit: { mode: 'DISABLED' }, scim: false, expected: 'NOT_PROVISIONED' },
    { jit: { mode: 'DISABLED' }, scim: true, expected: 'NOT_PROVISIONED' },
    { jit: { mode: 'UNLESS_SCIM' }, scim: true, expected: 'NOT_PROVISIONED' },
    { jit: { mode: 'UNLESS_SCIM' }, scim: false, expected: 'in' },
    { jit: { mode: 'INVITED' }, scim: false, expected: 'INVITATION_REQUIRED' },
    { jit: { mode: 'ENABLED' }, scim: true, expected: 'in' },
    { jit: { mode: 'ENABLED', allowedDomains: ['other.example'] }, scim: false, expected: 'DOMAIN_NOT_ALLOWED' },
  ])('$jit, SCIM $scim: $expected', async ({ jit, scim, expected }) => {
    const realm = await Realm.make(world, app, protocol, { trust: 'T1', jit, scim });
    const outcome = await realm.outcome(realm.person('T1'));
    expect(expected === 'in' ? outcome.slice(0, 5) : outcome).toBe(expected === 'in' ? 'user_' : expected);
  });

  test('UNLESS_SCIM: the event contains the SCIM connection and the time of its last cycle', async () => {
    const realm = await Realm.make(world, app, protocol, { jit: { mode: 'UNLESS_SCIM' } });
    await realm.tenant.scim('GET', '/Users?filter=userName%20eq%20%22x%22');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await realm.outcome(realm.person('T2'))).toBe('NOT_PROVISIONED');
    expect(await last(realm, 'SIGN_IN_DENIED')).toMatchObject({
      data: {
        decisionRow: 'D2',
        scimConnectionId: realm.tenant.connectionId,
        lastRequestAt: expect.any(String),
        emailDomain: realm.domain,
      },
    });
  });

  test.each([
    { email: 'somebody@gmail.com', jit: {}, expected: 'DOMAIN_NOT_ALLOWED' },
    { email: 'somebody@gmail.com', jit: { allowedDomains: ['gmail.com'] }, expected: 'in' },
    { email: 'a@allowed.example', jit: { allowedDomains: ['allowed.example'] }, expected: 'in' },
  ])('$email with $jit: $expected', async ({ email, jit, expected }) => {
    const realm = await Realm.make(world, app, protocol, { trust: 'T1', scim: false, jit });
    const outcome = await realm.outcome({ ...realm.person('T1'), email });
    expect(expected === 'in' ? outcome.slice(0, 5) : outcome).toBe(expected === 'in' ? 'user_' : expected);
  });

  test('an address whose domain another organization has verified is denied, unless allowedDomains contains the domain', async () => {
    const owner = await Realm.make(world, app, protocol);
    const other = await Realm.make(world, app, protocol, { trust: 'T1' });
    expect(await other.outcome({ ...other.person('T1'), email: owner.email })).toBe('DOMAIN_NOT_ALLOWED');
    expect((await owner.tenant.types()).filter((type) => type === 'SIGN_IN_DENIED')).toEqual([]);
    const guest = await Realm.make(world, app, protocol, { trust: 'T1', jit: { allowedDomains: [owner.domain] } });
    expect(await guest.outcome({ ...guest.person('T1'), email: owner.email })).toMatch(/^user_/);
  });

  test('an unverified address is refused, or accepted if the policy does not require verification', async () => {
    const strict = await Realm.make(world, app, protocol, { trust: 'T0' });
    expect(await strict.outcome(strict.person('T0'))).toBe('EMAIL_UNVERIFIED');
    const lax = await Realm.make(world, app, protocol, { trust: 'T0', jit: { requireVerifiedEmail: false } });
    expect(await lax.outcome(lax.person('T0'))).toMatch(/^user_/);
  });

  test('without an address the userName is the subject, and no account is matched by email', async () => {
    const realm = await Realm.make(world, app, protocol, { trust: 'T0', jit: { requireVerifiedEmail: false } });
    const person = { email: '', email_verified: null, sub: 'only-a-subject' };
    const id = await realm.outcome(person);
    expect(await realm.user(id, 'userName email origin')).toEqual({
      userName: 'only-a-subject',
      email: null,
      origin: 'JIT',
    });
    expect(await realm.outcome(person)).toBe(id);
  });

  test('a created user has default roles and groups, grantable roles of the claims, mapped attributes, and one event', async () => {
    const realm = await Realm.make(world, app, protocol, {
      scim: false,
      attributeMappings: [{ source: 'department', target: 'department' }],
      groupMappings: [{ group: 'Sales', roles: ['seller'] }],
      grantableRoles: ['seller', 'buyer'],
      jit: { defaultRoles: ['member'] },
    });
    const { createGroup } = await realm.tenant.gql(
      'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }',
      {
        i: { organizationId: realm.tenant.organizationId, displayName: 'Everybody' },
      },
    );
    await update(realm, { jit: { defaultGroupIds: [createGroup.group.id] } });
    const claims = JSON.stringify({ department: 'Sales EMEA', roles: ['buyer', 'admin'] });
    const id = await realm.outcome(realm.person('T2', { groups: 'Sales', claims }));
    expect(await realm.user(id, 'roles department origin scimManaged groups { nodes { displayName } }')).toEqual({
      roles: ['buyer', 'member', 'seller'],
      department: 'Sales EMEA',
      origin: 'JIT',
      scimManaged: false,
      groups: { nodes: [{ displayName: 'Everybody' }] },
    });
    expect(await last(realm, 'USER_PROVISIONED')).toMatchObject({
      data: { origin: 'JIT', decisionRow: 'D7' },
      actor: { kind: 'SSO' },
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { connection } = await realm.tenant.gql(
      'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { protocol status quirks requestBody events { type } } } } }',
      { id: realm.tenant.connectionId },
    );
    expect(connection.requests.nodes[0]).toMatchObject({
      protocol: protocol.toUpperCase(),
      status: 200,
      quirks: ['roleNotGrantable admin'],
    });
    // Roles follow the claims at the next sign-in.
    await realm.outcome(realm.person('T2', { groups: 'Other', claims: '{"roles":[]}' }));
    expect(await realm.user(id, 'roles')).toEqual({ roles: ['member'] });
  });

  test('syncGroups creates groups from the claims, and does not change SCIM groups', async () => {
    const realm = await Realm.make(world, app, protocol, { jit: { syncGroups: true } });
    const { body } = await realm.tenant.scim('POST', '/Groups', { displayName: 'Blue' });
    const id = await realm.outcome(realm.person('T2', { groups: 'Blue, Red' }));
    const groups = () =>
      realm.user(id, 'groups { nodes { id displayName origin } }').then(({ groups: { nodes } }) => nodes);
    expect(await groups()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ displayName: 'Blue', origin: 'JIT' }),
        expect.objectContaining({ displayName: 'Red' }),
      ]),
    );
    expect((await groups()).map((group: { id: string }) => group.id)).not.toContain(body.id);
    await realm.outcome(realm.person('T2', { groups: 'Red' }));
    expect((await groups()).map((group: { displayName: string }) => group.displayName)).toEqual(['Red']);
  });

  test('later sign-ins refresh the profile of a JIT account, and never that of a SCIM-managed account', async () => {
    const realm = await Realm.make(world, app, protocol);
    const id = await realm.outcome(realm.person('T2', { sub: 's' }));
    await realm.outcome(realm.person('T2', { sub: 's', given_name: 'Renamed' }));
    expect(await realm.user(id, 'givenName userName')).toEqual({ givenName: 'Renamed', userName: realm.email });
    const managed = await Realm.make(world, app, protocol);
    const { body } = await managed.tenant.scim(
      'POST',
      '/Users',
      oktaUser(managed.email, { name: { givenName: 'Scim', familyName: 'X' } }),
    );
    expect(await managed.outcome(managed.person('T2'))).toBe(body.id);
    expect(await managed.outcome(managed.person('T2', { given_name: 'Claims' }))).toBe(body.id);
    expect(await managed.user(body.id, 'givenName')).toEqual({ givenName: 'Scim' });
  });
});

describe.each(protocols)('by $protocol: seats at the sign-in', ({ protocol }) => {
  test('BLOCK: the user is refused, with one event an hour; a freed seat allows the sign-in', async () => {
    const realm = await Realm.make(world, app, protocol);
    const { body } = await realm.tenant.scim('POST', '/Users', oktaUser('first@seats.example'));
    await updateOrganization(realm, { seatLimit: 1 });
    expect(await realm.outcome(realm.person('T2'))).toBe('SEAT_LIMIT_REACHED');
    expect(await realm.outcome(realm.person('T2'))).toBe('SEAT_LIMIT_REACHED');
    const types = await realm.tenant.types();
    expect(types.filter((type) => type === 'ORGANIZATION_SEATS_EXCEEDED')).toHaveLength(1);
    await realm.tenant.scim('PATCH', `/Users/${body.id}`, {
      schemas: [],
      Operations: [{ op: 'replace', value: { active: false } }],
    });
    expect(await realm.tenant.types()).toContain('ORGANIZATION_SEATS_FREED');
    expect(await realm.outcome(realm.person('T2'))).toMatch(/^user_/);
  });

  test.each([
    { seats: { seatPolicy: 'GRACE', seatGrace: 1, seatGraceDays: 3 }, third: 'SEAT_LIMIT_REACHED' },
    { seats: { seatPolicy: 'NOTIFY' }, third: 'allowed' },
  ])('$seats: the first user above the limit is allowed, with an event; the next: $third', async ({ seats, third }) => {
    const realm = await Realm.make(world, app, protocol);
    await updateOrganization(realm, { seatLimit: 1, ...seats });
    expect(await realm.outcome({ ...realm.person('T2'), email: `a@${realm.domain}` })).toMatch(/^user_/);
    expect(await realm.outcome({ ...realm.person('T2'), email: `b@${realm.domain}` })).toMatch(/^user_/);
    expect(await last(realm, 'ORGANIZATION_SEATS_EXCEEDED')).toMatchObject({
      data: { limit: 1, used: 2, refused: false },
    });
    const outcome = await realm.outcome({ ...realm.person('T2'), email: `c@${realm.domain}` });
    expect(third === 'allowed' ? outcome.slice(0, 5) : outcome).toBe(third === 'allowed' ? 'user_' : third);
  });
});

describe.each(protocols)('invitations by $protocol: a guest signs in', ({ protocol }) => {
  const invite = async (realm: Realm, more: object = {}) => {
    const { inviteUser } = await realm.tenant.gql(
      'mutation($i: InviteUserInput!) { inviteUser(input: $i) { invitationCode user { id status roles } } }',
      { i: { organizationId: realm.tenant.organizationId, email: realm.email, roles: ['guest'], ...more } },
    );
    return inviteUser;
  };

  test.each(['T2', 'T1'] as const)('%s: accepted with the same id, with default and invited roles', async (trust) => {
    const realm = await Realm.make(world, app, protocol, { trust, jit: { mode: 'INVITED', defaultRoles: ['member'] } });
    const { user } = await invite(realm);
    expect(user).toMatchObject({ status: 'PENDING', roles: ['guest'] });
    expect(await realm.outcome(realm.person(trust))).toBe(user.id);
    expect(await realm.user(user.id, 'status roles')).toEqual({ status: 'ACTIVE', roles: ['guest', 'member'] });
    expect((await realm.tenant.types()).filter((type) => /INVITED|PROVISIONED/.test(type))).toEqual([
      'USER_INVITED',
      'USER_PROVISIONED',
    ]);
    const { organization } = await realm.tenant.gql('query($o: ID!) { organization(id: $o) { seatsUsed } }', {
      o: realm.tenant.organizationId,
    });
    const accepted = (await realm.tenant.events()).find(({ type }: { type: string }) => type === 'USER_PROVISIONED');
    expect(accepted).toMatchObject({ data: { invited: true, seatsUsed: organization.seatsUsed } });
  });

  test('T1 and an invitation for another connection, or T0: the code is required, and allows the sign-in', async () => {
    const realm = await Realm.make(world, app, protocol, { trust: 'T0', jit: { mode: 'INVITED' } });
    const { user, invitationCode } = await invite(realm);
    const visit = await realm.visit(realm.person('T0'));
    expect(visit.page.words).toContain(denials.INVITATION_CODE_REQUIRED);
    const wrong = await visit.page.submit({ code: 'rc_invite_wrong' });
    expect(wrong.words).toContain(denials.INVITATION_CODE_REQUIRED);
    expect(wrong.words).toContain('This code does not belong to your invitation, or it has expired.');
    expect(visit.page.words).not.toContain('This code does not');
    const back = visit.at(await wrong.submit({ code: invitationCode }));
    expect((await back.tokens()).claims.sub).toBe(user.id);
    const other = await realm.second();
    const second = await Realm.make(world, app, protocol, { trust: 'T1', jit: { mode: 'INVITED' } });
    const elsewhere = await second.second();
    await invite(second, { connectionId: elsewhere.id });
    expect(await second.outcome(second.person('T1'))).toBe('INVITATION_CODE_REQUIRED');
    expect(other.id).toMatch(/^conn_/);
  });

  test('an expired invitation does not block a sign-in', async () => {
    const realm = await Realm.make(world, app, protocol, { trust: 'T1' });
    const { user } = await invite(realm);
    await world
      .database()
      .run(`update invitations set expires_at = now() - interval '1 minute' where user_id = $1`, [user.id]);
    const id = await realm.outcome(realm.person('T1'));
    expect(id).not.toBe(user.id);
    expect(await realm.user(id, 'roles')).toEqual({ roles: [] });
    expect(await realm.tenant.types()).toContain('USER_INVITATION_EXPIRED');
  });
});
