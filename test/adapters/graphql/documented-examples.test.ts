import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getVariableValues, Kind, parse, buildSchema as parseSchema } from 'graphql';
import { apiScopes } from '../../../src/access/principal.js';
import { hashSecret } from '../../../src/kernel/secrets.js';
import { Scene } from '../../support/scene.js';
import { adminKey } from '../../support/server.js';
import type { Anything } from '../../support/world.js';

const page = readFileSync('docs/graphql.md', 'utf8');
const examples = [...page.matchAll(/```graphql\n([\s\S]*?)```(?:\n\n```json\n([\s\S]*?)```)?/g)].map(
  ([, text = '', variables]) => ({ text, variables, name: /\w+ (\w+)/.exec(text)?.[1] ?? '' }),
);
const exampleOf = (operation: string) => {
  const example = examples.find(({ name }) => name === operation);
  if (!example) throw new Error(`docs/graphql.md has no operation ${operation}.`);
  return example;
};

let scene: Scene;
let idle: string;
let link: string;
beforeAll(async () => {
  scene = await Scene.set();
  idle = await scene.user();
  link = await scene.setupLink(scene.tenant.connectionId);
});
afterAll(() => scene.close());

/** Runs an example with its variables, in which `known` replaces the words in capitals. */
async function run(operation: string, known: Record<string, string> = {}, key = scene.tenant.key): Promise<Anything> {
  const { text, variables = '{}' } = exampleOf(operation);
  const filled = variables.replace(/"([A-Z_]+)"/g, (whole, name) =>
    known[name] ? JSON.stringify(known[name]) : whole,
  );
  return scene.world.request(text, JSON.parse(filled), key);
}
const codeOf = ({ errors }: Anything): string | undefined => errors?.[0].extensions.code;

const contract = parseSchema(readFileSync('schema/contract.graphql', 'utf8'));
test.each(examples.filter(({ variables }) => variables))(
  'the variables of $name are valid against the contract',
  ({ text, variables = '' }) => {
    const [operation] = parse(text).definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(text);
    const { errors } = getVariableValues(contract, operation.variableDefinitions ?? [], JSON.parse(variables));
    expect(errors).toBeUndefined();
  },
);

describe('the query Me', () => {
  /** Returns an access token with the scope, as the OpenID provider stores it. */
  async function tokenWith(scope: string): Promise<string> {
    const { session } = await scene.administrator();
    const applicationId = await scene.application({ apiScopes: [...apiScopes] });
    const secret = scene.unique('token-');
    const database = scene.world.database();
    await database.query(
      'insert into oauth_grants (organization_id, id, session_id, application_id, created_at) values ($1, $2, $3, $4, now())',
      [scene.org, secret, session.id, applicationId],
    );
    await database.query(
      `insert into oauth_artifacts (kind, hash, payload, grant_id, expires_at)
       values ('AccessToken', $1, $2, $3, now() + interval '1 hour')`,
      [hashSecret(secret), JSON.stringify({ scope: `openid email profile ${scope}` }), secret],
    );
    return secret;
  }

  test.each([
    ['', 'FORBIDDEN'],
    ['directory.read', undefined],
    ['directory.manage', undefined],
    ['events.read', 'FORBIDDEN'],
  ])('with an access token of the scope "%s": %s', async (scope, code) => {
    const answer = await run('Me', {}, await tokenWith(scope));
    expect(codeOf(answer)).toBe(code);
    if (code) expect(answer.data).toBeNull();
  });

  test('works for keys, setup links, and the token of signInWithIdToken', async () => {
    const { accessToken } = await scene.signIn();
    for (const key of [adminKey, scene.tenant.key, (await scene.key(['SIGN_IN'])).secret, link, accessToken])
      expect((await run('Me', {}, key)).errors).toBeUndefined();
  });
});

test('setup links are created, listed and revoked', async () => {
  const CONNECTION = await scene.connection();
  const { createSetupLink } = (await run('InviteAdministrator', { CONNECTION })).data;
  const { id, name, returnUrl } = createSetupLink.setupLink;
  const listed = async () => (await run('SetupLinks', { CONNECTION })).data.connection.setupLinks.nodes;
  expect(await listed()).toMatchObject([{ id, name, returnUrl, lastUsedAt: null, createdBy: { label: 'app' } }]);
  expect((await run('RevokeSetupLink', { SETUP_LINK: id })).data.revokeSetupLink.deletedId).toBe(id);
  expect(await listed()).toEqual([]);
});

/** A value for each field of UpdateConnectionInput in the table of setup links. */
const values: Record<string, object> = {
  id: {},
  expectedUpdatedAt: { expectedUpdatedAt: null },
  state: { state: 'ACTIVE' },
  oidc: { oidc: { scopes: ['openid', 'email'] } },
  saml: { saml: null },
  'provisioning.enabled': { provisioning: { enabled: true } },
  'provisioning: null': { provisioning: null },
  name: { name: 'New' },
  provider: { provider: 'OKTA' },
  'provisioning.onExisting': { provisioning: { onExisting: 'ADOPT' } },
  'provisioning.extensions': { provisioning: { extensions: [] } },
  signalsIssuer: { signalsIssuer: null },
  jit: { jit: { mode: 'DISABLED' } },
  attributeMappings: { attributeMappings: [] },
  groupMappings: { groupMappings: [] },
  grantableRoles: { grantableRoles: null },
  entitlements: { entitlements: [] },
};

describe('the table of the fields that a setup link can set', () => {
  const [, allowed = '', refused = ''] =
    /\| fields of `updateConnection` \|.*\n.*\n\| (.*) \| allowed \|\n\| (.*) \| `FORBIDDEN` \|/.exec(page) ?? [];
  const namesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  const mutation = 'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }';
  const change = (name: string) =>
    scene.world.request(mutation, { i: { id: scene.tenant.connectionId, ...values[name] } }, link);

  test('contains each value of this test', () => {
    expect([...namesIn(allowed), ...namesIn(refused)].sort()).toEqual(Object.keys(values).sort());
  });
  test.each(namesIn(allowed))('%s is allowed', async (name) => {
    expect((await change(name)).errors).toBeUndefined();
  });
  test.each(namesIn(refused))('%s is refused', async (name) => {
    expect(codeOf(await change(name))).toBe('FORBIDDEN');
  });
});

test('updateConnection enables provisioning, and returns the secret once', async () => {
  const CONNECTION = await scene.connection();
  const { updateConnection } = (await run('EnableProvisioning', { CONNECTION })).data;
  expect(updateConnection).toMatchObject({
    secret: expect.any(String),
    connection: { scim: { enabled: true, onExisting: 'REVIEW' } },
  });
  expect((await run('EnableProvisioning', { CONNECTION })).data.updateConnection.secret).toBeNull();
});

test('changeUsers: a dry run by ids, and a change by a filter that expects a number of users', async () => {
  const dry = await run('Offboard', { ORG: scene.org, USER: idle });
  expect(dry.data.changeUsers).toMatchObject({ changed: 1, results: [{ userId: idle, outcome: 'CHANGED' }] });
  const { errors } = await run('SuspendIdle', { ORG: scene.org });
  expect(errors?.[0].extensions).toMatchObject({ code: 'CONFLICT', count: expect.any(Number) });
  const { text, variables = '' } = exampleOf('SuspendIdle');
  const expectedCount = errors[0].extensions.count;
  const real = { ...JSON.parse(variables), organizationId: scene.org, expectedCount };
  const { changeUsers } = await scene.tenant.gql(text, real);
  expect(changeUsers.results).toContainEqual({
    userId: idle,
    outcome: 'CHANGED',
    user: { status: 'SUSPENDED' },
    error: null,
  });
});

test('the deployment lists its nodes, for a platform key only', async () => {
  const { deployment } = (await run('Deployment', {}, adminKey)).data;
  expect(deployment.nodes).toContainEqual(expect.objectContaining({ alive: true }));
  expect(codeOf(await run('Deployment'))).toBe('FORBIDDEN');
});

test('a page of the newest events is in ascending order', async () => {
  const { organization } = await scene.tenant.gql(
    'query($id: ID!) { organization(id: $id) { newest: events(last: 5) { nodes { position } } all: events(first: 1000) { nodes { position } } } }',
    { id: scene.org },
  );
  const positionsOf = ({ nodes }: Anything): number[] => nodes.map(({ position }: Anything) => position);
  const newest = positionsOf(organization.newest);
  expect(newest).toEqual(positionsOf(organization.all).slice(-5));
  expect(newest).toEqual([...newest].sort((a, b) => a - b));
});

test.each([
  ['OneUser', () => ({ userId: idle }), () => scene.do('updateUser', { input: { id: idle, title: 'Lead' } })],
  [
    'OneConnection',
    () => ({ connectionId: scene.tenant.connectionId }),
    () => scene.do('updateConnection', { input: { id: scene.tenant.connectionId, name: scene.unique('Name ') } }),
  ],
] as const)('the subscription %s sends the change', async (operation, variablesOf, change) => {
  const variables = { ...variablesOf(), after: await scene.cursor() };
  const live = scene.world.follow(exampleOf(operation).text, variables, scene.tenant.key);
  await change();
  await live.until(1);
  await live.stop();
  expect(live.failure()).toBeUndefined();
  expect(live.seen).toHaveLength(1);
});
