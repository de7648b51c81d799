import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, oktaUser, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let ids: Record<'billing' | 'viewer' | 'jit' | 'gone' | 'group' | 'parent' | 'none', string>;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({ groupMappings: [{ group: 'g', roles: ['billing'] }] });
  const scim = async (name: string) => (await tenant.scim('POST', '/Users', oktaUser(`${name}@acme.test`))).body.id;
  const api = async (name: string, roles: string[] = []) =>
    (
      await tenant.gql('mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }', {
        i: { organizationId: tenant.organizationId, userName: `${name}@acme.test`, roles },
      })
    ).createUser.user.id;
  const group = async (displayName: string, memberIds: string[] = [], roles: string[] = []) =>
    (
      await tenant.gql('mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }', {
        i: { organizationId: tenant.organizationId, displayName, memberIds, roles },
      })
    ).createGroup.group.id;
  const [billing, gone, viewer, jit] = [
    await scim('billing'),
    await scim('gone'),
    await api('viewer', ['viewer']),
    await api('jit'),
  ];
  await tenant.scim('PATCH', `/Users/${gone}`, { Operations: [{ op: 'replace', path: 'active', value: false }] });
  const { body } = await tenant.scim('POST', '/Groups', { displayName: 'g', members: [{ value: billing }] });
  await world
    .database()
    .query(`update users set origin = 'JIT', last_sign_in_at = '2026-03-01T00:00:00Z' where id = $1`, [jit]);
  await world.database().query(`update users set protected = true where id = $1`, [viewer]);
  for (const [n, id] of [billing, gone, viewer, jit].entries()) {
    const at = `2026-0${n + 1}-01T00:00:00Z`;
    await world.database().query('update users set created_at = $2, updated_at = $2 where id = $1', [id, at]);
  }
  const parent = await group('Parent', [body.id], ['finance']);
  ids = { billing, gone, viewer, jit, group: body.id, parent, none: await group('empty') };
});
afterAll(() => world.close());

const found = async (list: 'users' | 'groups', filter: object): Promise<Anything> => {
  const type = list === 'users' ? 'UserFilter' : 'GroupFilter';
  const { organization } = await tenant.gql(
    `query($o: ID!, $f: ${type}) { organization(id: $o) { ${list}(filter: $f) { totalCount nodes { id } } } }`,
    { o: tenant.organizationId, f: filter },
  );
  const { nodes, totalCount } = organization[list];
  expect(nodes).toHaveLength(totalCount);
  return nodes.map(({ id }: Anything) => Object.entries(ids).find(([, each]) => each === id)?.[0]).sort();
};

test.each([
  ['users', 4, ['connectionId', 'groupId', 'withinGroupId', 'email', 'userName', 'externalId']],
  ['groups', 3, ['connectionId', 'memberId', 'parentId', 'displayName']],
] as const)('an empty text in a filter of %s matches nothing; null does not filter', async (list, all, names) => {
  for (const name of names) {
    expect([name, await found(list, { [name]: '' })]).toEqual([name, []]);
    expect([name, (await found(list, { [name]: null })).length]).toEqual([name, all]);
  }
});

test.each([
  ['users', 4, ['ids', 'status', 'origins', 'roles', 'connectionIds', 'groupIds', 'deprovisionReasons']],
  ['groups', 3, ['roles']],
] as const)('an empty list in a filter of %s matches nothing; null does not filter', async (list, all, names) => {
  for (const name of names) {
    expect([name, await found(list, { [name]: [] })]).toEqual([name, []]);
    expect([name, (await found(list, { [name]: null })).length]).toEqual([name, all]);
  }
});

describe('each condition of UserFilter', () => {
  test.each<[name: string, filter: () => object, users: string[]]>([
    ['ids', () => ({ ids: [ids.jit, ids.group] }), ['jit']],
    ['origins', () => ({ origins: ['JIT', 'SCIM'] }), ['billing', 'gone', 'jit']],
    ['roles, also those of groups', () => ({ roles: ['billing', 'other'] }), ['billing']],
    ['roles, any of them', () => ({ roles: ['billing', 'viewer'] }), ['billing', 'viewer']],
    ['managed', () => ({ managed: true }), ['billing', 'gone']],
    ['not managed', () => ({ managed: false }), ['jit', 'viewer']],
    ['protected', () => ({ protected: true }), ['viewer']],
    ['not protected', () => ({ protected: false }), ['billing', 'gone', 'jit']],
    ['connectionIds', () => ({ connectionIds: [tenant.connectionId, 'conn_x'] }), ['billing', 'gone']],
    ['groupIds, direct members only', () => ({ groupIds: [ids.parent, ids.none] }), []],
    ['groupIds', () => ({ groupIds: [ids.group, ids.none] }), ['billing']],
    ['withinGroupId, through nested groups', () => ({ withinGroupId: ids.parent }), ['billing']],
    ['externalId', () => ({ externalId: oktaUser('gone@acme.test').externalId }), ['gone']],
    ['createdAfter', () => ({ createdAfter: '2026-02-01T00:00:00Z' }), ['jit', 'viewer']],
    ['createdBefore', () => ({ createdBefore: '2026-02-01T00:00:00Z' }), ['billing']],
    ['updatedBefore', () => ({ ids: [ids.gone, ids.jit], updatedBefore: '2026-03-01T00:00:00Z' }), ['gone']],
    ['lastSignInAfter', () => ({ lastSignInAfter: '1960-01-01T00:00:00Z' }), ['jit']],
    ['lastSignInBefore, or never', () => ({ lastSignInBefore: '2026-03-01T00:00:00Z' }), ['billing', 'gone', 'viewer']],
    ['deprovisionedAfter', () => ({ deprovisionedAfter: '2020-01-01T00:00:00Z' }), ['gone']],
    ['deprovisionedAfter, in the future', () => ({ deprovisionedAfter: '2999-01-01T00:00:00Z' }), []],
    ['deprovisionReasons', () => ({ deprovisionReasons: ['IDP_DEACTIVATED', 'API'] }), ['gone']],
    ['deprovisionReasons, another one', () => ({ deprovisionReasons: ['DORMANT'] }), []],
    ['several conditions', () => ({ roles: ['billing', 'viewer'], managed: false }), ['viewer']],
  ])('%s', async (_name, filter, users) => {
    expect(await found('users', filter())).toEqual(users);
  });
});

describe('each condition of GroupFilter', () => {
  test.each<[name: string, filter: () => object, groups: string[]]>([
    ['origin', () => ({ origin: 'SCIM' }), ['group']],
    ['roles, mapped or granted', () => ({ roles: ['billing'] }), ['group']],
    ['roles, any of them', () => ({ roles: ['billing', 'finance'] }), ['group', 'parent']],
    ['parentId', () => ({ parentId: ids.parent }), ['group']],
    ['memberId of a user', () => ({ memberId: ids.billing }), ['group']],
    ['memberId of a group', () => ({ memberId: ids.group }), ['parent']],
    ['empty: groups with nested groups only are not empty', () => ({ empty: true }), ['none']],
    ['not empty', () => ({ empty: false }), ['group', 'parent']],
    ['updatedAfter', () => ({ updatedAfter: '2999-01-01T00:00:00Z' }), []],
  ])('%s', async (_name, filter, groups) => {
    expect(await found('groups', filter())).toEqual(groups);
  });
});

test('filters with ids of another tenant match nothing', async () => {
  const other = await world.tenant();
  const counted = async (list: string, type: string, filter: object) => {
    const { organization } = await other.gql(
      `query($o: ID!, $f: ${type}) { organization(id: $o) { ${list}(filter: $f) { totalCount } } }`,
      { o: other.organizationId, f: filter },
    );
    return organization[list].totalCount;
  };
  for (const filter of [
    { ids: [ids.billing] },
    { groupIds: [ids.group] },
    { withinGroupId: ids.parent },
    { connectionIds: [tenant.connectionId] },
    { externalId: oktaUser('gone@acme.test').externalId },
  ])
    expect(await counted('users', 'UserFilter', filter)).toBe(0);
  for (const filter of [{ parentId: ids.parent }, { memberId: ids.group }])
    expect(await counted('groups', 'GroupFilter', filter)).toBe(0);
});
