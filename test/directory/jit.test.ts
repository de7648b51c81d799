import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Idp } from '../support/idp.js';
import { oktaUser, patch, type Tenant, World } from '../support/world.js';

const mutation = `mutation($connectionId: ID!, $idToken: String!, $nonce: String) {
  signInWithIdToken(connectionId: $connectionId, idToken: $idToken, nonce: $nonce) {
    provisioned accessToken user { id origin status email roles } session { id }
  }
}`;

describe('signInWithIdToken', () => {
  let world: World;
  let idp: Idp;
  let tenant: Tenant;
  beforeAll(async () => {
    world = await World.shared();
    idp = await Idp.start();
    tenant = await aTenant({ jit: { mode: 'ENABLED', defaultRoles: ['member'] } });
  });
  afterAll(async () => {
    await idp.close();
    await world.close();
  });

  const aTenant = (more: Record<string, unknown> = {}) =>
    world.tenant({ oidc: { issuer: idp.issuer, clientId: 'app' }, ...more });
  const signIn = async (on: Tenant, idToken: string, nonce?: string) => {
    const { data, errors } = await world.request(mutation, { connectionId: on.connectionId, idToken, nonce }, on.key);
    return data?.signInWithIdToken ?? { denied: errors[0].extensions.denial, code: errors[0].extensions.code };
  };
  const person = (name: string, more = {}) => ({ sub: name, email: `${name}@acme.com`, email_verified: true, ...more });

  test('a deleted default group does not block a change of the rules; a group of a deleted connection can be selected', async () => {
    const on = await aTenant({ scim: true });
    const { organizationId, gql } = on;
    const group = (await on.scim('POST', '/Groups', { displayName: 'Orphan' })).body.id;
    const { createGroup } = await gql('mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }', {
      i: { organizationId, displayName: 'Everybody' },
    });
    const { createConnection } = await gql(
      'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }',
      { i: { organizationId, name: 'Second', provider: 'GENERIC' } },
    );
    const set = (jit: object) =>
      gql(
        'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { jit { defaultRoles } } } }',
        {
          i: { id: createConnection.connection.id, jit },
        },
      );
    await set({ defaultGroupIds: [createGroup.group.id] });
    await gql('mutation($id: ID!) { deleteGroup(id: $id) { deletedId } }', { id: createGroup.group.id });
    expect((await set({ defaultRoles: ['member'] })).updateConnection.connection.jit.defaultRoles).toEqual(['member']);
    await expect(set({ defaultGroupIds: [createGroup.group.id] })).rejects.toThrow('defaultGroupIds');
    await expect(set({ defaultGroupIds: [group] })).rejects.toThrow('defaultGroupIds');
    await gql('mutation($id: ID!) { deleteConnection(id: $id, users: KEEP) { deletedId } }', { id: on.connectionId });
    await set({ defaultGroupIds: [group] });
  });

  test('the first sign-in creates the account, later ones find it, also after the email has changed', async () => {
    const first = await signIn(tenant, await idp.token(person('first', { name: 'First One', nonce: 'n1' })), 'n1');
    expect(first).toMatchObject({ provisioned: true, user: { origin: 'JIT', status: 'ACTIVE', roles: ['member'] } });
    const second = await signIn(tenant, await idp.token(person('first', { email: 'renamed@acme.com' })));
    expect(second).toMatchObject({ provisioned: false, user: { id: first.user.id, email: 'renamed@acme.com' } });
    const types = (await tenant.events())
      .filter(({ subjectId }) => subjectId === first.user.id)
      .map(({ type }) => type);
    expect(types.filter((type) => type === 'USER_PROVISIONED')).toHaveLength(1);
    expect(types.filter((type) => type === 'SESSION_STARTED')).toHaveLength(2);
    const { viewer } = await world.gql('{ viewer { kind user { id } } }', {}, second.accessToken);
    expect(viewer).toEqual({ kind: 'USER', user: { id: first.user.id } });
  });

  test('twenty concurrent first sign-ins of one user create one account', async () => {
    const token = await idp.token(person('parallel'));
    const answers = await Promise.all(Array.from({ length: 20 }, () => signIn(tenant, token)));
    expect(new Set(answers.map(({ user }) => user.id)).size).toBe(1);
    expect(answers.filter(({ provisioned }) => provisioned)).toHaveLength(1);
  });

  test('a SCIM POST and a concurrent first sign-in of one user create one account', async () => {
    for (let round = 0; round < 5; round++) {
      const name = `race${round}`;
      const [, posted] = await Promise.all([
        signIn(tenant, await idp.token(person(name))),
        tenant.scim('POST', '/Users', oktaUser(`${name}@acme.com`, { externalId: name })),
      ]);
      expect([201, 409]).toContain(posted.status);
      const { organization } = await tenant.gql(
        'query($id: ID!, $n: String) { organization(id: $id) { users(filter: { userName: $n }) { totalCount } } }',
        { id: tenant.organizationId, n: `${name}@acme.com` },
      );
      expect(organization.users.totalCount).toBe(1);
    }
  });

  test('a user that this connection provisioned is linked, and denied after the IdP deactivates the user', async () => {
    const { body } = await tenant.scim('POST', '/Users', oktaUser('scim@acme.com', { externalId: 'ext-1' }));
    const first = await signIn(tenant, await idp.token(person('scim')));
    expect(first).toMatchObject({ provisioned: false, user: { id: body.id, origin: 'SCIM' } });
    await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
    expect(await signIn(tenant, await idp.token(person('scim')))).toMatchObject({ denied: 'USER_DEPROVISIONED' });
    const viewer = await world.request('{ viewer { kind } }', {}, first.accessToken);
    expect(viewer.errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  test('an unverified email is not linked to an account, and a look-alike address is another user', async () => {
    await tenant.scim('POST', '/Users', oktaUser('boss@acme.com', { externalId: 'boss' }));
    const unverified = await idp.token({ sub: 'x1', email: 'boss@acme.com' });
    expect(await signIn(tenant, unverified)).toMatchObject({ denied: 'ACCOUNT_EXISTS' });
    const alike = await signIn(
      tenant,
      await idp.token({ sub: 'x2', email: 'bo\u017Fs@acme.com', email_verified: true }),
    );
    expect(alike.user?.email ?? alike.denied).not.toBe('boss@acme.com');
  });

  test('a second subject with the same address cannot sign in to the account', async () => {
    await signIn(tenant, await idp.token(person('owner')));
    const thief = await signIn(tenant, await idp.token({ ...person('thief'), email: 'owner@acme.com' }));
    expect(thief).toMatchObject({ denied: 'ACCOUNT_EXISTS' });
  });

  test('an account of the application is linked only in an owned domain, and never if it is an administrator', async () => {
    const on = await aTenant({ jit: { mode: 'ENABLED' } });
    const create = 'mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }';
    const input = (userName: string, roles: string[]) => ({
      input: { organizationId: on.organizationId, userName, emails: [{ value: userName }], roles },
    });
    const { createUser } = await on.gql(create, input('plain@acme.com', []));
    await on.gql(create, input('chief@acme.com', ['admin']));
    const plain = await idp.token(person('plain'));
    expect(await signIn(on, plain)).toMatchObject({ denied: 'LINK_CONFIRMATION_REQUIRED' });
    const add =
      'mutation($o: ID!, $d: String!, $c: [ID!]) { addDomain(organizationId: $o, domain: $d, connectionIds: $c) { domain { id } } }';
    const { addDomain } = await on.gql(add, { o: on.organizationId, d: 'acme.com', c: [on.connectionId] });
    await on.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { state } } }', {
      id: addDomain.domain.id,
    });
    expect(await signIn(on, plain)).toMatchObject({ provisioned: false, user: { id: createUser.user.id } });
    expect(await signIn(on, await idp.token(person('chief')))).toMatchObject({ denied: 'LINK_CONFIRMATION_REQUIRED' });
  });

  test('policies limit JIT: not with SCIM by default, allowed domains, free mail, required verification', async () => {
    const strict = await aTenant();
    expect(await signIn(strict, await idp.token(person('unassigned')))).toMatchObject({ denied: 'NOT_PROVISIONED' });
    const listed = await aTenant({ scim: false, jit: { allowedDomains: ['fresh.com'] } });
    expect(await signIn(listed, await idp.token(person('in', { email: 'in@fresh.com' })))).toMatchObject({
      provisioned: true,
    });
    expect(
      await signIn(listed, await idp.token({ sub: 'o', email: 'o@other.com', email_verified: true })),
    ).toMatchObject({ denied: 'DOMAIN_NOT_ALLOWED' });
    const open = await aTenant({ scim: false });
    expect(await signIn(open, await idp.token({ sub: 'f', email: 'f@gmail.com', email_verified: true }))).toMatchObject(
      { denied: 'DOMAIN_NOT_ALLOWED' },
    );
    expect(await signIn(open, await idp.token({ sub: 'u', email: 'u@fresh.com' }))).toMatchObject({
      denied: 'EMAIL_UNVERIFIED',
    });
    const denials = (await open.events()).filter(({ type }) => type === 'SIGN_IN_DENIED');
    expect(denials.map(({ data }) => data.code)).toEqual(['DOMAIN_NOT_ALLOWED', 'EMAIL_UNVERIFIED']);
    expect(JSON.stringify(denials)).not.toContain('u@fresh.com');
  });

  test('a disabled connection or organization denies the sign-in', async () => {
    const on = await aTenant({ scim: false });
    const token = await idp.token(person('off', { email: 'off@fresh.com' }));
    const { accessToken } = await signIn(on, token);
    await on.gql('mutation($id: ID!) { updateConnection(input: { id: $id, state: INACTIVE }) { connection { id } } }', {
      id: on.connectionId,
    });
    expect(await signIn(on, token)).toMatchObject({ denied: 'CONNECTION_INACTIVE' });
    expect((await world.request('{ viewer { kind } }', {}, accessToken)).errors[0].extensions.code).toBe(
      'UNAUTHENTICATED',
    );
    await world.gql(
      'mutation($id: ID!) { updateOrganization(input: { id: $id, status: DISABLED }) { organization { id } } }',
      { id: on.organizationId },
    );
    const { errors } = await world.request(mutation, { connectionId: on.connectionId, idToken: token });
    expect(errors[0].extensions.denial).toBe('ORGANIZATION_DISABLED');
  });

  describe('signInWithIdToken refuses an invalid token', () => {
    const forged: { what: string; make: (idp: Idp) => Promise<string>; nonce?: string }[] = [
      { what: 'of another audience', make: (on) => on.token(person('a'), { audience: 'other' }) },
      { what: 'of another issuer', make: (on) => on.token(person('a'), { issuer: 'https://evil.example' }) },
      {
        what: 'that has expired',
        make: (on) => on.token(person('a'), { expiresAt: Math.floor(Date.now() / 1000) - 120 }),
      },
      { what: 'with another nonce', make: (on) => on.token(person('a', { nonce: 'theirs' })), nonce: 'ours' },
      { what: 'without the nonce', make: (on) => on.token(person('a')), nonce: 'ours' },
      { what: 'signed by nobody', make: (on) => on.unsigned(person('a')) },
      { what: 'signed by HMAC with the public key', make: (on) => on.hmac(person('a')) },
      { what: 'signed by a key of somebody else', make: (on) => on.foreign(person('a')) },
      { what: 'that was cut short', make: async (on) => (await on.token(person('a'))).slice(0, -3) },
      { what: 'that is no token', make: async () => 'nonsense' },
      { what: 'for another party', make: (on) => on.token(person('a', { azp: 'other' })) },
    ];
    test.each(forged)('$what', async ({ make, nonce }) => {
      const before = (await tenant.events()).length;
      expect(await signIn(tenant, await make(idp), nonce)).toEqual({
        denied: 'ASSERTION_INVALID',
        code: 'ASSERTION_INVALID',
      });
      const after = (await tenant.events()).slice(before).map(({ type }) => type);
      expect(after).toEqual(['SIGN_IN_DENIED']);
    });
  });

  test('Entra ID: the subject is tid and oid, and the email of another tenant is not trusted', async () => {
    const entra = await aTenant({ provider: 'ENTRA', jit: { mode: 'ENABLED' } });
    const claims = { sub: 'pairwise', oid: 'o-1', tid: 't-1', email: 'e@entra.com', xms_edov: true };
    const first = await signIn(entra, await idp.token(claims));
    expect(first.provisioned).toBe(true);
    expect(await signIn(entra, await idp.token({ ...claims, sub: 'other-app' }))).toMatchObject({
      provisioned: false,
      user: { id: first.user.id },
    });
    expect(await signIn(entra, await idp.token({ ...claims, tid: 't-2' }))).toMatchObject({ denied: 'ACCOUNT_EXISTS' });
    await entra.scim('POST', '/Users', oktaUser('ceo@entra.com', { externalId: 'o-ceo' }));
    const mallory = { ...claims, oid: 'o-mallory', email: 'ceo@entra.com' };
    expect(await signIn(entra, await idp.token(mallory))).toMatchObject({ denied: 'ACCOUNT_EXISTS' });
  });
});
