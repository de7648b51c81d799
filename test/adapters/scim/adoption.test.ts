import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from '../../../src/storage/sql.js';
import { type Anything, patch, type Tenant, World } from '../../support/world.js';

// Each row of the adoption table in docs/scim.md: the user that is found, and the results of POST, PUT, GET, DELETE and lists.
let world: World;
const tenants: Record<string, Tenant> = {};
let number = 0;
beforeAll(async () => {
  world = await World.shared();
  for (const onExisting of ['ADOPT', 'CONFLICT', 'REVIEW'] as const) {
    const tenant = await world.tenant({ onExisting });
    const { addDomain } = await tenant.gql(
      'mutation($o: ID!, $c: [ID!]) { addDomain(organizationId: $o, domain: "owned.test", connectionIds: $c) { domain { id } } }',
      { o: tenant.organizationId, c: [tenant.connectionId] },
    );
    // A domain is verified for one organization only, so the others get their own.
    if (onExisting === 'ADOPT')
      await tenant.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
        id: addDomain.domain.id,
      });
    else {
      const { addDomain: own } = await tenant.gql(
        'mutation($o: ID!, $c: [ID!], $d: String!) { addDomain(organizationId: $o, domain: $d, connectionIds: $c) { domain { id } } }',
        { o: tenant.organizationId, c: [tenant.connectionId], d: `${onExisting.toLowerCase()}.test` },
      );
      await tenant.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
        id: own.domain.id,
      });
    }
    tenants[onExisting] = tenant;
  }
});
afterAll(() => world.close());

const owned = { ADOPT: 'owned.test', CONFLICT: 'conflict.test', REVIEW: 'review.test' } as Record<string, string>;
const of = (policy: string) => tenants[policy] as Tenant;
const inApp = async (policy: string, userName: string, more: Anything = {}): Promise<string> => {
  const tenant = of(policy);
  const { createUser } = await tenant.gql(
    'mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
    {
      input: { organizationId: tenant.organizationId, userName, emails: [{ value: userName }], ...more },
    },
  );
  return createUser.user.id;
};
const stateOf = async (policy: string, id: string) =>
  (
    await of(policy).gql(
      `query($id: ID!) { user(id: $id) {
        status userName email title scimManaged deprovisionReason managedBy { id } identities { externalId }
      } }`,
      { id },
    )
  ).user;
const post = (policy: string, userName: string, more: Anything = {}) =>
  of(policy).scim('POST', '/Users', { userName, externalId: `x-${userName}`, emails: [{ value: userName }], ...more });
const find = async (policy: string, filter: string) =>
  (await of(policy).scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body.Resources.map(
    ({ id }: Anything) => id,
  );
const plain = async (policy: string): Promise<string[]> =>
  (await of(policy).scim('GET', '/Users?count=200')).body.Resources.map(({ id }: Anything) => id);
const fresh = (domain = 'elsewhere.test') => `p${number++}@${domain}`;

describe('the user that a SCIM write finds', () => {
  test('no user: 201, and 404 for an unknown id', async () => {
    expect((await post('ADOPT', fresh())).status).toBe(201);
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', { userName: 'x' }],
      ['PATCH', patch()],
      ['DELETE', undefined],
    ] as const)
      expect((await of('ADOPT').scim(method, '/Users/user_00000000000000000000000000', body)).status).toBe(404);
  });

  test('managed and active: 409 with the attribute', async () => {
    const name = fresh();
    await post('ADOPT', name);
    const retry = await post('ADOPT', name);
    expect([retry.status, retry.body.scimType, retry.body.detail]).toEqual([
      409,
      'uniqueness',
      expect.stringContaining('externalId'),
    ]);
    const other = await post('ADOPT', name, { externalId: 'another' });
    expect([other.status, other.body.detail]).toEqual([409, expect.stringContaining('userName')]);
    expect(await find('ADOPT', `userName eq "${name}"`)).toHaveLength(1);
  });

  test('managed and inactive: the same externalId reactivates the user; only the same userName is 409', async () => {
    const name = fresh();
    const { body } = await post('ADOPT', name);
    await of('ADOPT').scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
    expect(await plain('ADOPT')).toContain(body.id);
    expect((await post('ADOPT', name, { externalId: 'another' })).status).toBe(409);
    expect((await post('ADOPT', name, { externalId: undefined })).status).toBe(409);
    const back = await post('ADOPT', name, { title: 'Back' });
    expect([back.status, back.body.id, back.headers.get('location')]).toEqual([
      201,
      body.id,
      expect.stringContaining(body.id),
    ]);
    const events = (await of('ADOPT').events()).filter(({ subjectId }) => subjectId === body.id);
    expect(events.map(({ type }) => type).slice(-2)).toEqual(['USER_UPDATED', 'USER_REACTIVATED']);
  });

  test('a tombstone: the same externalId restores the old id and its pending groups; anything else creates a user', async () => {
    const tenant = of('ADOPT');
    const name = fresh();
    const { body } = await post('ADOPT', name);
    const { body: group } = await tenant.scim('POST', '/Groups', { displayName: 'Waiting' });
    await tenant.scim('DELETE', `/Users/${body.id}`);
    for (const method of ['GET', 'DELETE']) expect((await tenant.scim(method, `/Users/${body.id}`)).status).toBe(404);
    expect(await plain('ADOPT')).not.toContain(body.id);
    const add = patch({ op: 'add', path: 'members', value: [{ value: body.id }] });
    expect((await tenant.scim('PATCH', `/Groups/${group.id}`, add)).status).toBe(200);
    expect((await tenant.scim('GET', `/Groups/${group.id}`)).body.members ?? []).toEqual([]);
    const twin = await post('ADOPT', name, { externalId: 'new-hire' });
    expect([twin.status, twin.body.id === body.id]).toEqual([201, false]);
    await tenant.scim('DELETE', `/Users/${twin.body.id}`);
    const back = await post('ADOPT', name);
    expect([back.status, back.body.id]).toEqual([201, body.id]);
    expect((await tenant.scim('GET', `/Groups/${group.id}`)).body.members).toMatchObject([{ value: body.id }]);
    expect((await tenant.types()).slice(-2)).toEqual(['USER_REACTIVATED', 'GROUP_MEMBER_ADDED']);
  });

  test('unmanaged and owned, ADOPT: 201 with the existing id; that request does not change userName and email', async () => {
    const name = fresh(owned.ADOPT);
    const id = await inApp('ADOPT', name);
    expect(await plain('ADOPT')).not.toContain(id);
    expect(await find('ADOPT', `userName eq "${name}"`)).toEqual([id]);
    expect(await find('ADOPT', `emails.value eq "${name}"`)).toEqual([id]);
    expect(await find('ADOPT', `title pr`)).not.toContain(id);
    const answer = await post('ADOPT', name.toUpperCase(), { title: 'T', emails: [{ value: 'thief@evil.test' }] });
    expect([answer.status, answer.body.id]).toEqual([201, id].map((x) => x));
    expect(await stateOf('ADOPT', id)).toMatchObject({ userName: name, email: name, title: 'T', scimManaged: true });
    expect(await plain('ADOPT')).toContain(id);
    const adopted = (await of('ADOPT').events()).find(
      ({ subjectId, type }) => subjectId === id && type === 'USER_ADOPTED',
    );
    expect(adopted.data).toMatchObject({ fromOrigin: 'API', connectionId: of('ADOPT').connectionId });
  });

  test('unmanaged and owned: the first PATCH adopts, a DELETE deprovisions', async () => {
    const [one, two] = [await inApp('ADOPT', fresh(owned.ADOPT)), await inApp('ADOPT', fresh(owned.ADOPT))];
    const answer = await of('ADOPT').scim(
      'PATCH',
      `/Users/${one}`,
      patch({ op: 'add', path: 'externalId', value: 'e1' }),
    );
    expect(answer.status).toBe(200);
    expect(await stateOf('ADOPT', one)).toMatchObject({ scimManaged: true, identities: [{ externalId: 'e1' }] });
    expect((await of('ADOPT').scim('DELETE', `/Users/${two}`)).status).toBe(204);
    expect(await stateOf('ADOPT', two)).toMatchObject({ status: 'DEPROVISIONED', deprovisionReason: 'IDP_DELETED' });
  });

  test('unmanaged and owned, CONFLICT: 409 with the next step in its detail; then PUT adopts', async () => {
    const name = fresh(owned.CONFLICT);
    const id = await inApp('CONFLICT', name);
    const answer = await post('CONFLICT', name);
    expect([answer.status, answer.body.scimType, answer.body.detail]).toEqual([
      409,
      'uniqueness',
      expect.stringContaining('PUT'),
    ]);
    const put = await of('CONFLICT').scim('PUT', `/Users/${id}`, { userName: name, externalId: 'c1' });
    expect(put.status).toBe(200);
    expect((await stateOf('CONFLICT', id)).scimManaged).toBe(true);
  });

  test.each(['ADOPT', 'CONFLICT'])(
    'unmanaged and not owned, %s: 409; writes are 403; the user is unchanged',
    async (policy) => {
      const name = fresh('foreign.test');
      const id = await inApp(policy, name, { title: 'Mine' });
      const before = await stateOf(policy, id);
      expect((await post(policy, name)).status).toBe(409);
      const tenant = of(policy);
      expect((await tenant.scim('GET', `/Users/${id}`)).status).toBe(200);
      const refused = await tenant.scim(
        'PATCH',
        `/Users/${id}`,
        patch({ op: 'replace', path: 'title', value: 'Theirs' }),
      );
      expect([refused.status, refused.body.detail]).toEqual([403, expect.stringContaining('domain')]);
      expect((await tenant.scim('PUT', `/Users/${id}`, { userName: name })).status).toBe(403);
      expect((await tenant.scim('DELETE', `/Users/${id}`)).status).toBe(403);
      expect(await stateOf(policy, id)).toEqual(before);
    },
  );

  test('an administrator is not adopted, in any domain', async () => {
    const name = fresh(owned.ADOPT);
    const id = await inApp('ADOPT', name, { roles: ['admin'] });
    expect((await post('ADOPT', name)).status).toBe(409);
    expect((await stateOf('ADOPT', id)).scimManaged).toBe(false);
  });

  test('managed by another connection: 409 without details; 404; not found by lookups', async () => {
    const tenant = of('ADOPT');
    const { createConnection } = await tenant.gql(
      'mutation($input: CreateConnectionInput!) { createConnection(input: $input) { scimToken connection { id } } }',
      { input: { organizationId: tenant.organizationId, name: 'Other', provider: 'ENTRA', scim: true } },
    );
    const { connection, scimToken } = createConnection;
    const other = (method: string, path: string, body?: unknown) =>
      world.scim(connection.id, scimToken, method, path, body);
    const name = fresh();
    const { body } = await post('ADOPT', name, { externalId: 'theirs' });
    const answer = await other('POST', '/Users', { userName: name, externalId: 'theirs' });
    expect([answer.status, answer.body.detail]).toEqual([
      409,
      `The userName "${name}" is already used by another user of this organization. Use another userName, or change that user.`,
    ]);
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const sent = method === 'PUT' ? { userName: name } : method === 'PATCH' ? patch() : undefined;
      expect((await other(method, `/Users/${body.id}`, sent)).status).toBe(404);
    }
    for (const filter of [`userName eq "${name}"`, 'externalId eq "theirs"', `id eq "${body.id}"`])
      expect((await other('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults).toBe(0);
  });
});

describe('REVIEW and settleAdoption', () => {
  const adoptionRequests = async () =>
    (
      await of('REVIEW').gql(
        'query($id: ID!) { connection(id: $id) { pendingAdoptions { nodes { user { id } account } } } }',
        {
          id: of('REVIEW').connectionId,
        },
      )
    ).connection.pendingAdoptions.nodes;
  const resolve = (userId: string, accept: boolean, key = of('REVIEW').key) =>
    world.request(
      `mutation($u: ID!, $c: ID!, $a: Boolean!) { settleAdoption(userId: $u, connectionId: $c, accept: $a) { user { id } } }`,
      { u: userId, c: of('REVIEW').connectionId, a: accept },
      key,
    );

  test('owned: adopted at once', async () => {
    const name = fresh(owned.REVIEW);
    const id = await inApp('REVIEW', name);
    expect((await post('REVIEW', name)).body.id).toBe(id);
    expect((await stateOf('REVIEW', id)).scimManaged).toBe(true);
  });

  test('a user that has since been deleted is not adopted', async () => {
    const name = fresh('foreign.test');
    const id = await inApp('REVIEW', name);
    await post('REVIEW', name);
    await world.database().query(sql`update users set deleted_at = now() where id = ${id}`);
    expect((await resolve(id, true)).errors[0].extensions.code).toBe('NOT_FOUND');
    expect((await resolve(id, false)).errors).toBeUndefined();
  });

  test('not owned: 201 pending, the user unchanged and not shown; merged after the request is accepted', async () => {
    const name = fresh('foreign.test');
    const id = await inApp('REVIEW', name, { title: 'Secret title' });
    const before = await stateOf('REVIEW', id);
    const events = (await of('REVIEW').events()).length;
    const answer = await post('REVIEW', name, { displayName: 'From the IdP', active: true });
    expect([answer.status, answer.body.id, answer.body.displayName]).toEqual([201, id, 'From the IdP']);
    expect(JSON.stringify(answer.body)).not.toContain('Secret title');
    expect(await stateOf('REVIEW', id)).toEqual(before);
    expect((await of('REVIEW').events()).length).toBe(events);
    // A repeat by another write: one request, with the newest values.
    await post('REVIEW', name, { displayName: 'Newer' });
    const write = await of('REVIEW').scim('PATCH', `/Users/${id}`, patch({ op: 'add', path: 'nickName', value: 'N' }));
    expect(write.status).toBe(403);
    const mine = (await adoptionRequests()).filter(({ user }: Anything) => user.id === id);
    expect(mine).toMatchObject([{ account: { externalId: `x-${name}`, profile: { displayName: 'Newer' } } }]);

    await post('REVIEW', name, { displayName: 'Newest', emails: [{ value: 'thief@evil.test' }] });
    expect((await resolve(id, true)).data.settleAdoption.user.id).toBe(id);
    expect(await stateOf('REVIEW', id)).toMatchObject({
      scimManaged: true,
      userName: name,
      email: name,
      identities: [{ externalId: `x-${name}` }],
    });
    const { body } = await of('REVIEW').scim('GET', `/Users/${id}`);
    expect(body.displayName).toBe('Newest');
    expect((await resolve(id, true)).errors[0].extensions.code).toBe('NOT_FOUND');
  });

  test('rejected: 409 from then on', async () => {
    const name = fresh('foreign.test');
    const id = await inApp('REVIEW', name);
    await post('REVIEW', name);
    await resolve(id, false);
    expect((await post('REVIEW', name)).status).toBe(409);
    expect((await adoptionRequests()).some(({ user }: Anything) => user.id === id)).toBe(false);
  });

  test('a key of another tenant cannot resolve the request', async () => {
    const name = fresh('foreign.test');
    const id = await inApp('REVIEW', name);
    await post('REVIEW', name);
    expect((await resolve(id, true, of('ADOPT').key)).errors[0].extensions.code).toBe('NOT_FOUND');
    expect((await stateOf('REVIEW', id)).scimManaged).toBe(false);
  });
});

describe('managers and soft deletes', () => {
  const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  test("RFC7643 4.3 a manager named by the IdP's id or by userName is resolved as soon as the manager is created", async () => {
    const tenant = of('ADOPT');
    const [boss, report, other] = [fresh(), fresh(), fresh()];
    const { body: one } = await post('ADOPT', report, { [enterprise]: { manager: { value: `x-${boss}` } } });
    const { body: two } = await post('ADOPT', other, { [enterprise]: { manager: boss.toUpperCase() } });
    expect(one[enterprise].manager).toEqual({ value: `x-${boss}` });
    const { body: manager } = await post('ADOPT', boss, { displayName: 'Boss' });
    for (const id of [one.id, two.id]) {
      const { user } = await tenant.gql('query($id: ID!) { user(id: $id) { manager { id } } }', { id });
      expect([id, user.manager?.id]).toEqual([id, manager.id]);
      const { body } = await tenant.scim('GET', `/Users/${id}`);
      expect(body[enterprise].manager).toMatchObject({ value: manager.id, displayName: 'Boss' });
    }
  });

  test('D23 entra: the soft delete renames and deactivates; the restore reactivates the same user; no second user is created', async () => {
    const tenant = of('ADOPT');
    const name = fresh();
    const { body } = await post('ADOPT', name);
    const deleted = `${'0af3'.repeat(8)}${name}`;
    const change = (userName: string, active: string) =>
      tenant.scim(
        'PATCH',
        `/Users/${body.id}`,
        patch({ op: 'Replace', path: 'userName', value: userName }, { op: 'Replace', path: 'active', value: active }),
      );
    expect((await change(deleted, 'False')).body).toMatchObject({ userName: deleted, active: false });
    expect((await post('ADOPT', name)).body.id).toBe(body.id);
    await change(deleted, 'False');
    expect((await change(name, 'True')).body).toMatchObject({ userName: name, active: true, id: body.id });
    expect(await stateOf('ADOPT', body.id)).toMatchObject({ status: 'ACTIVE', email: name });
  });
});
