import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Scene } from '../support/scene.js';
import { oktaUser } from '../support/world.js';

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
  'errors that null what they hang on':
    'query($org: ID!) { organization(id: $org) { id apiKeys { id } users { nodes { id } } } }',
  'errors in a list':
    'query($org: ID!) { organization(id: $org) { users(first: 5) { nodes { id roles identities { subject } } } } }',
  'a page that is too large': 'query($org: ID!) { organization(id: $org) { users(first: 999) { nodes { id } } } }',
  'a filter that is none':
    'query($org: ID!) { organization(id: $org) { users(filter: { scim: "userName xx" }) { totalCount } } }',
  introspection: '{ __schema { queryType { name } } __type(name: "UserStatus") { kind enumValues { name } } }',
  'defaults of variables':
    'query($org: ID!, $first: Int = 1) { organization(id: $org) { users(first: $first) { nodes { id } } } }',
};

const masked = (answer: unknown) => JSON.stringify(answer).replaceAll(/"requestId":"[^"]+"/g, '"requestId":"R"');

// A document is interpreted twice and compiled from the third time on: the caller must not see which.
describe('a compiled document answers as an interpreted one', () => {
  test.each(Object.entries(documents).map(([name, query]) => ({ name, query })))('$name', async ({ query }) => {
    for (const key of Object.values(keys)) {
      const text = `${query} # ${Math.random()}`;
      const answers: string[] = [];
      for (let n = 0; n < 5; n++) answers.push(masked(await scene.world.request(text, variables, key)));
      expect(answers).toEqual(answers.map(() => answers[0]));
    }
  });

  test('and refuses a variable in the same words', async () => {
    const text = 'query($org: ID!, $n: Int) { organization(id: $org) { users(first: $n) { nodes { id } } } }';
    for (let n = 0; n < 4; n++) await scene.world.request(text, variables, keys.admin);
    const compiled = masked(await scene.world.request(text, { org: scene.org, n: 'many' }, keys.admin));
    const interpreted = masked(await scene.world.request(`${text} # fresh`, { org: scene.org, n: 'many' }, keys.admin));
    expect(compiled).toBe(interpreted);
    expect(compiled).toContain('BAD_INPUT');
  });
});
