import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GraphQLField, getNamedType, isInterfaceType, isLeafType, isObjectType } from 'graphql';
import { apiScopes } from '../../src/access/principal.js';
import { formerNames } from '../../src/adapters/graphql/former-names.js';
import { hashSecret } from '../../src/kernel/secrets.js';
import { calls } from '../support/mutations.js';
import { documentOf, Scene, schema } from '../support/scene.js';
import type { Anything } from '../support/world.js';

const page = fileURLToPath(new URL('../../docs/authorization.md', import.meta.url));
const scopes = ['DIRECTORY_READ', 'DIRECTORY_WRITE', 'EVENTS_READ', 'CONNECTIONS_MANAGE', 'SIGN_IN', 'ADMIN'] as const;
/** Access tokens of the administrator, through an application: the scope of each. */
const tokens = ['openid', ...apiScopes];
const columns = [
  'platform',
  ...scopes,
  'member',
  'own',
  'administrator',
  ...tokens,
  'setup link',
  'revoked',
  'other tenant',
];

let scene: Scene;
/** The secret of each kind of caller. */
let secrets: Record<string, string>;
/** One id of each type. */
let ids: Record<string, string>;
beforeAll(async () => {
  scene = await Scene.set();
  const [member, administrator, somebody] = [
    await scene.signIn(),
    await scene.administrator(),
    await scene.signIn('somebody'),
  ];
  const revoked = await scene.key(['ADMIN']);
  await scene.do('revokeApiKey', { id: revoked.id });
  const other = await scene.world.tenant({}, 'Other');
  const keys = Object.fromEntries(
    await Promise.all(scopes.map(async (scope) => [scope, (await scene.key([scope])).secret])),
  );
  const connectionId = await scene.connection({ scim: true, oidc: { issuer: scene.idp.issuer, clientId: 'b' } });
  secrets = {
    platform: (await scene.key(['ADMIN'], null)).secret,
    ...keys,
    member: member.accessToken,
    own: somebody.accessToken,
    administrator: administrator.accessToken,
    ...(await accessTokens(administrator.session.id)),
    'setup link': await scene.setupLink(connectionId),
    revoked: revoked.secret,
    'other tenant': other.key,
  };
  const { connection } = await scene.tenant.gql('query($id: ID!) { connection(id: $id) { scim { tokens { id } } } }', {
    id: connectionId,
  });
  const events = await scene.tenant.events();
  const [event] = events;
  ids = {
    org: scene.org,
    conn: connectionId,
    user: somebody.user.id,
    group: await scene.group([somebody.user.id]),
    dom: await scene.domain(),
    evt: event.id,
    userEvt: events.find(({ type }: Anything) => type === 'USER_PROVISIONED').id,
    key: (await scene.key()).id,
    hook: await scene.endpoint(),
    cons: await scene.consumer(),
    app: await scene.application(),
    req: await scene.request(),
    ses: somebody.session.id,
    tok: connection.scim.tokens[0].id,
  };
}, 120_000);
afterAll(() => scene.close());

/** Returns access tokens as the OpenID provider stores them, one for each scope. */
async function accessTokens(sessionId: string): Promise<Record<string, string>> {
  const applicationId = await scene.application({ apiScopes: [...apiScopes] });
  const database = scene.world.database();
  const made: Record<string, string> = {};
  for (const scope of tokens) {
    const secret = `token-for-${scope}`;
    made[scope] = secret;
    await database.query(
      'insert into oauth_grants (organization_id, id, session_id, application_id, created_at) values ($1, $2, $3, $4, now())',
      [scene.org, scope, sessionId, applicationId],
    );
    await database.query(
      `insert into oauth_artifacts (kind, hash, payload, grant_id, expires_at)
       values ('AccessToken', $1, $2, $3, now() + interval '1 hour')`,
      [hashSecret(secret), JSON.stringify({ scope: `openid ${scope}` }), scope],
    );
  }
  return made;
}

/** The query that reaches an object of the type. FIELD stands for the tested field. */
const ways: Record<string, (id: Record<string, string>) => string> = {
  Organization: ({ org }) => `{ organization(id: "${org}") { FIELD } }`,
  Domain: ({ dom }) => `{ node(id: "${dom}") { ... on Domain { FIELD } } }`,
  Connection: ({ conn }) => `{ connection(id: "${conn}") { FIELD } }`,
  ScimFacet: ({ conn }) => `{ connection(id: "${conn}") { scim { FIELD } } }`,
  OidcFacet: ({ conn }) => `{ connection(id: "${conn}") { oidc { FIELD } } }`,
  JitPolicy: ({ conn }) => `{ connection(id: "${conn}") { jit { FIELD } } }`,
  User: ({ user }) => `{ user(id: "${user}") { FIELD } }`,
  RoleGrant: ({ user }) => `{ user(id: "${user}") { roleGrants { FIELD } } }`,
  RoleUsage: ({ org }) => `{ organization(id: "${org}") { roles { FIELD } } }`,
  Identity: ({ user }) => `{ user(id: "${user}") { identities { FIELD } } }`,
  Session: ({ ses }) => `{ node(id: "${ses}") { ... on Session { FIELD } } }`,
  Group: ({ group }) => `{ group(id: "${group}") { FIELD } }`,
  GroupMembership: ({ group }) => `{ group(id: "${group}") { memberships { nodes { FIELD } } } }`,
  Event: ({ evt }) => `{ node(id: "${evt}") { ... on Event { FIELD } } }`,
  Actor: ({ evt }) => `{ node(id: "${evt}") { ... on Event { actor { FIELD } } } }`,
  UserEvent: ({ userEvt }) => `{ node(id: "${userEvt}") { ... on UserEvent { FIELD } } }`,
  WebhookEndpoint: ({ hook }) => `{ node(id: "${hook}") { ... on WebhookEndpoint { FIELD } } }`,
  Consumer: ({ cons }) => `{ node(id: "${cons}") { ... on Consumer { FIELD } } }`,
  Application: ({ app }) => `{ node(id: "${app}") { ... on Application { FIELD } } }`,
  ProvisioningRequest: ({ req }) => `{ node(id: "${req}") { ... on ProvisioningRequest { FIELD } } }`,
  ApiKey: ({ key }) => `{ node(id: "${key}") { ... on ApiKey { FIELD } } }`,
};

const values: Record<string, (id: Record<string, string>) => string> = {
  'User.signInDecision': ({ conn }) => `(connectionId: "${conn}")`,
  'Organization.user': ({ user }) => `(id: "${user}")`,
  'Connection.explain': () => '(userName: "x")',
  'Connection.previewMapping': ({ user }) => `(attributeMappings: [], userIds: ["${user}"])`,
};

function selectionOf(type: string, field: GraphQLField<unknown, unknown>): string {
  const given = values[`${type}.${field.name}`]?.(ids) ?? '';
  const named = getNamedType(field.type);
  if (isLeafType(named)) return `${field.name}${given}`;
  const isPage = isObjectType(named) && 'nodes' in named.getFields();
  return `${field.name}${given} { ${isPage ? 'nodes { __typename }' : '__typename'} }`;
}

const first = (data: Anything): Anything => (data ? Object.values(data)[0] : null);

/** Returns true if the caller can read the field: no field of the path fails, and no parent is null. */
async function isAllowed(
  caller: string,
  query: string,
  variables: object = {},
  secret = secrets[caller],
): Promise<boolean> {
  const { data, errors } = await scene.world.request(query, { ...variables }, secret);
  return errors === undefined && first(data) !== null && first(data) !== undefined;
}

/** Returns the result of each caller, in the order of the columns. */
const rowOf = async (name: string, asks: (caller: string) => Promise<boolean>) => {
  const answers: boolean[] = [];
  for (const caller of columns) answers.push(await asks(caller));
  return { name, answers };
};
type Row = Awaited<ReturnType<typeof rowOf>>;

async function fieldRows(type: string): Promise<Row[]> {
  const object = schema.getType(type);
  if (!isObjectType(object) && !isInterfaceType(object)) throw new Error(type);
  const rows: Row[] = [];
  for (const field of Object.values(object.getFields()).sort((a, b) => a.name.localeCompare(b.name))) {
    const query = (ways[type] as (id: typeof ids) => string)(ids).replace('FIELD', selectionOf(type, field));
    rows.push(await rowOf(`${type}.${field.name}`, (caller) => isAllowed(caller, query)));
  }
  return rows;
}

async function mutationRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, { good }] of Object.entries(calls)) {
    // A former name has the resolver of its successor.
    if (Object.hasOwn(formerNames.Mutation ?? {}, name)) continue;
    const asks = async (caller: string) => {
      scene.lastConnection = scene.tenant.connectionId;
      const variables = await good(scene);
      const secret = caller === 'setup link' ? await scene.setupLink(scene.lastConnection) : secrets[caller];
      return isAllowed(caller, documentOf('mutation', name, variables), variables, secret);
    };
    rows.push(await rowOf(name, asks));
  }
  return rows;
}

async function queryRows(): Promise<Row[]> {
  const queries: Record<string, object> = {
    activity: { from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z', step: 'HOUR', organizationId: ids.org },
    apiKeys: {},
    applications: {},
    attention: { organizationId: ids.org },
    connection: { id: ids.conn },
    connections: {},
    consumers: {},
    deployment: {},
    eventCursor: { organizationId: ids.org },
    events: { organizationId: ids.org },
    find: { text: 'x', organizationId: ids.org },
    group: { id: ids.group },
    node: { id: ids.user },
    organization: { id: ids.org },
    organizations: {},
    user: { id: ids.user },
    viewer: {},
    webhookEndpoints: {},
  };
  const rows: Row[] = [];
  for (const [name, variables] of Object.entries(queries)) {
    rows.push(await rowOf(name, (caller) => isAllowed(caller, documentOf('query', name, variables), variables)));
  }
  return rows;
}

/** Returns true for each subscription that starts. A refused one ends with an error at once. */
async function subscriptionRows(): Promise<Row[]> {
  const rows: Row[] = [];
  const objects: Record<string, object> = {
    userChanged: { userId: ids.user },
    groupChanged: { groupId: ids.group },
    requestReceived: { connectionId: ids.conn },
  };
  for (const name of Object.keys(schema.getSubscriptionType()?.getFields() ?? {})) {
    const variables = objects[name] ?? { organizationId: ids.org };
    const query = documentOf('subscription', name, variables, '{ id }');
    const asks = async (caller: string) => {
      const answer = await fetch(`${scene.world.url}/graphql/stream`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secrets[caller]}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      if (!answer.ok) return false;
      const reader = answer.body?.getReader();
      const quiet = new Promise<null>((resolve) => setTimeout(() => resolve(null), 150));
      const chunk = await Promise.race([reader?.read(), quiet]);
      await reader?.cancel();
      return chunk === null || !new TextDecoder().decode(chunk?.value).includes('errors');
    };
    // A subscription that starts sends nothing at first, so all callers subscribe at the same time.
    rows.push({ name, answers: await Promise.all(columns.map(asks)) });
  }
  return rows;
}

const table = (rows: readonly Row[]): string =>
  [
    `| | ${columns.join(' | ')} |`,
    `| --- |${columns.map(() => ' --- |').join('')}`,
    ...rows.map(({ name, answers }) => `| \`${name}\` | ${answers.map((yes) => (yes ? 'yes' : '')).join(' | ')} |`),
  ].join('\n');

test('docs/authorization.md matches the permissions of the server', async () => {
  const queries = await queryRows();
  const mutations = await mutationRows();
  const subscriptions = await subscriptionRows();
  const fields: [string, Row[]][] = [];
  for (const type of Object.keys(ways)) fields.push([type, await fieldRows(type)]);
  const all = [...queries, ...mutations, ...subscriptions, ...fields.flatMap(([, rows]) => rows)];
  const yes = (column: string) => all.filter(({ answers }) => answers[columns.indexOf(column)]).map(({ name }) => name);

  expect(yes('revoked')).toEqual([]);
  // Lists of the caller's own tenant: test/access/tenants.test.ts checks that they contain nothing of another one.
  expect(yes('other tenant')).toEqual([
    'apiKeys',
    'applications',
    'connections',
    'consumers',
    'organizations',
    'viewer',
    'webhookEndpoints',
  ]);
  expect(yes('openid')).toEqual([]);
  for (const scope of tokens) expect(yes('administrator')).toEqual(expect.arrayContaining(yes(scope)));
  expect(yes('SIGN_IN')).toEqual(['viewer', 'signInWithIdToken']);
  expect(yes('setup link').filter((name) => !/^(Connection|ScimFacet|OidcFacet|JitPolicy)\./.test(name))).toEqual(
    [
      'connection',
      'viewer',
      'updateConnection',
      'rotateScimToken',
      'revokeScimToken',
      'startTestSignIn',
      'requestReceived',
    ].sort((a, b) => all.findIndex(({ name }) => name === a) - all.findIndex(({ name }) => name === b)),
  );
  expect(mutations.filter(({ answers }) => answers[columns.indexOf('member')]).map(({ name }) => name)).toEqual([]);
  expect(all.filter(({ answers }) => !answers[0]).map(({ name }) => name)).toEqual([]);

  const text = [
    '# Permissions',
    '',
    'Generated by test/access/matrix.test.ts. The test reads every field and calls every operation as each kind of caller, and fails if a result',
    'differs from this page. `platform` is a platform key with ADMIN; the scopes are those of an organization key; `member` is a signed-in user who reads',
    'another user, and `own` the same user who reads their own data; `administrator` has an administrative role; `openid`, `directory.read`,',
    '`directory.manage` and `events.read` are access tokens of the administrator with this scope; `setup link` reads its own connection; `revoked` is a',
    'revoked key, and `other tenant` is a key with ADMIN of another organization.',
    '',
    '## Queries',
    '',
    table(queries),
    '',
    '## Mutations',
    '',
    table(mutations),
    '',
    '## Subscriptions',
    '',
    table(subscriptions),
    ...fields.flatMap(([type, rows]) => ['', `## ${type}`, '', table(rows)]),
    '',
  ].join('\n');
  if (process.env.WRITE_DOCS) writeFileSync(page, text);
  else expect(readFileSync(page, 'utf8')).toBe(text);
}, 300_000);
