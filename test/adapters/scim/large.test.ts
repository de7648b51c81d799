import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { record } from '../../../bench/trace.js';
import { copyId, populate } from '../../support/populate.js';
import { type Anything, patch, type Tenant, World } from '../../support/world.js';

const total = 12_000;
let world: World;
let tenant: Tenant;
let large: string;
let small: string;
beforeAll(async () => {
  world = await World.start();
  tenant = await world.tenant();
  await populate(world, tenant, total);
  const ids = Array.from({ length: 10_000 }, (_, n) => ({ value: copyId(n + 1) }));
  large = (await tenant.scim('POST', '/Groups', { displayName: 'Large' })).body.id;
  const answer = await tenant.scim('PATCH', `/Groups/${large}`, patch({ op: 'add', path: 'members', value: ids }));
  expect(answer.status).toBe(204);
  small = (await tenant.scim('POST', '/Groups', { displayName: 'Small', members: ids.slice(0, 10) })).body.id;
}, 120_000);
afterAll(() => world.close());

const add = (group: string, ...ids: string[]) =>
  tenant.scim(
    'PATCH',
    `/Groups/${group}`,
    patch({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) }),
  );
const membersOf = async (group: string): Promise<string[]> =>
  ((await tenant.scim('GET', `/Groups/${group}`)).body.members ?? []).map(({ value }: Anything) => value);

describe('large groups (docs/scim.md, rule 14)', () => {
  test('10,000 members in one request emit an event each; one more is 400', async () => {
    const [count] = await world
      .database()
      .query<Anything>(`select count(*) as n from events where group_id = $1 and type = 'group.member_added'`, [large]);
    expect(count.n).toBe(10_000);
    const ids = Array.from({ length: 10_001 }, (_, n) => copyId(n + 1));
    const answer = await add(large, ...ids);
    expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('10000')]);
  });

  test('a GET and a list show all members, users and groups, in memory and as a stream', async () => {
    await add(large, small);
    const held = await tenant.scim('GET', `/Groups/${large}`);
    expect(held.headers.get('content-length')).not.toBeNull();
    const version = held.headers.get('etag');
    const { Resources: resources } = (await tenant.scim('GET', '/Groups?count=10')).body;
    expect(resources[0]).toEqual(held.body);
    expect(held.body.meta.version).toBe(version);

    await add(large, copyId(11_500));
    const answer = await tenant.scim('GET', `/Groups/${large}`);
    expect(answer.headers.get('content-length')).toBeNull();
    expect(answer.body.members).toHaveLength(10_002);
    await tenant.scim(
      'PATCH',
      `/Groups/${large}`,
      patch({ op: 'remove', path: `members[value eq "${copyId(11_500)}"]` }),
    );
    expect(new Set(answer.body.members.map(({ value }: Anything) => value)).size).toBe(10_002);
    expect(answer.body.members[0]).toMatchObject({
      type: 'User',
      display: expect.any(String),
      $ref: expect.any(String),
    });
    expect(answer.body.members.at(-1)).toMatchObject({ value: small, type: 'Group' });
    const list = await tenant.scim('GET', '/Groups?count=10');
    expect(list.body).toMatchObject({ totalResults: 2, itemsPerPage: 2 });
    expect(list.body.Resources.map(({ members }: Anything) => members.length)).toEqual([10_001, 10]);
    const values = await tenant.scim('GET', `/Groups/${large}?attributes=members.value`);
    expect(Object.keys(values.body.members[0])).toEqual(['value']);
    await tenant.scim('PATCH', `/Groups/${large}`, patch({ op: 'remove', path: `members[value eq "${small}"]` }));
  });

  test('adding a member to a large group needs the same statements as in a group of ten, and reads no member', async () => {
    const sent = async (group: string, n: number) =>
      (await record(() => add(group, copyId(n))))
        .map(({ text }: Anything): string => text)
        .filter((text) => !/refresh_statistics|insert into provisioning_requests/.test(text));
    // Statements of the server's timers do not occur in each of three additions.
    const statements = async (group: string) => {
      const runs = [await sent(group, 11_000), await sent(group, 11_001), await sent(group, 11_002)];
      return (runs[0] ?? []).filter((text) => runs.every((run) => run.includes(text)));
    };
    const [many, few] = [await statements(large), await statements(small)];
    const writes = (list: string[]) =>
      list.filter((text) => !/from memberships m\s+join users|group_nestings n\s+join groups/.test(text));
    expect(many).toEqual(writes(many));
    expect(writes(few)).toEqual(many);
  });

  test('a request with excludedAttributes=members reads no members', async () => {
    const texts = (await record(() => tenant.scim('GET', `/Groups/${large}?excludedAttributes=members`))).map(
      ({ text }: Anything) => text,
    );
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.filter((text: string) => /memberships|nestings/.test(text))).toEqual([]);
    const { body } = await tenant.scim('GET', `/Groups/${large}?excludedAttributes=members`);
    expect(body.members).toBeUndefined();
  });

  test('a PATCH with a projection is 200 with the attributes; without one it is 204 with the ETag', async () => {
    const shown = await tenant.scim(
      'PATCH',
      `/Groups/${large}?excludedAttributes=members`,
      patch({ op: 'add', path: 'members', value: [{ value: copyId(11_001) }] }),
    );
    expect([shown.status, shown.body.displayName]).toEqual([200, 'Large']);
    const silent = await add(large, copyId(11_002));
    expect([silent.status, silent.body, silent.headers.get('etag')]).toEqual([204, null, expect.stringMatching(/^W/)]);
  });

  test('hundreds of operations with one member each need a few statements', async () => {
    const operations = Array.from({ length: 900 }, (_, n) => ({
      op: 'add',
      path: 'members',
      value: [{ value: copyId(n + 1) }],
    }));
    const { body } = await tenant.scim('POST', '/Groups', { displayName: 'One by one' });
    const sent = await record(() => tenant.scim('PATCH', `/Groups/${body.id}`, patch(...operations)));
    expect(sent.length).toBeLessThan(25);
    expect(await membersOf(body.id)).toHaveLength(900);
  });

  test('RFC7644 3.5.2: twenty clients patch one group concurrently; the group has all acknowledged members', async () => {
    const { body } = await tenant.scim('POST', '/Groups', { displayName: 'Raced' });
    const expected = new Set<string>();
    await Promise.all(
      Array.from({ length: 20 }, async (_, client) => {
        for (let turn = 0; turn < 5; turn++) {
          const ids = [0, 1].map((k) => copyId(1 + client * 50 + turn * 2 + k));
          const answer = await add(body.id, ...ids);
          expect(answer.status).toBe(200);
          for (const id of ids) expected.add(id);
          if (turn !== 4) continue;
          const [gone = ''] = ids;
          const removed = await tenant.scim(
            'PATCH',
            `/Groups/${body.id}`,
            patch({ op: 'remove', path: `members[value eq "${gone}"]` }),
          );
          expect(removed.status).toBe(200);
          expected.delete(gone);
        }
      }),
    );
    expect(new Set(await membersOf(body.id))).toEqual(expected);
    const { group } = await tenant.gql('query($id: ID!) { group(id: $id) { memberCount } }', { id: body.id });
    expect(group.memberCount).toBe(expected.size);
  });
});

describe('stored counts', () => {
  test('totalResults and usersManaged equal the number of listed users after creations, deletions, restores and adoptions', async () => {
    const { body } = await tenant.scim('POST', '/Users', { userName: 'count@sample.test', externalId: 'count' });
    await tenant.scim('DELETE', `/Users/${copyId(12_000)}`);
    await tenant.scim('DELETE', `/Users/${copyId(11_999)}`);
    await tenant.scim('POST', '/Users', { userName: 'again@sample.test', externalId: 'copy-11999' });
    await tenant.scim('DELETE', `/Users/${body.id}`);
    const texts: string[] = (await record(() => tenant.scim('GET', '/Users?count=1'))).map(
      ({ text }: Anything) => text,
    );
    expect(texts.filter((text) => /count\(\*\) from/.test(text))).toEqual([]);
    const { body: list } = await tenant.scim('GET', '/Users?count=1');
    const [counted] = await world
      .database()
      .query<Anything>('select count(*) as n from users where scim_connection_id = $1 and deleted_at is null', [
        tenant.connectionId,
      ]);
    expect(list.totalResults).toBe(counted.n);
    const { connection } = await tenant.gql(
      'query($id: ID!) { connection(id: $id) { scim { usersManaged groupsManaged } } }',
      { id: tenant.connectionId },
    );
    expect(connection.scim).toEqual({ usersManaged: counted.n, groupsManaged: 4 });
  });
});
