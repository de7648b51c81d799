import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Scene } from '../../support/scene.js';
import type { Anything } from '../../support/world.js';

let scene: Scene;
let group: string;
let child: string;
let people: string[];
beforeAll(async () => {
  scene = await Scene.set();
  people = [await scene.user({ displayName: 'Ann' }), await scene.user({ displayName: 'Bo' }), await scene.user()];
  child = await scene.group();
  group = await scene.group([people[0] as string]);
  const add = 'mutation($g: ID!, $ids: [ID!]!) { addGroupMembers(groupId: $g, userIds: $ids) { group { id } } }';
  await scene.tenant.gql(add, { g: group, ids: [people[1], child] });
});
afterAll(() => scene.close());

const query = `query($id: ID!, $first: Int, $after: Cursor, $search: String) { group(id: $id) {
  memberships(first: $first, after: $after, search: $search) { totalCount edges { cursor }
    nodes { addedAt addedBy { id type occurredAt requestId actor { kind } subjectId data }
      member { __typename ... on User { id } ... on Group { id } } }
    pageInfo { hasNextPage endCursor } } } }`;
const ask = async (variables: object = {}): Promise<Anything> =>
  (await scene.tenant.gql(query, { id: group, ...variables })).group.memberships;
const idsOf = ({ nodes }: Anything) => nodes.map(({ member }: Anything) => member.id);

test('memberships contain users and groups, each with the time and the event of its addition', async () => {
  const page = await ask();
  expect(page.totalCount).toBe(3);
  expect([...idsOf(page)].sort()).toEqual([people[0], people[1], child].sort());
  for (const { addedAt, addedBy, member } of page.nodes) {
    expect(member.__typename).toBe(member.id === child ? 'Group' : 'User');
    expect(addedBy).toMatchObject({ type: 'GROUP_MEMBER_ADDED', occurredAt: addedAt, subjectId: group });
    expect(addedBy.data[member.id === child ? 'memberGroupId' : 'userId']).toBe(member.id);
    expect(addedBy).toMatchObject({ requestId: expect.any(String), actor: { kind: 'API' } });
  }
});

test('a member who left and came back has the newest event', async () => {
  const id = await scene.group([people[2] as string]);
  const before = (await ask({ id })).nodes[0].addedBy.id;
  for (const change of ['removeGroupMembers', 'addGroupMembers'])
    await scene.tenant.gql(
      `mutation($g: ID!, $ids: [ID!]!) { ${change}(groupId: $g, userIds: $ids) { group { id } } }`,
      {
        g: id,
        ids: [people[2]],
      },
    );
  const [{ addedBy, addedAt }] = (await ask({ id })).nodes;
  expect(addedBy.id).not.toBe(before);
  expect(addedBy.occurredAt).toBe(addedAt);
});

test('pages contain each member once', async () => {
  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const page = await ask({ first: 1, after });
    expect(page.totalCount).toBe(3);
    expect(page.edges).toEqual([{ cursor: page.pageInfo.endCursor }]);
    seen.push(...idsOf(page));
    after = page.pageInfo.endCursor;
    if (!page.pageInfo.hasNextPage) break;
  }
  expect(seen).toEqual(idsOf(await ask()));
});

test('the search selects members by their names', async () => {
  expect(idsOf(await ask({ search: 'ann' }))).toEqual([people[0]]);
  expect(await ask({ search: 'nobody' })).toMatchObject({ totalCount: 0, nodes: [] });
});

test('a signed-in user without an administrative role sees the members that it can see, without their events', async () => {
  const { accessToken } = await scene.signIn();
  const hidden = await scene.user();
  const id = await scene.group([people[0] as string, hidden]);
  await scene.tenant.gql('mutation($id: ID!) { deprovisionUser(id: $id) { user { id } } }', { id: hidden });
  const list = 'query($id: ID!) { group(id: $id) { memberships { nodes { member { ... on User { id } } } } } }';
  const { group: shown } = await scene.world.gql(list, { id }, accessToken);
  expect(shown.memberships.nodes).toEqual([{ member: { id: people[0] } }]);
  const { errors } = await scene.world.request(query, { id }, accessToken);
  expect(errors[0].extensions.code).toBe('FORBIDDEN');
});

test('a cursor of another list is refused', async () => {
  const { users } = (
    await scene.tenant.gql('query($o: ID!) { organization(id: $o) { users(first: 1) { pageInfo { endCursor } } } }', {
      o: scene.org,
    })
  ).organization;
  const { errors } = await scene.world.request(query, { id: group, after: users.pageInfo.endCursor }, scene.tenant.key);
  expect(errors[0].extensions).toMatchObject({ code: 'CURSOR_INVALID', field: 'after' });
});
