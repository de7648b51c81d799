import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { errorBody, scimAnswer } from '../../../../src/adapters/scim/http/errors.js';
import { applyPatch } from '../../../../src/adapters/scim/patch/apply.js';
import { parsePatch } from '../../../../src/adapters/scim/patch/operation.js';
import { tolerate } from '../../../../src/adapters/scim/tolerances/index.js';
import { resourceTypesOf } from '../../../../src/directory/connections/rules/extension-schemas.js';
import { profileOfIdp } from '../../../../src/identity-providers/profiles/index.js';
import type { ResourceType } from '../../../../src/scim-model/definition.js';
import { userType } from '../../../../src/scim-model/user-schema.js';

const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const acme = 'urn:ietf:params:scim:schemas:extension:acme:2.0:User';
const dotted = 'urn:example:hr:2.0';
const declared = resourceTypesOf([
  {
    id: dotted,
    resourceType: 'User',
    attributes: [
      { name: 'badge', type: 'string' },
      { name: 'tags', type: 'string', multiValued: true },
      { name: 'days', type: 'dateTime', multiValued: true },
      {
        name: 'cards',
        type: 'complex',
        multiValued: true,
        subAttributes: [
          { name: 'value', type: 'string' },
          { name: 'type', type: 'string', canonicalValues: ['gold'] },
          { name: 'primary', type: 'boolean' },
        ],
      },
    ],
  },
]).user;

type Resource = Record<string, unknown>;
type Provider = 'OKTA' | 'ENTRA' | 'GENERIC';

/** Returns the resource after the operations of a provider, or the status and the scimType of the error. */
function patched(
  before: Resource,
  operations: unknown[],
  { type = userType, provider = 'OKTA' }: { type?: ResourceType; provider?: Provider } = {},
): unknown {
  const frozen = structuredClone(before);
  try {
    return applyPatch(
      type,
      before,
      tolerate(parsePatch({ Operations: operations }), profileOfIdp(provider), new Set()),
    );
  } catch (error) {
    const answer = scimAnswer(error);
    if (!answer) throw error;
    return [answer.status, errorBody(answer).scimType];
  } finally {
    expect(before).toEqual(frozen);
  }
}
const add = (path: string | undefined, value: unknown) => ({ op: 'add', path, value });
const replace = (path: string | undefined, value: unknown) => ({ op: 'replace', path, value });
const remove = (path: string, value?: unknown) => ({ op: 'remove', path, value });
const providers: Provider[] = ['OKTA', 'ENTRA', 'GENERIC'];

describe('RFC 7644 section 3.10, the URN of an attribute', () => {
  const spellings = [`${acme}:badge`, `${acme}.badge`, `${acme.toUpperCase()}:BADGE`];

  test.each(spellings)('an extension that the resource has: %s', (path) => {
    const before = { [acme]: { badge: '1', site: 'S' } };
    expect(patched(before, [add(path, '7')])).toEqual({ [acme]: { badge: '7', site: 'S' } });
    expect(patched(before, [remove(path)])).toEqual({ [acme]: { site: 'S' } });
    for (const provider of providers)
      expect(patched(before, [replace(undefined, { [path]: '7' })], { provider })).toEqual({
        [acme]: { badge: '7', site: 'S' },
      });
  });

  test.each([`${acme}:badge`, `${acme}.badge`])('an extension that is new, by RFC 7643 section 10.2.1: %s', (path) => {
    expect(patched({}, [add(path, '7')])).toEqual({ [acme]: { badge: '7' } });
    expect(patched({ title: 'T' }, [remove(path)])).toEqual({ title: 'T' });
    expect(patched({}, [add(undefined, { [path]: '7' })])).toEqual({ [acme]: { badge: '7' } });
  });

  test.each([`${dotted}:badge`, `${dotted}.badge`])('a declared URN that ends with a version: %s', (path) => {
    expect(patched({}, [add(path, '7')], { type: declared })).toEqual({ [dotted]: { badge: '7' } });
    expect(patched({}, [add(dotted, { BADGE: '7' })], { type: declared })).toEqual({ [dotted]: { badge: '7' } });
    expect(patched({ [dotted]: { badge: '7' } }, [remove(dotted)], { type: declared })).toEqual({});
  });

  test('a stored URN that ends with a version, without a declaration', () => {
    const before = { [dotted]: { badge: '1', site: 'S' } };
    for (const path of [`${dotted}:badge`, `${dotted}.badge`])
      expect(patched(before, [replace(path, '2')])).toEqual({ [dotted]: { badge: '2', site: 'S' } });
    expect(patched(before, [remove(dotted)])).toEqual({});
    expect(patched(before, [replace(dotted, { badge: '3' })])).toEqual({ [dotted]: { badge: '3', site: 'S' } });
  });

  test('the core URN addresses the resource itself, in a path and as a key', () => {
    const before = { displayName: 'D', title: 'T' };
    for (const operation of [
      add(`${core}:title`, 'X'),
      add(`${core}.title`, 'X'),
      add(core, { title: 'X' }),
      add(undefined, { [core]: { TITLE: 'X' } }),
      add(undefined, { [`${core}:title`]: 'X' }),
    ])
      expect(patched(before, [operation])).toEqual({ displayName: 'D', title: 'X' });
    expect(patched(before, [remove(core)])).toEqual([400, 'mutability']);
    expect(
      patched(before, [add(`${core}:emails[type eq "work"].value`, 'a@b.c')], { provider: 'ENTRA' }),
    ).toMatchObject({
      emails: [{ type: 'work', value: 'a@b.c' }],
    });
  });

  test.each(providers)(
    'section 3.5.2.1, a key with the URN of a complex attribute sets that attribute, for %s',
    (provider) => {
      const after = { [enterprise]: { department: 'D', manager: { value: 'U2' } } };
      const before = { [enterprise]: { department: 'D' } };
      for (const key of [`${enterprise}:manager`, `${enterprise}.manager`, `${enterprise.toLowerCase()}:MANAGER`])
        expect(patched(before, [replace(undefined, { [key]: { value: 'U2' } })], { provider })).toEqual(after);
      const undeclared = { [acme]: { boss: { value: 'U1' } } };
      const set = replace(undefined, { [`${acme}:boss`]: { value: 'U2' } });
      expect(patched(undeclared, [set], { provider })).toEqual({ [acme]: { boss: { value: 'U2' } } });
      expect(patched({}, [set], { provider })).toEqual({ [acme]: { boss: { value: 'U2' } } });
    },
  );

  test('an object under an unknown URN without version and resource type is an extension, as in a POST', () => {
    const custom = 'urn:okta:app_1:1.0:user:custom';
    expect(patched({}, [add(undefined, { [custom]: { badge: '1' } })])).toEqual({ [custom]: { badge: '1' } });
    expect(patched({ [custom]: { badge: '1' } }, [add(`${custom}:site`, 'S')])).toEqual({
      [custom]: { badge: '1', site: 'S' },
    });
    expect(patched({}, [add(custom, { badge: '1' })])).toEqual([400, 'invalidPath']);
  });

  test.each([
    `${acme}:a.b.c`,
    `${acme}:`,
    `${acme}::badge`,
    `${enterprise}:manager.value.x`,
    `${enterprise}[type eq "x"]`,
    `${enterprise}:department.x`,
    'name.givenName.x',
    'title.x',
    'emails.nothing',
    'emails[type eq "work"].nothing',
    'title[value eq "x"]',
    'nonsense',
    '2.0',
    ':',
  ])('section 3.5.2, the path %s is 400 invalidPath', (path) => {
    expect(patched({ title: 'T' }, [add(path, 'x')])).toEqual([400, 'invalidPath']);
  });

  test.each([
    'emails[a.b eq "x"].value',
    'emails[urn:a:type eq "x"]',
    'emails[type[value eq "x"]]',
    'emails[type gt true]',
  ])('section 3.4.2.2, the filter of %s is 400 invalidFilter', (path) => {
    expect(patched({ emails: [{ value: 'a@b.c', type: 'work' }] }, [remove(path)])).toEqual([400, 'invalidFilter']);
  });

  test.each([
    'emails[invalid eq "work"].value',
    'emails[not (bogus eq "x")]',
    'roles[bogus pr]',
    'emails[value pr and not (bogus pr)].type',
  ])('section 3.5.2, the sub-attribute that the schema lacks in %s is 400 invalidPath', (path) => {
    const before = { emails: [{ value: 'a@b.c', type: 'work' }], roles: [{ value: 'admin' }] };
    expect(patched(before, [remove(path)])).toEqual([400, 'invalidPath']);
    expect(patched(before, [replace(path, 'x')])).toEqual([400, 'invalidPath']);
  });

  test.each(['cards[not (bogus eq "x")]', 'tags[not (bogus eq "x")]'])(
    'section 3.5.2, the sub-attribute that a declared schema lacks in %s is 400 invalidPath',
    (path) => {
      const before = { [dotted]: { cards: [{ value: '1' }], tags: ['a'] } };
      expect(patched(before, [remove(`${dotted}:${path}`)], { type: declared })).toEqual([400, 'invalidPath']);
    },
  );

  test('a path as a key is 400 for a provider that does not send paths as keys', () => {
    for (const key of ['name.givenName', 'emails[type eq "work"].value'])
      expect(patched({}, [add(undefined, { [key]: 'x' })])).toEqual([400, 'invalidPath']);
    expect(patched({}, [add(undefined, { 'name.givenName': 'x' })], { provider: 'ENTRA' })).toEqual({
      name: { givenName: 'x' },
    });
  });

  test('RFC 7643 section 2.5, null, [] and "" unassign a whole extension; an add of them adds nothing', () => {
    for (const urn of [enterprise, acme])
      for (const value of [null, [], '']) {
        const before = { title: 'T', [urn]: { a: '1' } };
        expect(patched(before, [replace(urn, value)])).toEqual({ title: 'T' });
        expect(patched(before, [replace(undefined, { [urn]: value })])).toEqual({ title: 'T' });
        expect(patched(before, [add(urn, value)])).toEqual(before);
        expect(patched({ title: 'T' }, [replace(urn, value)])).toEqual({ title: 'T' });
      }
    expect(patched({}, [replace(enterprise, 'x')])).toEqual([400, 'invalidValue']);
  });
});

describe('RFC 7644 section 3.5.2, attributes without a definition', () => {
  const devices = `${acme}:devices`;
  const having = (value: unknown) => ({ [acme]: { devices: value } });

  test('section 3.5.2.1, add appends to a list, whether it gives a list or one value, by path and by key', () => {
    for (const one of [
      (value: unknown) => add(devices, value),
      (value: unknown) => add(acme, { devices: value }),
      (value: unknown) => add(undefined, { [acme]: { DEVICES: value } }),
    ]) {
      const operations = [['D3'], ['D4', 'D5'], 'D6', ['D1'], 'D6'].map(one);
      expect(patched(having(['D1', 'D2']), operations)).toEqual(having(['D1', 'D2', 'D3', 'D4', 'D5', 'D6']));
    }
    const top = { tags2: ['a', 'b'] };
    for (const operation of [add('tags2', ['c']), add('TAGS2', 'c'), add(undefined, { Tags2: ['c'] })])
      expect(patched(top, [operation])).toEqual({ tags2: ['a', 'b', 'c'] });
  });

  test('adding a list to a single value keeps the value; objects are appended to a list of objects', () => {
    expect(patched(having('D1'), [add(devices, ['D2'])])).toEqual(having(['D1', 'D2']));
    expect(patched(having([{ id: 1 }]), [add(devices, { id: 2 })])).toEqual(having([{ id: 1 }, { id: 2 }]));
    expect(patched(having(['a', 'a']), [add(devices, 'b')])).toEqual(having(['a', 'a', 'b']));
  });

  test('section 3.5.2.3, sub-attributes that the operation does not name are unchanged, with their stored names', () => {
    const before = { info: { floor: '1', Room: 'R' } };
    for (const op of [add, replace])
      expect(patched(before, [op('info', { FLOOR: '2' })])).toEqual({ info: { floor: '2', Room: 'R' } });
    expect(patched(before, [replace('info.room', 'Q')])).toEqual({ info: { floor: '1', Room: 'Q' } });
    expect(patched(before, [remove('info.ROOM')])).toEqual({ info: { floor: '1' } });
    expect(patched(before, [replace('info', { floor: null })])).toEqual({ info: { Room: 'R' } });
  });

  test('a sub-attribute or a filter never replaces a value of another shape', () => {
    expect(patched(having('D1'), [replace(`${devices}.x`, '1')])).toEqual([400, 'invalidPath']);
    expect(patched(having(['D1']), [replace(`${devices}.x`, '1')])).toEqual([400, 'invalidPath']);
    expect(patched(having({ a: '1' }), [remove(`${devices}[a eq "2"]`)])).toEqual([400, 'invalidPath']);
    expect(patched(having([{ a: '1' }, { a: '2', b: 'x' }]), [replace(`${devices}[a eq "2"].B`, 'y')])).toEqual(
      having([{ a: '1' }, { a: '2', b: 'y' }]),
    );
    expect(patched(having(['D1', 'D2']), [remove(`${devices}[value eq "D1"]`)])).toEqual(having(['D2']));
    expect(patched(having(['D1']), [replace(`${devices}[value eq "D9"]`, 'x')])).toEqual([400, 'noTarget']);
  });

  test('section 3.5.2.2, a remove with values of a list removes these values', () => {
    expect(patched(having(['D1', 'D2']), [remove(devices, ['D1'])])).toEqual(having(['D2']));
    expect(patched(having(['D1', 'D2']), [remove(devices)])).toEqual({});
    expect(patched(having(['D1']), [remove(devices, null)])).toEqual([400, 'invalidValue']);
  });
});

describe('RFC 7644 section 3.5.2, elements of multi-valued attributes', () => {
  const roles = { roles: [{ value: 'viewer' }, { value: 'editor', display: 'E' }] };

  test.each(providers)('section 3.5.2.1, add merges sub-attributes into the selected element, for %s', (provider) => {
    for (const value of [{ primary: true }, { primary: 'True' }, [{ primary: true }]])
      expect(patched(roles, [add('roles[value eq "viewer"]', value)], { provider })).toEqual({
        roles: [
          { value: 'viewer', primary: true },
          { value: 'editor', display: 'E' },
        ],
      });
    const addresses = { addresses: [{ type: 'work', country: 'DE' }] };
    expect(patched(addresses, [add('addresses[type eq "work"]', { primary: true })], { provider })).toEqual({
      addresses: [{ type: 'work', country: 'DE', primary: true }],
    });
  });

  test('section 3.5.2.3, replace changes only the sub-attributes that it names', () => {
    expect(patched(roles, [replace('roles[value eq "viewer"]', { display: 'V' })])).toEqual({
      roles: [
        { value: 'viewer', display: 'V' },
        { value: 'editor', display: 'E' },
      ],
    });
    const emails = {
      emails: [
        { value: 'a@b.c', type: 'work' },
        { value: 'd@e.f', type: 'home', primary: true },
      ],
    };
    expect(patched(emails, [replace('emails[type eq "work"]', { primary: true })])).toEqual({
      emails: [
        { value: 'a@b.c', type: 'work', primary: true },
        { value: 'd@e.f', type: 'home', primary: false },
      ],
    });
    expect(patched(emails, [replace('emails[type eq "work"]', 'x@y.z')])).toMatchObject({
      emails: [{ value: 'x@y.z', type: 'work' }, {}],
    });
    expect(patched(emails, [replace('emails[type eq "home"]', { type: null })])).toMatchObject({
      emails: [{}, { value: 'd@e.f', primary: true }],
    });
    const addresses = { addresses: [{ type: 'work', country: 'DE', locality: 'Ulm' }] };
    expect(patched(addresses, [replace('addresses[type eq "work"]', { locality: 'Bonn' })])).toEqual({
      addresses: [{ type: 'work', country: 'DE', locality: 'Bonn' }],
    });
    expect(patched(emails, [replace('emails[type eq "work"]', [{ value: 'a' }, { value: 'b' }])])).toEqual([
      400,
      'invalidValue',
    ]);
  });

  test('RFC 7643 section 2.4, adding an existing value adds its sub-attributes to it', () => {
    const more = { value: 'viewer', display: 'Viewer', primary: 'True' };
    const once = { roles: [{ value: 'viewer', display: 'Viewer', primary: true }] };
    for (const provider of providers) {
      expect(patched({ roles: [{ value: 'viewer' }] }, [{ ...add('roles', [more]), op: 'Add' }], { provider })).toEqual(
        once,
      );
      expect(patched(once, [add('roles', [more])], { provider })).toEqual(once);
    }
    for (const name of ['emails', 'phoneNumbers', 'entitlements'])
      expect(
        patched({ [name]: [{ value: 'a@acme.test', type: 'work' }] }, [
          add(name, [{ value: 'A@acme.test', type: 'WORK', primary: true }]),
        ]),
      ).toEqual({ [name]: [{ value: 'a@acme.test', type: 'work', primary: true }] });
    expect(
      patched({ addresses: [{ type: 'work', locality: 'Bonn' }] }, [
        add('addresses', { type: 'work', locality: 'Bonn', primary: true }),
      ]),
    ).toEqual({ addresses: [{ type: 'work', locality: 'Bonn', primary: true }] });
    expect(patched({}, [add('roles', [{ value: 'a' }, { value: 'A', display: 'D' }])])).toEqual({
      roles: [{ value: 'a', display: 'D' }],
    });
  });

  test('sections 3.5.2.1 and 3.5.2.2, dateTimes are added and removed as instants', () => {
    const [noon, same, later] = ['2026-01-31T12:00:00Z', '2026-01-31T13:00:00.000+01:00', '2026-01-31T13:00:00Z'];
    const having = (...days: unknown[]) => ({ [dotted]: { days } });
    const after = (operation: unknown) => patched(having(noon, later), [operation], { type: declared });
    expect(after(add(`${dotted}:days`, [same, '2026-02-01T00:00:00Z']))).toEqual(
      having(noon, later, '2026-02-01T00:00:00Z'),
    );
    expect(after(remove(`${dotted}:days`, [same]))).toEqual(having(later));
    expect(after(remove(`${dotted}:days`, '2026-01-31T14:00:00Z'))).toEqual(having(noon, later));
  });

  test('section 3.5.2.2, a remove of a sub-attribute with values removes these values', () => {
    const before = {
      roles: [
        { value: 'viewer', type: 'a' },
        { value: 'editor', display: 'E' },
      ],
    };
    for (const value of ['viewer', ['Viewer'], [{ value: 'viewer' }]])
      expect(patched(before, [remove('roles.value', value)])).toEqual({ roles: [{ value: 'editor', display: 'E' }] });
    for (const sub of ['value', 'display']) {
      expect(patched(before, [remove(`roles.${sub}`, [])])).toEqual(before);
      expect(patched(before, [remove(`roles.${sub}`, 'other')])).toEqual(before);
      for (const value of [null, '', [null], {}, [{ x: '1' }]])
        expect(patched(before, [remove(`roles.${sub}`, value)])).toEqual([400, 'invalidValue']);
    }
    expect(patched(before, [remove('roles.display', 'e')])).toEqual({
      roles: [{ value: 'viewer', type: 'a' }, { value: 'editor' }],
    });
    const addresses = [
      { country: 'DE', locality: 'Bonn' },
      { country: 'FR', locality: 'Lyon' },
    ];
    expect(patched({ addresses }, [remove('addresses.country', ['DE', 'IT'])])).toEqual({
      addresses: [{ locality: 'Bonn' }, { country: 'FR', locality: 'Lyon' }],
    });
    const devices = [{ a: 'D1', b: '1' }, { a: 'D2' }];
    expect(patched({ devices }, [remove('devices.a', 'D1')])).toEqual({ devices: [{ b: '1' }, { a: 'D2' }] });
  });

  test('section 3.5.2.2, a remove with values removes these values; one with an empty list is 400', () => {
    for (const value of [[{ value: 'viewer' }], { value: 'VIEWER' }, 'viewer', ['viewer']])
      expect(patched(roles, [remove('roles', value)])).toEqual({ roles: [{ value: 'editor', display: 'E' }] });
    expect(patched(roles, [remove(`${core}:roles`, [{ value: 'viewer' }])])).toMatchObject({ roles: [{}] });
    expect(patched(roles, [remove('roles', [])])).toEqual(roles);
    expect(patched(roles, [remove('roles', [{ value: 'other' }])])).toEqual(roles);
    for (const value of [null, [{ display: 'E' }], [{}], '', [{ value: null, type: 'x' }]])
      expect(patched(roles, [remove('roles', value)])).toEqual([400, 'invalidValue']);
    expect(patched(roles, [remove('roles')])).toEqual({});
    const addresses = {
      addresses: [
        { type: 'work', locality: 'Bonn' },
        { type: 'home', locality: 'Ulm' },
      ],
    };
    expect(patched(addresses, [remove('addresses', [{ type: 'work' }])])).toEqual({
      addresses: [{ type: 'home', locality: 'Ulm' }],
    });
    const emails = {
      emails: [
        { value: 'a@b.c', type: 'work' },
        { value: 'a@b.c', type: 'home' },
      ],
    };
    expect(patched(emails, [remove('emails', [{ value: 'a@b.c', type: 'work' }])])).toEqual({
      emails: [{ value: 'a@b.c', type: 'home' }],
    });
  });

  test('section 3.5.2, values without content are 400, unless the IdP is known to send empty ones', () => {
    expect(patched(roles, [add('roles', [{ type: 'x', primary: true }])])).toEqual([400, 'invalidValue']);
    expect(patched(roles, [replace('roles', [{ type: 'x' }])])).toEqual([400, 'invalidValue']);
    expect(patched(roles, [add('roles', [{ type: 'x', value: null }])])).toEqual(roles);
  });

  test('section 3.5.2, an add or replace without a value is 400 invalidValue', () => {
    for (const op of ['add', 'replace']) {
      expect(patched({ title: 'T' }, [{ op, path: 'title' }])).toEqual([400, 'invalidValue']);
      expect(patched({ title: 'T' }, [{ op }])).toEqual([400, 'invalidValue']);
    }
  });
});

describe('RFC 7643 section 2.1, names in undeclared elements are compared in any case', () => {
  const before = () => ({ [acme]: { cards: [{ value: 'a', type: 'x' }, { Value: 'b' }] } });

  test('a remove finds its values', () => {
    for (const value of [[{ Value: 'a' }], [{ VALUE: 'a', TYPE: 'X' }]])
      expect(patched(before(), [remove(`${acme}:cards`, value)])).toEqual({ [acme]: { cards: [{ Value: 'b' }] } });
    expect(patched(before(), [remove(`${acme}:cards`, ['b'])])).toEqual({
      [acme]: { cards: [{ value: 'a', type: 'x' }] },
    });
    expect(patched(before(), [remove(`${acme}:cards`, [{ VALUE: 'a', TYPE: 'y' }])])).toEqual(before());
  });

  test('an add does not repeat an existing value', () => {
    const value = [{ TYPE: 'x', VALUE: 'a' }, { value: 'b' }];
    expect(patched(before(), [add(`${acme}:cards`, value)])).toEqual(before());
  });
});

describe('filteredReplaceCreates (D3)', () => {
  test.each([
    ['emails[type eq "work"].value', { emails: [{ type: 'work', value: 'x' }] }],
    ['phoneNumbers[type eq "fax"].value', { phoneNumbers: [{ type: 'fax', value: 'x' }] }],
    ['addresses[type eq "work"].locality', { addresses: [{ type: 'work', locality: 'x' }] }],
    ['roles[primary eq "True"].value', { roles: [{ primary: true, value: 'x' }] }],
    [`${dotted}:cards[type eq "gold"].value`, { [dotted]: { cards: [{ type: 'gold', value: 'x' }] } }],
  ])('%s creates', (path, after) => {
    for (const op of [add, replace])
      for (const provider of ['ENTRA', 'GENERIC'] as const)
        expect(patched({}, [op(path, 'x')], { provider, type: declared })).toEqual(after);
    expect(patched({}, [replace(path, 'x')], { type: declared })).toEqual([400, 'noTarget']);
  });

  test.each([
    'emails[value eq "nobody"].value',
    'emails[type eq "invented"].value',
    'emails[type ne "work"].value',
    'emails[type sw "work"].value',
    'emails[not (type eq "home")].value',
    'emails[type eq "work" and primary eq true].value',
    'emails[primary eq false].value',
    'emails[type eq "work"].primary',
    `${dotted}:tags[value eq "gold"]`,
    `${acme}:cards[type eq "work"].value`,
  ])('%s is 400 noTarget', (path) => {
    for (const op of [add, replace]) {
      const value = path.endsWith('primary') ? true : 'x';
      expect(patched({}, [op(path, value)], { provider: 'ENTRA', type: declared })).toEqual([400, 'noTarget']);
    }
  });
});

describe('many operations on a long list', () => {
  const list = `${acme}:list`;
  const numbers = (length: number) => Array.from({ length }, (_, n) => n);
  const emails = numbers(5_000).map((n) => ({ value: `e${n}@x.y`, type: 'work', display: `${n}` }));
  const many = (length: number, operation: (n: number) => unknown) => numbers(length).map(operation);

  test('1,000 additions of one value each to an empty list are applied', () => {
    expect(
      patched(
        { [acme]: { site: 'S' } },
        many(1_000, (n) => add(list, [n])),
      ),
    ).toEqual({
      [acme]: { site: 'S', list: numbers(1_000) },
    });
  });

  test('500 additions to 20,000 values are applied', () => {
    const after = patched(
      { [acme]: { list: numbers(20_000) } },
      many(500, (n) => add(list, 20_000 + n)),
    );
    expect(after).toEqual({ [acme]: { list: numbers(20_500) } });
  });

  test('1,000 additions of objects are applied, and each merges with a value that is already there', () => {
    const values = numbers(500).map((n) => ({ value: `v${n}`, display: `${n}`, type: 't' }));
    const again = values.map(({ value }) => ({ value: value.toUpperCase(), display: 'D' }));
    const operations = [...values, ...again.slice(0, 20)].map((value) => add('roles', [value]));
    const expected = values.map((value, n) => (n < 20 ? { ...value, display: 'D' } : value));
    expect(patched({}, operations)).toEqual({ roles: expected });
  });

  test('long lists of removed values are compared as one', () => {
    const [first, second] = [emails.slice(0, 400), emails.slice(400, 800)];
    expect(patched({ emails }, [remove('emails', first), remove('emails', second)])).toEqual({
      emails: emails.slice(800),
    });
  });

  test('additions in one PATCH have the result of one PATCH each', () => {
    const word = fc.constantFrom('a', 'A', 'b', 'c', 'd');
    const value = fc.record(
      { value: word, type: word, display: word, primary: fc.boolean() },
      { requiredKeys: ['value'] },
    );
    const operation = fc.record({
      path: fc.constantFrom('roles', list, `${dotted}:tags`),
      value: fc.array(value, { minLength: 1, maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 8 }), (all) => {
        const tags = (items: { value: string }[]) => items.map((item) => item.value);
        const operations = all.map((each) =>
          add(each.path, each.path === `${dotted}:tags` ? tags(each.value) : each.value),
        );
        const one = (before: Resource, each: unknown) => patched(before, [each], { type: declared }) as Resource;
        expect(patched({}, operations, { type: declared })).toEqual(operations.reduce(one, {}));
      }),
      { numRuns: 500 },
    );
  });

  const text = 'x'.repeat(500_000);
  const objects = numbers(2_000).map((n) => ({ a: n }));

  test.each<[string, Resource, unknown[]]>([
    ['additions to an object', { [acme]: { list: { all: numbers(20_000) } } }, many(500, (n) => add(list, { n }))],
    ['filters', { emails }, many(300, (n) => remove(`emails[value eq "f${n}" or display eq "f"]`))],
    ['filters on a long text', { roles: [{ value: text }] }, many(100, () => remove('roles[value co "y"]'))],
    ['changes of all values', { emails }, many(10, (n) => replace('emails[value pr].display', `${n}`))],
    [
      'removed shapes',
      { [acme]: { list: objects } },
      [
        remove(
          list,
          many(600, (n) => ({ [`n${n}`]: n })),
        ),
      ],
    ],
    ['attributes', {}, [add(undefined, Object.fromEntries(numbers(30_000).map((n) => [`a${n}`, n])))]],
  ])('too many %s are 413', (_, before, operations) => {
    expect(patched(before, operations, { provider: 'ENTRA' })).toEqual([413, 'tooMany']);
  });
});
