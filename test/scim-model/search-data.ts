import fc from 'fast-check';
import { comparisons, type Filter } from '../../src/scim-model/filter.js';
import { pathOf } from '../../src/scim-model/parse-filter.js';
import type { Anything, Tenant } from '../support/world.js';

export const cases = Number(process.env.PROPERTY_CASES ?? 400);

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const declaredUser = 'urn:example:params:scim:schemas:declared:2.0:User';
const declaredGroup = 'urn:example:params:scim:schemas:declared:2.0:Group';
const facility = 'urn:example:params:scim:schemas:facility:2.0:Group';
const custom = 'urn:example:params:scim:schemas:custom:2.0:Any';

const attributesOf = [
  { name: 'count', type: 'integer' },
  { name: 'size', type: 'decimal' },
  { name: 'hired', type: 'dateTime' },
  { name: 'remote', type: 'boolean' },
  { name: 'badge', type: 'string', caseExact: true },
  { name: 'floor', type: 'string' },
  { name: 'site', type: 'reference', caseExact: true, referenceTypes: ['external'] },
  { name: 'cert', type: 'binary', caseExact: true },
  { name: 'counts', type: 'integer', multiValued: true },
  { name: 'dates', type: 'dateTime', multiValued: true },
  {
    name: 'devices',
    type: 'complex',
    multiValued: true,
    subAttributes: [
      { name: 'value', type: 'string' },
      { name: 'serial', type: 'string', caseExact: true },
      { name: 'bought', type: 'dateTime' },
      { name: 'weight', type: 'decimal' },
      { name: 'lent', type: 'boolean' },
    ],
  },
  {
    name: 'desk',
    type: 'complex',
    subAttributes: [
      { name: 'room', type: 'string' },
      { name: 'width', type: 'integer' },
    ],
  },
];

/** The extensions that the tests' connection declares (RFC 7643 section 7). */
export const scimExtensions = [
  { id: declaredUser, name: 'DeclaredUser', attributes: attributesOf },
  { id: declaredGroup, name: 'DeclaredGroup', resourceType: 'Group', attributes: attributesOf },
];

const texts = [
  'a',
  'A',
  'B b',
  'work',
  'HOME',
  '\u{1F600}x',
  'é',
  'e\u0301',
  'ß',
  'İ',
  'Σς',
  '%_',
  '\\',
  '"',
  '10',
  'true',
];
const numbers = [0, 1, -1, 3, 9, 10, -5, 100, 1.5, 0.1, 1e21, -1e-7, 12345678901234567000, 2 ** 53];
const dates = [
  '2024-05-01T00:00:00Z',
  '2024-05-01T02:00:00+02:00',
  '2024-04-30T19:00:00.000-05:00',
  '2024-05-01T00:00:00.000001Z',
  '2024-05-01T00:00:00.5Z',
  '2024-05-01T00:00:00.50+00:00',
  '2024-02-29T23:59:59.999Z',
  '1969-12-31T23:59:59.999999Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-12:00',
];
const instantPool = fc.constantFrom(...dates);
const textPool = fc.constantFrom(...texts);
const numberPool = fc.constantFrom(...numbers);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

const scalar = fc.oneof(textPool, numberPool, fc.boolean(), instantPool);
const anyValue = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.record({ value: scalar, Kind: textPool }, { requiredKeys: [] }),
  fc.array(fc.record({ value: scalar, type: textPool }, { requiredKeys: [] }), { maxLength: 3 }),
);

const declaredValues = fc.record(
  {
    count: fc.constantFrom(-5, 10, 100, 3, 9, 0),
    size: numberPool,
    hired: instantPool,
    remote: fc.boolean(),
    badge: textPool,
    floor: textPool,
    site: textPool,
    cert: fc.constantFrom('AAECAw==', 'aGVsbG8=', 'aGVsbG8', 'Zm9v', ''),
    counts: fc.array(fc.integer({ min: -3, max: 12 }), { maxLength: 3 }),
    dates: fc.array(instantPool, { maxLength: 3 }),
    devices: fc.array(
      fc.record(
        { value: textPool, serial: textPool, bought: instantPool, weight: numberPool, lent: fc.boolean() },
        { requiredKeys: [] },
      ),
      { maxLength: 3 },
    ),
    desk: fc.record({ room: textPool, width: fc.integer({ min: -3, max: 3 }) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
/** Values stored before their schema was declared: any JSON under names that are declared later. */
const undeclaredValues = fc.record(
  {
    count: anyValue,
    hired: anyValue,
    Remote: anyValue,
    badge: anyValue,
    counts: anyValue,
    devices: anyValue,
    desk: anyValue,
  },
  { requiredKeys: [] },
);
const customValues = fc.record(
  { badge: anyValue, Floor: anyValue, 'x-1': anyValue, count: numberPool },
  { requiredKeys: [] },
);
const multi = fc.array(
  fc.record(
    { value: textPool, type: fc.constantFrom('work', 'HOME', 'b'), display: textPool, primary: fc.boolean() },
    { requiredKeys: ['value'] },
  ),
  { maxLength: 3 },
);

const given = <T extends object>(value: T): Anything =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));

const userBody = (extension: fc.Arbitrary<object>) =>
  fc
    .record({
      title: optional(textPool),
      nickName: optional(textPool),
      displayName: optional(textPool),
      externalId: fc.boolean(),
      active: fc.boolean(),
      name: optional(fc.record({ givenName: textPool, familyName: textPool }, { requiredKeys: [] })),
      emails: multi,
      phoneNumbers: multi,
      roles: multi,
      profileUrl: optional(textPool),
      manager: optional(fc.constantFrom('MANAGER', 'nobody yet')),
      department: optional(textPool),
      [declaredUser]: optional(extension),
      [custom]: optional(customValues),
    })
    .map(({ manager, department, ...rest }) =>
      given({ ...rest, [enterprise]: given({ department, ...(manager && { manager: { value: manager } }) }) }),
    );
const groupBody = (extension: fc.Arbitrary<object>) =>
  fc
    .record({
      displayName: textPool,
      externalId: fc.boolean(),
      members: fc.uniqueArray(fc.nat({ max: 29 }), { maxLength: 5 }),
      nested: fc.uniqueArray(fc.nat({ max: 9 }), { maxLength: 2 }),
      [declaredGroup]: optional(extension),
      [custom]: optional(customValues),
      [facility]: optional(fc.record({ department: anyValue, manager: anyValue }, { requiredKeys: [] })),
    })
    .map(given);

/** Twenty users and ten groups created before their extension was declared, and ten of each created after it. */
export const resources = fc.record({
  before: fc.record({
    users: fc.array(userBody(undeclaredValues), { minLength: 20, maxLength: 20 }),
    groups: fc.array(groupBody(undeclaredValues), { minLength: 5, maxLength: 5 }),
  }),
  after: fc.record({
    users: fc.array(userBody(declaredValues), { minLength: 20, maxLength: 20 }),
    groups: fc.array(groupBody(declaredValues), { minLength: 10, maxLength: 10 }),
  }),
});
export type Resources = typeof resources extends fc.Arbitrary<infer T> ? T : never;

/** Sends the resources as an IdP would, and returns them as SCIM shows them. */
export async function store(
  tenant: Tenant,
  { before, after }: Resources,
): Promise<{ users: Anything[]; groups: Anything[] }> {
  const userIds: string[] = [];
  const groupIds: string[] = [];
  const send = async (path: string, body: Anything): Promise<string> => {
    const { status, body: made } = await tenant.scim('POST', path, body);
    if (status !== 201) throw new Error(`${path} ${status} ${JSON.stringify(made)} ${JSON.stringify(body)}`);
    return made.id;
  };
  const sendAll = async ({ users, groups }: Resources['before']) => {
    for (const user of users) {
      const n = userIds.length;
      const text = JSON.stringify(user).replaceAll('"MANAGER"', JSON.stringify(userIds[n % 7] ?? 'nobody yet'));
      const body = {
        ...JSON.parse(text),
        userName: `${'Uu'[n % 2]}ser${n}@acme.com`,
        externalId: user.externalId ? `X${n}` : undefined,
      };
      userIds.push(await send('/Users', body));
    }
    for (const { members, nested, ...group } of groups) {
      const n = groupIds.length;
      const ids = [...members.map((at: number) => userIds[at]), ...nested.map((at: number) => groupIds[at])];
      const values = ids.filter(Boolean).map((value) => ({ value }));
      groupIds.push(
        await send('/Groups', { ...group, externalId: group.externalId ? `G${n}` : undefined, members: values }),
      );
    }
  };
  await sendAll(before);
  const declare = 'mutation($input: UpdateConnectionInput!) { updateConnection(input: $input) { connection { id } } }';
  await tenant.gql(declare, { input: { id: tenant.connectionId, scimExtensions } });
  await sendAll(after);
  const all = async (path: string) => (await tenant.scim('GET', `${path}?count=200`)).body.Resources;
  return { users: await all('/Users'), groups: await all('/Groups') };
}

const common = [
  'id',
  'externalId',
  'schemas',
  'meta',
  'meta.created',
  'meta.lastModified',
  'meta.resourceType',
  'meta.location',
  'meta.version',
];
const inDeclared = (urn: string) =>
  [
    'count',
    'size',
    'hired',
    'remote',
    'Badge',
    'floor',
    'site',
    'cert',
    'counts',
    'dates',
    'devices',
    'devices.value',
    'devices.serial',
    'devices.bought',
    'devices.weight',
    'devices.lent',
    'devices.colour',
    'desk',
    'desk.room',
    'desk.width',
    'unknown',
  ].map((name) => `${urn}:${name}`);
const inCustom = ['badge', 'floor', 'X-1', 'count', 'badge.value', 'badge.kind', 'none'].map(
  (name) => `${custom}:${name}`,
);
const wholes = [enterprise, custom, `${custom}.badge`, `${custom.toUpperCase()}:badge`];

/** The attributes of each resource type that filters and orders name. */
export const names = {
  users: [
    ...common,
    'userName',
    'username',
    'title',
    'nickName',
    'displayName',
    'active',
    'name',
    'name.givenName',
    'name.familyName',
    'name.none',
    'emails',
    'emails.value',
    'emails.type',
    'emails.primary',
    'emails.display',
    'phoneNumbers.value',
    'roles',
    'roles.type',
    'profileUrl',
    'groups',
    'groups.value',
    'groups.display',
    'groups.type',
    'groups.$ref',
    'manager',
    'manager.value',
    'manager.displayName',
    'manager.$ref',
    'department',
    `${enterprise}:department`,
    `${enterprise}:other`,
    declaredUser,
    ...inDeclared(declaredUser),
    ...inCustom,
    ...wholes,
    'password',
  ],
  groups: [
    ...common,
    'displayName',
    'members',
    'members.value',
    'members.type',
    'members.display',
    'members.$ref',
    `${facility}:department`,
    `${facility}:manager`,
    `${facility}:manager.value`,
    // A schema of users, which no group has.
    `${enterprise}:department`,
    declaredGroup,
    ...inDeclared(declaredGroup),
    ...inCustom,
    ...wholes,
  ],
};
const bracketed = {
  users: [
    'emails',
    'phoneNumbers',
    'roles',
    'groups',
    'name',
    'meta',
    'schemas',
    'manager',
    'userName',
    `${declaredUser}:devices`,
    `${declaredUser}:counts`,
    `${declaredUser}:dates`,
    `${declaredUser}:desk`,
    `${custom}:badge`,
    custom,
  ],
  groups: [
    'members',
    'meta',
    'schemas',
    'displayName',
    `${declaredGroup}:devices`,
    `${declaredGroup}:counts`,
    `${declaredGroup}:desk`,
    `${custom}:badge`,
    `${facility}:department`,
  ],
};
const subs = [
  'value',
  'type',
  'primary',
  'display',
  '$ref',
  'Kind',
  'familyName',
  'resourceType',
  'created',
  'serial',
  'bought',
  'weight',
  'lent',
  'room',
  'width',
  'displayName',
  'badge',
  'a.b',
];

const pathIn = (list: readonly string[]) =>
  fc.constantFrom(...list).map((text) => pathOf({ kind: 'word', text, at: 0 }));

/** Filters over one resource type; `found` are values that the resources have. */
export function filters(kind: 'users' | 'groups', found: readonly string[]): fc.Arbitrary<Filter> {
  const literal = fc.oneof(
    { weight: 3, arbitrary: textPool },
    { weight: 3, arbitrary: fc.constantFrom(...found) },
    { weight: 2, arbitrary: numberPool },
    { weight: 3, arbitrary: instantPool },
    fc.boolean(),
    fc.constantFrom('', null, 'TRUE', '2024-05-01', '2024-02-30T00:00:00Z', 'user', '-1e-7', 'urn:', 'g', 's'),
    fc.string({ maxLength: 3, unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  );
  const test = (path: fc.Arbitrary<Anything>) =>
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('compare'),
          path,
          op: fc.constantFrom(...comparisons),
          value: literal,
        }),
      },
      fc.record({ kind: fc.constant('present'), path }),
    ) as fc.Arbitrary<Filter>;
  const joined = (leaf: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> =>
    fc.letrec<{ filter: Filter }>((tie) => ({
      filter: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        { weight: 4, arbitrary: leaf },
        fc.record({
          kind: fc.constantFrom('and', 'or'),
          left: tie('filter'),
          right: tie('filter'),
        }) as fc.Arbitrary<Anything>,
        fc.record({ kind: fc.constant('not'), filter: tie('filter') }) as fc.Arbitrary<Anything>,
      ),
    })).filter;
  const element = fc.record({
    kind: fc.constant('element'),
    path: pathIn(bracketed[kind]),
    filter: joined(test(pathIn(subs))),
    also: fc.option(test(pathIn(subs)), { nil: null, freq: 4 }),
  }) as fc.Arbitrary<Filter>;
  return joined(fc.oneof({ weight: 3, arbitrary: test(pathIn(names[kind])) }, element));
}

/** Returns the strings of the resources, so that filters find something. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value, value.toUpperCase(), value.slice(0, 4)];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(stringsIn) : [];
}
