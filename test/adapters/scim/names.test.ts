import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, bulk, creation, patch, type Tenant, World } from '../../support/world.js';

const coreUser = 'urn:ietf:params:scim:schemas:core:2.0:User';
const coreGroup = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const acme = 'urn:ietf:params:scim:schemas:extension:acme:2.0:User';
const declared = 'urn:example:params:scim:schemas:declared:1.0:Group';

let world: World;
let tenant: Tenant;
let user: Anything;
let group: Anything;
let number = 0;
beforeAll(async () => {
  world = await World.shared();
  const attributes = [{ name: 'floor', type: 'string' }];
  const scimExtensions = [{ id: declared, resourceType: 'Group', attributes }];
  tenant = await world.tenant({ provider: 'GENERIC', scimExtensions });
  const emails = [{ value: 'a@b.c', type: 'work' }];
  const { id } = (await scim('POST', '/Users', { userName: 'names@acme.com', emails })).body;
  group = (await scim('POST', '/Groups', { displayName: 'Names', members: [{ value: id }] })).body;
  user = (await scim('GET', `/Users/${id}`)).body;
});
afterAll(() => world.close());

const scim = (method: string, path: string, body?: unknown) => tenant.scim(method, path, body);
const outcome = ({ status, body }: { status: number; body: Anything }) => [status, body?.scimType];
const pathOf = ({ id, meta }: Anything) => `/${meta.resourceType}s/${id}`;
const wholeOf = ({ meta }: Anything) =>
  meta.resourceType === 'User' ? { userName: `names${number++}@acme.com` } : { displayName: 'Names' };

/** Sends attributes by POST, PUT and Bulk. Each is refused, and the resource is unchanged. */
async function refusedInBodies(resource: Anything, attributes: Anything): Promise<void> {
  const path = pathOf(resource);
  const endpoint = `/${resource.meta.resourceType}s`;
  const data = { ...wholeOf(resource), ...attributes };
  const refusal = [400, 'invalidSyntax'];
  expect(outcome(await scim('POST', endpoint, data))).toEqual(refusal);
  expect(outcome(await scim('PUT', path, data))).toEqual(refusal);
  const { body } = await scim('POST', '/Bulk', bulk([creation('b', data, endpoint), { method: 'PUT', path, data }]));
  expect(body.Operations.map(({ status, response }: Anything) => [status, response.scimType])).toEqual([
    ['400', 'invalidSyntax'],
    ['400', 'invalidSyntax'],
  ]);
  expect((await scim('GET', path)).body).toEqual(resource);
}

describe('RFC7643 3 a resource has no attributes of another resource type', () => {
  const foreign = [
    ['a User', () => user, coreGroup, 'displayName'],
    ['a User', () => user, declared, 'floor'],
    ['a User', () => user, 'urn:ietf:params:scim:schemas:core:2.0:Role', 'value'],
    ['a Group', () => group, coreUser, 'userName'],
    ['a Group', () => group, enterprise, 'department'],
  ] as const;

  test.each(foreign)(
    '%s does not accept attributes of the other type: %# in bodies',
    async (_, resource, urn, name) => {
      for (const key of [urn, urn.toUpperCase()]) {
        await refusedInBodies(resource(), { [key]: { [name]: 'x' } });
        await refusedInBodies(resource(), { [`${key}:${name}`]: 'x' });
        await refusedInBodies(resource(), { [`${key}.${name}`]: 'x' });
      }
    },
  );

  test.each(foreign)('%s does not accept attributes of the other type: %# in PATCH', async (_, resource, urn, name) => {
    const path = pathOf(resource());
    const core = resource().meta.resourceType === 'User' ? coreUser : coreGroup;
    const operations = [
      { op: 'add', path: `${urn}:${name}`, value: 'x' },
      { op: 'replace', path: `${urn.toUpperCase()}.${name}`, value: 'x' },
      { op: 'remove', path: `${urn}:${name}` },
      { op: 'add', path: urn, value: { [name]: 'x' } },
      { op: 'add', value: { [urn]: { [name]: 'x' } } },
      { op: 'add', value: { [`${urn}:${name}`]: 'x' } },
      { op: 'replace', path: core, value: { [urn]: { [name]: 'x' } } },
    ];
    for (const operation of operations)
      expect([operation, ...outcome(await scim('PATCH', path, patch(operation)))]).toEqual([
        operation,
        400,
        'invalidPath',
      ]);
    expect((await scim('GET', path)).body).toEqual(resource());
  });

  test('a filter on such an attribute is 400, a projection returns nothing, and a query across types finds the type that has it', async () => {
    const filter = encodeURIComponent(`${coreGroup}:displayName eq "Names"`);
    expect(outcome(await scim('GET', `/Users?filter=${filter}`))).toEqual([400, 'invalidFilter']);
    expect((await scim('GET', `/?filter=${filter}`)).body.Resources.map(({ id }: Anything) => id)).toEqual([group.id]);
    const shown = await scim('GET', `${pathOf(user)}?attributes=${coreGroup}:displayName`);
    expect(Object.keys(shown.body).sort()).toEqual(['id', 'schemas']);
  });

  test('additional URNs in "schemas" and a key with an unassigned value are accepted', async () => {
    const schemas = [coreUser, coreGroup, 'urn:example:misspelt'];
    const answer = await scim('POST', '/Users', { ...wholeOf(user), schemas, [coreGroup]: null });
    expect([answer.status, answer.body.schemas]).toEqual([201, [coreUser]]);
    expect((await scim('POST', '/Groups', { displayName: 'Names', [enterprise]: {} })).body.schemas).toEqual([
      coreGroup,
    ]);
  });
});

describe('RFC7643 2.1 a path is not an attribute name', () => {
  test.each([
    { 'name.givenName': 'Ann' },
    { 'NAME.givenname': 'Ann' },
    { 'emails[type eq "work"].value': 'x@y.z' },
    { 'emails[value eq "a:b"]': { display: 'x' } },
    { [`${coreUser}:emails[type eq "work"].value`]: 'x@y.z' },
    { 'manager.value': 'x' },
    { 'groups.value': 'x' },
    { [enterprise]: { 'manager.value': 'x' } },
    { [enterprise]: { 'department.x': 'x' } },
    { [coreUser]: { 'name.givenName': 'Ann' } },
    { name: { 'givenName.x': 'Ann' } },
  ])('%j in a user is 400', (attributes) => refusedInBodies(user, attributes));

  test.each([
    { 'members.value': 'x' },
    { 'Members[value eq "x"]': {} },
    { 'displayName.x': 'x' },
    { [coreGroup]: { 'members.value': 'x' } },
    { [declared]: { 'floor.x': 'x' } },
  ])('%j in a group is 400', (attributes) => refusedInBodies(group, attributes));

  test('in the value of a PATCH it is invalidPath, unless the dialect allows it', async () => {
    const okta = await world.tenant();
    const { body } = await okta.scim('POST', '/Users', { userName: 'path@acme.com' });
    for (const value of [{ 'name.givenName': 'Ann' }, { [enterprise]: { 'manager.nothing': 'x' } }])
      expect(outcome(await okta.scim('PATCH', `/Users/${body.id}`, patch({ op: 'add', value })))).toEqual([
        400,
        'invalidPath',
      ]);
    expect((await okta.scim('GET', `/Users/${body.id}`)).body).toEqual(body);
    const entra = await world.tenant({ provider: 'ENTRA' });
    const made = (await entra.scim('POST', '/Users', { userName: 'path@acme.com' })).body;
    const operation = { op: 'Add', value: { 'name.givenName': 'Ann' } };
    expect((await entra.scim('PATCH', `/Users/${made.id}`, patch(operation))).body.name).toEqual({ givenName: 'Ann' });
  });

  test('an undeclared name with a dot is stored unchanged', async () => {
    const attributes = { 'x.y': 'z', [acme]: { 'a.b': 'c' } };
    expect((await scim('POST', '/Users', { ...wholeOf(user), ...attributes })).body).toMatchObject(attributes);
  });
});

describe('RFC7644 3.9 empty attributes are not returned', () => {
  let id: string;
  beforeAll(async () => {
    const attributes = { name: { givenName: 'A' }, [acme]: { site: 'b' }, [enterprise]: { department: 'c' } };
    const emails = [{ value: 'a@b.c', type: 'work' }, { value: 'd@e.f' }];
    id = (await scim('POST', '/Users', { ...wholeOf(user), ...attributes, emails })).body.id;
  });
  const shown = async (query: string) => {
    const { schemas: _s, id: _i, meta: _m, ...rest } = (await scim('GET', `/Users/${id}?${query}`)).body;
    return rest;
  };

  test.each([`${acme}:nope`, `${enterprise}:nope`, 'name.nope', 'emails.nope', `${acme}:site.x`, 'urn:example:a:nope'])(
    'attributes=%s returns no such attribute',
    async (name) => expect(await shown(`attributes=${name}`)).toEqual({}),
  );

  test('several sub-attributes of the same element are returned together', async () => {
    expect(await shown('attributes=emails.type,emails.value')).toEqual({
      emails: [{ type: 'work', value: 'a@b.c' }, { value: 'd@e.f' }],
    });
    expect(await shown('attributes=emails.type')).toEqual({ emails: [{ type: 'work' }] });
  });

  test('excludedAttributes does not leave empty objects', async () => {
    const names = [`${acme}:site`, `${enterprise}:department`, 'name.givenName', 'emails.value', 'emails.type'];
    expect(Object.keys(await shown(`excludedAttributes=${names.join()}`)).sort()).toEqual(['active', 'userName']);
  });
});
