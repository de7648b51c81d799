import { expect, test } from '@jest/globals';
import {
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql';
import { schema } from '../../support/scene.js';

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

type Described = readonly [path: string, name: string, description: string];

/** Returns every part of a type that has a description, with its path. */
function partsOf(type: GraphQLNamedType): Described[] {
  const described = (path: string, { name, description }: { name: string; description?: string | null }): Described => [
    path,
    name,
    (description ?? '').replace(addedByServer, '').trim(),
  ];
  const own = described(type.name, type);
  if (isEnumType(type))
    return [own, ...type.getValues().map((value) => described(`${type.name}.${value.name}`, value))];
  if (!('getFields' in type)) return [own];
  const fields = Object.values(type.getFields()).flatMap(
    (field: GraphQLField<unknown, unknown> | GraphQLInputField) => {
      const path = `${type.name}.${field.name}`;
      const args = 'args' in field ? field.args : [];
      return [described(path, field), ...args.map((argument) => described(`${path}(${argument.name}:)`, argument))];
    },
  );
  return [own, ...fields];
}

/** Sentences that the server adds to each description that needs them, and that are no description on their own. */
const addedByServer = /Requires the permission .*$|Null clears it\.|Fails with: .*$/gs;

const parts = types.flatMap(partsOf);

test('each type, field, argument, input field and value of an enum has a description', () => {
  expect(parts.length).toBeGreaterThan(2_500);
  expect(parts.filter(([, , description]) => /^(undefined)?$/.test(description)).map(([path]) => path)).toEqual([]);
});

/** Articles, prepositions and other words that add nothing to a name. */
const fillers = new Set('a an and as at by for from in is it its of on or that the this to with'.split(' '));

/** Returns the words of a name or a text, in lower case and in the singular. */
const wordsOf = (text: string): string[] =>
  (text.replace(/([a-z\d])([A-Z])/g, '$1 $2').match(/[A-Za-z\d]+/g) ?? []).map((word) =>
    word.toLowerCase().replace(/s$/, ''),
  );

/** Returns true if the text has no word that is not in the name. */
function isRepetition(name: string, text: string): boolean {
  const known = new Set(wordsOf(name));
  return wordsOf(text).every((word) => known.has(word) || fillers.has(word));
}

test.each([
  ['displayName', 'The display name.', true],
  ['UserStatus', 'Status of a user.', true],
  ['EVENT_ID', 'Id of an event.', true],
  ['displayName', 'Name for display, given by the IdP.', false],
])('"%s: %s" repeats the name: %s', (name, text, expected) => {
  expect(isRepetition(name, text)).toBe(expected);
});

test('no description only repeats the name', () => {
  expect(
    parts.filter(([, name, text]) => isRepetition(name, text)).map(([path, , text]) => `${path}: ${text}`),
  ).toEqual([]);
});

test('a page size in a description is the maximum of its list', () => {
  const described = types.flatMap((type) =>
    isEnumType(type) || isInputObjectType(type) || !('getFields' in type)
      ? []
      : Object.values(type.getFields()).flatMap(({ name, args }) =>
          args.filter((argument) => argument.name === 'first').map(({ description }) => ({ name, description })),
        ),
  );
  for (const { name, description } of described) {
    const maximum = /maximum:? ([\d,]+)/.exec(description ?? '')?.[1]?.replace(',', '');
    const expected = ['events', 'snapshot'].includes(name) ? ['1000'] : ['200', '20'];
    expect([name, expected.includes(maximum ?? '')]).toEqual([name, true]);
  }
});

test('scalars that a standard specifies name it', () => {
  const urls = types.filter(isScalarType).map(({ name, specifiedByURL }) => [name, specifiedByURL ?? null]);
  expect(Object.fromEntries(urls)).toEqual({
    Cursor: null,
    DateTime: 'https://www.rfc-editor.org/rfc/rfc3339',
    JSON: 'https://www.rfc-editor.org/rfc/rfc8259',
    Position: null,
  });
});
