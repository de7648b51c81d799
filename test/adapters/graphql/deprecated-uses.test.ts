import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSchema, getOperationAST, parse } from 'graphql';
import { DeprecationCounter } from '../../../src/adapters/graphql/engine/deprecated-uses.js';
import { DeprecatedParts } from '../../../src/adapters/graphql/engine/find-deprecated.js';
import { type Anything, eventually, type Tenant, World } from '../../support/world.js';

const schema = buildSchema(`
  enum Color { RED GREEN @deprecated }
  input Inner { old: Int @deprecated, next: Inner, colors: [Color!] }
  input Plain { name: String }
  interface Named { title: String @deprecated }
  type Thing implements Named { title: String @deprecated, name(long: Boolean @deprecated): String, thing: Thing }
  type Query { thing(inner: Inner, color: Color, plain: Plain): Thing, named: Named }
`);

const usesOf = (text: string, variables?: Record<string, unknown>, name?: string) => {
  const document = parse(text);
  const operation = getOperationAST(document, name);
  if (!operation) throw new Error('no operation');
  return [...new DeprecatedParts(schema).usedBy({ document, operation, variables })].sort();
};

describe('the deprecated parts that an operation uses', () => {
  test.each<[string, string[], Record<string, unknown>?]>([
    ['{ thing { thing { __typename } } }', []],
    ['{ thing { title thing { title } } }', ['Thing.title']],
    ['{ named { title } }', ['Named.title']],
    ['{ thing { ...F } } fragment F on Thing { name(long: true) }', ['Thing.name(long:)']],
    ['{ thing(color: GREEN) { __typename } }', ['Color.GREEN']],
    ['{ thing(inner: { next: { old: 1, colors: [RED] } }) { __typename } }', ['Inner.old']],
    ['query($c: Color) { thing(color: $c) { __typename } }', ['Color.GREEN'], { c: 'GREEN' }],
    ['query($c: Color) { thing(color: $c) { __typename } }', [], { c: 'RED' }],
    ['query($i: Inner) { thing(inner: $i) { __typename } }', ['Inner.old'], { i: { next: { old: null } } }],
    ['query($i: Inner) { thing(inner: $i) { __typename } }', ['Color.GREEN'], { i: { colors: ['RED', 'GREEN'] } }],
    ['query($i: Inner) { thing(inner: $i) { __typename } }', [], { i: null }],
    ['query($p: Plain) { thing(plain: $p) { title } }', ['Thing.title'], { p: { name: 'old' } }],
  ])('%s', (text, expected, variables) => {
    expect(usesOf(text, variables)).toEqual(expected);
  });

  test('those of another operation of the document do not count', () => {
    const text = 'query A { thing { ...F } } query B { thing { __typename } } fragment F on Thing { title }';
    expect([usesOf(text, {}, 'A'), usesOf(text, {}, 'B')]).toEqual([['Thing.title'], []]);
  });
});

test('a used part is logged at most once a day, with its count', () => {
  let now = new Date('2030-01-01T00:00:00Z');
  const lines: object[] = [];
  const counter = new DeprecationCounter(() => now, { info: (fields) => lines.push(fields) });
  counter.add(['A.a']);
  counter.add(['A.a', 'B.b']);
  now = new Date('2030-01-01T23:59:59Z');
  counter.add(['A.a']);
  now = new Date('2030-01-02T00:00:00Z');
  counter.add(['A.a']);
  expect(lines).toEqual([
    { name: 'A.a', count: 1 },
    { name: 'B.b', count: 1 },
    { name: 'A.a', count: 4 },
  ]);
  expect(counter.list()).toMatchObject([
    { name: 'A.a', count: 4, lastUsedAt: now },
    { name: 'B.b', count: 1 },
  ]);
});

describe('over HTTP and sockets', () => {
  let world: World;
  let tenant: Tenant;
  beforeAll(async () => {
    world = await World.start();
    tenant = await world.tenant();
  });
  afterAll(() => world.close());

  const uses = async (): Promise<Record<string, number>> => {
    const { deployment } = await world.gql('{ deployment { deprecatedUses { name count lastUsedAt } } }');
    return Object.fromEntries(deployment.deprecatedUses.map(({ name, count }: Anything) => [name, count]));
  };

  test('each execution counts, compiled or not, and each subscription once', async () => {
    const before = await uses();
    const query = 'query($o: ID!) { organization(id: $o) { users { nodes { roles } } } }';
    for (let n = 0; n < 5; n++) await tenant.gql(query, { o: tenant.organizationId });
    await tenant.gql(
      'query($o: ID!) { organization(id: $o) { events(since: "2020-01-01T00:00:00Z") { nodes { id } } } }',
      {
        o: tenant.organizationId,
      },
    );
    const stream = world.follow(
      'subscription($o: ID!) { events(organizationId: $o, types: [USER_PROVISIONED]) { id } }',
      { o: tenant.organizationId },
    );
    await tenant.gql('query($o: ID!) { organization(id: $o) { users { nodes { access { roles } } } } }', {
      o: tenant.organizationId,
    });
    await eventually(async () => 'Subscription.events(types:)' in (await uses()));
    const now = await uses();
    await stream.stop();
    expect(now['User.roles']).toBe((before['User.roles'] ?? 0) + 5);
    expect(now['Organization.events(since:)']).toBe(1);
    expect(now['Subscription.events(types:)']).toBe(1);
  });

  test('a refused document does not count', async () => {
    const before = await uses();
    await world.request('{ organization(id: "org_x") { users { nodes { managedBy { unknown } } } } }');
    expect(await uses()).toEqual(before);
  });

  test('a key of an organization cannot read the counts', async () => {
    const { data, errors } = await world.request('{ deployment { deprecatedUses { name } } }', {}, tenant.key);
    expect([data, errors[0].extensions.code]).toEqual([{ deployment: null }, 'FORBIDDEN']);
  });
});
