import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type GraphQLField,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  lexicographicSortSchema,
} from 'graphql';
import { buildSchema } from '../../../src/adapters/graphql/schema.js';
import { Scene } from '../../support/scene.js';
import type { Anything } from '../../support/world.js';

const page = readFileSync(new URL('../../../docs/graphql.md', import.meta.url), 'utf8');
const schema = lexicographicSortSchema(buildSchema());

const isPlain = ({ type }: GraphQLField<unknown, unknown>) =>
  isListType(getNullableType(type)) && isCompositeType(getNamedType(type));

test('docs/graphql.md lists each array of objects with its limit; all other lists have pages', () => {
  const arrays = Object.values(schema.getTypeMap()).flatMap((type) => {
    const isPage = isObjectType(type) && 'pageInfo' in type.getFields();
    if (!isObjectType(type) || isPage || type.name.startsWith('__')) return [];
    const fields = Object.values(type.getFields()).filter((field) => isPlain(field) && !field.deprecationReason);
    // Each type of event repeats the fields of the interface.
    const shared =
      type
        .getInterfaces()
        .find(({ name }) => name === 'Event')
        ?.getFields() ?? {};
    return fields.map(({ name }) => `${name in shared ? 'Event' : type.name}.${name}`);
  });
  const rows = [...page.matchAll(/^\| (`\w+\.\w+`(?:, `\w+\.\w+`)*) \| (.+) \|$/gm)];
  const listed = rows.flatMap(([, names = '']) => [...names.matchAll(/`([\w.]+)`/g)].map(([, name]) => name));
  expect([...listed].sort()).toEqual([...new Set(arrays)].sort());
});

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.set();
  await scene.user();
});
afterAll(() => scene.close());

/** A list with at least two entries: the object that contains it, and how the entries are identified. */
const lists: [name: string, of: string, setUp: () => Promise<string>, key?: string][] = [
  [
    'Organization.keys',
    'organization',
    async () => {
      await scene.key();
      return scene.org;
    },
  ],
  [
    'Organization.webhooks',
    'organization',
    async () => {
      await scene.endpoint();
      await scene.endpoint();
      return scene.org;
    },
  ],
  [
    'Organization.consumers',
    'organization',
    async () => {
      await scene.consumer();
      await scene.consumer();
      return scene.org;
    },
  ],
  [
    'Organization.applications',
    'organization',
    async () => {
      await scene.application();
      await scene.application();
      return scene.org;
    },
  ],
  ['Query.apiKeys', '', async () => ''],
  ['Query.webhookEndpoints', '', async () => ''],
  ['Query.consumers', '', async () => ''],
  ['Query.applications', '', async () => ''],
  ['Group.children', 'group', async () => scene.group([await scene.group(), await scene.group()])],
  [
    'Group.parents',
    'group',
    async () => {
      const id = await scene.group();
      await scene.group([id]);
      await scene.group([id]);
      return id;
    },
  ],
  [
    'User.activeSessions',
    'user',
    async () => {
      const name = scene.unique('twice');
      await scene.signIn(name);
      return (await scene.signIn(name)).user.id;
    },
  ],
  [
    'Connection.pendingAdoptions',
    'connection',
    async () => {
      await scene.wanted();
      await scene.wanted();
      return scene.tenant.connectionId;
    },
    'user { id }',
  ],
  [
    'Connection.pendingLinks',
    'connection',
    async () => {
      await scene.pendingLink();
      await scene.pendingLink();
      return scene.tenant.connectionId;
    },
  ],
];

describe.each(lists)('%s', (name, of, setUp, key = 'id') => {
  const field = name.split('.')[1] as string;
  const list = `${field}(first: $first, after: $after) {
    totalCount nodes { key: ${key} } edges { cursor node { key: ${key} } } pageInfo { hasNextPage endCursor } }`;
  const query = of
    ? `query($id: ID!, $first: Int, $after: Cursor) { ${of}(id: $id) { ${list} } }`
    : `query($first: Int, $after: Cursor) { ${list} }`;
  const ask = async (variables: object, secret = scene.tenant.key): Promise<Anything> => {
    const { data, errors } = await scene.world.request(query, variables as Record<string, unknown>, secret);
    return errors ? { errors } : (of ? data[of] : data)?.[field];
  };

  test('pages contain each entry once, with its cursor, and count all', async () => {
    const id = await setUp();
    const whole = await ask({ ...(of && { id }) });
    const keys = whole.nodes.map((node: Anything) => JSON.stringify(node.key));
    expect(keys.length).toBeGreaterThanOrEqual(2);
    expect(new Set(keys).size).toBe(keys.length);
    expect(whole).toMatchObject({ totalCount: keys.length, pageInfo: { hasNextPage: false } });
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const part = await ask({ ...(of && { id }), first: 1, after });
      expect(part.totalCount).toBe(keys.length);
      expect(part.edges.map(({ cursor }: Anything) => cursor)).toEqual([part.pageInfo.endCursor]);
      seen.push(...part.nodes.map((node: Anything) => JSON.stringify(node.key)));
      after = part.pageInfo.endCursor;
      if (!part.pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual(keys);
  });

  test('a cursor of another list is refused', async () => {
    const id = await setUp();
    const { organization } = await scene.tenant.gql(
      'query($id: ID!) { organization(id: $id) { users(first: 1, orderBy: { field: CREATED_AT, direction: ASC }) { pageInfo { endCursor } } } }',
      { id: scene.org },
    );
    for (const after of [organization.users.pageInfo.endCursor, 'x']) {
      const { errors } = await ask({ ...(of && { id }), after });
      expect(errors[0].extensions).toMatchObject({ code: 'CURSOR_INVALID', field: 'after' });
    }
  });
});

test('a cursor of one table is refused by a list of another', async () => {
  await scene.endpoint();
  const query = (list: string) => `query($a: Cursor) { ${list}(first: 1, after: $a) { pageInfo { endCursor } } }`;
  const tables = ['apiKeys', 'applications', 'consumers', 'webhookEndpoints'];
  for (const one of tables) {
    const { pageInfo } = (await scene.tenant.gql(query(one)))[one];
    expect(pageInfo.endCursor).toEqual(expect.any(String));
    for (const other of tables.filter((name) => name !== one)) {
      const { errors } = await scene.world.request(query(other), { a: pageInfo.endCursor }, scene.tenant.key);
      expect([one, other, errors[0].extensions.code]).toEqual([one, other, 'CURSOR_INVALID']);
    }
  }
});

describe('the limits of lists without pages are enforced', () => {
  /** Sends the mutation `count` times, in documents of twenty. Returns the codes of the errors. */
  const repeat = async (count: number, field: (n: number) => string): Promise<string[]> => {
    const codes: string[] = [];
    for (let at = 0; at < count; at += 20) {
      const fields = Array.from({ length: Math.min(20, count - at) }, (_, n) => `f${n}: ${field(at + n)}`);
      const { errors = [] } = await scene.world.request(`mutation { ${fields.join(' ')} }`, {}, limited.key);
      codes.push(...errors.map(({ extensions }: Anything) => extensions.code));
    }
    return codes;
  };
  let limited: Scene['tenant'];
  beforeAll(async () => {
    limited = await scene.world.tenant({}, 'Limited');
  });

  test('200 connections of an organization', async () => {
    const create = () =>
      `createConnection(input: { organizationId: "${limited.organizationId}", name: "c", provider: OKTA }) { connection { id } }`;
    expect(await repeat(201, create)).toEqual(['BAD_INPUT', 'BAD_INPUT']);
  });

  test('500 domains of an organization', async () => {
    const input = (count: number) => ({
      name: 'Domains',
      domains: Array.from({ length: count }, (_, n) => `d${n}.test`),
    });
    const create = (count: number) =>
      scene.world.request(
        'mutation($i: CreateOrganizationInput!) { createOrganization(input: $i) { organization { id } } }',
        { i: input(count) },
      );
    expect((await create(500)).errors).toBeUndefined();
    expect((await create(501)).errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'domain' });
  });

  test('50 SCIM clients and 50 valid SCIM tokens of a connection', async () => {
    const id = limited.connectionId;
    const client = () => `createScimClient(input: { connectionId: "${id}", name: "c" }) { client { id } }`;
    expect(await repeat(51, client)).toEqual(['BAD_INPUT']);
    const token = () => `rotateScimToken(connectionId: "${id}") { token }`;
    expect(await repeat(50, token)).toEqual(['BAD_INPUT']);
    // Tokens that have ended do not count.
    await scene.world.database().query('update scim_tokens set expires_at = now() where connection_id = $1', [id]);
    expect(await repeat(1, token)).toEqual([]);
  });

  test('100 default groups of a connection', async () => {
    const ids = Array.from({ length: 101 }, () => '"group_x"').join(' ');
    const update = `updateConnection(input: { id: "${limited.connectionId}", jit: { defaultGroupIds: [${ids}] } }) { connection { id } }`;
    const { errors } = await scene.world.request(`mutation { ${update} }`, {}, limited.key);
    expect(errors[0].extensions).toMatchObject({
      code: 'BAD_INPUT',
      field: expect.stringContaining('defaultGroupIds'),
    });
    expect(errors[0].message).toContain('101');
  });
});
