import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { closeDormant } from '../../../src/directory/users/dormancy.js';
import { dayMs, storeOfJobs } from '../../support/jobs.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
const start = new Date();
let now = start;
beforeAll(async () => {
  world = await World.start({ now: () => now });
});
afterAll(() => world.close());

const tenantWith = (dormantAfterDays: number | null) => {
  now = start;
  return world.tenant({ provider: 'TEST', jit: { mode: 'ENABLED', dormantAfterDays } });
};

/** Creates a JIT account that signed in now. */
async function signedIn(tenant: Tenant, name: string): Promise<string> {
  const { organizationId, connectionId } = tenant;
  const { createUser } = await tenant.gql('mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }', {
    i: { organizationId, userName: `${name}@acme.example`, connectionId, externalId: name },
  });
  await world.database().run("update users set origin = 'JIT' where id = $1", [createUser.user.id]);
  await signIn(createUser.user.id);
  return createUser.user.id;
}
const signIn = (id: string) => world.database().run('update users set last_sign_in_at = $2 where id = $1', [id, now]);

/** Runs the job once at the given day after the start, until no more accounts are due. */
async function runAt(days: number): Promise<void> {
  now = new Date(start.getTime() + days * dayMs);
  while (await closeDormant(storeOfJobs(world, () => now)));
}
const isActive = async (tenant: Tenant, id: string) =>
  (await tenant.gql('query($id: ID!) { user(id: $id) { status } }', { id })).user.status === 'ACTIVE';
const warned = async (tenant: Tenant) =>
  (await tenant.events())
    .filter(({ type }: Anything) => type === 'CONNECTION_ATTENTION')
    .map(({ data }: Anything) => ({ userIds: data.userIds, day: (Date.parse(data.dueAt) - start.getTime()) / dayMs }));
const setRule = (tenant: Tenant, input: object) =>
  tenant.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
    i: { id: tenant.connectionId, ...input },
  });

describe('an account is warned before it is closed', () => {
  test.each([
    { days: 1, notice: 0.5 },
    { days: 6, notice: 3 },
    { days: 13, notice: 6.5 },
    { days: 14, notice: 7 },
    { days: 90, notice: 7 },
  ])('a rule of $days days warns $notice days before', async ({ days, notice }) => {
    const tenant = await tenantWith(days);
    const id = await signedIn(tenant, 'sleepy');
    await runAt(days - notice - 0.01);
    expect(await warned(tenant)).toEqual([]);
    await runAt(days - notice);
    await runAt(days - notice + 0.01);
    expect(await warned(tenant)).toEqual([{ userIds: [id], day: days }]);
    await runAt(days - 0.001);
    expect(await isActive(tenant, id)).toBe(true);
    await runAt(days);
    expect(await isActive(tenant, id)).toBe(false);
  });

  test('a new rule warns of accounts that already exceed it, and closes them a week later', async () => {
    const tenant = await tenantWith(null);
    const id = await signedIn(tenant, 'sleepy');
    now = new Date(start.getTime() + 200 * dayMs);
    await setRule(tenant, { jit: { dormantAfterDays: 90 } });
    await runAt(200);
    expect(await warned(tenant)).toEqual([{ userIds: [id], day: 207 }]);
    await runAt(206.99);
    expect(await isActive(tenant, id)).toBe(true);
    await runAt(207);
    expect(await isActive(tenant, id)).toBe(false);
  });

  test('a shorter rule, and a connection that is activated again, warn again', async () => {
    const tenant = await tenantWith(90);
    const id = await signedIn(tenant, 'sleepy');
    await runAt(83);
    await setRule(tenant, { jit: { dormantAfterDays: 30 } });
    await runAt(85);
    await setRule(tenant, { state: 'INACTIVE' });
    await runAt(95);
    await setRule(tenant, { state: 'ACTIVE' });
    await runAt(96);
    expect(await warned(tenant)).toEqual([90, 92, 103].map((day) => ({ userIds: [id], day })));
    expect(await isActive(tenant, id)).toBe(true);
    await runAt(103);
    expect(await isActive(tenant, id)).toBe(false);
  });

  test('a server that was stopped on the day of the warning warns later, and closes a week after that', async () => {
    const tenant = await tenantWith(90);
    const id = await signedIn(tenant, 'sleepy');
    await runAt(88);
    expect(await warned(tenant)).toEqual([{ userIds: [id], day: 95 }]);
    await runAt(94.99);
    expect(await isActive(tenant, id)).toBe(true);
    await runAt(95);
    expect(await isActive(tenant, id)).toBe(false);
  });
});

test('an account that signs in after the warning is not closed, and is warned again later', async () => {
  const tenant = await tenantWith(90);
  const id = await signedIn(tenant, 'awake');
  await runAt(84);
  now = new Date(start.getTime() + 86 * dayMs);
  await signIn(id);
  await runAt(92);
  expect(await isActive(tenant, id)).toBe(true);
  await runAt(170);
  await runAt(176);
  expect((await warned(tenant)).map(({ day }: Anything) => day)).toEqual([91, 177]);
});

test('an account that is reactivated by the API is warned again', async () => {
  const tenant = await tenantWith(90);
  const id = await signedIn(tenant, 'back');
  await runAt(83);
  await runAt(90);
  await tenant.gql('mutation($id: ID!) { reactivateUser(id: $id) { user { id } } }', { id });
  await runAt(91);
  await runAt(97);
  expect(await isActive(tenant, id)).toBe(true);
  await runAt(98);
  expect(await isActive(tenant, id)).toBe(false);
});

test('the event contains all accounts that need a warning within a day, of its own organization only', async () => {
  const tenant = await tenantWith(90);
  const other = await world.tenant({ provider: 'TEST', jit: { mode: 'ENABLED', dormantAfterDays: 91 } }, 'Other');
  await signedIn(other, 'other');
  const ids = [];
  for (const hours of [0, 8, 16, 30]) {
    now = new Date(start.getTime() + hours * 3_600_000);
    ids.push(await signedIn(tenant, `after-${hours}`));
  }
  await runAt(83);
  await runAt(83.5);
  expect(await warned(tenant)).toEqual([{ userIds: ids.slice(0, 3), day: 90 }]);
  expect(await warned(other)).toEqual([]);
  await runAt(90.4);
  expect(await Promise.all(ids.map((id) => isActive(tenant, id)))).toEqual([false, false, true, true]);
});
