import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  NoDeprecatedCustomRule,
  parse,
  validate,
} from 'graphql';
import { formerNames } from '../../../src/adapters/graphql/former-names.js';
import { schema } from '../../support/scene.js';
import { type Tenant, World } from '../../support/world.js';

const filesIn = (directory: string, ending: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(directory, name));

/** Pages that are generated from the schema, and the list of deprecations, contain all names. */
const generated = /docs\/(mutations|authorization|errors|configuration|evolution|schema-changes)\.md$|generated\.ts$/;
const files = [
  'README.md',
  ...filesIn('docs', '.md'),
  ...filesIn('schema/operations', '.graphql'),
  ...['demo', 'src/cli', 'src/client'].flatMap((directory) => filesIn(directory, '.ts')),
].filter((file) => !generated.test(file));

/** Returns the GraphQL documents in a file: the file, blocks of a page, or texts of a module. */
function documentsIn(file: string, text: string): DocumentNode[] {
  if (file.endsWith('.graphql')) return [parse(text)];
  const found = file.endsWith('.md')
    ? [...text.matchAll(/```graphql\n([\s\S]*?)```/g), ...text.matchAll(/\{\\"query\\":\\"(.*)\\"\}/g)]
    : [...text.matchAll(/[`'](\s*(?:query|mutation|subscription|fragment|\{)[^`']*)[`']/g)];
  return found.flatMap(([, body = '']) => {
    try {
      return [parse(body.replace(/\\+"/g, '"'))];
    } catch {
      return [];
    }
  });
}

type Part = GraphQLField<unknown, unknown> | GraphQLInputField | GraphQLArgument;

/** Returns the fields and arguments of the schema. */
const parts = (): Part[] =>
  Object.values(schema.getTypeMap()).flatMap((type): Part[] => {
    if (isInputObjectType(type)) return Object.values(type.getFields());
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    return Object.values(type.getFields()).flatMap((field) => [field, ...field.args]);
  });

describe('the client, the command, the demo, the documents of the client and the pages use no deprecated name', () => {
  const names = new Set(parts().flatMap(({ name, deprecationReason }) => (deprecationReason == null ? [name] : [])));
  /** Names that are deprecated wherever they occur, so that a text shows the use of one. */
  const former = parts().flatMap(({ name, deprecationReason }) =>
    deprecationReason == null || names.has(name) ? [] : [name],
  );
  // These are also words of the events, of the CLI, of RFC 7591 and of English, or in the list of private fields.
  const words = new Set([
    'acknowledge',
    'answer',
    'at',
    'client',
    'managedBy',
    'quirks',
    'scimExtensions',
    'scimToken',
    'sessions',
    'token',
    'types',
    'vouchesForEmail',
  ]);
  const distinct = [...new Set(former)].filter((name) => !words.has(name));

  test('there are such names', () => {
    expect(distinct).toEqual(expect.arrayContaining(['settleLink', 'replayWebhooks', 'wouldTell', 'authMethod']));
  });

  test.each(files)('%s', (file) => {
    const text = readFileSync(file, 'utf8');
    const documents = documentsIn(file, text);
    expect(documents.flatMap((document) => validate(schema, document, [NoDeprecatedCustomRule]))).toEqual([]);
    const code = file.endsWith('.md') ? [...text.matchAll(/`[^`\n]+`/g)].join(' ') : text;
    expect(distinct.filter((name) => new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
  });

  test('documents are found in pages and modules', () => {
    const counted = (file: string) => documentsIn(file, readFileSync(file, 'utf8')).length;
    expect(counted('README.md')).toBeGreaterThan(3);
    expect(counted('docs/graphql.md')).toBeGreaterThan(10);
    expect(counted('demo/run.ts')).toBeGreaterThan(3);
  });

  test('the reason of a deprecation names a successor', () => {
    for (const { deprecationReason } of parts())
      if (deprecationReason) expect(deprecationReason).toMatch(/Use `?[\w.]+/);
  });
});

describe('a former name returns what its successor returns', () => {
  let world: World;
  let tenant: Tenant;
  beforeAll(async () => {
    world = await World.shared();
    tenant = await world.tenant();
    await tenant.scim('GET', '/Users?filter=userName%20eq%20%22x%40acme.test%22');
  });
  afterAll(() => world.close());

  const both = (type: string) =>
    Object.entries(formerNames[type] ?? {})
      .flat()
      .join(' ');
  const expectPairs = (type: string, object: Record<string, unknown>) => {
    for (const [former, successor] of Object.entries(formerNames[type] ?? {})) {
      expect(object[former]).toEqual(object[successor]);
      expect(object[successor]).toBeDefined();
    }
  };

  test('of a request, a policy and an explanation', async () => {
    const query = `query($id: ID!) { connection(id: $id) { jit { ${both('JitPolicy')} }
      requests(first: 1) { nodes { ${both('ProvisioningRequest')} } }
      explain(userName: "x@acme.test") { lookUps { id } lookups { id } } } }`;
    const { connection } = await tenant.gql(query, { id: tenant.connectionId });
    expectPairs('JitPolicy', connection.jit);
    expectPairs('ProvisioningRequest', connection.requests.nodes[0]);
    expect(connection.requests.nodes[0]).toMatchObject({ httpStatus: 200, receivedAt: expect.any(String) });
    expect(connection.explain.lookups).toHaveLength(1);
    expectPairs('PersonExplanation', connection.explain);
  });

  test('of a timeline, a delivery and a test delivery', async () => {
    const { createWebhookEndpoint } = await tenant.gql(
      'mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { webhookEndpoint { id } } }',
      { i: { organizationId: tenant.organizationId, url: 'https://hooks.invalid/' } },
    );
    const { sendTestEvent } = await tenant.gql(
      `mutation($id: ID!) { sendTestEvent(id: $id) { ${both('TestDelivery')} } }`,
      {
        id: createWebhookEndpoint.webhookEndpoint.id,
      },
    );
    expectPairs('TestDelivery', sendTestEvent);
    const { createUser } = await tenant.gql(
      `mutation($i: CreateUserInput!) { createUser(input: $i) { user { timeline(first: 1) { nodes { ${both('TimelineEntry')} } } } } }`,
      { i: { organizationId: tenant.organizationId, userName: 't@acme.test' } },
    );
    expectPairs('TimelineEntry', createUser.user.timeline.nodes[0]);
  });

  test('of an argument and of an input; both together are refused', async () => {
    const { createGroup } = await tenant.gql(
      'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }',
      { i: { organizationId: tenant.organizationId, displayName: 'g' } },
    );
    const query =
      'mutation($g: ID!, $m: [ID!], $u: [ID!]) { addGroupMembers(groupId: $g, memberIds: $m, userIds: $u) { group { id } } }';
    const ask = async (more: object) =>
      (await world.request(query, { g: createGroup.group.id, ...more }, tenant.key)).errors;
    expect(await ask({ u: [] })).toBeUndefined();
    expect(await ask({ m: [] })).toBeUndefined();
    expect((await ask({}))[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'memberIds' });
    expect((await ask({ m: [], u: [] }))[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'userIds' });
    const update =
      'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { jit { trustsEmail } } } }';
    const set = async (jit: object) => world.request(update, { i: { id: tenant.connectionId, jit } }, tenant.key);
    expect((await set({ trustsEmail: true })).data.updateConnection.connection.jit.trustsEmail).toBe(true);
    expect((await set({ vouchesForEmail: false })).data.updateConnection.connection.jit.trustsEmail).toBe(false);
    expect((await set({ trustsEmail: true, vouchesForEmail: true })).errors[0].extensions.field).toBe(
      'jit.vouchesForEmail',
    );
  });
});
