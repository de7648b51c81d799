import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../../support/application.js';
import { protocols, Realm, type Trust } from '../../support/sign-ins.js';
import { oktaUser, patch, World } from '../../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
});
afterAll(() => world.close());

type Outcome = 'in' | 'new' | string;
type Prepare = (realm: Realm) => Promise<string>;

const post = async (realm: Realm, externalId: string | undefined) =>
  (await realm.tenant.scim('POST', '/Users', oktaUser(realm.email, { externalId }))).body.id as string;
const scimHere: Prepare = (realm) => post(realm, undefined);
const jitHere: Prepare = (realm) => realm.outcome(realm.person('T2', { sub: 'known', claims: '{"oid":"known"}' }));
const suspended =
  (prepare: Prepare): Prepare =>
  async (realm) => {
    const id = await prepare(realm);
    await realm.change('suspendUser', id);
    return id;
  };
const deactivated =
  (prepare: Prepare): Prepare =>
  async (realm) => {
    const id = await prepare(realm);
    await realm.tenant.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    return id;
  };
const deleted =
  (prepare: Prepare): Prepare =>
  async (realm) => {
    const id = await prepare(realm);
    await realm.tenant.scim('DELETE', `/Users/${id}`);
    return id;
  };
const deprovisioned =
  (prepare: Prepare): Prepare =>
  async (realm) => {
    const id = await prepare(realm);
    await realm.change('deprovisionUser', id);
    return id;
  };
const dormant =
  (prepare: Prepare): Prepare =>
  async (realm) => {
    const id = await deprovisioned(prepare)(realm);
    await world.database().run(`update users set deprovision_reason = 'DORMANT' where id = $1`, [id]);
    return id;
  };
/** Creates the account on another connection, which is assigned to the domain if the first connection is. */
const elsewhere =
  (state: 'ACTIVE' | 'SUSPENDED' | 'DEPROVISIONED' | 'tombstone'): Prepare =>
  async (realm) => {
    const other = await realm.second();
    const { body } = await other.scim('POST', '/Users', oktaUser(realm.email));
    if (state === 'SUSPENDED') await realm.change('suspendUser', body.id);
    if (state === 'DEPROVISIONED')
      await other.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
    if (state === 'tombstone') await other.scim('DELETE', `/Users/${body.id}`);
    return body.id;
  };
const jitElsewhere: Prepare = async (realm) => {
  const other = await realm.second({ scim: false });
  // A connection creates no user in a domain that is assigned to other connections only.
  await assignToAll(realm);
  return realm.outcome(realm.person('T1', { sub: 'elsewhere' }), { connectionId: other.id });
};
const api: Prepare = (realm) => realm.createUser();
const administrator: Prepare = (realm) => realm.createUser({ roles: ['admin'] });

/** Rows B3 and B4 of docs/sign-in.md: the account and the outcome of the sign-in, for each trust in the address. */
const byEmail: { row: string; prepare: Prepare; T2: Outcome; T1: Outcome; T0: Outcome }[] = [
  { row: 'SCIM by C, ACTIVE', prepare: scimHere, T2: 'in', T1: 'in', T0: 'ACCOUNT_EXISTS' },
  {
    row: 'SCIM by C, SUSPENDED',
    prepare: suspended(scimHere),
    T2: 'USER_SUSPENDED',
    T1: 'USER_SUSPENDED',
    T0: 'ACCOUNT_EXISTS',
  },
  {
    row: 'SCIM by C, inactive',
    prepare: deactivated(scimHere),
    T2: 'USER_DEPROVISIONED',
    T1: 'USER_DEPROVISIONED',
    T0: 'USER_DEPROVISIONED',
  },
  {
    row: 'SCIM by C, tombstone',
    prepare: deleted(scimHere),
    T2: 'USER_DEPROVISIONED',
    T1: 'USER_DEPROVISIONED',
    T0: 'USER_DEPROVISIONED',
  },
  { row: 'SCIM by C2, ACTIVE', prepare: elsewhere('ACTIVE'), T2: 'in', T1: 'ACCOUNT_EXISTS', T0: 'ACCOUNT_EXISTS' },
  {
    row: 'SCIM by C2, SUSPENDED',
    prepare: elsewhere('SUSPENDED'),
    T2: 'USER_SUSPENDED',
    T1: 'USER_SUSPENDED',
    T0: 'ACCOUNT_EXISTS',
  },
  {
    row: 'SCIM by C2, inactive',
    prepare: elsewhere('DEPROVISIONED'),
    T2: 'USER_DEPROVISIONED',
    T1: 'USER_DEPROVISIONED',
    T0: 'ACCOUNT_EXISTS',
  },
  {
    row: 'SCIM by C2, tombstone',
    prepare: elsewhere('tombstone'),
    T2: 'USER_DEPROVISIONED',
    T1: 'USER_DEPROVISIONED',
    T0: 'EMAIL_UNVERIFIED',
  },
  { row: 'JIT by C2, ACTIVE', prepare: jitElsewhere, T2: 'in', T1: 'ACCOUNT_EXISTS', T0: 'ACCOUNT_EXISTS' },
  { row: 'API, ACTIVE', prepare: api, T2: 'in', T1: 'LINK_CONFIRMATION_REQUIRED', T0: 'ACCOUNT_EXISTS' },
  {
    row: 'API, ACTIVE, administrative',
    prepare: administrator,
    T2: 'LINK_CONFIRMATION_REQUIRED',
    T1: 'LINK_CONFIRMATION_REQUIRED',
    T0: 'ACCOUNT_EXISTS',
  },
  { row: 'API, SUSPENDED', prepare: suspended(api), T2: 'USER_SUSPENDED', T1: 'USER_SUSPENDED', T0: 'ACCOUNT_EXISTS' },
  {
    row: 'API, DEPROVISIONED',
    prepare: deprovisioned(api),
    T2: 'USER_DEPROVISIONED',
    T1: 'USER_DEPROVISIONED',
    T0: 'USER_DEPROVISIONED',
  },
  { row: 'nobody', prepare: async () => '', T2: 'new', T1: 'new', T0: 'EMAIL_UNVERIFIED' },
];
const cells = byEmail.flatMap(({ row, prepare, ...columns }) =>
  (['T2', 'T1', 'T0'] as Trust[]).map((trust) => ({ row, prepare, trust, expected: columns[trust as 'T2'] })),
);

describe.each(protocols)('by $protocol: matched by email', ({ protocol }) => {
  test.each(cells)('$row, $trust: $expected', async ({ prepare, trust, expected }) => {
    const realm = await Realm.make(world, app, protocol, { trust });
    const id = await prepare(realm);
    if (trust === 'T2') await assignToAll(realm);
    const outcome = await realm.outcome(realm.person(trust, { sub: 'somebody' }));
    if (expected === 'in') expect(outcome).toBe(id);
    else if (expected === 'new') expect(outcome).toMatch(/^user_/);
    else expect(outcome).toBe(expected);
    if (expected === 'in')
      expect(await realm.user(id, 'identities { subject }')).toMatchObject({
        identities: expect.arrayContaining([{ subject: 'somebody' }]),
      });
  });

  test.each([
    { row: 'JIT by C, ACTIVE', prepare: jitHere, T2: 'ACCOUNT_EXISTS', T0: 'ACCOUNT_EXISTS' },
    { row: 'JIT by C, SUSPENDED', prepare: suspended(jitHere), T2: 'USER_SUSPENDED', T0: 'ACCOUNT_EXISTS' },
    {
      row: 'JIT by C, DEPROVISIONED (API)',
      prepare: deprovisioned(jitHere),
      T2: 'USER_DEPROVISIONED',
      T0: 'USER_DEPROVISIONED',
    },
    {
      row: 'JIT by C, DEPROVISIONED (DORMANT)',
      prepare: dormant(jitHere),
      T2: 'USER_DEPROVISIONED',
      T0: 'USER_DEPROVISIONED',
    },
  ])('$row, a second subject with the same address', async ({ prepare, T2, T0 }) => {
    const realm = await Realm.make(world, app, protocol, { jit: { reactivateOnSignIn: true } });
    await prepare(realm);
    expect(await realm.outcome(realm.person('T2', { sub: 'second' }))).toBe(T2);
    await realm.tenant.gql(
      'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }',
      {
        i: { id: realm.tenant.connectionId, jit: { vouchesForEmail: false } },
      },
    );
    expect(await realm.outcome(realm.person('T0', { sub: 'third' }))).toBe(T0);
  });
});

/** Assigns the domain to both connections, so that only the trust of the address differs. */
async function assignToAll(realm: Realm): Promise<void> {
  const { organization } = await realm.tenant.gql(
    'query($id: ID!) { organization(id: $id) { domains { id } connections { id } } }',
    { id: realm.tenant.organizationId },
  );
  const ids = organization.connections.map(({ id }: { id: string }) => id);
  for (const { id } of organization.domains)
    await realm.tenant.gql(
      'mutation($id: ID!, $c: [ID!]!) { assignDomain(id: $id, connectionIds: $c) { domain { id } } }',
      { id, c: ids },
    );
}

describe.each(protocols)('by $protocol: matched by subject and by stable id', ({ protocol }) => {
  const afterwards: {
    row: string;
    make: (realm: Realm) => Promise<string>;
    change: (prepare: Prepare) => Prepare;
    expected: Outcome;
  }[] = [
    { row: 'SCIM by C, ACTIVE', make: scimHere, change: (same) => same, expected: 'in' },
    { row: 'SCIM by C, SUSPENDED', make: scimHere, change: suspended, expected: 'USER_SUSPENDED' },
    { row: 'SCIM by C, inactive', make: scimHere, change: deactivated, expected: 'USER_DEPROVISIONED' },
    { row: 'SCIM by C, tombstone', make: scimHere, change: deleted, expected: 'USER_DEPROVISIONED' },
    { row: 'JIT by C, ACTIVE', make: async () => '', change: (same) => same, expected: 'in' },
    { row: 'JIT by C, SUSPENDED', make: async () => '', change: suspended, expected: 'USER_SUSPENDED' },
    {
      row: 'JIT by C, DEPROVISIONED (API)',
      make: async () => '',
      change: deprovisioned,
      expected: 'USER_DEPROVISIONED',
    },
    { row: 'JIT by C, DEPROVISIONED (DORMANT)', make: async () => '', change: dormant, expected: 'in' },
  ];
  test.each(afterwards)('B1, $row: $expected', async ({ make, change, expected }) => {
    const realm = await Realm.make(world, app, protocol, { jit: { reactivateOnSignIn: true } });
    await make(realm);
    const id = await change(() => realm.outcome(realm.person('T2', { sub: 'known' })))(realm);
    const outcome = await realm.outcome(realm.person('T2', { sub: 'known' }));
    expect(outcome).toBe(expected === 'in' ? id : expected);
  });

  const stable = (more: object) => ({ claims: JSON.stringify({ oid: 'stable-1', ...more }) });
  test.each([
    { row: 'SCIM by C, ACTIVE', change: (same: Prepare) => same, expected: 'in' },
    { row: 'SCIM by C, SUSPENDED', change: suspended, expected: 'USER_SUSPENDED' },
    { row: 'SCIM by C, inactive', change: deactivated, expected: 'USER_DEPROVISIONED' },
    { row: 'SCIM by C, tombstone', change: deleted, expected: 'USER_DEPROVISIONED' },
  ])('B2, $row: $expected, for any address', async ({ change, expected }) => {
    const realm = await Realm.make(world, app, protocol, { trust: 'T1', stable: true });
    const id = await change((one) => post(one, 'stable-1'))(realm);
    const outcome = await realm.outcome({ ...realm.person('T0', stable({})), email: 'another@elsewhere.example' });
    expect(outcome).toBe(expected === 'in' ? id : expected);
    const links = expected === 'in' || expected === 'USER_SUSPENDED';
    expect(await realm.user(id, 'identities { subject }')).toEqual({
      identities: [{ subject: links ? 'stable-1' : null }],
    });
  });

  test.each([
    { row: 'API, ACTIVE', roles: [], expected: 'in' },
    { row: 'API, ACTIVE, administrative', roles: ['admin'], expected: 'LINK_CONFIRMATION_REQUIRED' },
  ])('B2, $row: $expected', async ({ roles, expected }) => {
    const realm = await Realm.make(world, app, protocol, { trust: 'T1', stable: true });
    const id = await realm.createUser({ roles, connectionId: realm.tenant.connectionId, externalId: 'stable-1' });
    expect(await realm.outcome(realm.person('T0', stable({})))).toBe(expected === 'in' ? id : expected);
  });

  test('a stable claim that contradicts the externalId denies the sign-in, also if the email matches', async () => {
    const realm = await Realm.make(world, app, protocol, { stable: true });
    await post(realm, 'the-boss');
    expect(await realm.outcome(realm.person('T2', stable({})))).toBe('ACCOUNT_EXISTS');
  });

  test('a recycled address with another stable id than the tombstone creates another user without its roles', async () => {
    const realm = await Realm.make(world, app, protocol, { stable: true });
    const old = await deleted((one) => post(one, 'who-left'))(realm);
    const id = await realm.outcome(realm.person('T2', stable({})));
    expect(id).toMatch(/^user_/);
    expect(id).not.toBe(old);
    expect(await realm.user(id, 'roles groups { nodes { id } }')).toEqual({ roles: [], groups: { nodes: [] } });
  });
});
