import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Scene } from '../../support/scene.js';
import { adminKey } from '../../support/server.js';
import { type Anything, eventually, oktaUser, patch, type Tenant } from '../../support/world.js';

let scene: Scene;
let tenant: Tenant;
let other: Tenant;
let person: string;
let group: string;
beforeAll(async () => {
  scene = await Scene.set();
  tenant = scene.tenant;
  other = await scene.world.tenant({}, 'Other');
  person = (await tenant.scim('POST', '/Users', oktaUser('ann@acme.test'))).body.id;
  group = (await tenant.scim('POST', '/Groups', { displayName: 'Sales' })).body.id;
}, 60_000);
afterAll(() => scene.close());

const now = async (): Promise<string> => (await tenant.gql('{ eventCursor }')).eventCursor;
const typesOf = (live: { seen: Anything[] }) => live.seen.map(({ type }) => type);
const subscriptions: Record<string, string> = {
  user: `subscription($id: ID!, $after: Cursor, $filter: EventFilter) {
    userChanged(userId: $id, after: $after, filter: $filter) { __typename type cursor position subjectId userId userAfter { active } } }`,
  group: `subscription($id: ID!, $after: Cursor, $filter: EventFilter) {
    groupChanged(groupId: $id, after: $after, filter: $filter) { __typename type cursor position subjectId groupId groupAfter { displayName } } }`,
  connection: `subscription($id: ID!, $after: Cursor, $filter: EventFilter) {
    connectionChanged(connectionId: $id, after: $after, filter: $filter) { __typename type cursor position connectionId } }`,
};
const follow = (kind: string, variables: Record<string, unknown>, key = tenant.key) =>
  scene.world.follow(subscriptions[kind] ?? kind, variables, key);

describe('one object', () => {
  test('userChanged sends the events of one user, typed, and no others', async () => {
    const live = follow('user', { id: person, after: await now() });
    const { body } = await tenant.scim('POST', '/Users', oktaUser('bob@acme.test'));
    await tenant.scim('PATCH', `/Groups/${group}`, patch({ op: 'add', path: 'members', value: [{ value: person }] }));
    await tenant.scim('PATCH', `/Users/${person}`, patch({ op: 'replace', value: { displayName: 'Ann B' } }));
    await tenant.scim('PATCH', `/Users/${person}`, patch({ op: 'replace', value: { active: false } }));
    await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
    await tenant.scim('PATCH', `/Users/${person}`, patch({ op: 'replace', value: { active: true } }));
    await live.until(3);
    await live.stop();
    expect(typesOf(live)).toEqual(['USER_UPDATED', 'USER_DEPROVISIONED', 'USER_REACTIVATED']);
    expect(live.seen[1]).toMatchObject({
      __typename: 'UserDeprovisionedEvent',
      userId: person,
      subjectId: person,
      userAfter: { active: false },
    });
  });

  test('groupChanged sends the events of one group with its members, and no others', async () => {
    const live = follow('group', { id: group, after: await now() });
    const { body } = await tenant.scim('POST', '/Groups', { displayName: 'Other' });
    const member = (await tenant.scim('POST', '/Users', oktaUser('member@acme.test'))).body.id;
    for (const id of [body.id, group])
      await tenant.scim('PATCH', `/Groups/${id}`, patch({ op: 'add', path: 'members', value: [{ value: member }] }));
    await tenant.scim('PATCH', `/Groups/${group}`, patch({ op: 'replace', path: 'displayName', value: 'Sales 2' }));
    await live.until(2);
    await live.stop();
    expect(live.seen).toMatchObject([
      { __typename: 'GroupMemberAddedEvent', groupId: group },
      { __typename: 'GroupUpdatedEvent', groupId: group, groupAfter: { displayName: 'Sales 2' } },
    ]);
  });

  test('a filter narrows the events, and cannot add others', async () => {
    const after = await now();
    const filter = { types: ['USER_DEPROVISIONED', 'GROUP_UPDATED'], userIds: [person] };
    const live = follow('user', { id: person, after, filter });
    await tenant.scim('PATCH', `/Groups/${group}`, patch({ op: 'replace', path: 'displayName', value: 'Sales 3' }));
    for (const active of [false, true])
      await tenant.scim('PATCH', `/Users/${person}`, patch({ op: 'replace', value: { active } }));
    await live.until(1);
    await tenant.scim('PATCH', `/Users/${person}`, patch({ op: 'replace', value: { active: false } }));
    await live.until(2);
    await live.stop();
    expect(typesOf(live)).toEqual(['USER_DEPROVISIONED', 'USER_DEPROVISIONED']);
    await tenant.scim('PATCH', `/Users/${person}`, patch({ op: 'replace', value: { active: true } }));
  });

  test('after a reconnect, the cursor of an event continues without a gap, with any key of the organization', async () => {
    const first = follow('user', { id: person, after: await now() });
    const rename = (displayName: string) =>
      tenant.scim('PATCH', `/Users/${person}`, patch({ op: 'replace', value: { displayName } }));
    await rename('one');
    await first.until(1);
    await first.stop();
    await rename('two');
    // A platform key follows the log of the user's organization.
    const second = scene.world.follow(subscriptions.user ?? '', { id: person, after: first.seen[0].cursor });
    await rename('three');
    await second.until(2);
    await second.stop();
    expect(typesOf(second)).toEqual(['USER_UPDATED', 'USER_UPDATED']);
  });

  test('connectionChanged includes mass changes, and can follow one connection', async () => {
    const after = await now();
    const second = await scene.connection({ scim: true, name: 'Second' });
    const live = follow('connection', { id: tenant.connectionId, after });
    const rotate = (connectionId: string) => scene.do('rotateScimToken', { connectionId });
    await rotate(second);
    // Deprovisioning most of the users of a connection is a mass change.
    const users: string[] = [];
    for (let n = 0; n < 60; n++)
      users.push((await tenant.scim('POST', '/Users', oktaUser(`mass-${n}@acme.test`))).body.id);
    for (const id of users)
      await tenant.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    await scene.do('updateConnection', { input: { id: tenant.connectionId, name: 'Renamed' } });
    const types = ['CONNECTION_UPDATED', 'CONNECTION_MASS_CHANGE'];
    await eventually(() => types.every((type) => typesOf(live).includes(type)), 30_000);
    await live.stop();
    expect(new Set(live.seen.map(({ connectionId }) => connectionId))).toEqual(new Set([tenant.connectionId]));
  }, 60_000);

  test('userDeprovisioned of one connection contains the users of that connection only', async () => {
    const made = await tenant.gql(
      'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { secret connection { id } } }',
      { i: { organizationId: tenant.organizationId, name: 'Third', provider: 'OKTA', scim: true } },
    );
    const { connection, secret } = made.createConnection;
    const live = scene.world.follow(
      'subscription($c: ID, $after: Cursor) { userProvisioned(connectionId: $c, after: $after) { userId } }',
      { c: connection.id, after: await now() },
      tenant.key,
    );
    await tenant.scim('POST', '/Users', oktaUser('first@acme.test'));
    const { body } = await scene.world.scim(connection.id, secret, 'POST', '/Users', oktaUser('third@acme.test'));
    await live.until(1);
    await live.stop();
    expect(live.seen).toEqual([{ userId: body.id }]);
  });
});

describe('refused as the query of the object', () => {
  const refusal = async (kind: string, id: string, key: string): Promise<Anything> => {
    const live = follow(kind, { id }, key);
    await live.until(1);
    await live.stop();
    const [{ message, extensions }] = live.seen[0].errors;
    return { message, code: extensions.code };
  };

  test.each(['user', 'group', 'connection'])(
    '%s: an id of another tenant, an unknown id, and a malformed one',
    async (kind) => {
      const id = { user: person, group, connection: tenant.connectionId }[kind] ?? '';
      const foreign = await refusal(kind, id, other.key);
      expect(foreign.code).toBe('NOT_FOUND');
      for (const unknown of [`${id.slice(0, id.indexOf('_'))}_01aaaaaaaaaaaaaaaaaaaaaaaa`, 'nothing'])
        for (const key of [other.key, tenant.key]) expect(await refusal(kind, unknown, key)).toEqual(foreign);
      expect(await refusal(kind, `${id.slice(0, id.indexOf('_'))}_01aaaaaaaaaaaaaaaaaaaaaaaa`, adminKey)).toEqual(
        foreign,
      );
    },
  );

  test.each(['user', 'group', 'connection'])('%s: without the permission of the query', async (kind) => {
    const id = { user: person, group, connection: tenant.connectionId }[kind] ?? '';
    const events = (await scene.key(['EVENTS_READ'])).secret;
    const { errors } = await scene.world.request(`query($id: ID!) { ${kind}(id: $id) { id } }`, { id }, events);
    expect(await refusal(kind, id, events)).toEqual({ message: errors[0].message, code: 'FORBIDDEN' });
  });

  test('without the permission to read events', async () => {
    const member = await scene.signIn();
    const reader = (await scene.key(['DIRECTORY_READ'])).secret;
    for (const key of [member.accessToken, reader])
      expect((await refusal('user', member.user.id, key)).code).toBe('FORBIDDEN');
  });

  test('a setup link does not follow events', async () => {
    const link = await scene.setupLink(tenant.connectionId);
    expect((await refusal('connection', tenant.connectionId, link)).code).toBe('FORBIDDEN');
  });

  test('a connection inside and outside the filter', async () => {
    const live = follow('connection', { id: tenant.connectionId, filter: { connectionIds: [tenant.connectionId] } });
    await live.until(1);
    await live.stop();
    expect(live.seen[0].errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'connectionId' });
  });

  test('groupMembershipChanged of a group of another tenant', async () => {
    const query = 'subscription($id: ID) { groupMembershipChanged(groupId: $id) { id } }';
    expect((await refusal(query, group, other.key)).code).toBe('NOT_FOUND');
  });
});

test('a revoked key ends the subscription of one user', async () => {
  const key = await scene.key(['EVENTS_READ', 'DIRECTORY_READ']);
  const live = follow('user', { id: person, after: await now() }, key.secret);
  await tenant.scim('PATCH', `/Users/${person}`, patch({ op: 'replace', value: { displayName: 'before' } }));
  await live.until(1);
  await scene.do('revokeApiKey', { id: key.id });
  await eventually(() => live.closed() !== undefined);
  await tenant.scim('PATCH', `/Users/${person}`, patch({ op: 'replace', value: { displayName: 'after' } }));
  await live.stop();
  expect(live.closed()).toMatchObject({ code: 4403 });
  expect(live.seen).toHaveLength(1);
});
