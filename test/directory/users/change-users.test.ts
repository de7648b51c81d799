import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { system } from '../../../src/access/principal.js';
import { write } from '../../../src/access/write.js';
import { type BulkChange, changeUsers, type UserChange } from '../../../src/directory/users/change-users.js';
import { parseId } from '../../../src/kernel/ids.js';
import { storeOfJobs } from '../../support/jobs.js';
import { type Anything, oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let groupId: string;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(async () => {
  tenant = await world.tenant();
  const input = { organizationId: tenant.organizationId, displayName: 'Bulk', roles: ['editor'] };
  const document = 'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }';
  groupId = (await tenant.gql(document, { i: input })).createGroup.group.id;
});
afterAll(() => world.close());

let made = 0;
async function people(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const user = oktaUser(`bulk${++made}@acme.test`, { externalId: `bulk${made}` });
    ids.push((await tenant.scim('POST', '/Users', user)).body.id);
  }
  return ids;
}

const change = (userIds: readonly string[], what: BulkChange): Promise<UserChange[]> =>
  write(
    storeOfJobs(world, () => new Date()),
    system(parseId('org', tenant.organizationId)),
    (tx) => changeUsers(tx, { userIds }, what),
  );

/** Each change, after the change that makes it possible. */
const actions = [
  'SUSPEND',
  'UNSUSPEND',
  'DEPROVISION',
  'REACTIVATE',
  'END_SESSIONS',
  'GRANT_ROLES',
  'REVOKE_ROLES',
  'ADD_TO_GROUP',
  'REMOVE_FROM_GROUP',
] as const;
const valuesOf = { roles: ['billing'] };

/** Returns the number of statements of the transaction that makes the change. Timers send theirs in other sessions. */
async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const sent: { client: pg.Client; text: string }[] = [];
  const original = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [query] = given as [string | { text: string }];
    sent.push({ client: this, text: typeof query === 'string' ? query : query.text });
    return (original as (...all: unknown[]) => unknown).apply(this, given);
  } as typeof original;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = original;
  }
  const client = sent.find(({ text }) => text === 'savepoint apart')?.client;
  const own = sent.filter((one) => one.client === client).map(({ text }) => text);
  const from = own.lastIndexOf('begin', own.indexOf('savepoint apart'));
  return own.indexOf('commit', from) - from;
}

test('the number of statements does not depend on the number of users', async () => {
  const counts = async (size: number) => {
    const ids = await people(size);
    const found: [string, number][] = [];
    for (const action of actions) {
      const count = await statementsOf(async () => {
        const results = await change(ids, { action, groupId, ...valuesOf });
        expect(results.filter(({ outcome }) => outcome === 'REFUSED')).toEqual([]);
      });
      expect(count).toBeGreaterThan(3);
      found.push([action, count]);
    }
    return found;
  };
  expect(await counts(20)).toEqual(await counts(2));
}, 60_000);

test.each(actions.filter((action) => action !== 'END_SESSIONS'))(
  '%s emits the events of each user, in the order of the ids',
  async (action) => {
    const ids = (await people(6)).sort();
    for (const earlier of actions.slice(0, actions.indexOf(action)))
      await change(ids, { action: earlier, groupId, ...valuesOf });
    const before = (await tenant.events()).length;
    const results = await change([...ids].reverse(), { action, groupId, ...valuesOf });
    expect(results.map(({ userId, outcome }) => [userId, outcome])).toEqual(
      [...ids].reverse().map((id) => [id, 'CHANGED']),
    );
    const events = (await tenant.events()).slice(before);
    const idsByType = new Map<string, string[]>();
    for (const { type, data } of events) idsByType.set(type, [...(idsByType.get(type) ?? []), data.userId ?? data.id]);
    expect(idsByType.size).toBeGreaterThan(0);
    for (const order of idsByType.values()) expect(order).toEqual(ids);
    const again = await change(ids, { action, groupId, ...valuesOf });
    expect(again.map(({ outcome }) => outcome)).toEqual(ids.map(() => 'UNCHANGED'));
  },
);

test('refused users leave the others changed: userNames that are used again, and unknown users', async () => {
  const ids = await people(8);
  const taken = [ids[2], ids[5]] as string[];
  const names: string[] = [];
  for (const id of ids) {
    names.push((await tenant.scim('GET', `/Users/${id}`)).body.userName);
    await tenant.scim('DELETE', `/Users/${id}`);
  }
  for (const n of [2, 5]) await tenant.scim('POST', '/Users', oktaUser(names[n] ?? '', { externalId: `other${n}` }));
  const before = (await tenant.events()).length;
  const unknown = 'user_01aaaaaaaaaaaaaaaaaaaaaaaa';
  const results = await change([...ids, unknown, 'x'], { action: 'REACTIVATE' });
  const codes = results.map((result) => (result.outcome === 'REFUSED' ? result.error.code : result.outcome));
  expect(codes).toEqual([
    ...ids.map((id) => (taken.includes(id) ? 'USER_NAME_TAKEN' : 'CHANGED')),
    'NOT_FOUND',
    'NOT_FOUND',
  ]);
  const reactivated = (await tenant.events()).slice(before).map(({ type, data }: Anything) => [type, data.id]);
  const rest = ids.filter((id) => !taken.includes(id)).sort();
  expect(reactivated).toEqual(rest.map((id) => ['USER_REACTIVATED', id]));
});

test('a seat limit refuses exactly the users that exceed it', async () => {
  const ids = (await people(6)).sort();
  await change(ids, { action: 'DEPROVISION' });
  const { organization } = await tenant.gql('query($o: ID!) { organization(id: $o) { seatsUsed } }', {
    o: tenant.organizationId,
  });
  const limit = (seatLimit: number | null) =>
    world.gql('mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }', {
      i: { id: tenant.organizationId, seatLimit, seatPolicy: 'BLOCK' },
    });
  await limit(organization.seatsUsed + 4);
  const results = await change(ids, { action: 'REACTIVATE' });
  await limit(null);
  expect(results.map(({ outcome }) => outcome)).toEqual(ids.map((_, n) => (n < 4 ? 'CHANGED' : 'REFUSED')));
});
