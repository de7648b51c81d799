import { expect, test } from '@jest/globals';
import { isEnumType, isInputObjectType, isIntrospectionType, isScalarType, isSpecifiedScalarType } from 'graphql';
import { schema } from '../../support/scene.js';

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

test('each type and each value of an enum has a description', () => {
  const values = types.flatMap((type) => (isEnumType(type) ? type.getValues() : []));
  expect([...types, ...values].filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
});

test('each query, mutation and subscription has a description, and each argument of queries and subscriptions', () => {
  const [queries, mutations, subscriptions] = [
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ].map((type) => Object.values(type?.getFields() ?? {}));
  const fields = [...(queries ?? []), ...(subscriptions ?? [])];
  const parts = [
    ...[...fields, ...(mutations ?? [])].map(({ name, description }) => ({ name, description })),
    ...fields.flatMap((field) =>
      field.args.map(({ name, description }) => ({ name: `${field.name}(${name}:)`, description })),
    ),
  ];
  expect(parts.length).toBeGreaterThan(100);
  expect(parts.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
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
