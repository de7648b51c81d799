import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { record } from '../../../bench/trace.js';
import { type Anything, bulk, patch, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({ provider: 'GENERIC' });
});
afterAll(() => world.close());

let number = 0;
const person = async (more: object = {}): Promise<string> =>
  (await tenant.scim('POST', '/Users', { userName: `v${++number}@acme.com`, ...more })).body.id;
const group = async (displayName: string, ...members: string[]): Promise<string> =>
  (await tenant.scim('POST', '/Groups', { displayName, members: members.map((value) => ({ value })) })).body.id;
const replace = (path: string, value: unknown) => patch({ op: 'replace', path, value });

/** Returns the ETag of a resource. */
async function tagOf(path: string): Promise<string> {
  const { headers, body } = await tenant.scim('GET', path);
  const tag = headers.get('etag') ?? '';
  expect(tag).toMatch(/^W\/"\d+(\.[\da-f]{16})?"$/);
  if (body.meta) expect(body.meta.version).toBe(tag);
  return tag;
}
const unchanged = async (path: string, tag: string) =>
  (await tenant.scim('GET', path, undefined, { 'if-none-match': tag })).status === 304;

describe('RFC9110 8.8.1 the ETag changes when the representation does, and only then', () => {
  const changes: [
    string,
    (ids: { user: string; inner: string; outer: string; manager: string }) => Promise<Anything>,
  ][] = [
    ['the group is renamed', ({ inner }) => tenant.scim('PATCH', `/Groups/${inner}`, replace('displayName', 'New'))],
    [
      'a parent group is renamed',
      ({ outer }) => tenant.scim('PATCH', `/Groups/${outer}`, replace('displayName', 'New')),
    ],
    [
      'the group is removed from its parent group',
      ({ outer }) => tenant.scim('PATCH', `/Groups/${outer}`, patch({ op: 'remove', path: 'members' })),
    ],
    [
      'the user is removed from the group',
      ({ inner }) => tenant.scim('PATCH', `/Groups/${inner}`, patch({ op: 'remove', path: 'members' })),
    ],
    ['the user joins another', async ({ user }) => group('Another', user)],
    ['the group is deleted', ({ inner }) => tenant.scim('DELETE', `/Groups/${inner}`)],
    [
      'the manager is renamed',
      ({ manager }) => tenant.scim('PATCH', `/Users/${manager}`, replace('displayName', 'New')),
    ],
  ];
  test.each(changes)('of a user if %s', async (_, change) => {
    const manager = await person({ displayName: 'Boss' });
    const user = await person({
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: manager } },
    });
    const inner = await group('Inner', user);
    const outer = await group('Outer', inner);
    const before = await tagOf(`/Users/${user}`);
    expect([await unchanged(`/Users/${user}`, before), await unchanged(`/Users/${user}`, '*')]).toEqual([true, true]);
    await change({ user, inner, outer, manager });
    expect(await unchanged(`/Users/${user}`, before)).toBe(false);
    const after = await tagOf(`/Users/${user}`);
    expect(after).not.toBe(before);
    expect(await unchanged(`/Users/${user}`, `"other", ${after}`)).toBe(true);
    const { body } = await tenant.scim('GET', `/Users?filter=${encodeURIComponent(`id eq "${user}"`)}`);
    expect(body.Resources[0].meta.version).toBe(after);
  });

  test.each([
    [
      'a member is renamed',
      ({ user }: Anything) => tenant.scim('PATCH', `/Users/${user}`, replace('displayName', 'New')),
    ],
    [
      'a nested group is renamed',
      ({ nested }: Anything) => tenant.scim('PATCH', `/Groups/${nested}`, replace('displayName', 'N')),
    ],
    ['a member is deleted', ({ user }: Anything) => tenant.scim('DELETE', `/Users/${user}`)],
    [
      'a member is added',
      async ({ outer }: Anything) =>
        tenant.scim(
          'PATCH',
          `/Groups/${outer}`,
          patch({ op: 'add', path: 'members', value: [{ value: await person() }] }),
        ),
    ],
  ])('of a group if %s', async (_, change) => {
    const user = await person({ displayName: 'Old' });
    const nested = await group('Nested');
    const outer = await group('Outer', user, nested);
    const before = await tagOf(`/Groups/${outer}`);
    expect(await unchanged(`/Groups/${outer}`, before)).toBe(true);
    await change({ user, nested, outer });
    expect(await unchanged(`/Groups/${outer}`, before)).toBe(false);
    expect(await tagOf(`/Groups/${outer}`)).not.toBe(before);
  });

  test('a change of attributes that are not returned does not change the ETag', async () => {
    const user = await person({ displayName: 'Same' });
    const id = await group('Group', user);
    const [ofUser, ofGroup] = [await tagOf(`/Users/${user}`), await tagOf(`/Groups/${id}`)];
    await tenant.scim('PATCH', `/Groups/${id}`, patch({ op: 'add', path: 'members', value: [{ value: user }] }));
    await tenant.scim('PATCH', `/Groups/${id}`, replace('displayName', 'Group'));
    await group('Of nobody');
    expect([await tagOf(`/Users/${user}`), await tagOf(`/Groups/${id}`)]).toEqual([ofUser, ofGroup]);
    expect(
      await unchanged(
        `/Groups/${id}?excludedAttributes=members`,
        await tagOf(`/Groups/${id}?excludedAttributes=members`),
      ),
    ).toBe(true);
  });

  test('a page reads the members, groups and managers of all its resources at once', async () => {
    const statements = async (path: string) => {
      const texts = (await record(() => tenant.scim('GET', path))).map(({ text }: Anything) => text as string);
      return texts.filter((text) => /from (users|groups|memberships|up|group_nestings)\b|recursive/.test(text)).length;
    };
    for (const path of ['/Users', '/Groups'])
      expect(await statements(`${path}?count=2`)).toBeGreaterThanOrEqual(await statements(`${path}?count=20`));
  });
});

describe('RFC7644 3.14 If-Match compares the revision, so a renamed reference is not a conflict', () => {
  test('of users and groups, by PUT, PATCH, DELETE and Bulk', async () => {
    const user = await person({ displayName: 'Ann' });
    const id = await group('Group', user);
    const [ofUser, ofGroup] = [await tagOf(`/Users/${user}`), await tagOf(`/Groups/${id}`)];
    // Each change affects the representation of the other resource.
    await tenant.scim('PATCH', `/Groups/${id}`, replace('displayName', 'Renamed'));
    const match = (tag: string) => ({ 'if-match': tag });
    const { userName } = (await tenant.scim('GET', `/Users/${user}`)).body;
    const put = await tenant.scim('PUT', `/Users/${user}`, { userName, displayName: 'Bea' }, match(ofUser));
    expect(put.status).toBe(200);
    const again = await tenant.scim('PUT', `/Users/${user}`, { userName, displayName: 'Cyd' }, match(ofUser));
    expect(again.status).toBe(412);
    expect((await tenant.scim('PATCH', `/Groups/${id}`, replace('displayName', 'X'), match(ofGroup))).status).toBe(412);
    const now = await tagOf(`/Groups/${id}`);
    await tenant.scim('PATCH', `/Users/${user}`, replace('displayName', 'Dee'));
    expect((await tenant.scim('PATCH', `/Groups/${id}`, replace('displayName', 'Y'), match(now))).status).toBe(200);

    const stale = await tagOf(`/Users/${user}`);
    await tenant.scim('PATCH', `/Users/${user}`, replace('displayName', 'Eve'));
    const operation = (path: string, version: string) => ({ method: 'DELETE', path, version });
    const { body } = await tenant.scim(
      'POST',
      '/Bulk',
      bulk([operation(`/Users/${user}`, stale), operation(`/Groups/${id}`, await tagOf(`/Groups/${id}`))]),
    );
    expect(body.Operations.map(({ status }: Anything) => status)).toEqual(['412', '204']);
    expect(
      (await tenant.scim('DELETE', `/Users/${user}`, undefined, match(`"0", ${await tagOf(`/Users/${user}`)}`))).status,
    ).toBe(204);
  });
});
