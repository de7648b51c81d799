import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ProviderName, providers } from '../../src/identity-providers/profiles/index.js';
import { App } from '../support/application.js';
import { Realm } from '../support/sign-ins.js';
import { type Anything, bulk, creation, eventually, oktaUser, patch, type Tenant, World } from '../support/world.js';

let world: World;
let app: App;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
});
afterAll(() => world.close());

const allProviders = (Object.keys(providers) as ProviderName[]).filter((name) => name !== 'TEST');
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const find = async (tenant: Tenant, id: string, fields: string) =>
  (await tenant.gql(`query($id: ID!) { user(id: $id) { ${fields} } }`, { id })).user;

/** How each provider deactivates a user, as its documentation or captured requests show. */
const deactivations: Record<string, unknown> = {
  ENTRA: patch({ op: 'Replace', path: 'active', value: 'False' }),
  OKTA: patch({ op: 'replace', value: { active: false } }),
  ONELOGIN: patch({ op: 'replace', value: { active: false } }),
  JUMPCLOUD: patch({ op: 'replace', value: { active: false } }),
};
const deactivation = (provider: string) =>
  deactivations[provider] ?? patch({ op: 'replace', path: 'active', value: false });

describe('the life of a user under SCIM', () => {
  test('discovery describes the server', async () => {
    const tenant = await world.tenant();
    for (const path of ['/ServiceProviderConfig', '/Schemas', '/ResourceTypes']) {
      expect((await tenant.scim('GET', path)).status).toBe(200);
    }
    const { body } = await tenant.scim('GET', '/ServiceProviderConfig');
    expect(body).toMatchObject({
      patch: { supported: true },
      filter: { supported: true },
      bulk: { supported: true },
      etag: { supported: true },
    });
  });

  test('the IdP and the application read the same', async () => {
    const tenant = await world.tenant();
    const sent = oktaUser('same@acme.test', {
      title: 'Engineer',
      timezone: 'Europe/Berlin',
      nickName: 'S',
      [enterprise]: { department: 'D', employeeNumber: '7', costCenter: 'C' },
    });
    const { body } = await tenant.scim('POST', '/Users', sent);
    const read = (await tenant.scim('GET', `/Users/${body.id}`)).body;
    expect(
      await find(
        tenant,
        body.id,
        'userName title timezone displayName givenName familyName department employeeNumber emails { value type primary } attributes',
      ),
    ).toEqual({
      userName: read.userName,
      title: read.title,
      timezone: read.timezone,
      displayName: read.displayName,
      givenName: read.name.givenName,
      familyName: read.name.familyName,
      department: read[enterprise].department,
      employeeNumber: read[enterprise].employeeNumber,
      emails: read.emails,
      attributes: { nickName: read.nickName, [enterprise]: { costCenter: 'C' } },
    });
  });

  test.each(allProviders)(
    '%s creates, changes and deactivates a user, and each step emits an event',
    async (provider) => {
      const tenant = await world.tenant({ provider });
      const { body, status } = await tenant.scim('POST', '/Users', oktaUser('jo@acme.test'));
      expect([status, (await find(tenant, body.id, 'status')).status]).toEqual([201, 'ACTIVE']);
      await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'title', value: 'Lead' }));
      const before = await tenant.scim('GET', `/Users/${body.id}`);
      await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'title', value: 'Lead' }));
      const after = await tenant.scim('GET', `/Users/${body.id}`);
      expect(after.body.meta.version).toBe(before.body.meta.version);
      const updates = (await tenant.events()).filter(({ type }: Anything) => type === 'USER_UPDATED');
      expect(updates).toMatchObject([{ changes: [{ path: 'title', before: null, after: 'Lead' }] }]);
      await tenant.scim('PATCH', `/Users/${body.id}`, deactivation(provider));
      expect((await find(tenant, body.id, 'status')).status).toBe('DEPROVISIONED');
      expect((await tenant.types()).filter((type) => type === 'USER_DEPROVISIONED')).toHaveLength(1);
    },
  );

  test('a deactivated user has no valid token after the response, and subscribers receive the event', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const { body } = await realm.tenant.scim('POST', '/Users', oktaUser(realm.email));
    const tokens = await (await realm.visit(realm.person('T2'))).tokens();
    const live = world.follow('subscription { userDeprovisioned { subjectId } }', {}, realm.tenant.key);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await realm.tenant.scim('PATCH', `/Users/${body.id}`, deactivation('OKTA'));
    await live.until(1);
    await live.stop();
    expect(live.seen).toEqual([{ subjectId: body.id }]);
    expect(await app.introspect(tokens.access_token)).toEqual({ active: false });
    await expect(app.refresh(tokens.refresh_token ?? '')).rejects.toThrow();
    expect(await realm.outcome(realm.person('T2'))).toBe('USER_DEPROVISIONED');
  });

  test('roles change with the membership in groups', async () => {
    const tenant = await world.tenant({ groupMappings: [{ group: 'Admins', roles: ['billing'] }] });
    const { body: user } = await tenant.scim('POST', '/Users', oktaUser('r@acme.test'));
    const { body: group } = await tenant.scim('POST', '/Groups', { displayName: 'Admins' });
    const roles = async () => (await find(tenant, user.id, 'roles')).roles;
    const change = (operation: unknown) => tenant.scim('PATCH', `/Groups/${group.id}`, patch(operation));
    await change({ op: 'add', path: 'members', value: [{ value: user.id }] });
    expect(await roles()).toEqual(['billing']);
    await change({ op: 'replace', path: 'displayName', value: 'Others' });
    expect(await roles()).toEqual([]);
    await change({ op: 'replace', path: 'displayName', value: 'Admins' });
    expect(await roles()).toEqual(['billing']);
    await tenant.scim('DELETE', `/Groups/${group.id}`);
    expect(await roles()).toEqual([]);
    expect((await tenant.types()).filter((type) => type === 'USER_ROLES_CHANGED')).toHaveLength(4);
  });

  test('each provider creates the same user in its own dialect', async () => {
    const shown: unknown[] = [];
    for (const provider of allProviders) {
      const tenant = await world.tenant({ provider });
      const core = oktaUser('uniform@acme.test', { [enterprise]: { department: 'D' } });
      const dialect = provider === 'ENTRA' ? { ...core, active: 'True', schemas: undefined } : core;
      const { body } = await tenant.scim('POST', '/Users', dialect);
      shown.push(
        await find(
          tenant,
          body.id,
          'userName displayName givenName familyName email emails { value type primary } department status active origin locale',
        ),
      );
    }
    expect(new Set(shown.map((person) => JSON.stringify(person))).size).toBe(1);
    expect(shown).toHaveLength(12);
  });

  test('deleting a user removes sessions, roles and group memberships', async () => {
    const realm = await Realm.make(world, app, 'oidc', { groupMappings: [{ group: 'g', roles: ['billing'] }] });
    const { body } = await realm.tenant.scim('POST', '/Users', oktaUser(realm.email));
    await realm.tenant.scim('POST', '/Groups', { displayName: 'g', members: [{ value: body.id }] });
    const tokens = await (await realm.visit(realm.person('T2'))).tokens();
    await realm.tenant.scim('DELETE', `/Users/${body.id}`);
    const left = await realm.user(body.id, 'status roles sessions { id } groups { totalCount }');
    expect(left).toEqual({ status: 'DEPROVISIONED', roles: [], sessions: [], groups: { totalCount: 0 } });
    await expect(app.refresh(tokens.refresh_token ?? '')).rejects.toThrow();
    const [event] = (await realm.tenant.events()).filter(({ type }: Anything) => type === 'USER_DEPROVISIONED');
    expect(event.data).toMatchObject({ sessionsRevoked: 1, rolesLost: ['billing'] });
  });

  test('one request creates hundreds of users', async () => {
    const tenant = await world.tenant();
    const users = Array.from({ length: 300 }, (_, n) => creation(`u${n}`, oktaUser(`bulk${n}@acme.test`)));
    const members = users.map(({ bulkId }) => ({ value: `bulkId:${bulkId}` }));
    const group = creation('g', { displayName: 'All', members }, '/Groups');
    const bad = creation('bad', { userName: '' });
    const { body } = await tenant.scim('POST', '/Bulk', bulk([...users, bad, group]));
    const statuses = body.Operations.map(({ status }: Anything) => Number(status.code ?? status));
    expect(statuses.filter((status: number) => status === 201)).toHaveLength(301);
    expect(statuses.filter((status: number) => status === 400)).toHaveLength(1);
    const types = await tenant.types();
    expect(types.filter((type) => type === 'USER_PROVISIONED')).toHaveLength(300);
    expect(types.filter((type) => type === 'GROUP_MEMBER_ADDED')).toHaveLength(300);
  });

  test('the request log names the tolerances that a request needed', async () => {
    const tenant = await world.tenant({ provider: 'ENTRA' });
    const { body } = await tenant.scim('POST', '/Users', oktaUser('quirk@acme.test'));
    await tenant.scim('PATCH', `/Users/${body.id}`, deactivation('ENTRA'));
    const { connection } = await tenant.gql(
      'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { quirks } } } }',
      { id: tenant.connectionId },
    );
    expect(connection.requests.nodes[0].quirks).toEqual(expect.arrayContaining(['opInAnyCase', 'booleanAsString']));
  });

  test('mappings set the attributes of the application, with a preview, for all existing users', async () => {
    const tenant = await world.tenant();
    const { body } = await tenant.scim(
      'POST',
      '/Users',
      oktaUser('map@acme.test', { 'urn:acme:User': { badge: '77' } }),
    );
    const mapping = [{ source: 'urn:acme:User:badge', target: 'badgeNumber' }];
    const { connection } = await tenant.gql(
      'query($c: ID!, $m: [AttributeMappingInput!]!, $u: [ID!]!) { connection(id: $c) { observedAttributes { source } previewMapping(attributeMappings: $m, userIds: $u) { mapped changes { path after } } } }',
      { c: tenant.connectionId, m: mapping, u: [body.id] },
    );
    expect(connection.observedAttributes.map(({ source }: Anything) => source)).toContain('urn:acme:User:badge');
    expect(connection.previewMapping).toEqual([
      { mapped: { badgeNumber: '77' }, changes: [{ path: 'badgeNumber', after: '77' }] },
    ]);
    expect((await find(tenant, body.id, 'attributes')).attributes.badgeNumber).toBeUndefined();
    await tenant.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
      i: { id: tenant.connectionId, attributeMappings: mapping },
    });
    await eventually(async () => (await find(tenant, body.id, 'attributes')).attributes.badgeNumber === '77');
  });

  test('a user who must be provisioned first reads on the page what to request', async () => {
    const realm = await Realm.make(world, app, 'oidc', { jit: { mode: 'UNLESS_SCIM' } });
    const visit = await realm.visit(realm.person('T2'));
    expect(visit.page.words).toContain('Ask your administrator for access.');
  });

  test('custom attributes are stored without a declaration, can be searched, are listed once declared, and are in events', async () => {
    const tenant = await world.tenant();
    const { body } = await tenant.scim(
      'POST',
      '/Users',
      oktaUser('ext@acme.test', { 'urn:acme:User': { shoe: '42' } }),
    );
    const filter = encodeURIComponent('urn:acme:User:shoe eq "42"');
    expect((await tenant.scim('GET', `/Users?filter=${filter}`)).body.totalResults).toBe(1);
    await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'urn:acme:User:shoe', value: '43' }));
    const [update] = (await tenant.events()).filter(({ type }: Anything) => type === 'USER_UPDATED');
    expect(update.changes).toEqual([{ path: 'urn:acme:User:shoe', before: '42', after: '43' }]);
    const schema = {
      id: 'urn:acme:User',
      name: 'Acme',
      attributes: [{ name: 'shoe', type: 'string', multiValued: false }],
    };
    await tenant.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
      i: { id: tenant.connectionId, scimExtensions: [schema] },
    });
    expect(JSON.stringify((await tenant.scim('GET', '/Schemas')).body)).toContain('urn:acme:User');
  });
});
