import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyId, populate } from '../../support/populate.js';
import { bulk, patch, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
const members = (total: number) => Array.from({ length: total }, (_, n) => ({ value: copyId(n + 1) }));
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  await populate(world, tenant, 10_000);
}, 120_000);
afterAll(() => world.close());

describe('RFC7644 3.5.1 a group of any size can be replaced', () => {
  test('writing back a group of 10,000 members changes nothing', async () => {
    const { status, body: made } = await tenant.scim('POST', '/Groups', {
      displayName: 'Whole',
      members: members(10_000),
    });
    expect(status).toBe(201);
    const read = await tenant.scim('GET', `/Groups/${made.id}`);
    expect(JSON.stringify(read.body).length).toBeGreaterThan(1_500_000);
    const { length } = await tenant.events();
    const written = await tenant.scim('PUT', `/Groups/${made.id}`, read.body, {
      'if-match': read.headers.get('etag') ?? '',
    });
    expect([written.status, written.headers.get('etag')]).toEqual([200, read.headers.get('etag')]);
    expect(written.body).toEqual(read.body);
    expect((await tenant.events()).length).toBe(length);
    const unchanged = await tenant.scim('GET', `/Groups/${made.id}`, undefined, {
      'if-none-match': read.headers.get('etag') ?? '',
    });
    expect(unchanged.status).toBe(304);
    await tenant.scim('DELETE', `/Groups/${made.id}`);
  }, 120_000);

  test.each([999, 1_000, 1_001])('PUT of %s members is 200 with the group', async (total) => {
    const { body } = await tenant.scim('POST', '/Groups', { displayName: 'Some' });
    const answer = await tenant.scim('PUT', `/Groups/${body.id}`, { displayName: 'Some', members: members(total) });
    expect([answer.status, answer.body.members.length]).toEqual([200, total]);
    expect(answer.body.meta.version).toBe(answer.headers.get('etag'));
    expect((await tenant.scim('GET', `/Groups/${body.id}`)).headers.get('etag')).toBe(answer.headers.get('etag'));
    const listed = await tenant.scim('GET', '/Groups?count=200');
    const inList = listed.body.Resources.find(({ id }: { id: string }) => id === body.id);
    expect(inList.meta.version).toBe(answer.headers.get('etag'));
  });

  test('only PATCH answers 204, and If-Match accepts its ETag', async () => {
    const { body } = await tenant.scim('POST', '/Groups', { displayName: 'Large', members: members(1_100) });
    const add = patch({ op: 'add', path: 'members', value: [{ value: copyId(2_000) }] });
    const answer = await tenant.scim('PATCH', `/Groups/${body.id}`, add);
    expect(answer.status).toBe(204);
    const version = answer.headers.get('etag') ?? '';
    const put = {
      method: 'PUT',
      path: `/Groups/${body.id}`,
      version,
      data: { displayName: 'Large', members: members(1_001) },
    };
    const { body: done } = await tenant.scim('POST', '/Bulk', bulk([put]));
    expect(done.Operations[0]).toMatchObject({ status: '200', version: expect.stringMatching(/^W/) });
  });

  test('a group that is too large is 413 with the limit in members', async () => {
    const { body } = await tenant.scim('POST', '/Groups', { displayName: 'Limit' });
    const display = 'x'.repeat(1_000);
    const large = members(10_000).map((member) => ({ ...member, display }));
    const { length } = await tenant.events();
    for (const [method, path, data] of [
      ['PUT', `/Groups/${body.id}`, { displayName: 'Limit', members: large }],
      ['POST', '/Groups', { displayName: 'Limit', members: large }],
      ['PATCH', `/Groups/${body.id}`, patch({ op: 'add', path: 'members', value: large })],
    ] as const) {
      const answer = await tenant.scim(method, path, data);
      expect([method, answer.status, answer.body.detail]).toEqual([
        method,
        413,
        expect.stringContaining('10,000 members'),
      ]);
    }
    const many = await tenant.scim('PUT', `/Groups/${body.id}`, { displayName: 'Limit', members: members(10_001) });
    expect([many.status, many.body.scimType, many.body.detail]).toEqual([
      400,
      'invalidValue',
      expect.stringContaining('10000'),
    ]);
    expect((await tenant.events()).length).toBe(length);
  });
});
