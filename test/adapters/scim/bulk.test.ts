import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, bulk, creation, oktaUser, patch, type Tenant, World } from '../../support/world.js';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

const send = (operations: Anything[], more = {}) => tenant.scim('POST', '/Bulk', bulk(operations, more));
const statuses = (answer: Anything) => answer.body.Operations.map(({ status }: Anything) => status);

describe('RFC7644 3.7 bulk', () => {
  test('1,000 creations in one request, each with its location, version and event, in order', async () => {
    const { length: before } = await tenant.events();
    const operations = Array.from({ length: 1000 }, (_, n) => creation(`u${n}`, { userName: `bulk${n}@acme.com` }));
    const answer = await send(operations);
    expect(answer.status).toBe(200);
    expect(answer.body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:BulkResponse']);
    expect(statuses(answer)).toEqual(operations.map(() => '201'));
    expect(answer.body.Operations.map(({ bulkId }: Anything) => bulkId)).toEqual(
      operations.map(({ bulkId }) => bulkId),
    );
    const [first] = answer.body.Operations;
    expect(first).toMatchObject({ method: 'POST', version: 'W/"1"' });
    const [, place] = first.location.split(`/scim/v2/${tenant.connectionId}`);
    const got = await tenant.scim('GET', place);
    expect(got.body).toMatchObject({ userName: 'bulk0@acme.com', meta: { location: first.location } });
    const { organization } = await tenant.gql(
      'query($id: ID!, $after: Cursor) { organization(id: $id) { events(first: 1000, after: $after) { nodes { type data } } } }',
      { id: tenant.organizationId, after: (await tenant.events())[before - 1].cursor },
    );
    expect(organization.events.nodes.map(({ data }: Anything) => data.userName)).toEqual(
      operations.map(({ data }) => data.userName),
    );
  }, 120_000);

  test('3.7.2 bulkId in data and in paths, including forward references', async () => {
    const answer = await send([
      creation('g', { displayName: 'Tour Guides', members: [{ value: 'bulkId:a' }, { value: 'bulkId:b' }] }, '/Groups'),
      creation('a', { userName: 'a.bulk@acme.com', [enterprise]: { manager: { value: 'bulkId:b' } } }),
      creation('b', { userName: 'b.bulk@acme.com' }),
      { method: 'PATCH', path: '/Users/bulkId:a', data: patch({ op: 'add', path: 'title', value: 'Guide' }) },
      { method: 'PUT', path: '/Groups/bulkId:g', data: { displayName: 'Guides', members: [{ value: 'bulkId:b' }] } },
    ]);
    expect(statuses(answer)).toEqual(['201', '201', '201', '200', '200']);
    const [g, a, b] = answer.body.Operations.map(({ location }: Anything) => location.split('/').at(-1));
    const user = await tenant.scim('GET', `/Users/${a}`);
    expect(user.body).toMatchObject({ title: 'Guide', [enterprise]: { manager: { value: b } } });
    const group = await tenant.scim('GET', `/Groups/${g}`);
    expect(group.body).toMatchObject({ displayName: 'Guides', members: [{ value: b }] });
  });

  test('3.7.2 bulkId in the filter of a PATCH path; an unknown one is 400', async () => {
    const answer = await send([
      creation('f', { displayName: 'F', members: [{ value: 'bulkId:k' }, { value: 'bulkId:l"' }] }, '/Groups'),
      {
        method: 'PATCH',
        path: '/Groups/bulkId:f',
        data: patch({ op: 'remove', path: 'members[value eq "bulkId:l\\""]' }),
      },
      creation('k', { userName: 'k.bulk@acme.com' }),
      creation('l"', { userName: 'l.bulk@acme.com' }),
      {
        method: 'PATCH',
        path: '/Groups/bulkId:f',
        data: patch({ op: 'remove', path: 'members[value eq "bulkId:z"]' }),
      },
    ]);
    expect(statuses(answer).sort()).toEqual(['200', '201', '201', '201', '400']);
    const at = (id: string) =>
      answer.body.Operations.find(({ bulkId }: Anything) => bulkId === id)
        .location.split('/')
        .at(-1);
    const group = await tenant.scim('GET', `/Groups/${at('f')}`);
    expect(group.body.members).toMatchObject([{ value: at('k') }]);
  });

  test('3.7 a version that is not a string is 400, and an unsupported method is 405', async () => {
    const made = await tenant.scim('POST', '/Users', { userName: 'no-version.bulk@acme.com' });
    const path = `/Users/${made.body.id}`;
    const data = patch({ op: 'add', path: 'title', value: 'T' });
    const versions = await send([5, true, {}, ['W/"1"']].map((version) => ({ method: 'PATCH', path, data, version })));
    expect(statuses(versions)).toEqual(['400', '400', '400', '400']);
    expect((await tenant.scim('GET', path)).body.title).toBeUndefined();
    const wrong = await send([
      { method: 'POST', path, bulkId: 'w', data: {} },
      { method: 'PUT', path: '/Users', data: {} },
      { method: 'DELETE', path: '/Groups' },
      { method: 'DELETE', path: '/Users/a/b' },
      { method: 'POST', path: '/Users/.search', bulkId: 's', data: {} },
    ]);
    expect(statuses(wrong)).toEqual(['405', '405', '405', '404', '404']);
  });

  test('3.7.1 circular references: users who manage each other are created and completed', async () => {
    const answer = await send([
      creation('x', {
        userName: 'x.circle@acme.com',
        [enterprise]: { manager: { value: 'bulkId:y' }, department: 'D' },
      }),
      creation('y', { userName: 'y.circle@acme.com', [enterprise]: { manager: { value: 'bulkId:x' } } }),
    ]);
    expect(statuses(answer)).toEqual(['201', '201']);
    const [x, y] = answer.body.Operations.map(({ location }: Anything) => location.split('/').at(-1));
    for (const [one, other] of [
      [x, y],
      [y, x],
    ]) {
      const { body, headers } = await tenant.scim('GET', `/Users/${one}`);
      expect(body[enterprise].manager).toMatchObject({ value: other });
      expect(headers.get('etag')).toBe(
        answer.body.Operations.find(({ location }: Anything) => location.endsWith(one)).version,
      );
    }
  });

  test('3.7.1 circular references between two groups are 409 for both, and neither is written', async () => {
    const answer = await send([
      creation('one', { displayName: 'Circle One', members: [{ type: 'Group', value: 'bulkId:two' }] }, '/Groups'),
      creation('two', { displayName: 'Circle Two', members: [{ type: 'Group', value: 'bulkId:one' }] }, '/Groups'),
      creation('apart', { displayName: 'Circle Apart' }, '/Groups'),
    ]);
    expect(statuses(answer)).toEqual(['409', '409', '201']);
    expect(answer.body.Operations[0].response).toMatchObject({ status: '409' });
    const found = await tenant.scim('GET', `/Groups?filter=${encodeURIComponent('displayName sw "Circle"')}`);
    expect(found.body.Resources.map(({ displayName }: Anything) => displayName)).toEqual(['Circle Apart']);
  });

  test('3.7.3 a failed operation has its error and no location; others continue; one that references it fails', async () => {
    const answer = await send([
      creation('ok', { userName: 'ok.bulk@acme.com' }),
      creation('bad', { userName: 'OK.bulk@acme.com' }),
      creation('dependent', { displayName: 'G', members: [{ value: 'bulkId:bad' }] }, '/Groups'),
      creation('unknown', { displayName: 'G', members: [{ value: 'bulkId:nobody' }] }, '/Groups'),
      { method: 'POST', path: '/Users', data: { userName: 'without@acme.com' } },
      creation('ok', { userName: 'twice@acme.com' }),
      { method: 'GET', path: '/Users' },
      { method: 'DELETE', path: 'https://evil.example/Users/1' },
      { method: 'DELETE', path: '/Users/user_00000000000000000000000000' },
      'nonsense',
      { method: 'DELETE', path: '/Users/bulkId:ok' },
    ]);
    expect(statuses(answer)).toEqual(['201', '409', '409', '400', '400', '400', '400', '400', '404', '400', '204']);
    expect(answer.body.Operations[1].location).toBeUndefined();
    expect(answer.body.Operations[1].response).toMatchObject({ scimType: 'uniqueness', status: '409' });
  });

  test('3.7.3 failOnErrors stops: the other operations are neither run nor in the response', async () => {
    const answer = await send(
      [
        creation('f1', { userName: 'f1@acme.com' }),
        creation('f2', { userName: 'f1@acme.com' }),
        creation('f3', { userName: 'f3@acme.com' }),
      ],
      { failOnErrors: 1 },
    );
    expect(statuses(answer)).toEqual(['201', '409']);
    const found = await tenant.scim('GET', `/Users?filter=${encodeURIComponent('userName eq "f3@acme.com"')}`);
    expect(found.body.totalResults).toBe(0);
  });

  test('3.7 version has the effect of If-Match', async () => {
    const { body } = await tenant.scim('POST', '/Users', { userName: 'version.bulk@acme.com' });
    const change = (version: string, title: string) => ({
      method: 'PATCH',
      path: `/Users/${body.id}`,
      version,
      data: patch({ op: 'replace', path: 'title', value: title }),
    });
    const answer = await send([change('W/"1"', 'First'), change('W/"1"', 'Late')]);
    expect(statuses(answer)).toEqual(['200', '412']);
  });

  test('3.7.4 too many operations and too much data are 413 with the limit', async () => {
    const many = await send(Array.from({ length: 1001 }, (_, n) => creation(`m${n}`, { userName: `m${n}` })));
    expect([many.status, many.body.detail]).toEqual([413, expect.stringContaining('1000')]);
    const large = await send([creation('l', { userName: 'l@acme.com', title: 'x'.repeat(9 * 1024 * 1024) })]);
    expect(large.status).toBe(413);
    const title = 'x'.repeat(1_000_000);
    const fits = await send(
      Array.from({ length: 7 }, (_, n) => creation(`l${n}`, { userName: `l${n}@acme.com`, title })),
    );
    expect([fits.status, statuses(fits)]).toEqual([200, Array(7).fill('201')]);
    const resource = await send([creation('r', { userName: 'r@acme.com', title: 'x'.repeat(1_100_000) })]);
    expect([resource.status, statuses(resource)]).toEqual([200, ['413']]);
    const { body } = await tenant.scim('GET', '/ServiceProviderConfig');
    expect(body.bulk).toEqual({ supported: true, maxOperations: 1000, maxPayloadSize: 8 * 1024 * 1024 });
  });
});

test('all PATCH operations of a bulk request have one limit of work, and those before it are saved', async () => {
  const { body } = await tenant.scim('POST', '/Users', oktaUser('bulk-work@acme.com'));
  const operation = (n: number) => ({
    method: 'PATCH',
    path: `/Users/${body.id}`,
    data: patch({ op: 'replace', value: { title: `${n}`, 'urn:example:large': { list: Array(35_000).fill(n) } } }),
  });
  const { body: answer } = await tenant.scim('POST', '/Bulk', bulk([0, 1, 2].map(operation)));
  expect(answer.Operations.map(({ status }: Anything) => status)).toEqual(['200', '200', '413']);
  expect(answer.Operations[2].response).toMatchObject({ scimType: 'tooMany' });
  expect((await tenant.scim('GET', `/Users/${body.id}`)).body.title).toBe('1');
});
