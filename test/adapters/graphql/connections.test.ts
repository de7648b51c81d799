import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { record } from '../../../bench/trace.js';
import { SamlIdp } from '../../support/saml-idp.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
let one: Tenant;
let two: Tenant;
let saml: SamlIdp;
let ids: Record<'okta' | 'entra' | 'draft' | 'other' | 'saml', string>;
const mark = `Connection ${Date.now()}`;
beforeAll(async () => {
  world = await World.shared();
  saml = await SamlIdp.make();
  one = await world.tenant({ name: `${mark} Okta` });
  two = await world.tenant({ name: `${mark} other`, provider: 'ENTRA' });
  const create = async (input: object) =>
    (
      await one.gql('mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }', {
        i: { organizationId: one.organizationId, ...input },
      })
    ).createConnection.connection.id;
  ids = {
    okta: one.connectionId,
    entra: await create({ name: `${mark} Entra`, provider: 'ENTRA', scim: true }),
    draft: await create({ name: `${mark} draft`, provider: 'OKTA' }),
    other: two.connectionId,
    saml: await create({ name: `${mark} signs`, provider: 'GENERIC', saml: saml.facet, state: 'DRAFT' }),
  };
  await one.gql(
    'mutation($c: ID!) { rotateScimToken(connectionId: $c, overlapSeconds: 0, expiresAt: "2100-01-01T00:00:00Z") { token } }',
    { c: ids.entra },
  );
});
afterAll(() => world.close());

const query = `query($f: ConnectionFilter, $first: Int, $after: Cursor) { connections(first: $first, after: $after, filter: $f) {
  totalCount nodes { id organization { id } scim { tokens { hint expiresAt } clients { name } } } pageInfo { hasNextPage endCursor } } }`;
const found = async (filter: object, key?: string): Promise<string[]> => {
  const { connections } = await world.gql(query, { f: { search: mark, ...filter } }, key);
  expect(connections.totalCount).toBe(connections.nodes.length);
  return connections.nodes.map(({ id }: Anything) => Object.entries(ids).find(([, each]) => each === id)?.[0]).sort();
};

test('a platform key lists the connections of all organizations, another caller those of its own', async () => {
  expect(await found({})).toEqual(['draft', 'entra', 'okta', 'other', 'saml']);
  expect(await found({}, one.key)).toEqual(['draft', 'entra', 'okta', 'saml']);
  expect(await found({}, two.key)).toEqual(['other']);
});

test('the id of another organization is refused like an unknown one', async () => {
  for (const organizationId of [one.organizationId, 'org_01aaaaaaaaaaaaaaaaaaaaaaaa', 'x']) {
    const { errors } = await world.request(query, { f: { organizationId } }, two.key);
    expect(errors[0].extensions.code).toBe('NOT_FOUND');
  }
});

test.each<[name: string, filter: () => object, connections: string[]]>([
  ['organizationId', () => ({ organizationId: two.organizationId }), ['other']],
  ['provider', () => ({ provider: ['ENTRA'] }), ['entra', 'other']],
  ['state', () => ({ state: ['DRAFT'] }), ['draft', 'saml']],
  ['search', () => ({ search: `${mark} ENT`.toUpperCase() }), ['entra']],
  ['expiringBefore', () => ({ expiringBefore: '2099-01-01T00:00:00Z' }), ['okta', 'other', 'saml']],
  [
    'expiringBefore of a certificate',
    () => ({ expiringBefore: new Date(new X509Certificate(saml.certificate).validTo).toISOString(), state: ['DRAFT'] }),
    [],
  ],
  ['expiringBefore: expired tokens do not count', () => ({ expiringBefore: '2020-01-01T00:00:00Z' }), []],
  ['an empty list', () => ({ state: [] }), []],
])('connections are filtered by %s', async (_name, filter, connections) => {
  expect(await found(filter())).toEqual(connections);
});

test('pages contain each connection once', async () => {
  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const { connections } = await world.gql(query, { f: { search: mark }, first: 1, after });
    seen.push(...connections.nodes.map(({ id }: Anything) => id));
    after = connections.pageInfo.endCursor;
    if (!connections.pageInfo.hasNextPage) break;
  }
  expect([...seen].sort()).toEqual(Object.values(ids).sort());
});

test('organizations, tokens and clients of a page of connections need one statement each', async () => {
  const statements = async (first: number) => {
    const counts: number[] = [];
    for (let n = 0; n < 4; n++)
      counts.push((await record(async () => void (await world.gql(query, { f: { search: mark }, first })))).length);
    return Math.min(...counts);
  };
  await statements(1);
  expect(await statements(4)).toBe(await statements(1));
});

test('connections of a deleted organization are not listed', async () => {
  const gone = await world.tenant({ name: `${mark} gone` });
  await world.gql('mutation($id: ID!) { deleteOrganization(id: $id) { deletedId } }', { id: gone.organizationId });
  expect(await found({})).toEqual(['draft', 'entra', 'okta', 'other', 'saml']);
});
