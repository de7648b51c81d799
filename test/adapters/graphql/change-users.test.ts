import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Scene } from '../../support/scene.js';
import type { Anything } from '../../support/world.js';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.set();
});
afterAll(() => scene.close());

const mutation = `mutation($i: ChangeUsersInput!) { changeUsers(input: $i) {
  changed unchanged refused results { userId outcome user { id status } error { code message field } }
} }`;
const request = (input: object, key = scene.tenant.key) =>
  scene.world.request(mutation, { i: { organizationId: scene.org, ...input } }, key);
const change = async (input: object): Promise<Anything> => {
  const { data, errors } = await request(input);
  expect(errors).toBeUndefined();
  return data.changeUsers;
};
const errorOf = ({ errors }: Anything) => errors?.[0].extensions;
const statusOf = async (id: string) =>
  (await scene.tenant.gql('query($id: ID!) { user(id: $id) { status } }', { id })).user.status;
const users = (count: number) => Promise.all(Array.from({ length: count }, () => scene.user()));

describe('changeUsers', () => {
  test('changes each user by itself, with one result for each in the order of the ids', async () => {
    const [active = '', suspended = ''] = await users(2);
    await scene.do('suspendUser', { id: suspended });
    const unknown = 'user_01aaaaaaaaaaaaaaaaaaaaaaaa';
    const before = (await scene.tenant.events()).length;
    const result = await change({ userIds: [suspended, unknown, active, active], action: 'SUSPEND', reason: 'left' });
    expect(result).toMatchObject({ changed: 1, unchanged: 1, refused: 1 });
    expect(result.results).toMatchObject([
      { userId: suspended, outcome: 'UNCHANGED', user: { id: suspended }, error: null },
      { userId: unknown, outcome: 'REFUSED', user: null, error: { code: 'NOT_FOUND', field: null } },
      { userId: active, outcome: 'CHANGED', user: { id: active, status: 'SUSPENDED' }, error: null },
    ]);
    const events = (await scene.tenant.events()).slice(before);
    expect(events).toMatchObject([{ type: 'USER_SUSPENDED', subjectId: active, data: { reason: 'left' } }]);
  });

  test('a dry run returns the same results and changes nothing', async () => {
    const [first = '', second = ''] = await users(2);
    await scene.do('deprovisionUser', { id: second });
    const input = { userIds: [first, second, 'user_x'], action: 'DEPROVISION' };
    const before = (await scene.tenant.events()).length;
    const dry = await change({ ...input, dryRun: true });
    expect([await statusOf(first), (await scene.tenant.events()).length]).toEqual(['ACTIVE', before]);
    const outcomes = ({ results }: Anything) => results.map(({ outcome }: Anything) => outcome);
    expect(outcomes(dry)).toEqual(['CHANGED', 'UNCHANGED', 'REFUSED']);
    expect(outcomes(await change(input))).toEqual(outcomes(dry));
    expect(await statusOf(first)).toBe('DEPROVISIONED');
  });

  test('a filter changes the users that the caller expects, and nothing if the number differs', async () => {
    const groupId = await scene.group(await users(3));
    const input = { filter: { groupId, status: ['ACTIVE'] }, action: 'SUSPEND' };
    expect(errorOf(await request(input))).toMatchObject({ code: 'BAD_INPUT', field: 'expectedCount' });
    expect((await change({ ...input, dryRun: true })).changed).toBe(3);
    const before = (await scene.tenant.events()).length;
    expect(errorOf(await request({ ...input, expectedCount: 2 }))).toMatchObject({ code: 'CONFLICT', count: 3 });
    expect((await scene.tenant.events()).length).toBe(before);
    expect((await change({ ...input, expectedCount: 3 })).changed).toBe(3);
  });

  test('roles and groups', async () => {
    const userIds = await users(2);
    const groupId = await scene.group([userIds[0] ?? '']);
    expect(await change({ userIds, action: 'GRANT_ROLES', roles: ['billing'] })).toMatchObject({ changed: 2 });
    expect(await change({ userIds, action: 'REVOKE_ROLES', roles: ['billing'] })).toMatchObject({ changed: 2 });
    expect(await change({ userIds, action: 'ADD_TO_GROUP', groupId })).toMatchObject({ changed: 1, unchanged: 1 });
    expect(await change({ userIds, action: 'REMOVE_FROM_GROUP', groupId })).toMatchObject({ changed: 2 });
  });

  test.each([
    ['both selections', { userIds: ['x'], filter: {}, action: 'SUSPEND' }, 'userIds'],
    ['no selection', { action: 'SUSPEND' }, 'userIds'],
    ['no ids', { userIds: [], action: 'SUSPEND' }, 'userIds'],
    ['501 ids', { userIds: Array.from({ length: 501 }, (_, n) => `user_${n}`), action: 'SUSPEND' }, 'userIds'],
    ['no roles', { userIds: ['x'], action: 'GRANT_ROLES' }, 'roles'],
    ['no group', { userIds: ['x'], action: 'ADD_TO_GROUP' }, 'groupId'],
    ['a change of one user', { userIds: ['x'], action: 'UPDATE' }, 'action'],
  ])('%s: BAD_INPUT', async (_name, input, field) => {
    expect(errorOf(await request(input))).toMatchObject({ code: 'BAD_INPUT', field });
  });

  test('a repeated request with an Idempotency-Key returns the first results', async () => {
    const input = { organizationId: scene.org, userIds: await users(1), action: 'SUSPEND' };
    const send = async () => {
      const answer = await fetch(`${scene.world.url}/graphql`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${scene.tenant.key}`,
          'content-type': 'application/json',
          'idempotency-key': 'bulk-1',
        },
        body: JSON.stringify({ query: mutation, variables: { i: input } }),
      });
      return ((await answer.json()) as Anything).data.changeUsers;
    };
    const first = await send();
    expect(first.changed).toBe(1);
    expect(await send()).toEqual(first);
  });

  test('a member ends the own sessions, as viewerCan says, and no others', async () => {
    const [member, other] = [await scene.signIn(), await scene.signIn()];
    const input = { userIds: [other.user.id, member.user.id], action: 'END_SESSIONS' };
    const { data } = await request(input, member.accessToken);
    expect(data.changeUsers.results).toMatchObject([
      { userId: other.user.id, outcome: 'REFUSED', error: { code: 'FORBIDDEN' } },
      { userId: member.user.id, outcome: 'CHANGED' },
    ]);
    expect(errorOf(await request(input, member.accessToken)).code).toBe('UNAUTHENTICATED');
    const byFilter = { filter: { search: 'visitor' }, expectedCount: 0, action: 'END_SESSIONS' };
    expect(errorOf(await request(byFilter, other.accessToken)).code).toBe('FORBIDDEN');
  });

  test('a member is refused, and a key of another tenant finds neither the organization nor the users', async () => {
    const userIds = await users(1);
    const member = await scene.signIn();
    expect(errorOf(await request({ userIds, action: 'SUSPEND' }, member.accessToken)).code).toBe('FORBIDDEN');
    const other = await scene.world.tenant({}, 'Other');
    expect(errorOf(await request({ userIds, action: 'SUSPEND' }, other.key)).code).toBe('NOT_FOUND');
    const own = await request({ organizationId: other.organizationId, userIds, action: 'SUSPEND' }, other.key);
    expect(own.data.changeUsers.results).toMatchObject([{ outcome: 'REFUSED', error: { code: 'NOT_FOUND' } }]);
    expect(await statusOf(userIds[0] ?? '')).toBe('ACTIVE');
  });

  test('500 users in one request', async () => {
    const rows = Array.from({ length: 500 }, (_, n) => ({ userName: `bulk-${n}@acme.test` }));
    await scene.input('importUsers', { organizationId: scene.org, users: rows });
    const input = { filter: { search: 'bulk-' }, expectedCount: 500, action: 'SUSPEND' };
    expect(await change(input)).toMatchObject({ changed: 500, refused: 0 });
  }, 60_000);
});

test('a reason has at most 1,000 characters, because each event contains it', async () => {
  const [id = ''] = await users(1);
  const reason = 'x'.repeat(1_001);
  const error = errorOf(await request({ userIds: [id], action: 'SUSPEND', reason }));
  expect(error).toMatchObject({ code: 'BAD_INPUT', field: 'reason' });
  const single = 'mutation($id: ID!, $r: String!) { suspendUser(id: $id, reason: $r) { user { id } } }';
  const answer = await scene.world.request(single, { id, r: reason }, scene.tenant.key);
  expect(errorOf(answer)).toMatchObject({ code: 'BAD_INPUT', field: 'reason' });
  expect(await statusOf(id)).toBe('ACTIVE');
  expect((await change({ userIds: [id], action: 'SUSPEND', reason: 'x'.repeat(1_000) })).changed).toBe(1);
});

test('at most four calls fit into one document, also without their results', async () => {
  const input = { organizationId: scene.org, filter: { search: 'nobody' }, action: 'SUSPEND', dryRun: true };
  const send = (count: number) => {
    const fields = Array.from({ length: count }, (_, n) => `a${n}: changeUsers(input: $i) { changed }`);
    return scene.world.request(
      `mutation($i: ChangeUsersInput!) { ${fields.join(' ')} }`,
      { i: input },
      scene.tenant.key,
    );
  };
  expect((await send(4)).errors).toBeUndefined();
  expect(errorOf(await send(5))).toMatchObject({ limit: 'cost' });
});
