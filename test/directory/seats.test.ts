import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { seatVerdict } from '../../src/directory/organizations/seats.js';
import { type Anything, oktaUser, patch, type Tenant, World } from '../support/world.js';

let world: World;
let now = new Date();
beforeAll(async () => {
  world = await World.start({ now: () => now });
});
afterAll(() => world.close());

const limited = async (seats: object): Promise<Tenant> => {
  const tenant = await world.tenant();
  await set(tenant, seats);
  return tenant;
};
const set = (tenant: Tenant, seats: object) =>
  world.gql(
    'mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { seatLimit seatPolicy } } }',
    {
      i: { id: tenant.organizationId, ...seats },
    },
  );
const used = async (tenant: Tenant) =>
  (await tenant.gql('query($id: ID!) { organization(id: $id) { seatsUsed } }', { id: tenant.organizationId }))
    .organization.seatsUsed;
const post = (tenant: Tenant, name: string, more = {}) =>
  tenant.scim('POST', '/Users', oktaUser(`${name}@seats.example`, more));
const active = (tenant: Tenant, id: string, value: boolean) =>
  tenant.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: value } }));
const create = (tenant: Tenant, name: string) =>
  world.request(
    'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }',
    { i: { organizationId: tenant.organizationId, userName: name } },
    tenant.key,
  );
const seatEvents = async (tenant: Tenant, type = 'ORGANIZATION_SEATS_EXCEEDED') =>
  (await tenant.events()).filter((event: Anything) => event.type === type);

describe('seat policy BLOCK', () => {
  test('SCIM: 403 with the limit and the contact, no change, and one event an hour', async () => {
    const tenant = await limited({ seatLimit: 1 });
    expect((await post(tenant, 'one')).status).toBe(201);
    for (const name of ['two', 'three']) {
      const { status, body } = await post(tenant, name);
      expect(status).toBe(403);
      expect(body.detail).toMatch(/All 1 seats .* Deactivate a user, or ask the provider/);
    }
    const { body } = await tenant.scim('GET', '/Users');
    expect(body.totalResults).toBe(1);
    expect(await used(tenant)).toBe(1);
    expect(await seatEvents(tenant)).toMatchObject([{ data: { limit: 1, used: 1, refused: true } }]);
    now = new Date(now.getTime() + 3_700_000);
    await post(tenant, 'four');
    expect(await seatEvents(tenant)).toHaveLength(2);
  });

  test('SCIM: an inactive user uses no seat; reactivating uses one; deactivating frees it', async () => {
    const tenant = await limited({ seatLimit: 1 });
    const { body: idle, status } = await post(tenant, 'idle', { active: false });
    expect(status).toBe(201);
    const { body: busy } = await post(tenant, 'busy');
    const refused = await active(tenant, idle.id, true);
    expect(refused.status).toBe(403);
    expect((await tenant.scim('GET', `/Users/${idle.id}`)).body.active).toBe(false);
    await active(tenant, busy.id, false);
    expect(await seatEvents(tenant, 'ORGANIZATION_SEATS_FREED')).toMatchObject([{ data: { limit: 1, used: 0 } }]);
    expect((await active(tenant, idle.id, true)).status).toBe(200);
    expect(await used(tenant)).toBe(1);
    expect((await active(tenant, busy.id, true)).status).toBe(403);
  });

  test('API: createUser and reactivateUser return SEAT_LIMIT_REACHED; suspended users count, invited ones do not', async () => {
    const tenant = await limited({ seatLimit: 1 });
    const { data } = await create(tenant, 'api');
    await tenant.gql('mutation($id: ID!) { suspendUser(id: $id) { user { id } } }', { id: data.createUser.user.id });
    expect(await used(tenant)).toBe(1);
    expect((await create(tenant, 'second')).errors[0].extensions).toMatchObject({
      code: 'SEAT_LIMIT_REACHED',
      limit: 1,
    });
    const invited = await tenant.gql(
      'mutation($i: InviteUserInput!) { inviteUser(input: $i) { user { id status } } }',
      {
        i: { organizationId: tenant.organizationId, email: 'guest@else.example' },
      },
    );
    expect(invited.inviteUser.user.status).toBe('PENDING');
    expect(await used(tenant)).toBe(1);
    await tenant.gql('mutation($id: ID!) { deprovisionUser(id: $id) { user { id } } }', {
      id: data.createUser.user.id,
    });
    expect((await create(tenant, 'second')).errors).toBeUndefined();
    const again = await world.request(
      'mutation($id: ID!) { reactivateUser(id: $id) { user { id } } }',
      { id: data.createUser.user.id },
      tenant.key,
    );
    expect(again.errors[0].extensions.code).toBe('SEAT_LIMIT_REACHED');
  });

  test('of twenty concurrent creations for five seats, five succeed', async () => {
    const tenant = await limited({ seatLimit: 5 });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => post(tenant, `racer${n}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(15);
    expect(await used(tenant)).toBe(5);
  });
});

describe('seat policies GRACE and NOTIFY', () => {
  test('GRACE: up to limit + n for graceDays, with an event that contains the end', async () => {
    const tenant = await limited({ seatLimit: 1, seatPolicy: 'GRACE', seatGrace: 2, seatGraceDays: 3 });
    await post(tenant, 'one');
    expect((await post(tenant, 'two')).status).toBe(201);
    const [event] = await seatEvents(tenant);
    expect(new Date(event.data.graceUntil).getTime() - now.getTime()).toBe(3 * 86_400_000);
    now = new Date(now.getTime() + 4 * 86_400_000);
    expect((await post(tenant, 'three')).status).toBe(403);
  });
  test('NOTIFY: never refuses a user', async () => {
    const tenant = await limited({ seatLimit: 1, seatPolicy: 'NOTIFY' });
    for (const name of ['one', 'two', 'three']) expect((await post(tenant, name)).status).toBe(201);
    expect(await seatEvents(tenant)).toHaveLength(1);
    expect(await used(tenant)).toBe(3);
  });
  test('each combination of limit and policy has its documented result', () => {
    const base = {
      seatLimit: 2,
      seatPolicy: 'GRACE',
      seatGrace: 1,
      seatGraceDays: 1,
      seatsExceededSince: null,
    } as const;
    expect(seatVerdict({ ...base, seatLimit: null }, 99, now).kind).toBe('free');
    expect(seatVerdict(base, 1, now).kind).toBe('free');
    expect(seatVerdict(base, 2, now).kind).toBe('over');
    expect(seatVerdict(base, 3, now).kind).toBe('refused');
    expect(seatVerdict({ ...base, seatsExceededSince: new Date(now.getTime() - 2 * 86_400_000) }, 2, now).kind).toBe(
      'refused',
    );
    expect(seatVerdict({ ...base, seatPolicy: 'BLOCK' }, 2, now).kind).toBe('refused');
  });
  test('the limit can be changed and removed, and invalid limits are refused', async () => {
    const tenant = await limited({ seatLimit: 0 });
    expect((await post(tenant, 'one')).status).toBe(403);
    await set(tenant, { seatLimit: null });
    expect((await post(tenant, 'one')).status).toBe(201);
    const { errors } = await world.request(
      'mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }',
      {
        i: { id: tenant.organizationId, seatLimit: -1 },
      },
    );
    expect(errors[0].extensions.code).toBe('BAD_INPUT');
  });
});
