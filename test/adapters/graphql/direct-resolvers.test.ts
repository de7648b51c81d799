import { describe, expect, test } from '@jest/globals';
import { GraphQLSchema } from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { resolveDirectly } from '../../../src/adapters/graphql/engine/direct-resolvers.js';
import { buildSchema } from '../../../src/adapters/graphql/schema.js';

class Sample {}
class WithMethods {
  greeting() {
    return 'hello';
  }
}
class WithDefaults {
  first = 10;
}
const param = { target: Sample, methodName: 'ask', index: 0 };
const handler = (...params: object[]) => [{ target: Sample, methodName: 'ask', schemaName: 'ask', params }];

describe('a resolver feature that direct calls would ignore stops the start', () => {
  test('the schema of the server uses none of these features', () => {
    expect(() => buildSchema()).not.toThrow();
  });

  test.each<[string, object, string]>([
    ['@Authorized on a field', { authorizedFields: [{ target: Sample, fieldName: 'ask', roles: [] }] }, '@Authorized'],
    ['@Authorized on a class', { authorizedResolver: [{ target: Sample, roles: [] }] }, '@Authorized'],
    ['@UseMiddleware', { middlewares: [{ target: Sample, fieldName: 'ask', middlewares: [] }] }, '@UseMiddleware'],
    ['@UseMiddleware on a class', { resolverMiddlewares: [{ target: Sample, middlewares: [] }] }, '@UseMiddleware'],
    [
      'a validator of an argument',
      { queries: handler({ ...param, kind: 'arg', name: 'a', validateFn: () => {} }) },
      'validateFn',
    ],
    [
      'validation of an argument',
      { mutations: handler({ ...param, kind: 'arg', name: 'a', validateSettings: true }) },
      'validate',
    ],
    ['a property of the context', { queries: handler({ ...param, kind: 'context', propertyName: 'user' }) }, '@Ctx'],
    ['a property of the parent', { fieldResolvers: handler({ ...param, kind: 'root', propertyName: 'id' }) }, '@Root'],
    ['a decorator of our own', { queries: handler({ ...param, kind: 'custom' }) }, 'custom'],
    ['methods of an input', { inputTypes: [{ target: WithMethods }] }, 'methods'],
    ['initial values of arguments', { argumentTypes: [{ target: WithDefaults }] }, 'initial values'],
  ])('%s', (_name, metadata, word) => {
    const empty = Object.fromEntries(Object.keys(getMetadataStorage()).map((key) => [key, []]));
    const storage = { ...empty, ...metadata } as never;
    expect(() => resolveDirectly(new GraphQLSchema({}), storage)).toThrow(word);
  });
});
