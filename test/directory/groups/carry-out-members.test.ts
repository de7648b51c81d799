import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { record } from '../../../bench/trace.js';
import { system } from '../../../src/access/principal.js';
import { type Tx, write } from '../../../src/access/write.js';
import { carryOutMembers } from '../../../src/directory/groups/carry-out-members.js';
import type { Group } from '../../../src/directory/groups/group.js';
import {
  type MemberPlan,
  planEmptying,
  planJoining,
  planLeaving,
  planReplacing,
} from '../../../src/directory/groups/plan-members.js';
import { lockGroup } from '../../../src/directory/groups/queries/load-group.js';
import { type GroupId, parseId, type UserId } from '../../../src/kernel/ids.js';
import { storeOfJobs } from '../../support/jobs.js';
import { type Anything, oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let users: UserId[];
beforeAll(async () => {
  world = await World.start();
  tenant = await world.tenant();
  users = await Promise.all(['a', 'b', 'c'].map(person));
});
afterAll(() => world.close());

async function person(name: string): Promise<UserId> {
  const { body } = await tenant.scim('POST', '/Users', oktaUser(`${name}@acme.test`, { externalId: name }));
  return parseId('user', body.id) as UserId;
}

async function groups(count: number, memberIds: readonly string[] = []): Promise<GroupId[]> {
  const ids: GroupId[] = [];
  for (let n = 0; n < count; n++) {
    const members = memberIds.map((value) => ({ value }));
    const { body } = await tenant.scim('POST', '/Groups', { displayName: `Group ${n}`, members });
    ids.push(parseId('group', body.id) as GroupId);
  }
  return ids;
}

const people = (...ids: (UserId | undefined)[]) => ({ users: ids.flatMap((id) => id ?? []), groups: [], pending: [] });

async function inOne<T>(ids: readonly string[], work: (tx: Tx, locked: Group[]) => Promise<T>): Promise<T> {
  const store = storeOfJobs(world, () => new Date());
  return write(store, system(parseId('org', tenant.organizationId)), async (tx) => {
    const locked: Group[] = [];
    for (const id of ids) locked.push(await lockGroup(tx, id));
    return work(tx, locked);
  });
}

const applyPlans = (ids: readonly GroupId[], planOf: (group: Group, n: number) => MemberPlan) =>
  inOne(ids, (tx, locked) => carryOutMembers(tx, locked.map(planOf)));

async function membersOf(id: GroupId): Promise<string[]> {
  const { body } = await tenant.scim('GET', `/Groups/${id}`);
  return (body.members ?? []).map(({ value }: Anything) => value).sort();
}

test('a plan of one group and plans of twenty take the same number of statements', async () => {
  const [a, b] = users;
  // Timers of the server also send statements: the smallest of several counts belongs to the plans only.
  const least = async (count: number) => {
    const counts: number[] = [];
    for (let n = 0; n < 4; n++) {
      const ids = await groups(count, [a ?? '']);
      const statements = await inOne(ids, (tx, locked) =>
        record(() =>
          carryOutMembers(
            tx,
            locked.map((group) => planReplacing(group, people(b))),
          ),
        ),
      );
      counts.push(statements.length);
    }
    return Math.min(...counts);
  };
  expect(await least(20)).toBe(await least(1));
});

test('each plan changes the members, count and version of its own group, and emits its events', async () => {
  const [a, b, c] = users;
  const ids = await groups(4, [a ?? '', b ?? '']);
  const before = (await tenant.events()).length;
  const plans = [
    (group: Group) => planJoining(group, people(b, c)),
    (group: Group) => planLeaving(group, [a ?? '', c ?? '']),
    (group: Group) => planReplacing(group, people(b, c)),
    planEmptying,
  ];
  const left = await applyPlans(ids, (group, n) => plans[n]?.(group) ?? planEmptying(group));
  expect(left).toBe(1 + 1 + 2);
  expect(await Promise.all(ids.map(membersOf))).toEqual([[a, b, c].sort(), [b], [b, c].sort(), []]);
  const { groups: shown } = (
    await tenant.gql('query($o: ID!) { organization(id: $o) { groups(first: 100) { nodes { id memberCount } } } }', {
      o: tenant.organizationId,
    })
  ).organization;
  const countOf = (id: GroupId) => shown.nodes.find((node: Anything) => node.id === id)?.memberCount;
  expect(ids.map(countOf)).toEqual([3, 1, 2, 0]);
  const events = (await tenant.events())
    .slice(before)
    .map(({ type, data }: Anything) => [type, data.groupId, data.userId]);
  const [joined, lost, replaced, emptied] = ids;
  // The order within one group and type is unspecified.
  expect(events.sort()).toEqual(
    [
      ['GROUP_MEMBER_REMOVED', lost, a],
      ['GROUP_MEMBER_REMOVED', replaced, a],
      ['GROUP_MEMBER_REMOVED', emptied, a],
      ['GROUP_MEMBER_REMOVED', emptied, b],
      ['GROUP_MEMBER_ADDED', joined, c],
      ['GROUP_MEMBER_ADDED', replaced, c],
    ].sort(),
  );
});

test('plans without a change emit no event and keep the version', async () => {
  const [a, b, c] = users;
  const ids = await groups(2, [a ?? '', b ?? '']);
  const before = (await tenant.events()).length;
  const versions = () => inOne(ids, async (_, locked) => locked.map(({ revision }) => revision));
  const revisions = await versions();
  const left = await applyPlans(ids, (group, n) =>
    n === 0 ? planReplacing(group, people(b, a)) : planLeaving(group, [c ?? '']),
  );
  expect(left).toBe(0);
  expect((await tenant.events()).length).toBe(before);
  expect(await versions()).toEqual(revisions);
});

test('two plans that create a cycle only together are refused, and neither is written', async () => {
  const ids = await groups(2);
  const [one, two] = ids;
  const nest = (id?: GroupId) => ({ users: [], groups: id ? [id] : [], pending: [] });
  await expect(applyPlans(ids, (group, n) => planJoining(group, nest(n === 0 ? two : one)))).rejects.toThrow(
    expect.objectContaining({ code: 'MEMBERSHIP_CYCLE' }),
  );
  expect(await Promise.all(ids.map(membersOf))).toEqual([[], []]);
});
