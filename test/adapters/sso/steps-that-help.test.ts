import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ReasonCode, reasonsOf } from '../../../src/directory/sign-in/reasons.js';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { Realm, type Trust } from '../../support/sign-ins.js';
import { type Anything, oktaUser, World } from '../../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
});
afterAll(() => world.close());

/** A refused sign-in, with the step that its advice names. */
interface Scene {
  realm: Realm;
  person: Record<string, string | null>;
  /** The account, for `signInDecision`. */
  userId?: string;
  /** Runs the step that the advice names. */
  step: (advice: string) => Promise<unknown>;
}
interface Row {
  state: string;
  code: ReasonCode;
  /** The advice for the administrator. Ids and domains of the scene are replaced by C, D, X and so on. */
  advice: RegExp;
  make: () => Promise<Scene>;
}

const own = ({ tenant }: Realm) => tenant.connectionId;
const update = (realm: Realm, input: object, id = own(realm)): Promise<Anything> =>
  realm.tenant.gql(
    'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { scimToken connection { id } } }',
    {
      i: { id, ...input },
    },
  );
const addDomain = (realm: Realm, connectionIds: string[]): Promise<string> =>
  realm.tenant
    .gql(
      'mutation($o: ID!, $d: String!, $c: [ID!]) { addDomain(organizationId: $o, domain: $d, connectionIds: $c) { domain { id } } }',
      { o: realm.tenant.organizationId, d: realm.domain, c: connectionIds },
    )
    .then((data) => data.addDomain.domain.id);
// The tests have no DNS: verification by the operator replaces the TXT record.
const verify = (id: string) =>
  world.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', { id });
const assign = (realm: Realm, id: string, connectionIds: string[]) =>
  realm.tenant.gql('mutation($id: ID!, $c: [ID!]!) { assignDomain(id: $id, connectionIds: $c) { domain { id } } }', {
    id,
    c: connectionIds,
  });
const deprovision = (realm: Realm, id: string) => realm.change('deprovisionUser', id);
const reactivate = (realm: Realm, id: string) => realm.change('reactivateUser', id);

/** Runs each domain mutation that the advice names, with its arguments. */
async function obey(realm: Realm, advice: string): Promise<void> {
  const list = (text = '') => JSON.parse(text) as string[];
  const add = /addDomain\(domain: "([^"]+)", connectionIds: (\[[^\]]*\])\)/.exec(advice);
  const change = /assignDomain\(id: "([^"]+)", connectionIds: (\[[^\]]*\])\)/.exec(advice);
  const check = /verifyDomain\(id: "([^"]+)"\)/.exec(advice);
  const allowed = /Set "jit\.allowedDomains" to (\[[^\]]*\])/.exec(advice);
  if (add) {
    expect(add[1]).toBe(realm.domain);
    await verify(await addDomain(realm, list(add[2])));
  }
  if (change) await assign(realm, change[1] ?? '', list(change[2]));
  if (check) await verify(check[1] ?? '');
  if (allowed) await update(realm, { jit: { allowedDomains: list(allowed[1]) } });
}

/** An account that another connection provisions, and a sign-in through this one. */
async function fromPartner(trust: Trust = 'T1') {
  const realm = await Realm.make(world, app, 'oidc', { trust: 'T1' });
  const partner = await realm.second({ name: 'Partner' });
  const { body } = await partner.scim('POST', '/Users', oktaUser(realm.email, { externalId: 'e-1' }));
  return {
    realm,
    partner,
    userId: body.id as string,
    person: realm.person(trust),
    step: (text: string) => obey(realm, text),
  };
}
const signedIn = async (more: Record<string, unknown> = {}, person: Record<string, string> = {}) => {
  const realm = await Realm.make(world, app, 'oidc', more);
  const visitor = realm.person('T2', person);
  return { realm, person: visitor, userId: await realm.outcome(visitor) };
};
const provisioned = async () => {
  const realm = await Realm.make(world, app, 'oidc');
  const user = oktaUser(realm.email, { externalId: 'e-1' });
  const { body } = await realm.tenant.scim('POST', '/Users', user);
  return { realm, user, userId: body.id as string, person: realm.person('T2') };
};

const rows: Row[] = [
  {
    state: 'the domain is not added',
    code: 'ACCOUNT_EXISTS',
    advice:
      /^The email address belongs to an account .*\. Add the domain with addDomain\(domain: "D", connectionIds: \["C", "P"\]\)\. Then publish its TXT record and call verifyDomain\.$/,
    make: () => fromPartner(),
  },
  {
    state: 'the domain is added and not verified, and assigned to the other connection',
    code: 'ACCOUNT_EXISTS',
    advice:
      /assignDomain\(id: "X", connectionIds: \["P", "C"\]\)\. The list replaces the previous one\. Publish the TXT record of the domain "D" and call verifyDomain\(id: "X"\)\.$/,
    make: async () => {
      const scene = await fromPartner();
      await addDomain(scene.realm, [scene.partner.id]);
      return scene;
    },
  },
  {
    state: 'the domain is assigned to this connection and the other one, and not verified',
    code: 'ACCOUNT_EXISTS',
    advice: /to be the same user\. Publish the TXT record of the domain "D" and call verifyDomain\(id: "X"\)\.$/,
    make: async () => {
      const scene = await fromPartner();
      await addDomain(scene.realm, [scene.partner.id, own(scene.realm)]);
      return scene;
    },
  },
  {
    state: 'the domain is verified and assigned to no connection',
    code: 'ACCOUNT_EXISTS',
    advice:
      /Add this connection to the domain "D" with assignDomain\(id: "X", connectionIds: \["C", "P"\]\)\. The list replaces the previous one\. Connections that are not in the list can no longer create users in the domain\.$/,
    make: async () => {
      const scene = await fromPartner();
      await scene.realm.assign([]);
      return scene;
    },
  },
  {
    state: 'the domain is verified and assigned to another connection',
    code: 'ACCOUNT_EXISTS',
    advice:
      /Add this connection to the domain "D" with assignDomain\(id: "X", connectionIds: \["P", "C"\]\)\. The list replaces the previous one\.$/,
    make: async () => {
      const scene = await fromPartner();
      await scene.realm.assign([scene.partner.id]);
      return scene;
    },
  },
  {
    state: 'the address is unverified, and the domain is assigned to another connection',
    code: 'ACCOUNT_EXISTS',
    advice:
      /"trustsEmail" is off\. Configure the IdP to send the address as verified, or set "jit\.trustsEmail"\. Add this connection to the domain "D"/,
    make: async () => {
      const scene = await fromPartner('T0');
      await scene.realm.assign([scene.partner.id]);
      const step = async (advice: string) => {
        await obey(scene.realm, advice);
        await update(scene.realm, { jit: { vouchesForEmail: true } });
      };
      return { ...scene, step };
    },
  },
  {
    state: 'the account is protected',
    code: 'ACCOUNT_EXISTS',
    advice:
      /The account is protected or has an administrative role.* protectUser.*assignDomain\(id: "X", connectionIds: \["P", "C"\]\)/,
    make: async () => {
      const scene = await fromPartner();
      await scene.realm.assign([scene.partner.id]);
      const protect = (on: boolean) =>
        scene.realm.tenant.gql(
          'mutation($id: ID!, $on: Boolean!) { protectUser(id: $id, protected: $on, reason: "break glass") { user { id } } }',
          { id: scene.userId, on },
        );
      await protect(true);
      const step = async (advice: string) => {
        await protect(false);
        await obey(scene.realm, advice);
      };
      return { ...scene, step };
    },
  },
  {
    state: 'the known subject has an account that another connection owns',
    code: 'ACCOUNT_EXISTS',
    advice:
      /^The domain of the address is verified and assigned to another connection\. Add this connection to the domain "D" with assignDomain\(id: "X", connectionIds: \["P", "C"\]\)/,
    make: async () => {
      const realm = await Realm.make(world, app, 'oidc', { trust: 'T1' });
      const partner = await realm.second({ name: 'Partner' });
      const domainId = await addDomain(realm, [own(realm), partner.id]);
      await verify(domainId);
      const userId = await realm.outcome(realm.person('T2'));
      expect(await realm.outcome(realm.person('T2'), { connectionId: partner.id })).toBe(userId);
      await assign(realm, domainId, [partner.id]);
      return { realm, partner, userId, person: realm.person('T2'), step: (text) => obey(realm, text) };
    },
  },
  {
    state: 'deprovisionUser',
    code: 'USER_DEPROVISIONED',
    advice:
      /^The account of the user is closed\. The account was closed by deprovisionUser\. Call reactivateUser: an assignment at the IdP does not reactivate the account\.$/,
    make: async () => {
      const scene = await signedIn();
      await deprovision(scene.realm, scene.userId);
      return { ...scene, step: () => reactivate(scene.realm, scene.userId) };
    },
  },
  {
    state: 'deprovisionUser of an account that SCIM manages',
    code: 'USER_DEPROVISIONED',
    advice: /closed by deprovisionUser\. Call reactivateUser/,
    make: async () => {
      const scene = await provisioned();
      await deprovision(scene.realm, scene.userId);
      return { ...scene, step: () => reactivate(scene.realm, scene.userId) };
    },
  },
  {
    state: 'deleteConnection of the connection that managed it',
    code: 'USER_DEPROVISIONED',
    advice:
      /^The account of the user is closed\. The account was closed when the connection that managed it was deleted\. Call reactivateUser: .*\. Add the domain with addDomain\(domain: "D", connectionIds: \["C"\]\)/,
    make: async () => {
      const scene = await fromPartner();
      await scene.realm.tenant.gql(
        'mutation($id: ID!) { deleteConnection(id: $id, users: DEPROVISION) { deletedId } }',
        {
          id: scene.partner.id,
        },
      );
      const step = async (advice: string) => {
        await reactivate(scene.realm, scene.userId);
        await obey(scene.realm, advice);
      };
      return { ...scene, step };
    },
  },
  {
    state: 'the user has lost the required group',
    code: 'GROUP_REQUIRED',
    advice:
      /Add the user to a group of "jit\.requiredGroups", or configure the IdP to send the groups\. The account is closed when its user loses all of "jit\.requiredGroups"\. Call reactivateUser/,
    make: async () => {
      const scene = await signedIn(
        { jit: { requiredGroups: ['Staff'], deprovisionOnGroupLoss: true } },
        { groups: 'Staff' },
      );
      const person = scene.realm.person('T2', { groups: 'Other' });
      const step = async () => {
        person.groups = 'Staff';
        await reactivate(scene.realm, scene.userId);
      };
      return { realm: scene.realm, person, step };
    },
  },
  {
    state: 'the user is in the group again, and the account is closed',
    code: 'USER_DEPROVISIONED',
    advice: /closed when its user loses all of "jit\.requiredGroups"\. Call reactivateUser/,
    make: async () => {
      const scene = await signedIn(
        { jit: { requiredGroups: ['Staff'], deprovisionOnGroupLoss: true } },
        { groups: 'Staff' },
      );
      expect(await scene.realm.outcome(scene.realm.person('T2', { groups: 'Other' }))).toBe('GROUP_REQUIRED');
      return { ...scene, step: () => reactivate(scene.realm, scene.userId) };
    },
  },
  {
    state: 'the IdP has closed it by SCIM',
    code: 'USER_DEPROVISIONED',
    advice:
      /The IdP has closed the account by SCIM\. Assign the application to the user again there, so that it is provisioned, or call reactivateUser\.$/,
    make: async () => {
      const { realm, user, userId, person } = await provisioned();
      await realm.tenant.scim('DELETE', `/Users/${userId}`);
      return { realm, userId, person, step: () => realm.tenant.scim('POST', '/Users', user) };
    },
  },
  {
    state: 'the IdP has closed it by SCIM, and SCIM is off now',
    code: 'USER_DEPROVISIONED',
    advice:
      /closed the account by SCIM\. That connection has SCIM disabled, so it receives no assignment\. Call reactivateUser, or set "scim" to true and enter the new token at the IdP and assign the application to the user again\.$/,
    make: async () => {
      const { realm, user, userId, person } = await provisioned();
      await realm.tenant.scim('DELETE', `/Users/${userId}`);
      await update(realm, { scim: false });
      const step = async () => {
        const { updateConnection } = await update(realm, { scim: true });
        const restored = await world.scim(own(realm), updateConnection.scimToken, 'POST', '/Users', user);
        expect(restored.status).toBe(201);
      };
      return { realm, userId, person, step };
    },
  },
  {
    state: 'another connection, which is INACTIVE, has closed it by SCIM',
    code: 'USER_DEPROVISIONED',
    advice:
      /^The account of the user is closed\. The connection "Partner" \(P\) has closed the account by SCIM\. That connection is INACTIVE, so it receives no assignment\. Call reactivateUser, or set "state" to ACTIVE and assign .*assignDomain\(id: "X", connectionIds: \["P", "C"\]\)/,
    make: async () => {
      const scene = await fromPartner();
      await scene.realm.assign([scene.partner.id]);
      await scene.partner.scim('DELETE', `/Users/${scene.userId}`);
      await update(scene.realm, { state: 'INACTIVE' }, scene.partner.id);
      const step = async (advice: string) => {
        await update(scene.realm, { state: 'ACTIVE' }, scene.partner.id);
        await scene.partner.scim('POST', '/Users', oktaUser(scene.realm.email, { externalId: 'e-1' }));
        await obey(scene.realm, advice);
      };
      return { ...scene, step };
    },
  },
  {
    state: 'the list of allowed domains lacks the domain, which is assigned to this connection',
    code: 'DOMAIN_NOT_ALLOWED',
    advice:
      /^Addresses of the email domain cannot sign in\. Set "jit\.allowedDomains" to \["elsewhere\.example", "D"\]\. The list replaces the previous one\.$/,
    make: async () => {
      const realm = await Realm.make(world, app, 'oidc', { jit: { allowedDomains: ['elsewhere.example'] } });
      return { realm, person: realm.person('T2'), step: (advice) => obey(realm, advice) };
    },
  },
  {
    state: 'the domain is assigned to another connection, and there is no list of allowed domains',
    code: 'DOMAIN_NOT_ALLOWED',
    advice:
      /^The domain of the address is verified and assigned to another connection\. Add this connection to the domain "D" with assignDomain\(id: "X", connectionIds: \["P", "C"\]\)\. The list replaces the previous one\.$/,
    make: async () => {
      const realm = await Realm.make(world, app, 'oidc', { trust: 'T1' });
      const partner = await realm.second();
      await realm.assign([partner.id]);
      return { realm, person: realm.person('T1'), step: (advice) => obey(realm, advice) };
    },
  },
  {
    state: 'the domain is assigned to another connection, and the list of allowed domains lacks it',
    code: 'DOMAIN_NOT_ALLOWED',
    advice: /Add this connection to the domain "D" .*\. Set "jit\.allowedDomains" to \["elsewhere\.example", "D"\]\./,
    make: async () => {
      const realm = await Realm.make(world, app, 'oidc', {
        trust: 'T1',
        jit: { allowedDomains: ['elsewhere.example'] },
      });
      const partner = await realm.second();
      await realm.assign([partner.id]);
      return { realm, person: realm.person('T1'), step: (advice) => obey(realm, advice) };
    },
  },
  {
    state: 'the domain is that of a public mail service, and there is no list of allowed domains',
    code: 'DOMAIN_NOT_ALLOWED',
    advice:
      /Set "jit\.allowedDomains" to \["gmail\.com"\]\. Users of other domains are then rejected, so add the domains of your other users\.$/,
    make: async () => {
      const realm = await Realm.make(world, app, 'oidc', { trust: 'T1' });
      const person = realm.person('T1', { email: `${realm.email.replace(/@.*/, '')}@gmail.com` });
      return { realm, person, step: (advice) => obey(realm, advice) };
    },
  },
  {
    state: 'jit.mode is DISABLED, and SCIM is off',
    code: 'NOT_PROVISIONED',
    advice:
      /^The user has no account, and the connection creates none at sign-in\. Set "jit\.mode" to ENABLED\. Or set "scim" to true, enter the base URL and the token at the IdP, and assign the application to the user there\.$/,
    make: async () => {
      const realm = await Realm.make(world, app, 'oidc', { scim: false, jit: { mode: 'DISABLED' } });
      return { realm, person: realm.person('T2'), step: () => update(realm, { jit: { mode: 'ENABLED' } }) };
    },
  },
  {
    state: 'jit.mode is DISABLED, and SCIM is off: the other way',
    code: 'NOT_PROVISIONED',
    advice:
      /Or set "scim" to true, enter the base URL and the token at the IdP, and assign the application to the user there\.$/,
    make: async () => {
      const realm = await Realm.make(world, app, 'oidc', { scim: false, jit: { mode: 'DISABLED' } });
      const step = async () => {
        const { updateConnection } = await update(realm, { scim: true });
        await world.scim(own(realm), updateConnection.scimToken, 'POST', '/Users', oktaUser(realm.email));
      };
      return { realm, person: realm.person('T2'), step };
    },
  },
  {
    state: 'jit.mode is DISABLED, SCIM is off, and the list of allowed domains lacks the domain',
    code: 'NOT_PROVISIONED',
    advice:
      /With "jit\.mode" ENABLED, the sign-in also requires: Set "jit\.allowedDomains" to \["elsewhere\.example", "D"\]\./,
    make: async () => {
      const jit = { mode: 'DISABLED', allowedDomains: ['elsewhere.example'] };
      const realm = await Realm.make(world, app, 'oidc', { scim: false, jit });
      const step = async (advice: string) => {
        await update(realm, { jit: { mode: 'ENABLED' } });
        await obey(realm, advice);
      };
      return { realm, person: realm.person('T2'), step };
    },
  },
  {
    state: 'SCIM creates the users',
    code: 'NOT_PROVISIONED',
    advice:
      /Assign the application to the user at the IdP, so that SCIM creates the account, or set "jit\.mode" to ENABLED\.$/,
    make: async () => {
      const realm = await Realm.make(world, app, 'oidc', { jit: { mode: 'UNLESS_SCIM' } });
      return {
        realm,
        person: realm.person('T2'),
        step: () => realm.tenant.scim('POST', '/Users', oktaUser(realm.email)),
      };
    },
  },
];

/** Replaces ids of the scene by the letters of the table. */
async function lettered(text: string, realm: Realm): Promise<string> {
  const { organization } = await realm.tenant.gql(
    'query($o: ID!) { organization(id: $o) { connections { id } domains { id } } }',
    { o: realm.tenant.organizationId },
  );
  const others: [string, string][] = organization.connections
    .filter(({ id }: Anything) => id !== own(realm))
    .map(({ id }: Anything) => [id, 'P']);
  const domains: [string, string][] = organization.domains.map(({ id }: Anything) => [id, 'X']);
  const names: [string, string][] = [[own(realm), 'C'], [realm.domain, 'D'], ...others, ...domains];
  return names.reduce((said, [name, letter]) => said.replaceAll(name, letter), text);
}

describe('a refused sign-in names the missing steps, and the sign-in succeeds after them', () => {
  test.each(rows)('$code: $state', async ({ code, advice, make }) => {
    const { realm, person, userId, step } = await make();
    const visit = await realm.visit(person);
    const { person: forPerson, application } = reasonsOf(code);
    // The user.
    expect([visit.page.status, visit.page.words]).toEqual([403, expect.stringContaining(forPerson)]);
    expect(visit.page.words).not.toMatch(/assignDomain|reactivateUser|jit\./);
    // The application.
    const { url } = await visit.page.follow('Back to App');
    const received = ['error', 'error_description'].map((name) => url.searchParams.get(name));
    expect(received).toEqual([application.error, application.description]);
    // The administrator.
    const { connection } = await realm.tenant.gql(
      'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { error } } } }',
      { id: own(realm) },
    );
    const text: string = connection.requests.nodes[0].error;
    expect(await lettered(text, realm)).toMatch(advice);
    const decided =
      userId && (await realm.user(userId, `signInDecision(connectionId: "${own(realm)}") { code explanation }`));
    if (decided && person.email_verified) {
      expect(decided.signInDecision.code).toBe(code);
      expect(decided.signInDecision.explanation).toContain(text);
    }

    await step(text);
    expect(await realm.outcome(person)).toMatch(/^user_/);
    if (userId) expect(await realm.outcome(person)).toBe(userId);
  });
});

test('the steps for a domain keep the connections that are assigned to it', async () => {
  const { realm, partner, person } = await fromPartner();
  await realm.assign([partner.id]);
  expect(await realm.outcome(person)).toBe('ACCOUNT_EXISTS');
  const { connection } = await realm.tenant.gql(
    'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { error } } } }',
    { id: own(realm) },
  );
  await obey(realm, connection.requests.nodes[0].error);
  expect(await realm.outcome(person, { connectionId: partner.id })).toMatch(/^user_/);
  expect(await realm.outcome(person)).toMatch(/^user_/);
});

test('signInDecision names the disabled part: the connection, or its sign-in', async () => {
  const { realm, userId } = await signedIn();
  const explanation = async () =>
    (await realm.user(userId, `signInDecision(connectionId: "${own(realm)}") { explanation }`)).signInDecision
      .explanation;
  await update(realm, { state: 'INACTIVE' });
  expect(await explanation()).toMatch(
    /: The connection of the organization is not active\. Activate the connection\.$/,
  );
  await update(realm, {
    state: 'ACTIVE',
    oidc: { issuer: `${world.url}/test-idp`, clientId: own(realm), enabled: false },
  });
  expect(await explanation()).toMatch(/Set "enabled" of "oidc" or "saml" to true/);
});

test('the page of a test sign-in also contains the steps and the text for the user', async () => {
  const { realm, userId, person } = await signedIn();
  await deprovision(realm, userId);
  const { startTestSignIn } = await realm.tenant.gql(
    'mutation($c: ID!) { startTestSignIn(connectionId: $c) { url } }',
    {
      c: own(realm),
    },
  );
  const page = await (await new Browser().open(startTestSignIn.url)).submit(person);
  expect(page.words).toContain('The account was closed by deprovisionUser. Call reactivateUser');
  expect(page.words).toContain(`The user would see: ${reasonsOf('USER_DEPROVISIONED').person}`);
});
