import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, oktaUser, patch, type Tenant, World } from '../../support/world.js';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
let world: World;
let entra: Tenant;
let okta: Tenant;
let number = 0;
beforeAll(async () => {
  world = await World.shared();
  entra = await world.tenant({ name: 'Entra', provider: 'ENTRA' });
  okta = await world.tenant();
});
afterAll(() => world.close());

const aUser = async (tenant: Tenant, more: Anything = {}) =>
  (await tenant.scim('POST', '/Users', { userName: `d${number++}@acme.com`, ...more })).body;

describe('Entra, on users', () => {
  test('E20 to E27: create as Entra sends it', async () => {
    const { status, body } = await entra.scim('POST', '/Users', {
      schemas: [
        'urn:ietf:params:scim:schemas:core:2.0:User',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0User',
      ],
      externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
      userName: 'Create_Entra@acme.com',
      active: 'True',
      addresses: null,
      title: null,
      department: null,
      manager: null,
      emails: [{ primary: 'true', type: 'work', value: 'create@acme.com' }],
      meta: { resourceType: 'User' },
      roles: [],
      [enterprise]: { department: 'D', costCenter: 42 },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      active: true,
      emails: [{ primary: true }],
      [enterprise]: { department: 'D', costCenter: '42' },
    });
    expect(body.schemas).toEqual(['urn:ietf:params:scim:schemas:core:2.0:User', enterprise]);
  });

  test('the manager is shown with a name after the user is created', async () => {
    const boss = await aUser(entra, { displayName: 'The Boss' });
    const user = await aUser(entra, { [enterprise]: { manager: { value: boss.id } } });
    const { body } = await entra.scim('GET', `/Users/${user.id}`);
    expect(body[enterprise].manager).toMatchObject({ value: boss.id, displayName: 'The Boss' });
    const { user: seen } = await entra.gql(
      'query($id: ID!) { user(id: $id) { manager { id directReports { totalCount } } } }',
      { id: user.id },
    );
    expect(seen.manager).toEqual({ id: boss.id, directReports: { totalCount: 1 } });
  });

  test('E01, D9: the connection test searches for an unknown user and receives an empty list', async () => {
    for (const attribute of ['userName', 'externalId', 'emails[type eq "work"].value']) {
      const { status, body } = await entra.scim('GET', `/Users?filter=${encodeURIComponent(attribute)}+eq+"7c1f6a3e"`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ totalResults: 0, Resources: [] });
    }
  });
});

describe('Entra, on groups', () => {
  const remove = (id: string) => patch({ op: 'Remove', path: 'members', value: [{ $ref: null, value: id }] });

  test('D4, E81: members removed by value are removed, and no others', async () => {
    const [a, b] = [await aUser(entra), await aUser(entra)];
    const schemas = [
      'urn:ietf:params:scim:schemas:core:2.0:Group',
      'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
    ];
    const created = await entra.scim('POST', '/Groups', {
      schemas,
      displayName: 'G',
      externalId: 'g1',
      members: [{ value: a.id }, { value: b.id }],
    });
    expect(created).toMatchObject({ status: 201, body: { externalId: 'g1' } });
    const answer = await entra.scim('PATCH', `/Groups/${created.body.id}`, remove(a.id));
    expect(answer.body.members.map(({ value }: Anything) => value)).toEqual([b.id]);
  });

  test('E05: a reference check by id and manager, by id and members', async () => {
    const boss = await aUser(entra);
    const user = await aUser(entra, { [enterprise]: { manager: { value: boss.id } } });
    const find = async (filter: string) =>
      (await entra.scim('GET', `/Users?attributes=id&filter=${encodeURIComponent(filter)}`)).body.totalResults;
    expect(await find(`id eq "${user.id}" and manager eq "${boss.id}"`)).toBe(1);
    expect(await find(`id eq "${user.id}" and manager eq "${user.id}"`)).toBe(0);
  });
});

describe('Okta', () => {
  test('D11: a rename that includes the id', async () => {
    const { body } = await okta.scim('POST', '/Groups', { displayName: 'Old', members: [] });
    const answer = await okta.scim(
      'PATCH',
      `/Groups/${body.id}`,
      patch({ op: 'replace', value: { id: body.id, displayName: 'New' } }),
    );
    expect(answer).toMatchObject({ status: 200, body: { displayName: 'New', id: body.id } });
  });

  test('O12: a remove and an add of members in one request', async () => {
    const [a, b] = [await aUser(okta), await aUser(okta)];
    const { body } = await okta.scim('POST', '/Groups', { displayName: 'G', members: [{ value: a.id }] });
    const operations = [
      { op: 'remove', path: `members[value eq "${a.id}"]` },
      { op: 'add', path: 'members', value: [{ value: b.id, display: 'b' }] },
    ];
    const answer = await okta.scim('PATCH', `/Groups/${body.id}`, patch(...operations));
    expect(answer.body.members.map(({ value }: Anything) => value)).toEqual([b.id]);
  });

  test('D12, O05: PUT of the complete resource with its read-only attributes', async () => {
    const { body } = await okta.scim('POST', '/Users', oktaUser('whole@acme.com'));
    const put = {
      ...body,
      groups: [{ value: 'x' }],
      name: { ...body.name, middleName: '' },
      password: 'p',
      schemas: [],
    };
    expect((await okta.scim('PUT', `/Users/${body.id}`, put)).body).toEqual(body);
  });

  test('O09: a password is accepted and never returned', async () => {
    const user = await aUser(okta);
    const answer = await okta.scim(
      'PATCH',
      `/Users/${user.id}`,
      patch({ op: 'replace', value: { password: 'hunter2-secret' } }),
    );
    expect(answer.status).toBe(200);
    expect(JSON.stringify([answer.body, await okta.events()])).not.toContain('hunter2');
  });

  test('D22: a POST that is repeated after a timeout is 409, and the filter finds the first user', async () => {
    const body = oktaUser('again@acme.com');
    const first = await okta.scim('POST', '/Users', body);
    expect((await okta.scim('POST', '/Users', body)).status).toBe(409);
    const found = await okta.scim(
      'GET',
      `/Users?filter=${encodeURIComponent('userName eq "again@acme.com"')}&startIndex=1&count=100`,
    );
    expect(found.body.Resources[0].id).toBe(first.body.id);
  });
});

describe('across providers', () => {
  test.each([
    "o'brien@acme.com",
    'a+b@acme.com',
    'x#EXT#@acme.com',
    'back\\slash@acme.com',
    'sp ace@acme.com',
    '名前@acme.com',
    'quo"te@acme.com',
    '100%@acme.com',
  ])('D17, Z16: %s is found by the sent value', async (userName) => {
    expect((await okta.scim('POST', '/Users', { userName })).body.userName).toBe(userName);
    const filter = encodeURIComponent(`userName eq ${JSON.stringify(userName.toUpperCase())}`);
    expect((await okta.scim('GET', `/Users?filter=${filter}`)).body.totalResults).toBe(1);
  });

  test('D15, D19, D20, L03: spelling, types, several primaries', async () => {
    const user = await aUser(okta, {
      ACTIVE: 'true',
      Emails: [
        { Value: 'a@b.c', primary: true },
        { value: 'd@e.f', primary: 'true' },
      ],
      [enterprise]: { employeeNumber: 42 },
      phoneNumbers: [{ type: 'work', value: null }],
    });
    expect(user).toMatchObject({
      active: true,
      emails: [
        { value: 'a@b.c', primary: false },
        { value: 'd@e.f', primary: true },
      ],
      [enterprise]: { employeeNumber: '42' },
    });
    expect(user.phoneNumbers).toBeUndefined();
    const answer = await okta.scim('PATCH', `/Users/${user.id}`, {
      operations: [{ Op: 'replace', PATH: 'TITLE', Value: 'T' }],
    });
    expect(answer).toMatchObject({ status: 200, body: { title: 'T' } });
  });
});

describe('adoption of unmanaged users', () => {
  const create = 'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }';
  const aPerson = async (tenant: Tenant, userName: string, roles: string[] = []) =>
    (
      await tenant.gql(create, {
        i: { organizationId: tenant.organizationId, userName, emails: [{ value: userName }], roles },
      })
    ).createUser.user.id;
  const own = async (tenant: Tenant, domain: string) => {
    const add =
      'mutation($o: ID!, $d: String!, $c: [ID!]) { addDomain(organizationId: $o, domain: $d, connectionIds: $c) { domain { id } } }';
    const { addDomain } = await tenant.gql(add, { o: tenant.organizationId, d: domain, c: [tenant.connectionId] });
    await tenant.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
      id: addDomain.domain.id,
    });
  };

  test('owned: POST and PUT adopt with the old id, the next request can change the address', async () => {
    const tenant = await world.tenant();
    await own(tenant, 'owned.com');
    const [posted, put] = [await aPerson(tenant, 'posted@owned.com'), await aPerson(tenant, 'put@owned.com')];
    expect((await tenant.scim('GET', '/Users')).body.totalResults).toBe(0);
    const answer = await tenant.scim(
      'POST',
      '/Users',
      oktaUser('posted@owned.com', { emails: [{ value: 'else@owned.com' }], title: 'T' }),
    );
    expect(answer).toMatchObject({
      status: 201,
      body: { id: posted, title: 'T', emails: [{ value: 'posted@owned.com' }] },
    });
    expect((await tenant.scim('PUT', `/Users/${put}`, oktaUser('renamed@owned.com'))).body).toMatchObject({
      id: put,
      userName: 'put@owned.com',
    });
    expect((await tenant.scim('PUT', `/Users/${put}`, oktaUser('renamed@owned.com'))).body).toMatchObject({
      id: put,
      userName: 'renamed@owned.com',
    });
    expect((await tenant.types()).filter((type) => type === 'USER_ADOPTED')).toHaveLength(2);
    expect((await tenant.scim('GET', '/Users')).body.totalResults).toBe(2);
  });

  test('not owned, administrative, or CONFLICT: refused, found by lookup, unchanged', async () => {
    const tenant = await world.tenant();
    const foreign = await aPerson(tenant, 'f@foreign.com');
    expect((await tenant.scim('POST', '/Users', oktaUser('f@foreign.com'))).status).toBe(409);
    expect((await tenant.scim('GET', `/Users/${foreign}`)).status).toBe(200);
    expect((await tenant.scim('PUT', `/Users/${foreign}`, oktaUser('f@foreign.com'))).status).toBe(403);
    expect((await tenant.scim('DELETE', `/Users/${foreign}`)).status).toBe(403);
    await own(tenant, 'own2.com');
    const chief = await aPerson(tenant, 'chief@own2.com', ['org:admin']);
    expect(
      (await tenant.scim('PATCH', `/Users/${chief}`, patch({ op: 'replace', value: { active: false } }))).status,
    ).toBe(403);
    await aPerson(tenant, 'c@own2.com');
    await tenant.gql(
      'mutation($id: ID!) { updateConnection(input: { id: $id, onExisting: CONFLICT }) { connection { id } } }',
      { id: tenant.connectionId },
    );
    const conflict = await tenant.scim('POST', '/Users', oktaUser('c@own2.com'));
    expect([conflict.status, conflict.body.scimType]).toEqual([409, 'uniqueness']);
    expect((await tenant.types()).filter((type) => /ADOPTED|DEPROVISIONED/.test(type))).toEqual([]);
  });

  test('deleting a connection keeps its users, or deprovisions each with an event before the deletion', async () => {
    for (const users of ['KEEP', 'DEPROVISION']) {
      const tenant = await world.tenant();
      const { body } = await tenant.scim('POST', '/Users', oktaUser('kept@x.com'));
      await tenant.gql(`mutation($id: ID!) { deleteConnection(id: $id, users: ${users}) { deletedId } }`, {
        id: tenant.connectionId,
      });
      const { user } = await tenant.gql('query($id: ID!) { user(id: $id) { status scimManaged deprovisionReason } }', {
        id: body.id,
      });
      const closed = users === 'DEPROVISION';
      expect(user).toEqual({
        status: closed ? 'DEPROVISIONED' : 'ACTIVE',
        scimManaged: false,
        deprovisionReason: closed ? 'CONNECTION_DELETED' : null,
      });
      expect((await tenant.types()).slice(-2)).toEqual([
        closed ? 'USER_DEPROVISIONED' : 'USER_UPDATED',
        'CONNECTION_DELETED',
      ]);
      expect((await tenant.scim('GET', '/Users')).status).toBe(401);
    }
  });
});
