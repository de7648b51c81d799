import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, parse } from 'graphql';
import { Executor } from '../../../src/adapters/graphql/engine/executor.js';
import { Scene } from '../../support/scene.js';
import { type Anything, oktaUser } from '../../support/world.js';

let scene: Scene;
let variables: Record<string, unknown>;
let keys: Record<string, string>;
beforeAll(async () => {
  scene = await Scene.set();
  const { body } = await scene.tenant.scim('POST', '/Users', oktaUser('exec@acme.test'));
  const member = await scene.signIn();
  keys = { admin: scene.tenant.key, member: member.accessToken, reader: (await scene.key(['DIRECTORY_READ'])).secret };
  variables = {
    org: scene.org,
    user: body.id,
    group: await scene.group([body.id]),
    conn: scene.tenant.connectionId,
    yes: true,
    no: false,
    n: 2,
  };
});
afterAll(() => scene.close());

const documents: Record<string, string> = {
  'aliases, fragments and type names': `query($org: ID!) { __typename a: organization(id: $org) { __typename ...O b: name } } fragment O on Organization { id users(first: 2) { __typename nodes { __typename ... on User { id } ...U } edges { cursor node { userName } } pageInfo { hasNextPage startCursor endCursor } totalCount } } fragment U on User { status displayName }`,
  'directives with variables':
    'query($org: ID!, $yes: Boolean!, $no: Boolean!) { organization(id: $org) { id @skip(if: $yes) name @include(if: $no) status @include(if: $yes) users @skip(if: $yes) { totalCount } } }',
  interfaces:
    'query($org: ID!, $user: ID!, $group: ID!, $conn: ID!) { nodes(ids: [$org, $user, $group, $conn, "user_x"]) { __typename id ... on User { userName } ... on Group { displayName } ... on Connection { provider state } } }',
  'scalars and enums':
    'query($user: ID!) { user(id: $user) { createdAt attributes roles origin emails { value primary } lastSignInAt } }',
  events:
    'query($org: ID!, $n: Int) { organization(id: $org) { events(first: $n) { nodes { cursor position type occurredAt data changes { path before after } actor { kind apiKey { id } } } } } }',
  'errors of a nullable field':
    'query($org: ID!, $user: ID!) { user(id: $user) { id } missing: user(id: "user_x") { id } organization(id: $org) { name seatLimit } }',
  'errors that make their parent null':
    'query($org: ID!) { organization(id: $org) { id apiKeys { id } users { nodes { id } } } }',
  'errors in a list':
    'query($org: ID!) { organization(id: $org) { users(first: 5) { nodes { id roles identities { subject } } } } }',
  'a page that is too large': 'query($org: ID!) { organization(id: $org) { users(first: 999) { nodes { id } } } }',
  'a malformed filter':
    'query($org: ID!) { organization(id: $org) { users(filter: { scim: "userName xx" }) { totalCount } } }',
  introspection: '{ __schema { queryType { name } } __type(name: "UserStatus") { kind enumValues { name } } }',
  'defaults of variables':
    'query($org: ID!, $first: Int = 1) { organization(id: $org) { users(first: $first) { nodes { id } } } }',
};

const masked = (answer: unknown) => JSON.stringify(answer).replaceAll(/"requestId":"[^"]+"/g, '"requestId":"R"');

// A document is interpreted twice and compiled from the third time on. Responses must not differ.
describe('a compiled document returns the same response as an interpreted one', () => {
  test.each(Object.entries(documents).map(([name, query]) => ({ name, query })))('$name', async ({ query }) => {
    for (const key of Object.values(keys)) {
      const text = `${query} # ${Math.random()}`;
      const answers: string[] = [];
      for (let n = 0; n < 5; n++) answers.push(masked(await scene.world.request(text, variables, key)));
      expect(answers).toEqual(answers.map(() => answers[0]));
    }
  });

  test('a malformed variable causes the same error in both', async () => {
    const text = 'query($org: ID!, $n: Int) { organization(id: $org) { users(first: $n) { nodes { id } } } }';
    for (let n = 0; n < 4; n++) await scene.world.request(text, variables, keys.admin);
    const compiled = masked(await scene.world.request(text, { org: scene.org, n: 'many' }, keys.admin));
    const interpreted = masked(await scene.world.request(`${text} # fresh`, { org: scene.org, n: 'many' }, keys.admin));
    expect(compiled).toBe(interpreted);
    expect(compiled).toContain('BAD_INPUT');
  });
});

test('each resolver runs once, in interpreted and compiled queries, with and without an error', async () => {
  let calls = 0;
  const fails = () => {
    calls++;
    throw new Error('refused');
  };
  const type = new GraphQLObjectType({ name: 'Query', fields: { broken: { type: GraphQLInt, resolve: fails } } });
  const executor = new Executor(new GraphQLSchema({ query: type }));
  const document = parse('{ broken }');
  for (let n = 1; n <= 5; n++) {
    const { data, errors } = await executor.execute({ document });
    expect(data).toEqual({ broken: null });
    expect(errors?.map(({ message, path, locations }) => ({ message, path, locations }))).toEqual([
      { message: 'refused', path: ['broken'], locations: [{ line: 1, column: 3 }] },
    ]);
    expect(calls).toBe(n);
  }
});

describe('a variable that cannot be read is refused with its field', () => {
  const create = 'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }';
  const importing = 'mutation($i: ImportUsersInput!) { importUsers(input: $i) { created } }';
  const named = { organizationId: 'org', name: 'x', provider: 'OKTA' };
  test.each<[string, string, object, object[]]>([
    ['a missing variable', create, {}, [{ field: 'i' }]],
    ['null', create, { i: null }, [{ field: 'i' }]],
    ['another type', create, { i: 'x' }, [{ field: 'i' }]],
    ['a list instead of an object', create, { i: [] }, [{ field: 'i' }]],
    ['a list instead of a nested object', create, { i: { ...named, oidc: [] } }, [{ field: 'oidc' }]],
    [
      'a variable that is a list',
      'mutation($i: ID!, $users: [ID!]!) { addGroupMembers(groupId: $i, userIds: $users) { group { id } } }',
      { i: 'group', users: ['user', {}] },
      [{ field: 'users[1]' }],
    ],
    [
      'several missing and unknown fields',
      create,
      { i: { provider: 'OKTA', nmae: 'x', colour: 'red' } },
      [{ field: 'name' }, { field: 'organizationId' }, { field: 'nmae' }, { field: 'colour' }],
    ],
    [
      'a value of a list',
      create,
      { i: { ...named, jit: { allowedDomains: ['a', 1] } } },
      [{ field: 'jit.allowedDomains[1]' }],
    ],
    [
      'an object in a list',
      importing,
      { i: { organizationId: 'org', users: [{ userName: 'a' }, {}] } },
      [{ field: 'users[1].userName' }],
    ],
    [
      'an enum',
      create,
      { i: { ...named, onExisting: 'TAKE', jit: { mode: 1 } } },
      [
        { field: 'jit.mode', allowed: expect.arrayContaining(['ENABLED']) },
        { field: 'onExisting', allowed: ['ADOPT', 'CONFLICT', 'REVIEW'] },
      ],
    ],
  ])('%s', async (_name, query, given, wanted) => {
    const { errors } = await scene.world.request(query, { ...given }, keys.admin);
    const extensions = errors.map(({ extensions: { requestId: _id, errors: details, ...rest } }: Anything) => {
      // A document of the same field as a path, with the same values of an enum.
      const { code, allowed, field } = rest;
      const path = field.split(/[.[\]]+/).filter(Boolean);
      expect(details).toEqual([{ code, field: path, message: expect.any(String), ...(allowed && { allowed }) }]);
      return rest;
    });
    expect(new Set(extensions)).toEqual(new Set(wanted.map((one) => ({ code: 'BAD_INPUT', ...one }))));
  });

  test('an unknown enum value in the document is refused with the allowed values', async () => {
    const query = '{ organization(id: "x") { users(filter: { status: ACTIV }) { totalCount } } }';
    const [error] = (await scene.world.request(query, {}, keys.admin)).errors;
    expect(error.extensions).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(error.extensions.allowed).toContain('ACTIVE');
  });
});
