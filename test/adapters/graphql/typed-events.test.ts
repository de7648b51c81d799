import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isEnumType, isInterfaceType, isObjectType, parse, buildSchema as parseSchema, validate } from 'graphql';
import { buildSchema } from '../../../src/adapters/graphql/schema.js';
import type { Definition } from '../../../src/events/payloads/define.js';
import type { Structure } from '../../../src/events/payloads/field.js';
import { eventDefinitions } from '../../../src/events/payloads.js';
import { typedFields, typeNameOf } from '../../../src/events/typed-fields.js';
import { eventTypes } from '../../../src/events/types.js';
import { everyEventField } from '../../support/event-fields.js';
import { type Anything, oktaUser, patch, type Tenant, World } from '../../support/world.js';

const schema = buildSchema();
const definitions = Object.entries<Definition>(eventDefinitions);
let world: World;
let tenant: Tenant;
let person: string;
let group: string;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({ grantableRoles: ['billing'] });
  person = (await tenant.scim('POST', '/Users', oktaUser('ann@acme.test', { displayName: 'Ann' }))).body.id;
  group = (await tenant.scim('POST', '/Groups', { displayName: 'Sales', members: [{ value: person }] })).body.id;
  await tenant.gql('mutation($i: UpdateGroupInput!) { updateGroup(input: $i) { group { id } } }', {
    i: { id: group, roles: ['billing'] },
  });
});
afterAll(() => world.close());

const page =
  'query($o: ID!, $t: [EventType!]) { organization(id: $o) { events(first: 200, types: $t) { nodes { FIELDS } } } }';
const read = async (fields: string, types: string[], key = tenant.key): Promise<Anything> =>
  world.request(page.replace('FIELDS', fields), { o: tenant.organizationId, t: types }, key);
const nodesOf = async (fields: string, ...types: string[]): Promise<Anything[]> => {
  const { data, errors } = await read(fields, types);
  expect(errors).toBeUndefined();
  return data.organization.events.nodes;
};

describe('the schema follows from the definitions of the events', () => {
  test('each type of event has an object type behind the interface', () => {
    const interfaceType = schema.getType('Event');
    if (!isInterfaceType(interfaceType)) throw new Error('Event');
    const names = schema.getPossibleTypes(interfaceType).map(String);
    expect(names.sort()).toEqual(Object.values(eventTypes).map(typeNameOf).sort());
  });

  test('one name has one type in all events: one document can select every field of every type', () => {
    const query = `{ events { nodes { id user { id } ${everyEventField}
      ... on UserEvent { userId } ... on GroupEvent { groupId } ... on ConnectionEvent { connectionId } } } }`;
    expect(validate(schema, parse(query))).toEqual([]);
  });

  test('the enum of a field has the values of its definition', () => {
    const valuesOf = (type: Structure): [string, readonly string[]][] => {
      if (type.kind === 'nullable' || type.kind === 'list') return valuesOf(type.of);
      return type.kind === 'one of' && type.enumName ? [[type.enumName, type.values]] : [];
    };
    const used = definitions.flatMap(([, { state, shapes }]) =>
      [...(state && /^(User|Group)Data$/.test(state.name) ? [state.fields] : []), ...shapes].flatMap((fields) =>
        Object.values(fields).flatMap(({ type }) => valuesOf(type)),
      ),
    );
    const merged = new Map<string, Set<string>>();
    for (const [name, values] of used) merged.set(name, new Set([...(merged.get(name) ?? []), ...values]));
    expect(merged.size).toBeGreaterThan(4);
    for (const [name, values] of merged) {
      const type = schema.getType(name);
      if (!isEnumType(type)) throw new Error(name);
      expect([
        name,
        type
          .getValues()
          .map((value) => value.name)
          .sort(),
      ]).toEqual([name, [...values].sort()]);
    }
  });

  test('a field that an erasure removes is nullable', () => {
    const wrong = definitions.flatMap(([type, { shapes }]) => {
      const object = schema.getType(typeNameOf(type));
      if (!isObjectType(object)) return [type];
      const erased = shapes.flatMap((shape) =>
        Object.entries(shape).flatMap(([name, field]) => (field.isErased ? [field.apiName ?? name] : [])),
      );
      return erased.filter((name) => String(object.getFields()[name]?.type ?? '').endsWith('!'));
    });
    expect(wrong).toEqual([]);
  });

  test('stored operations validate', () => {
    const emitted = parseSchema(readFileSync('schema/schema.graphql', 'utf8'));
    for (const name of ['administration', 'events', 'import-export', 'users'])
      expect(validate(emitted, parse(readFileSync(`schema/operations/${name}.graphql`, 'utf8')))).toEqual([]);
  });
});

test('an event has its type, the state after the change, and the request that caused it', async () => {
  const fields = `__typename type epoch schemaVersion summary scrubbed requestId subject { __typename id }
    request { method path requestId } actor { id label connection { id } }
    ... on UserEvent { userId userAfter { id userName status active roles origin connectionId profile } }
    ... on UserProvisionedEvent { origin seatsUsed }`;
  const events = await nodesOf(fields, 'USER_PROVISIONED');
  expect(events).toEqual([
    {
      __typename: 'UserProvisionedEvent',
      type: 'USER_PROVISIONED',
      epoch: expect.stringMatching(/\w/),
      schemaVersion: 1,
      summary: expect.stringContaining('Ann'),
      scrubbed: false,
      requestId: expect.any(String),
      subject: { __typename: 'User', id: person },
      request: { method: 'POST', path: '/Users', requestId: events[0].requestId },
      actor: { id: tenant.connectionId, label: 'Okta', connection: { id: tenant.connectionId } },
      userId: person,
      userAfter: expect.objectContaining({ id: person, userName: 'ann@acme.test', status: 'ACTIVE', origin: 'SCIM' }),
      origin: 'SCIM',
      seatsUsed: 1,
    },
  ]);
});

test('members and causes are objects', async () => {
  const [added] = await nodesOf(
    '... on GroupEvent { groupId groupAfter { id } } ... on GroupMemberAddedEvent { memberId member { __typename ... on User { displayName } } }',
    'GROUP_MEMBER_ADDED',
  );
  expect(added).toEqual({
    groupId: group,
    groupAfter: null,
    memberId: person,
    member: { __typename: 'User', displayName: 'Ann' },
  });
  const [changed] = await nodesOf(
    `summary ... on UserRolesChangedEvent { rolesAdded rolesRemoved userAfter { roles }
      cause { groupId group { displayName } connection { id } mapping idp direct deprovisioned } }`,
    'USER_ROLES_CHANGED',
  );
  expect(changed).toEqual({
    summary: expect.stringContaining('+billing'),
    rolesAdded: ['billing'],
    rolesRemoved: [],
    userAfter: { roles: ['billing'] },
    cause: {
      groupId: group,
      group: { displayName: 'Sales' },
      connection: null,
      mapping: false,
      idp: false,
      direct: false,
      deprovisioned: false,
    },
  });
});

test('the bodies of a request are read where a document selects them', async () => {
  const query = `query($o: ID!) { organization(id: $o) { events(filter: { types: [USER_PROVISIONED] }) { nodes {
    request { id status } ... on UserEvent { request { requestBody } } } } } }`;
  // The third request is compiled.
  for (let n = 0; n < 4; n++) {
    const { organization } = await tenant.gql(query, { o: tenant.organizationId });
    const [{ request }] = organization.events.nodes;
    expect(request).toMatchObject({ status: 201, requestBody: { userName: 'ann@acme.test' } });
    const { node } = await tenant.gql(
      'query($id: ID!) { node(id: $id) { ... on ProvisioningRequest { requestBody } } }',
      {
        id: request.id,
      },
    );
    expect(node.requestBody).toEqual(request.requestBody);
  }
});

test('a compiled document finds the type of an event as the interpreter does', async () => {
  const query = `query($id: ID!) { node(id: $id) { __typename ... on Event { position } ... on UserEvent { userId } } }`;
  const [{ id }] = await nodesOf('id', 'USER_PROVISIONED');
  const results: Anything[] = [];
  for (let n = 0; n < 5; n++) results.push(await tenant.gql(query, { id }));
  expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
  expect(results[0].node).toMatchObject({ __typename: 'UserProvisionedEvent', userId: person });
});

test('an erasure leaves the kept fields of a type and makes the others null', async () => {
  const { body } = await tenant.scim('POST', '/Users', oktaUser('gone@acme.test'));
  await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
  await tenant.gql('mutation($id: ID!) { eraseUser(id: $id) { deletedId } }', { id: body.id });
  const fields = `summary scrubbed subject { id } ... on UserEvent { userId userAfter { id } }
    ... on UserDeprovisionedEvent { deprovisionReason rolesLost groupIdsLost sessionsRevoked }`;
  const [event] = (await nodesOf(fields, 'USER_DEPROVISIONED')).filter(({ userId }) => userId === body.id);
  expect(event).toEqual({
    summary: expect.not.stringContaining('gone@acme.test'),
    scrubbed: true,
    subject: null,
    userId: body.id,
    userAfter: null,
    deprovisionReason: 'IDP_DEACTIVATED',
    rolesLost: [],
    groupIdsLost: [],
    sessionsRevoked: 0,
  });
});

test('a subscription to one type returns it without a condition', async () => {
  const { eventCursor: after } = await tenant.gql('{ eventCursor }');
  const live = world.follow(
    'subscription($o: ID, $after: Cursor) { userDeprovisioned(organizationId: $o, after: $after) { __typename userId deprovisionReason userAfter { userName } } }',
    { o: tenant.organizationId, after },
    tenant.key,
  );
  const { body } = await tenant.scim('POST', '/Users', oktaUser('closed@acme.test'));
  await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
  await live.until(1);
  await live.stop();
  expect(live.seen[0]).toEqual({
    __typename: 'UserDeprovisionedEvent',
    userId: body.id,
    deprovisionReason: 'IDP_DEACTIVATED',
    userAfter: { userName: 'closed@acme.test' },
  });
});

test('the subject and the request need their own permissions, the name of the actor does not', async () => {
  const { createApiKey } = await tenant.gql('mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }', {
    i: { organizationId: tenant.organizationId, name: 'reader', scopes: ['EVENTS_READ'] },
  });
  const { data, errors } = await read(
    'subject { id } request { id } actor { label } ... on UserEvent { userId }',
    ['USER_PROVISIONED'],
    createApiKey.secret,
  );
  const [event] = data.organization.events.nodes;
  expect(event).toEqual({ subject: null, request: null, actor: { label: 'Okta' }, userId: person });
  expect([...new Set(errors.map(({ extensions }: Anything) => extensions.code))]).toEqual(['FORBIDDEN']);
  const related = await read(
    '... on UserRolesChangedEvent { rolesAdded cause { groupId group { id } } } ... on GroupMemberAddedEvent { memberId member { __typename } }',
    ['USER_ROLES_CHANGED', 'GROUP_MEMBER_ADDED'],
    createApiKey.secret,
  );
  expect(related.data.organization.events.nodes).toEqual([
    { memberId: person, member: null },
    { rolesAdded: ['billing'], cause: { groupId: group, group: null } },
  ]);
  expect(related.errors.map(({ extensions }: Anything) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
});

test('every definition has its fields: none is lost on the way to GraphQL', () => {
  const shown = definitions.flatMap(([type, { shapes }]) =>
    shapes.flatMap((shape) =>
      Object.entries(shape)
        .filter(([, { apiName }]) => apiName !== null)
        .map(([name]) => [type, name] as const),
    ),
  );
  const lost = shown.filter(
    ([type, name]) =>
      !typedFields.get(type as keyof typeof eventDefinitions)?.some(({ sources }) => sources.includes(name)),
  );
  expect(lost).toEqual([]);
});
