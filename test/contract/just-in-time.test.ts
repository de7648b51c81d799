import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { closeDormant } from '../../src/directory/users/dormancy.js';
import { App } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { dayMs, storeOfJobs } from '../support/jobs.js';
import { Realm } from '../support/sign-ins.js';
import { type Anything, eventually, oktaUser, patch, World } from '../support/world.js';

let world: World;
let app: App;
let now = Date.now;
const clock = () => new Date(now());
beforeAll(async () => {
  world = await World.start({ now: clock });
  app = await App.register(world);
});
afterAll(() => world.close());

const realmOf = (more: Parameters<typeof Realm.make>[3] = {}, protocol: 'oidc' | 'saml' = 'oidc') =>
  Realm.make(world, app, protocol, more);
const signIn = async (realm: Realm, more: Record<string, string> = {}) =>
  (await realm.visit(realm.person('T2', more))).tokens();
const typesOf = async (realm: Realm) => (await realm.tenant.events()).map(({ type }: Anything) => type);
const jitUsers = async (realm: Realm) =>
  (
    await realm.tenant.gql(
      'query($o: ID!) { organization(id: $o) { seatsUsed users(filter: { origin: JIT }) { totalCount nodes { id status roles } } } }',
      { o: realm.tenant.organizationId },
    )
  ).organization;

describe('just-in-time provisioning', () => {
  test('the first sign-in creates the account', async () => {
    const realm = await realmOf();
    const tokens = await signIn(realm);
    expect((await jitUsers(realm)).users).toMatchObject({ totalCount: 1, nodes: [{ id: tokens.claims.sub }] });
    const [provisioned] = (await realm.tenant.events()).filter(({ type }: Anything) => type === 'USER_PROVISIONED');
    expect(provisioned.data.decisionRow).toMatch(/^D/);
  });

  test('a verified token creates the account; a modified token creates none', async () => {
    const realm = await realmOf({}, 'saml');
    const browser = new Browser();
    browser.stopAt = (url) => url.hostname === 'app.example';
    const visit = await realm.app.begin({ connection_id: realm.tenant.connectionId }, browser);
    const page = await visit.page.submit(realm.person('T2'));
    const response = Buffer.from(page.form.fields.SAMLResponse ?? '', 'base64').toString();
    // The assertion is encrypted; one character in its middle is changed.
    const at = Math.floor(response.lastIndexOf('CipherValue>') - 200);
    const other = response[at] === 'A' ? 'B' : 'A';
    const tampered = Buffer.from(`${response.slice(0, at)}${other}${response.slice(at + 1)}`).toString('base64');
    let refused = await page.submit({ SAMLResponse: tampered });
    while (refused.form.fields.SAMLResponse) refused = await refused.submit();
    expect(refused.words).toContain('invalid response');
    expect((await jitUsers(realm)).users.totalCount).toBe(0);
    expect(await typesOf(realm)).toContain('SIGN_IN_DENIED');
    await signIn(realm);
    expect((await jitUsers(realm)).users.totalCount).toBe(1);
  });

  test('the token contains email, role, name and more, limited to what the IdP can grant', async () => {
    const realm = await realmOf({
      attributeMappings: [{ source: 'department', target: 'department' }],
      grantableRoles: ['billing'],
      groupMappings: [{ group: 'finance', roles: ['billing'] }],
    });
    const claims = JSON.stringify({ department: 'Finance', groups: ['finance'], roles: ['owner'] });
    const { claims: token } = await signIn(realm, { claims });
    expect(await realm.user(token.sub, 'email displayName department roles')).toEqual({
      email: realm.email,
      displayName: 'New Person',
      department: 'Finance',
      roles: ['billing'],
    });
    const { connection } = await realm.tenant.gql(
      'query($id: ID!) { connection(id: $id) { requests(filter: { protocol: OIDC }) { nodes { quirks } } } }',
      { id: realm.tenant.connectionId },
    );
    expect(connection.requests.nodes[0].quirks.join()).toContain('owner');
  });

  test('later sign-ins find the same account, also after its address has changed', async () => {
    const realm = await realmOf();
    const first = await signIn(realm, { sub: 'lasting' });
    await signIn(realm, { sub: 'lasting', email: `renamed-${realm.email}` });
    await signIn(realm, { sub: 'lasting' });
    const types = await typesOf(realm);
    expect(types.filter((type: string) => type === 'SESSION_STARTED')).toHaveLength(3);
    expect(types.filter((type: string) => type === 'USER_PROVISIONED')).toHaveLength(1);
    expect((await jitUsers(realm)).users.nodes).toMatchObject([{ id: first.claims.sub }]);
  });

  test('twenty concurrent first sign-ins create one account', async () => {
    const realm = await realmOf();
    const subjects = await Promise.all(
      Array.from({ length: 20 }, async () => (await signIn(realm, { sub: 'one' })).claims.sub),
    );
    expect(new Set(subjects).size).toBe(1);
    expect((await jitUsers(realm)).users.totalCount).toBe(1);
  });

  test.each([
    ['DISABLED', { jit: { mode: 'DISABLED' } }, 'NOT_PROVISIONED'],
    ['INVITED', { jit: { mode: 'INVITED' } }, 'INVITATION_REQUIRED'],
    ['UNLESS_SCIM', { jit: { mode: 'UNLESS_SCIM' } }, 'NOT_PROVISIONED'],
    ['a domain outside', { jit: { allowedDomains: ['elsewhere.example'] } }, 'DOMAIN_NOT_ALLOWED'],
    ['no group', { jit: { requiredGroups: ['staff'] } }, 'GROUP_REQUIRED'],
    ['an inactive connection', { state: 'INACTIVE' }, 'CONNECTION_INACTIVE'],
  ])('access follows the policies of the organization: %s', async (_name, more, code) => {
    for (const protocol of ['oidc', 'saml'] as const) {
      const { state, ...made } = more as { state?: string };
      const realm = await realmOf(made, protocol);
      if (state)
        await realm.tenant.gql(
          'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }',
          { i: { id: realm.tenant.connectionId, state } },
        );
      expect(await realm.outcome(realm.person('T2'))).toBe(code);
    }
  });

  test('a DRAFT connection allows only test sign-ins; after activation users can sign in', async () => {
    const realm = await realmOf({ state: 'DRAFT' });
    expect(await realm.outcome(realm.person('T2'))).toBe('CONNECTION_INACTIVE');
    const { startTestSignIn } = await realm.tenant.gql(
      'mutation($c: ID!) { startTestSignIn(connectionId: $c) { url } }',
      { c: realm.tenant.connectionId },
    );
    const tried = await (await new Browser().open(startTestSignIn.url)).submit(realm.person('T2'));
    expect(tried.words).toContain(realm.email);
    expect((await jitUsers(realm)).users.totalCount).toBe(0);
    await realm.tenant.gql(
      'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }',
      { i: { id: realm.tenant.connectionId, state: 'ACTIVE' } },
    );
    expect((await signIn(realm)).claims.email).toBe(realm.email);
  });

  test('acr and amr of the IdP reach the application', async () => {
    const realm = await realmOf();
    const { claims } = await signIn(realm, { claims: JSON.stringify({ acr: 'phr', amr: ['hwk', 'pin'] }) });
    expect(claims).toMatchObject({ acr: 'phr', amr: ['hwk', 'pin'], auth_time: expect.any(Number) });
  });

  test('two API calls are enough for the first sign-in', async () => {
    const { createOrganization } = await world.gql(
      'mutation { createOrganization(input: { name: "Two calls" }) { organization { id } } }',
    );
    const organizationId = createOrganization.organization.id;
    const { createConnection } = await world.gql(
      'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }',
      {
        i: { organizationId, name: 'IdP', provider: 'TEST', saml: {}, jit: { mode: 'ENABLED' } },
      },
    );
    const tokens = await app.signIn(
      { connection_id: createConnection.connection.id },
      { email: 'first@two-calls.example', email_verified: 'yes' },
    );
    expect(tokens.claims.org_id).toBe(organizationId);
  });

  test('seats are counted, and the policy applies at the limit', async () => {
    const realm = await realmOf();
    const limit = (input: object) =>
      world.gql('mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }', {
        i: { id: realm.tenant.organizationId, ...input },
      });
    const arrive = (n: number) => realm.outcome(realm.person('T2', { sub: `s${n}`, email: `s${n}@${realm.domain}` }));
    for (let n = 0; n < 3; n++) await arrive(n);
    expect((await jitUsers(realm)).seatsUsed).toBe(3);
    await limit({ seatLimit: 3, seatPolicy: 'BLOCK' });
    expect(await arrive(3)).toBe('SEAT_LIMIT_REACHED');
    await limit({ seatPolicy: 'GRACE', seatGrace: 1, seatGraceDays: 7 });
    expect(await arrive(4)).toMatch(/^user_/);
    expect(await arrive(5)).toBe('SEAT_LIMIT_REACHED');
    await limit({ seatPolicy: 'NOTIFY' });
    expect(await arrive(6)).toMatch(/^user_/);
    expect(await typesOf(realm)).toContain('ORGANIZATION_SEATS_EXCEEDED');
  });

  test('dormant accounts are closed, except those that SCIM manages', async () => {
    const realm = await realmOf({ jit: { dormantAfterDays: 90 } });
    const tokens = await signIn(realm);
    const { body } = await realm.tenant.scim('POST', '/Users', oktaUser(`managed@${realm.domain}`));
    try {
      for (const days of [83, 91]) {
        now = () => Date.now() + days * dayMs;
        await closeDormant(storeOfJobs(world, clock));
      }
      const closed = (await realm.tenant.events()).filter(({ type }: Anything) => type === 'USER_DEPROVISIONED');
      expect(closed).toMatchObject([{ subjectId: tokens.claims.sub, data: { reason: 'DORMANT' } }]);
      expect(await realm.user(body.id, 'status')).toEqual({ status: 'ACTIVE' });
      expect(await app.introspect(tokens.access_token)).toEqual({ active: false });
    } finally {
      now = Date.now;
    }
  });

  test.each(['suspendUser', 'deprovisionUser'])(
    '%s ends all sessions and tokens of the user at once',
    async (mutation) => {
      const realm = await realmOf();
      const tokens = await signIn(realm);
      await realm.change(mutation, tokens.claims.sub);
      expect(await app.introspect(tokens.access_token)).toEqual({ active: false });
      await expect(app.refresh(tokens.refresh_token ?? '')).rejects.toThrow();
    },
  );

  test('invited users exist before their first sign-in, and keep their id afterwards', async () => {
    const realm = await realmOf();
    const { body } = await realm.tenant.scim('POST', '/Users', oktaUser(realm.email));
    expect(await realm.user(body.id, 'hasSignedIn userName')).toEqual({ hasSignedIn: false, userName: realm.email });
    expect((await signIn(realm)).claims.sub).toBe(body.id);
    expect(await realm.user(body.id, 'hasSignedIn')).toEqual({ hasSignedIn: true });
  });

  test('imported users keep their id at the first sign-in, if the customer has only JIT', async () => {
    const realm = await realmOf();
    const users = Array.from({ length: 100 }, (_, n) => ({
      userName: n === 0 ? realm.email : `imported${n}@${realm.domain}`,
      emails: [{ value: n === 0 ? realm.email : `imported${n}@${realm.domain}`, primary: true }],
      roles: ['reader'],
    }));
    const { importUsers } = await realm.tenant.gql(
      'mutation($i: ImportUsersInput!) { importUsers(input: $i) { created rows { user { id } } } }',
      { i: { organizationId: realm.tenant.organizationId, users } },
    );
    expect(importUsers.created).toBe(100);
    const { claims } = await signIn(realm);
    expect(claims).toMatchObject({ sub: importUsers.rows[0].user.id, roles: ['reader'] });
  });

  test('a sign-in with fewer claims keeps the values that SCIM has set', async () => {
    const realm = await realmOf();
    const { sub } = (await signIn(realm, { sub: 'p' })).claims;
    await realm.tenant.scim('PATCH', `/Users/${sub}`, patch({ op: 'add', path: 'urn:acme:User:badge', value: '77' }));
    await signIn(realm, { sub: 'p' });
    expect((await realm.user(sub, 'attributes')).attributes).toMatchObject({ 'urn:acme:User': { badge: '77' } });
    await eventually(async () => (await typesOf(realm)).includes('USER_ADOPTED'));
  });
});
