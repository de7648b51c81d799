import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { oktaUser, patch, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

let number = 0;
const aUser = async (more: Record<string, unknown> = {}) => {
  const answer = await tenant.scim('POST', '/Users', oktaUser(`user${number++}@acme.com`, more));
  expect(answer.status).toBe(201);
  return answer.body;
};
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

describe('RFC 7644 section 3.3, create', () => {
  test('answers 201 with the resource, Location, ETag and meta', async () => {
    const { status, headers, body } = await tenant.scim('POST', '/Users', oktaUser('create@acme.com'));
    expect(status).toBe(201);
    expect(headers.get('content-type')).toMatch(/^application\/scim\+json/);
    expect(headers.get('etag')).toBe(body.meta.version);
    expect(body.meta).toMatchObject({ resourceType: 'User', location: headers.get('location') });
    expect(body.meta.created).toBe(body.meta.lastModified);
    expect(body).toMatchObject({ userName: 'create@acme.com', active: true, name: { familyName: 'Example' } });
    expect(body.password).toBeUndefined();
    expect(body.groups).toBeUndefined();
  });

  test('without a userName is 400 invalidValue, and writes nothing', async () => {
    const before = (await tenant.events()).length;
    const { status, body } = await tenant.scim('POST', '/Users', { name: { givenName: 'X' } });
    expect({ status, scimType: body.scimType, inBody: body.status }).toEqual({
      status: 400,
      scimType: 'invalidValue',
      inBody: '400',
    });
    expect((await tenant.events()).length).toBe(before);
  });

  test('of a taken userName, in any case, is 409 uniqueness', async () => {
    const user = await aUser();
    const { status, body } = await tenant.scim(
      'POST',
      '/Users',
      oktaUser(user.userName.toUpperCase(), { externalId: 'other' }),
    );
    expect([status, body.scimType]).toEqual([409, 'uniqueness']);
    expect(body.detail).toContain(user.userName.toUpperCase());
  });

  test('two concurrent creations with one userName: one 201, one 409', async () => {
    for (let round = 0; round < 5; round++) {
      const body = oktaUser(`twice${round}@acme.com`);
      const answers = await Promise.all([tenant.scim('POST', '/Users', body), tenant.scim('POST', '/Users', body)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    }
  });

  test('with active: false provisions and then deprovisions the user', async () => {
    const user = await aUser({ active: false });
    const types = (await tenant.events()).filter(({ subjectId }) => subjectId === user.id).map(({ type }) => type);
    expect(types).toEqual(['USER_PROVISIONED', 'USER_DEPROVISIONED']);
  });

  test('stores undeclared extensions and attributes unchanged', async () => {
    const custom = { 'urn:okta:acme:1.0:user:custom': { badge: 7, tags: ['a'] }, shoeSize: '44' };
    const user = await aUser(custom);
    expect(user).toMatchObject(custom);
    expect(user.schemas).toContain('urn:okta:acme:1.0:user:custom');
    const found = await tenant.scim(
      'GET',
      `/Users?filter=${encodeURIComponent('urn:okta:acme:1.0:user:custom:badge eq 7')}`,
    );
    expect(found.body.totalResults).toBe(1);
    const { user: seen } = await tenant.gql('query($id: ID!) { user(id: $id) { attributes } }', { id: user.id });
    expect(seen.attributes).toMatchObject(custom);
  });
});

describe('RFC 7644 section 3.5.1, replace', () => {
  test('clears omitted attributes, and ignores read-only ones', async () => {
    const user = await aUser({ title: 'Engineer', nickName: 'Nick' });
    const { nickName: _gone, ...body } = {
      ...user,
      title: 'Director',
      groups: [{ value: 'x' }],
      meta: { version: 'no' },
    };
    const answer = await tenant.scim('PUT', `/Users/${user.id}`, body);
    expect(answer).toMatchObject({ status: 200, body: { title: 'Director', id: user.id } });
    expect(answer.body.nickName).toBeUndefined();
    expect(answer.body.meta.created).toBe(user.meta.created);
    expect(answer.body.meta.version).not.toBe(user.meta.version);
  });

  test('of an unknown id is 404, and never creates', async () => {
    expect((await tenant.scim('PUT', '/Users/user_00000000000000000000000000', oktaUser('no@acme.com'))).status).toBe(
      404,
    );
    expect((await tenant.scim('PUT', '/Users/1', oktaUser('no@acme.com'))).status).toBe(404);
  });

  test('that changes nothing keeps the version, and writes no event', async () => {
    const user = await aUser();
    const before = (await tenant.events()).length;
    const answer = await tenant.scim('PUT', `/Users/${user.id}`, user);
    expect(answer.body.meta).toEqual(user.meta);
    expect((await tenant.events()).length).toBe(before);
  });
});

describe('RFC 7644 section 3.5.2, PATCH', () => {
  test('add appends to a multi-valued attribute and removes exact repeats', async () => {
    const user = await aUser();
    const home = { value: 'h@acme.com', type: 'home' };
    const once = await tenant.scim('PATCH', `/Users/${user.id}`, patch({ op: 'add', path: 'emails', value: [home] }));
    expect(once.body.emails).toHaveLength(2);
    const twice = await tenant.scim('PATCH', `/Users/${user.id}`, patch({ op: 'add', path: 'emails', value: [home] }));
    expect(twice.body.meta).toEqual(once.body.meta);
  });

  test('a new primary makes the others not primary', async () => {
    const user = await aUser();
    const value = [{ value: 'p@acme.com', type: 'other', primary: true }];
    const { body } = await tenant.scim('PATCH', `/Users/${user.id}`, patch({ op: 'add', path: 'emails', value }));
    expect(body.emails.filter(({ primary }: { primary?: boolean }) => primary)).toEqual(value);
  });

  test('remove with a value filter removes only the matching values', async () => {
    const work = { value: 'w@acme.com', type: 'work' };
    const user = await aUser({ emails: [work, { value: 'h@acme.com', type: 'home' }] });
    const { body } = await tenant.scim(
      'PATCH',
      `/Users/${user.id}`,
      patch({ op: 'remove', path: 'emails[type eq "home"]' }),
    );
    expect(body.emails).toEqual([work]);
  });

  test('replace of a complex attribute keeps the sub-attributes that it does not name', async () => {
    const user = await aUser();
    const operation = { op: 'replace', path: 'name', value: { givenName: 'New' } };
    const { body } = await tenant.scim('PATCH', `/Users/${user.id}`, patch(operation));
    expect(body.name).toEqual({ givenName: 'New', familyName: 'Example' });
  });

  test('accepts fully qualified paths and the URN alone, and removes an empty extension', async () => {
    const user = await aUser();
    const set = await tenant.scim(
      'PATCH',
      `/Users/${user.id}`,
      patch(
        { op: 'add', path: `${enterprise}:department`, value: 'R&D' },
        { op: 'add', path: enterprise, value: { division: 'North' } },
      ),
    );
    expect(set.body[enterprise]).toEqual({ department: 'R&D', division: 'North' });
    expect(set.body.schemas).toContain(enterprise);
    const cut = await tenant.scim('PATCH', `/Users/${user.id}`, patch({ op: 'remove', path: enterprise }));
    expect(cut.body[enterprise]).toBeUndefined();
    expect(cut.body.schemas).not.toContain(enterprise);
  });

  test.each([
    ['remove without a path is noTarget', { op: 'remove' }, 'noTarget'],
    [
      'replace with a filter that matches nothing is noTarget',
      { op: 'replace', path: 'emails[type eq "fax"].value', value: 'x' },
      'noTarget',
    ],
    ['a read-only target is mutability', { op: 'replace', path: 'meta.created', value: 'x' }, 'mutability'],
    ['another id is mutability', { op: 'replace', value: { id: 'other' } }, 'mutability'],
    ['a required attribute cannot go', { op: 'remove', path: 'userName' }, 'mutability'],
    ['a bad path is invalidPath', { op: 'replace', path: 'emails[', value: 'x' }, 'invalidPath'],
    ['an unknown attribute is invalidPath', { op: 'replace', path: 'nonsense', value: 'x' }, 'invalidPath'],
    ['a bad filter in a path is invalidFilter', { op: 'remove', path: 'emails[type xx "a"]' }, 'invalidFilter'],
    ['a wrong type is invalidValue', { op: 'replace', path: 'active', value: 'maybe' }, 'invalidValue'],
    ['an unknown operation is invalidSyntax', { op: 'move', path: 'title' }, 'invalidSyntax'],
  ])('%s', async (_rule, operation, scimType) => {
    const user = await aUser({ title: 'before' });
    const answer = await tenant.scim(
      'PATCH',
      `/Users/${user.id}`,
      patch({ op: 'replace', path: 'title', value: 'half' }, operation),
    );
    expect([answer.status, answer.body.scimType]).toEqual([400, scimType]);
    const { body } = await tenant.scim('GET', `/Users/${user.id}`);
    expect(body).toEqual(user);
  });

  test('__proto__ and constructor are ordinary keys', async () => {
    const user = await aUser();
    const body = `{"Operations":[{"op":"add","value":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}]}`;
    const { status } = await tenant.scim('PATCH', `/Users/${user.id}`, body);
    expect(status).toBe(200);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('RFC 7644 section 3.6, delete', () => {
  test('answers 204, then 404 for every request, and frees the userName for a new user', async () => {
    const user = await aUser();
    expect((await tenant.scim('DELETE', `/Users/${user.id}`)).status).toBe(204);
    for (const method of ['GET', 'DELETE']) expect((await tenant.scim(method, `/Users/${user.id}`)).status).toBe(404);
    expect((await tenant.scim('PUT', `/Users/${user.id}`, user)).status).toBe(404);
    const next = await tenant.scim('POST', '/Users', oktaUser(user.userName, { externalId: 'new-hire' }));
    expect(next.status).toBe(201);
    expect(next.body.id).not.toBe(user.id);
    const { user: old } = await tenant.gql('query($id: ID!) { user(id: $id) { status } }', { id: user.id });
    expect(old.status).toBe('DEPROVISIONED');
  });

  test('a deleted user who is created again with the same externalId keeps the old id', async () => {
    const user = await aUser();
    await tenant.scim('DELETE', `/Users/${user.id}`);
    const back = await tenant.scim('POST', '/Users', oktaUser(user.userName));
    expect([back.status, back.body.id]).toEqual([201, user.id]);
    const types = (await tenant.events()).filter(({ subjectId }) => subjectId === user.id).map(({ type }) => type);
    expect(types).toEqual(['USER_PROVISIONED', 'USER_DEPROVISIONED', 'USER_REACTIVATED']);
  });

  test('an inactive user who is created again with the same externalId is reactivated', async () => {
    const user = await aUser();
    await tenant.scim('PATCH', `/Users/${user.id}`, patch({ op: 'replace', value: { active: false } }));
    const back = await tenant.scim('POST', '/Users', oktaUser(user.userName));
    expect([back.status, back.body.id, back.body.active]).toEqual([201, user.id, true]);
  });
});

describe('RFC 7644 section 3.14, versions', () => {
  test('If-None-Match answers 304; a stale If-Match answers 412', async () => {
    const user = await aUser();
    const etag = user.meta.version;
    expect((await tenant.scim('GET', `/Users/${user.id}`, undefined, { 'if-none-match': etag })).status).toBe(304);
    const change = patch({ op: 'replace', path: 'title', value: 'A' });
    expect((await tenant.scim('PATCH', `/Users/${user.id}`, change, { 'if-match': etag })).status).toBe(200);
    const stale = patch({ op: 'replace', path: 'title', value: 'B' });
    expect((await tenant.scim('PATCH', `/Users/${user.id}`, stale, { 'if-match': etag })).status).toBe(412);
    expect((await tenant.scim('DELETE', `/Users/${user.id}`, undefined, { 'if-match': etag })).status).toBe(412);
  });
});

describe('a local suspension', () => {
  test('is not lifted by active: true, and remains after a deactivation', async () => {
    const user = await aUser();
    const suspend = 'mutation($id: ID!) { suspendUser(id: $id) { user { status suspendedAt } } }';
    const { suspendUser } = await tenant.gql(suspend, { id: user.id });
    expect(suspendUser.user.status).toBe('SUSPENDED');
    const set = (active: boolean) =>
      tenant.scim('PATCH', `/Users/${user.id}`, patch({ op: 'replace', value: { active } }));
    const status = async () =>
      (await tenant.gql('query($id: ID!) { user(id: $id) { status } }', { id: user.id })).user.status;
    await set(true);
    expect(await status()).toBe('SUSPENDED');
    await set(false);
    expect(await status()).toBe('DEPROVISIONED');
    await set(true);
    expect(await status()).toBe('SUSPENDED');
    await tenant.gql('mutation($id: ID!) { unsuspendUser(id: $id) { user { id } } }', { id: user.id });
    expect(await status()).toBe('ACTIVE');
  });
});

describe('projection (RFC 7644 section 3.9)', () => {
  test('attributes and excludedAttributes, with sub-attributes and URNs', async () => {
    const user = await aUser({ [enterprise]: { department: 'X', division: 'Y' } });
    const only = await tenant.scim(
      'GET',
      `/Users/${user.id}?attributes=userName,NAME.givenName,${enterprise}:department`,
    );
    expect(only.body).toEqual({
      schemas: user.schemas,
      id: user.id,
      userName: user.userName,
      name: { givenName: user.name.givenName },
      [enterprise]: { department: 'X' },
    });
    const except = await tenant.scim('GET', `/Users/${user.id}?excludedAttributes=id,emails,name.familyName`);
    expect(except.body).toMatchObject({ id: user.id, name: { givenName: user.name.givenName } });
    expect(except.body.emails).toBeUndefined();
    expect(except.body.name.familyName).toBeUndefined();
  });
});
