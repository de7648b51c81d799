import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type GraphQLArgument,
  type GraphQLObjectType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { buildSchema } from '../../src/adapters/graphql/schema.js';
import { oktaUser, type Tenant, World } from '../support/world.js';

const schema = buildSchema();
let world: World;
let a: Tenant;
let b: Tenant;
/** Ids of the objects of tenant B, by the prefix of the id. */
let theirs: Record<string, string>;
beforeAll(async () => {
  world = await World.shared();
  a = await world.tenant({}, 'A');
  b = await world.tenant({ jit: { mode: 'ENABLED' } }, 'B');
  const { body: user } = await b.scim('POST', '/Users', oktaUser('secret-person@b.com'));
  const { body: group } = await b.scim('POST', '/Groups', {
    displayName: 'secret-group',
    members: [{ value: user.id }],
  });
  const add = 'mutation($o: ID!) { addDomain(organizationId: $o, domain: "secret-b.com") { domain { id } } }';
  const { addDomain } = await b.gql(add, { o: b.organizationId });
  const { organization } = await b.gql(
    'query($o: ID!) { organization(id: $o) { apiKeys { id } connections { scim { tokens { id } } } } }',
    { o: b.organizationId },
  );
  const create = `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id } } }`;
  const { createApplication } = await b.gql(create, {
    i: { organizationId: b.organizationId, name: 'secret-app', redirectUris: ['https://b.example/'] },
  });
  const [event] = await b.events();
  theirs = {
    org: b.organizationId,
    conn: b.connectionId,
    user: user.id,
    group: group.id,
    dom: addDomain.domain.id,
    key: organization.apiKeys[0].id,
    tok: organization.connections[0].scim.tokens[0].id,
    evt: event.id,
    ses: 'ses_00000000000000000000000000',
    app: createApplication.application.id,
    hook: (
      await b.gql(
        'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
        { i: { organizationId: b.organizationId, url: 'https://hooks.example/secret' } },
      )
    ).createWebhookEndpoint.webhookEndpoint.id,
    cons: (
      await b.gql('mutation($i: CreateConsumerInput!) { createConsumer(input: $i) { consumer { id } } }', {
        i: { organizationId: b.organizationId, name: 'secret-consumer' },
      })
    ).createConsumer.consumer.id,
    link: 'link_00000000000000000000000000',
    setup: (
      await b.gql('mutation($c: ID!) { createSetupLink(connectionId: $c) { setupLink { id } } }', { c: b.connectionId })
    ).createSetupLink.setupLink.id,
  };
});
afterAll(() => world.close());

/** Returns a random id of the same type. The id of another tenant must return the same error. */
const random = (id: string) => `${id.slice(0, id.indexOf('_'))}_01aaaaaaaaaaaaaaaaaaaaaaaa`;

/** Returns the id of tenant B that fits the argument of the field. */
function idFor(field: string, name: string): string {
  const by: Record<string, string> = {
    organizationId: 'org',
    connectionId: 'conn',
    userId: 'user',
    groupId: 'group',
    managerId: 'user',
    userIds: 'user',
    memberIds: 'user',
    connectionIds: 'conn',
    defaultGroupIds: 'group',
    subjectId: 'user',
    consumerId: 'cons',
  };
  const kinds: [RegExp, string][] = [
    [/Webhook|sendTestEvent/, 'hook'],
    [/Consumer/, 'cons'],
    [/Token$/, 'tok'],
    [/ApiKey/, 'key'],
    [/Session$/, 'ses'],
    [/SetupLink/, 'setup'],
    [/Domain/, 'dom'],
    [/Application/, 'app'],
    [/settleLink|resolveLink/, 'link'],
    [/Connection/i, 'conn'],
    [/Organization/i, 'org'],
    [/Group/i, 'group'],
    [/User|node/i, 'user'],
  ];
  const kind = by[name] ?? kinds.find(([pattern]) => pattern.test(field))?.[1] ?? 'user';
  return theirs[kind] ?? '';
}

function sampleFor(
  field: string,
  argument: Pick<GraphQLArgument, 'name' | 'type'>,
  swap: (id: string) => string,
): unknown {
  const type = getNamedType(argument.type);
  const list = isListType(isNonNullType(argument.type) ? argument.type.ofType : argument.type);
  const one = (): unknown => {
    if (type.name === 'ID') return swap(idFor(field, argument.name));
    if (isEnumType(type)) return type.getValues()[0]?.name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (inner) => isNonNullType(inner.type) || inner.name.toLowerCase().endsWith('id'),
      );
      return Object.fromEntries(fields.map((inner) => [inner.name, sampleFor(field, inner, swap)]));
    }
    return { Int: 1, Boolean: true, DateTime: '2030-01-01T00:00:00Z', String: 'x', JSON: {}, Cursor: 'x' }[type.name];
  };
  return list ? [one()] : one();
}

function documentOf(
  kind: 'query' | 'mutation' | 'subscription',
  type: GraphQLObjectType,
  name: string,
  swap: (id: string) => string,
) {
  const field = type.getFields()[name];
  if (!field) throw new Error(name);
  const given = field.args.filter(
    ({ type: argument, name: argumentName }) =>
      isNonNullType(argument) || ['id', 'organizationId', 'memberIds'].includes(argumentName),
  );
  const variables = Object.fromEntries(given.map((argument) => [argument.name, sampleFor(name, argument, swap)]));
  const declared = given.map((argument) => `$${argument.name}: ${argument.type}`).join(', ');
  const passed = given.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const selection = isCompositeType(getNamedType(field.type)) ? '{ __typename }' : '';
  return {
    query: `${kind}${declared && `(${declared})`} { ${name}${passed && `(${passed})`} ${selection} }`,
    variables,
  };
}

const masked = (answer: unknown) =>
  JSON.stringify(answer)
    .replaceAll(/(org|conn|user|group|dom|key|tok|evt|ses|hook|cons)_[0-9a-z]{26}/g, 'ID')
    .replaceAll(/"requestId":"[0-9a-f-]{36}"/g, '"requestId":"REQUEST"');
const queries = Object.keys(schema.getQueryType()?.getFields() ?? {}).filter(
  (name) => !['viewer', 'organizations'].includes(name),
);
const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {}).filter(
  (name) => name !== 'createOrganization',
);

describe('an id of another tenant gets the same response as a random id', () => {
  test.each(queries.map((name) => ({ name })))('query $name', async ({ name }) => {
    const type = schema.getQueryType();
    if (!type) throw new Error('no queries');
    const foreign = documentOf('query', type, name, (id) => id);
    const unknown = documentOf('query', type, name, random);
    const [first, second] = [
      await world.request(foreign.query, foreign.variables, a.key),
      await world.request(unknown.query, unknown.variables, a.key),
    ];
    expect(masked(first)).toBe(masked(second));
    // A list of the caller's own tenant has no id argument; everything else is null.
    const own: Record<string, string> = {
      apiKeys: 'key',
      applications: 'app',
      connections: 'conn',
      webhookEndpoints: 'hook',
      consumers: 'cons',
    };
    const kind = own[name];
    if (kind) expect(JSON.stringify(first)).not.toContain(theirs[kind]);
    else expect(Object.values(first.data ?? { none: null }).flat()).toEqual([null]);
  });

  test.each(mutations.map((name) => ({ name })))('mutation $name', async ({ name }) => {
    const type = schema.getMutationType();
    if (!type) throw new Error('no mutations');
    const before = await b.events();
    const foreign = documentOf('mutation', type, name, (id) => id);
    const unknown = documentOf('mutation', type, name, random);
    const [first, second] = [
      await world.request(foreign.query, foreign.variables, a.key),
      await world.request(unknown.query, unknown.variables, a.key),
    ];
    expect(first.errors[0].extensions.code).toBe('NOT_FOUND');
    expect(masked(first)).toBe(masked(second));
    expect(await b.events()).toEqual(before);
  });

  test('ids of another tenant in the input are refused like random ids', async () => {
    const create = (memberIds: string[]) =>
      world.request(
        'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }',
        { i: { organizationId: a.organizationId, displayName: 'x', memberIds } },
        a.key,
      );
    const foreign = await create([theirs.user ?? '']);
    expect(foreign.errors[0].extensions.code).toBe('UNKNOWN_MEMBER');
    expect(masked(foreign)).toBe(masked(await create([random(theirs.user ?? '')])));
    const report = (managerId: string | undefined) =>
      world.request(
        'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }',
        { i: { organizationId: a.organizationId, userName: 'm@a.com', managerId } },
        a.key,
      );
    const managed = await report(theirs.user);
    expect(managed.errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'managerId' });
    expect(masked(managed)).toBe(masked(await report(random(theirs.user ?? ''))));
    const users = await a.gql(
      'query($o: ID!, $f: UserFilter) { organization(id: $o) { users(filter: $f) { totalCount } } }',
      { o: a.organizationId, f: { groupId: theirs.group } },
    );
    expect(users.organization.users.totalCount).toBe(0);
  });

  test('cursors, subscriptions and lists contain nothing of another tenant', async () => {
    const [event] = await b.events();
    const { errors } = await world.request(
      'query($o: ID!, $c: Cursor) { organization(id: $o) { events(after: $c) { nodes { id } } } }',
      { o: a.organizationId, c: event.cursor },
      a.key,
    );
    expect(errors[0].extensions.code).toBe('CURSOR_INVALID');
    const type = schema.getSubscriptionType();
    if (!type) throw new Error('no subscriptions');
    for (const field of Object.keys(type.getFields())) {
      const foreign = documentOf('subscription', type, field, (id) => id);
      const unknown = documentOf('subscription', type, field, random);
      const lives = [foreign, unknown].map(({ query, variables }) => world.follow(query, variables, a.key));
      await b.scim('POST', '/Users', oktaUser(`s-${field}@b.com`));
      for (const live of lives) {
        await live.until(1);
        await live.stop();
        expect(live.seen).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }]);
      }
      const [first, second] = lives.map(({ seen }) => masked(seen));
      expect(first).toBe(second);
    }
    const { organizations } = await a.gql('{ organizations { totalCount nodes { id } } }');
    expect(organizations).toEqual({ totalCount: 1, nodes: [{ id: a.organizationId }] });
  });

  test('each SCIM request with an id of another tenant gets the same response as one with a random id', async () => {
    const { user, group } = theirs;
    const patch = { Operations: [{ op: 'replace', path: 'displayName', value: 'taken' }] };
    const pairs: [string, string, unknown?][] = [
      ['GET', `/Users/${user}`],
      ['PUT', `/Users/${user}`, oktaUser('x@a.com')],
      ['PATCH', `/Users/${user}`, patch],
      ['DELETE', `/Users/${user}`],
      ['GET', `/Groups/${group}`],
      ['PUT', `/Groups/${group}`, { displayName: 'x' }],
      ['PATCH', `/Groups/${group}`, patch],
      ['DELETE', `/Groups/${group}`],
    ];
    for (const [method, path, body] of pairs) {
      const foreign = await a.scim(method, path, body);
      const unknown = await a.scim(method, path.replace(/_.*/, '_01aaaaaaaaaaaaaaaaaaaaaaaa'), body);
      expect([foreign.status, masked(foreign.body)]).toEqual([404, masked(unknown.body)]);
      expect(foreign.status).toBe(404);
    }
    for (const filter of [
      `id eq "${user}"`,
      'userName eq "secret-person@b.com"',
      'emails.value eq "secret-person@b.com"',
      'externalId eq "00u-secret-person@b.com"',
      `groups.value eq "${group}"`,
    ]) {
      expect((await a.scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults).toBe(0);
    }
    expect(
      (await a.scim('GET', `/Groups?filter=${encodeURIComponent(`members.value eq "${user}"`)}`)).body.totalResults,
    ).toBe(0);
    const member = await a.scim('POST', '/Groups', { displayName: 'x', members: [{ value: user }] });
    expect(member.status).toBe(400);
    expect((await a.scim('POST', '/Users', oktaUser('secret-person@b.com'))).status).toBe(201);
    const list = await a.scim('GET', '/Users');
    expect(JSON.stringify(list.body)).not.toContain(user);
  });

  test('a connection cannot read users and groups of another connection of its organization', async () => {
    const { createConnection } = await b.gql(
      'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { scimToken connection { id } } }',
      { i: { organizationId: b.organizationId, name: 'Second', provider: 'ENTRA', scim: true } },
    );
    const second = (method: string, path: string, body?: unknown) =>
      world.scim(createConnection.connection.id, createConnection.scimToken, method, path, body);
    expect((await second('GET', `/Users/${theirs.user}`)).status).toBe(404);
    expect((await second('GET', '/Users?filter=userName%20eq%20%22secret-person@b.com%22')).body.totalResults).toBe(0);
    expect((await second('GET', `/Groups/${theirs.group}`)).status).toBe(404);
    const taken = await second('POST', '/Users', oktaUser('secret-person@b.com', { externalId: 'else' }));
    expect(taken.status).toBe(409);
    expect(JSON.stringify(taken.body)).not.toContain(theirs.user);
  });
});
