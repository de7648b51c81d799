import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  buildSchema as parseSchema,
} from 'graphql';
import { World } from '../../support/world.js';

/** The contract with callers: names, arguments and nullability. The server can extend it, and cannot remove from it. */
const contract = parseSchema(readFileSync('schema/contract.graphql', 'utf8'));
let world: World;
let served: GraphQLSchema;
beforeAll(async () => {
  world = await World.shared();
  const limit = { query: getIntrospectionQuery({ inputValueDeprecation: true }), variables: {} };
  served = buildClientSchema(await world.gql(limit.query));
});
afterAll(() => world.close());

/** Returns a line for each part of the contract of a type, so that a failure names the part. */
function linesOf(schema: GraphQLSchema, name: string): string[] {
  const type = schema.getType(name);
  if (isEnumType(type)) return type.getValues().map((value) => `${name}.${value.name}`);
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map((field) => `${name}.${field.name}: ${field.type}`);
  if (!isObjectType(type) && !isInterfaceType(type)) return [name];
  const interfaces = type.getInterfaces().map((each) => `${name} implements ${each.name}`);
  const fields = Object.values(type.getFields()).flatMap((field) => [
    `${name}.${field.name}: ${field.type}`,
    ...field.args.map((argument) => `${name}.${field.name}(${argument.name}: ${argument.type})`),
  ]);
  return [...interfaces, ...fields];
}

const partsOf = (schema: GraphQLSchema, name: string) =>
  linesOf(schema, name).map((line) => line.replace(/: [^:()]+(?=\)?$)/, ''));

describe('the schema satisfies the contract', () => {
  const names = Object.keys(contract.getTypeMap()).filter((name) => !name.startsWith('__'));
  test.each(names)('%s', (name) => {
    const kept = new Set(linesOf(served, name));
    expect(linesOf(contract, name).filter((promise) => !kept.has(promise))).toEqual([]);
  });

  test('marks what the schema marks as deprecated', () => {
    const deprecatedIn = (schema: GraphQLSchema) => {
      const found = new Set<string>();
      for (const type of Object.values(schema.getTypeMap())) {
        if (!isObjectType(type) && !isInputObjectType(type)) continue;
        for (const field of Object.values(type.getFields())) {
          if (field.deprecationReason != null) found.add(`${type.name}.${field.name}`);
          for (const argument of 'args' in field ? field.args : [])
            if (argument.deprecationReason != null) found.add(`${type.name}.${field.name}(${argument.name})`);
        }
      }
      return found;
    };
    const promised = new Set(names.flatMap((name) => partsOf(contract, name)));
    expect([...deprecatedIn(contract)].sort()).toEqual(
      [...deprecatedIn(served)].filter((part) => promised.has(part)).sort(),
    );
  });

  test('additions to the schema require no change of existing callers', () => {
    const required: string[] = [];
    for (const [name, type] of Object.entries(contract.getTypeMap())) {
      const now = served.getType(name);
      if (isInputObjectType(type) && isInputObjectType(now)) {
        const added = Object.values(now.getFields()).filter((field) => !type.getFields()[field.name]);
        required.push(
          ...added.filter((field) => String(field.type).endsWith('!')).map((field) => `${name}.${field.name}`),
        );
      }
      if (!isObjectType(type) || !isObjectType(now) || name.startsWith('__')) continue;
      for (const field of Object.values(type.getFields())) {
        const known = new Set(field.args.map((argument) => argument.name));
        const added = now.getFields()[field.name]?.args.filter((argument) => !known.has(argument.name)) ?? [];
        required.push(
          ...added
            .filter((argument) => String(argument.type).endsWith('!'))
            .map(({ name: a }) => `${name}.${field.name}(${a})`),
        );
      }
    }
    expect(required).toEqual([]);
  });
});
