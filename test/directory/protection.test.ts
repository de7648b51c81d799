import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recheckDomains } from '../../src/directory/organizations/recheck-domains.js';
import { closeDormant } from '../../src/directory/users/dormancy.js';
import { expireAllInvitations } from '../../src/directory/users/invitations.js';
import { storeOfJobs } from '../support/jobs.js';
import { type Anything, oktaUser, patch, type Tenant, World } from '../support/world.js';

let world: World;
let now = new Date();
let records: string[] = [];
/** Error code of DNS; null while it works. */
let dnsFails: string | null = null;
const resolve = async () => {
  if (dnsFails) throw Object.assign(new Error(`queryTxt ${dnsFails}`), { code: dnsFails });
  return records;
};
beforeAll(async () => {
  world = await World.start({ now: () => now, resolveTxt: resolve });
});
afterAll(() => world.close());

const day = 86_400_000;
const store = () => ({ ...storeOfJobs(world, () => now), resolveTxt: resolve });
const protect = (tenant: Tenant, id: string, reason = 'break glass', isProtected = true) =>
  world.request(
    'mutation($id: ID!, $p: Boolean!, $r: String!) { protectUser(id: $id, protected: $p, reason: $r) { user { protected } } }',
    { id, p: isProtected, r: reason },
    tenant.key,
  );
const status = async (tenant: Tenant, id: string) =>
  (await tenant.gql('query($id: ID!) { user(id: $id) { status roles protected deprovisionReason } }', { id })).user;
const held = async (tenant: Tenant) =>
  (await tenant.events()).filter((event: Anything) => event.type === 'CONNECTION_ATTENTION');

describe('protected accounts', () => {
  test('are not closed by SCIM writes: 403 with the reason, no change, and an event for the operator', async () => {
    const tenant = await world.tenant();
    const { body } = await tenant.scim('POST', '/Users', oktaUser('glass@acme.example'));
    await protect(tenant, body.id);
    for (const [method, sent] of [
      ['PATCH', patch({ op: 'replace', value: { active: false } })],
      ['DELETE', undefined],
      ['PUT', { ...oktaUser('glass@acme.example'), active: false }],
    ] as const) {
      const answer = await tenant.scim(method, `/Users/${body.id}`, sent);
      expect(answer.status).toBe(403);
      expect(answer.body.detail).toContain('break glass');
    }
    expect(await status(tenant, body.id)).toMatchObject({ status: 'ACTIVE', protected: true });
    expect(await held(tenant)).toHaveLength(3);
    // A change of the profile is allowed.
    expect(
      (await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'title', value: 'X' }))).status,
    ).toBe(200);
    await tenant.gql('mutation($id: ID!) { deprovisionUser(id: $id) { user { id } } }', { id: body.id });
    expect((await status(tenant, body.id)).status).toBe('DEPROVISIONED');
  });

  test('are not adopted if they are unmanaged', async () => {
    const tenant = await world.tenant({ onExisting: 'ADOPT' });
    const { createUser } = await tenant.gql(
      'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }',
      {
        i: {
          organizationId: tenant.organizationId,
          userName: 'own@acme.example',
          emails: [{ value: 'own@acme.example' }],
        },
      },
    );
    await protect(tenant, createUser.user.id);
    expect((await tenant.scim('PUT', `/Users/${createUser.user.id}`, oktaUser('own@acme.example'))).status).toBe(403);
  });

  test('keep their roles if an IdP removes them, by claim or by group', async () => {
    const tenant = await world.tenant({ groupMappings: [{ group: 'Admins', roles: ['admin'] }] });
    const { body: user } = await tenant.scim('POST', '/Users', oktaUser('roles@acme.example'));
    const { body: group } = await tenant.scim('POST', '/Groups', {
      displayName: 'Admins',
      members: [{ value: user.id }],
    });
    await protect(tenant, user.id);
    await tenant.scim('PATCH', `/Groups/${group.id}`, patch({ op: 'remove', path: `members[value eq "${user.id}"]` }));
    expect((await status(tenant, user.id)).roles).toEqual(['admin']);
  });

  test('include the last administrator automatically until there is another one', async () => {
    const tenant = await world.tenant({ groupMappings: [{ group: 'Admins', roles: ['org:admin'] }] });
    const { body: one } = await tenant.scim('POST', '/Users', oktaUser('one@acme.example'));
    const { body: group } = await tenant.scim('POST', '/Groups', {
      displayName: 'Admins',
      members: [{ value: one.id }],
    });
    const off = patch({ op: 'replace', value: { active: false } });
    const refused = await tenant.scim('PATCH', `/Users/${one.id}`, off);
    expect(refused.status).toBe(403);
    expect(refused.body.detail).toContain('the last account with an administrative role');
    await tenant.scim('PATCH', `/Groups/${group.id}`, patch({ op: 'remove', path: 'members' }));
    expect((await status(tenant, one.id)).roles).toEqual(['org:admin']);
    const { body: two } = await tenant.scim('POST', '/Users', oktaUser('two@acme.example'));
    await tenant.scim(
      'PATCH',
      `/Groups/${group.id}`,
      patch({ op: 'add', path: 'members', value: [{ value: two.id }] }),
    );
    expect((await tenant.scim('PATCH', `/Users/${one.id}`, off)).status).toBe(200);
  });

  test('are at most five, set by an administrator with a reason, who can also lift the protection', async () => {
    const tenant = await world.tenant();
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push((await tenant.scim('POST', '/Users', oktaUser(`p${n}@acme.example`))).body.id);
    expect((await protect(tenant, ids[0] ?? '', ' ')).errors[0].extensions.code).toBe('BAD_INPUT');
    for (const id of ids.slice(0, 5)) expect((await protect(tenant, id)).data.protectUser.user.protected).toBe(true);
    expect((await protect(tenant, ids[5] ?? '')).errors[0].extensions).toMatchObject({
      code: 'BAD_INPUT',
      field: 'protected',
    });
    expect((await protect(tenant, ids[0] ?? '', 'over', false)).data.protectUser.user.protected).toBe(false);
    expect((await protect(tenant, ids[5] ?? '')).errors).toBeUndefined();
  });

  test('have an event with the state of the user, the protection and the reason', async () => {
    const tenant = await world.tenant();
    const { body } = await tenant.scim('POST', '/Users', oktaUser('glass@acme.example'));
    await protect(tenant, body.id, ' break glass ');
    const event: Anything = (await tenant.events()).at(-1);
    expect([event.type, event.changes]).toEqual(['USER_UPDATED', [{ path: 'protected', before: false, after: true }]]);
    expect(event.data).toMatchObject({
      id: body.id,
      userName: 'glass@acme.example',
      status: 'ACTIVE',
      connectionId: tenant.connectionId,
      protected: true,
      reason: 'break glass',
    });
  });

  test('are not closed if their connection is deleted with DEPROVISION', async () => {
    const tenant = await world.tenant();
    const { body: kept } = await tenant.scim('POST', '/Users', oktaUser('kept@acme.example'));
    const { body: gone } = await tenant.scim('POST', '/Users', oktaUser('gone@acme.example'));
    await protect(tenant, kept.id);
    await tenant.gql('mutation($id: ID!) { deleteConnection(id: $id, users: DEPROVISION) { deletedId } }', {
      id: tenant.connectionId,
    });
    expect([(await status(tenant, kept.id)).status, (await status(tenant, gone.id)).status]).toEqual([
      'ACTIVE',
      'DEPROVISIONED',
    ]);
  });
});

describe('dormancy', () => {
  test('unused JIT accounts are closed, with a warning event a week before; other accounts are not', async () => {
    const tenant = await world.tenant({ provider: 'TEST', jit: { mode: 'ENABLED', dormantAfterDays: 90 } });
    const people = ['sleepy', 'awake', 'glass'].map((name) => ({
      name,
      id: `user_${name.padEnd(26, '0').replace(/[ilou]/g, 'x')}`,
    }));
    const { body: managed } = await tenant.scim('POST', '/Users', oktaUser('managed@acme.example'));
    const ids: Record<string, string> = {};
    for (const { name } of people) {
      const { createUser } = await tenant.gql(
        'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }',
        {
          i: {
            organizationId: tenant.organizationId,
            userName: `${name}@acme.example`,
            connectionId: tenant.connectionId,
            externalId: name,
          },
        },
      );
      ids[name] = createUser.user.id;
    }
    await world
      .database()
      .run(`update users set origin = 'JIT', last_sign_in_at = $2 where id = any($1)`, [Object.values(ids), now]);
    await world.database().run('update users set last_sign_in_at = $2 where id = $1', [managed.id, now]);
    await protect(tenant, ids.glass ?? '');
    const start = now;
    now = new Date(start.getTime() + 83 * day + 1_000);
    await world.database().run('update users set last_sign_in_at = $2 where id = $1', [ids.awake, now]);
    await closeDormant(store());
    expect(await held(tenant)).toMatchObject([{ data: { kind: 'DORMANT', count: 1, userIds: [ids.sleepy] } }]);
    await closeDormant(store());
    expect(await held(tenant)).toHaveLength(1);
    now = new Date(start.getTime() + 91 * day);
    await closeDormant(store());
    expect(await status(tenant, ids.sleepy ?? '')).toMatchObject({
      status: 'DEPROVISIONED',
      deprovisionReason: 'DORMANT',
    });
    for (const id of [ids.awake ?? '', ids.glass ?? '', managed.id])
      expect((await status(tenant, id)).status).toBe('ACTIVE');
    expect((await tenant.events()).find((event: Anything) => event.type === 'USER_DEPROVISIONED')).toMatchObject({
      actor: { kind: 'SYSTEM' },
      data: { reason: 'DORMANT' },
    });
  });
});

describe('invitations', () => {
  const invite = (tenant: Tenant, email: string, more = {}) =>
    world.request(
      'mutation($i: InviteUserInput!) { inviteUser(input: $i) { invitationCode user { id status } } }',
      { i: { organizationId: tenant.organizationId, email, ...more } },
      tenant.key,
    );
  test('can be found and adopted by SCIM on an owned domain; the user becomes ACTIVE with the same id', async () => {
    const tenant = await world.tenant();
    const { addDomain } = await tenant.gql(
      'mutation($o: ID!, $c: [ID!]) { addDomain(organizationId: $o, domain: "invited.example", connectionIds: $c) { domain { id } } }',
      { o: tenant.organizationId, c: [tenant.connectionId] },
    );
    await world.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
      id: addDomain.domain.id,
    });
    const { data } = await invite(tenant, 'new@invited.example');
    const { status: code, body } = await tenant.scim('POST', '/Users', oktaUser('new@invited.example'));
    expect([code, body.id]).toEqual([201, data.inviteUser.user.id]);
    expect((await status(tenant, body.id)).status).toBe('ACTIVE');
    expect(await tenant.types()).toEqual(expect.arrayContaining(['USER_INVITED', 'USER_ADOPTED', 'USER_PROVISIONED']));
    const { organization } = await tenant.gql('query($id: ID!) { organization(id: $id) { seatsUsed } }', {
      id: tenant.organizationId,
    });
    expect(organization.seatsUsed).toBe(1);
  });
  test('are deleted with an event after they expire; malformed and repeated ones are refused', async () => {
    const tenant = await world.tenant();
    const { data } = await invite(tenant, 'late@else.example', { expiresInSeconds: 60 });
    expect((await invite(tenant, 'late@else.example')).errors[0].extensions.code).toBe('USER_NAME_TAKEN');
    for (const [email, more] of [
      ['nobody', {}],
      ['a@b.example', { expiresInSeconds: 1 }],
      ['a@b.example', { connectionId: 'conn_01aaaaaaaaaaaaaaaaaaaaaaaa' }],
    ] as const) {
      expect((await invite(tenant, email, more)).errors[0].extensions.code).toMatch(/BAD_INPUT|NOT_FOUND/);
    }
    now = new Date(now.getTime() + 61_000);
    await expireAllInvitations(store());
    expect((await tenant.events()).at(-1)).toMatchObject({
      type: 'USER_INVITATION_EXPIRED',
      subjectId: data.inviteUser.user.id,
    });
    expect((await invite(tenant, 'late@else.example')).data.inviteUser.user.id).not.toBe(data.inviteUser.user.id);
  });
});

describe('domains that are verified by their record', () => {
  test('are looked up daily, and lapse after seven days without the record', async () => {
    const tenant = await world.tenant();
    const { addDomain } = await tenant.gql(
      'mutation($o: ID!) { addDomain(organizationId: $o, domain: "lapse.example") { domain { id verificationValue } } }',
      { o: tenant.organizationId },
    );
    const { id, verificationValue } = addDomain.domain;
    records = [verificationValue];
    await tenant.gql('mutation($id: ID!) { verifyDomain(id: $id) { domain { state } } }', { id });
    const state = async () =>
      (
        await tenant.gql('query($id: ID!) { organization(id: $id) { domains { state } } }', {
          id: tenant.organizationId,
        })
      ).organization.domains[0].state;
    const pass = async (days: number) => {
      now = new Date(now.getTime() + days * day + 1_000);
      await recheckDomains(store());
    };
    await pass(1);
    expect(await state()).toBe('VERIFIED');
    records = [];
    await pass(1);
    await pass(6);
    expect(await state()).toBe('VERIFIED');
    records = [verificationValue];
    await pass(1);
    records = [];
    await pass(1);
    await pass(6);
    expect(await state()).toBe('VERIFIED');
    await pass(2);
    expect(await state()).toBe('PENDING');
    expect((await tenant.events()).at(-1)).toMatchObject({ type: 'DOMAIN_LAPSED', data: { domain: 'lapse.example' } });
  });

  test('stay verified while DNS fails; a name without a record lapses', async () => {
    const tenant = await world.tenant();
    const { addDomain } = await tenant.gql(
      'mutation($o: ID!) { addDomain(organizationId: $o, domain: "unread.example") { domain { id verificationValue } } }',
      { o: tenant.organizationId },
    );
    const { id, verificationValue } = addDomain.domain;
    const verify = () =>
      world.request('mutation($id: ID!) { verifyDomain(id: $id) { domain { state } } }', { id }, tenant.key);
    dnsFails = 'ESERVFAIL';
    expect((await verify()).errors[0].message).toContain('DNS could not be read');
    records = [verificationValue];
    dnsFails = null;
    expect((await verify()).data.verifyDomain.domain.state).toBe('VERIFIED');
    const lapsed = async () => (await tenant.types()).includes('DOMAIN_LAPSED');
    for (const code of ['ESERVFAIL', 'ETIMEOUT', 'ENOTFOUND']) {
      dnsFails = code;
      for (let days = 0; days < 10; days++) {
        now = new Date(now.getTime() + day + 1_000);
        await recheckDomains(store());
      }
      expect([code, await lapsed()]).toEqual([code, code === 'ENOTFOUND']);
    }
    dnsFails = null;
  });
});
