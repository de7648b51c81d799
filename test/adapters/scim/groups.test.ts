import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { oktaUser, patch, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let ids: string[];
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  ids = [];
  for (let n = 0; n < 6; n++) ids.push((await tenant.scim('POST', '/Users', oktaUser(`m${n}@acme.com`))).body.id);
});
afterAll(() => world.close());

const aGroup = async (members: string[] = [], more = {}) => {
  const body = { displayName: 'Engineering', members: members.map((value) => ({ value })), ...more };
  const answer = await tenant.scim('POST', '/Groups', body);
  expect(answer.status).toBe(201);
  return answer.body;
};
const membersOf = async (id: string) => {
  const { body } = await tenant.scim('GET', `/Groups/${id}`);
  return (body.members ?? []).map(({ value }: { value: string }) => value).sort();
};

describe('groups (RFC 7643 section 4.2)', () => {
  test('members carry type, $ref and display; User.groups shows direct and indirect ones', async () => {
    const child = await aGroup(ids.slice(0, 1), { displayName: 'Child' });
    const parent = await aGroup([child.id, ids[1] ?? ''], { displayName: 'Parent' });
    expect(parent.members).toHaveLength(2);
    expect(parent.members.find(({ type }: { type: string }) => type === 'Group')).toMatchObject({
      value: child.id,
      display: 'Child',
    });
    const { body } = await tenant.scim('GET', `/Users/${ids[0]}`);
    const types = body.groups.map(({ value, type }: { value: string; type: string }) => [value, type]);
    expect(types).toEqual(
      expect.arrayContaining([
        [child.id, 'direct'],
        [parent.id, 'indirect'],
      ]),
    );
    const circle = await tenant.scim(
      'PATCH',
      `/Groups/${child.id}`,
      patch({ op: 'add', path: 'members', value: [{ value: parent.id }] }),
    );
    expect([circle.status, circle.body.scimType]).toEqual([400, 'invalidValue']);
  });

  test('an unknown member is 400 and nothing is written', async () => {
    const group = await aGroup();
    const value = [{ value: ids[0] }, { value: 'nobody' }];
    const answer = await tenant.scim('PATCH', `/Groups/${group.id}`, patch({ op: 'add', path: 'members', value }));
    expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidValue']);
    expect(answer.body.detail).toContain('nobody');
    expect(await membersOf(group.id)).toEqual([]);
  });

  test('add and remove are incremental, with one event for each actual change', async () => {
    const group = await aGroup(ids.slice(0, 2));
    const before = (await tenant.events()).length;
    const value = ids.slice(0, 3).map((id) => ({ value: id, display: 'x' }));
    await tenant.scim('PATCH', `/Groups/${group.id}`, patch({ op: 'add', path: 'members', value }));
    await tenant.scim('PATCH', `/Groups/${group.id}`, patch({ op: 'remove', path: `members[value eq "${ids[0]}"]` }));
    await tenant.scim('PATCH', `/Groups/${group.id}`, patch({ op: 'remove', path: `members[value eq "${ids[0]}"]` }));
    expect(await membersOf(group.id)).toEqual(ids.slice(1, 3).sort());
    const types = (await tenant.events()).slice(before).map(({ type }) => type);
    expect(types).toEqual(['GROUP_MEMBER_ADDED', 'GROUP_MEMBER_REMOVED']);
  });

  test('replace sets the members, an empty list removes all, and the removal of a member is emitted before the deletion', async () => {
    const group = await aGroup(ids.slice(0, 3));
    const set = (list: string[]) => patch({ op: 'replace', path: 'members', value: list.map((value) => ({ value })) });
    await tenant.scim('PATCH', `/Groups/${group.id}`, set(ids.slice(2, 5)));
    expect(await membersOf(group.id)).toEqual(ids.slice(2, 5).sort());
    await tenant.scim('PATCH', `/Groups/${group.id}`, set([]));
    expect(await membersOf(group.id)).toEqual([]);
    await tenant.scim('PUT', `/Groups/${group.id}`, { displayName: 'Renamed', members: [{ value: ids[0] }] });
    expect(await membersOf(group.id)).toEqual([ids[0]]);
    expect((await tenant.scim('DELETE', `/Groups/${group.id}`)).status).toBe(204);
    expect((await tenant.scim('GET', `/Groups/${group.id}`)).status).toBe(404);
    const types = (await tenant.events()).filter(({ subjectId }) => subjectId === group.id).map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['GROUP_MEMBER_REMOVED', 'GROUP_DELETED']);
  });

  test('two concurrent PATCHes that add different members add both', async () => {
    const group = await aGroup();
    const add = (id: string) =>
      tenant.scim('PATCH', `/Groups/${group.id}`, patch({ op: 'add', path: 'members', value: [{ value: id }] }));
    const answers = await Promise.all(ids.map(add));
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
    expect(await membersOf(group.id)).toEqual([...ids].sort());
  });

  test('excludedAttributes=members omits the members; members.value eq finds the groups', async () => {
    const group = await aGroup(ids.slice(5));
    expect((await tenant.scim('GET', `/Groups/${group.id}?excludedAttributes=members`)).body.members).toBeUndefined();
    const found = await tenant.scim(
      'GET',
      `/Groups?filter=${encodeURIComponent(`members.value eq "${ids[5]}" and id eq "${group.id}"`)}`,
    );
    expect(found.body.totalResults).toBe(1);
  });

  test('a deleted user is removed from its groups', async () => {
    const { body: removed } = await tenant.scim('POST', '/Users', oktaUser('removed@acme.com'));
    const group = await aGroup([removed.id, ids[0] ?? '']);
    await tenant.scim('DELETE', `/Users/${removed.id}`);
    expect(await membersOf(group.id)).toEqual([ids[0]]);
    // The id of a former user of this directory does not fail the batch.
    const value = [{ value: removed.id }, { value: ids[1] }];
    const answer = await tenant.scim('PATCH', `/Groups/${group.id}`, patch({ op: 'add', path: 'members', value }));
    expect(answer.status).toBe(200);
    expect(await membersOf(group.id)).toEqual(ids.slice(0, 2).sort());
  });
});

test('members are users, then groups, in the order of their ids, whatever the order of the request', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 12; n++)
    ids.push((await tenant.scim('POST', '/Users', oktaUser(`ordered-${n}@acme.com`))).body.id);
  const { id: nested } = await aGroup();
  const { id } = await aGroup([...ids, nested].reverse());
  const { body } = await tenant.scim('GET', `/Groups/${id}`);
  expect(body.members.map(({ value }: { value: string }) => value)).toEqual([...ids.sort(), nested]);
});
