import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphQLInputType, getNamedType, isInputObjectType } from 'graphql';
import { checkAll } from '../../../src/kernel/input-errors.js';
import { documentOf, Scene, schema } from '../../support/scene.js';
import type { Anything } from '../../support/world.js';
import { oneWrongField, wrongInputs } from './wrong-inputs.js';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.set();
});
afterAll(() => scene.close());

const wrong = { userName: '', emails: [{ value: 'no address', primary: true }], roles: [' '] };
const fieldsOf = ({ errors }: Anything) => {
  expect(errors).toHaveLength(1);
  const { code, field, errors: all } = errors[0].extensions;
  for (const each of all) expect(each).toMatchObject({ code: 'BAD_INPUT', message: expect.any(String) });
  return { code, field, all: all.map((each: Anything) => each.field) };
};

describe('an error names all invalid fields at once', () => {
  const create = 'mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }';
  const update = 'mutation($i: UpdateUserInput!) { updateUser(input: $i) { user { id } } }';

  test('createUser', async () => {
    const answer = await scene.world.request(create, { i: { organizationId: scene.org, ...wrong } }, scene.tenant.key);
    expect(fieldsOf(answer)).toEqual({
      code: 'BAD_INPUT',
      field: 'userName',
      all: [['userName'], ['emails'], ['roles']],
    });
  });

  test('updateUser, which changes nothing', async () => {
    const id = await scene.user();
    const before = await scene.tenant.events();
    const { roles: assignedRoles, ...rest } = wrong;
    const answer = await scene.world.request(update, { i: { id, ...rest, assignedRoles } }, scene.tenant.key);
    expect(fieldsOf(answer).all).toEqual([['userName'], ['emails'], ['assignedRoles']]);
    expect(await scene.tenant.events()).toEqual(before);
  });

  test('an error of one field contains this field only', async () => {
    const answer = await scene.world.request(
      create,
      { i: { organizationId: scene.org, userName: 'a', emails: wrong.emails } },
      scene.tenant.key,
    );
    expect(fieldsOf(answer)).toEqual({ code: 'BAD_INPUT', field: 'emails', all: [['emails']] });
  });

  test('a variable of the wrong type has its path and the values of the enum', async () => {
    const variables = { i: { organizationId: scene.org, name: 'x', scopes: ['ADMIN', 'ROOT'] } };
    const query = 'mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }';
    const { errors } = await scene.world.request(query, variables, scene.tenant.key);
    expect(errors[0].extensions.errors).toEqual([
      {
        code: 'BAD_INPUT',
        field: ['scopes', '1'],
        message: expect.any(String),
        allowed: expect.arrayContaining(['ADMIN', 'SIGN_IN']),
      },
    ]);
  });

  test('another error of a check is not collected', () => {
    const failure = new Error('internal');
    expect(() => {
      checkAll([
        () => {
          throw failure;
        },
      ]);
    }).toThrow(failure);
  });
});

describe('every mutation names all fields that are wrong', () => {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

  test.each(Object.keys(wrongInputs))('%s', async (name) => {
    const { variables: make, fields = [], platform } = wrongInputs[name] ?? {};
    const variables = { ...(await make?.(scene)) };
    const key = platform ? undefined : scene.tenant.key;
    const { errors } = await scene.world.request(documentOf('mutation', name, variables), variables, key);
    const found = errors[0].extensions.errors.map(({ field }: Anything) => field.join('.'));
    expect(found.sort()).toEqual([...fields].sort());
    for (const field of found) expect([name, field, isArgument(name, field.split('.'))]).toEqual([name, field, true]);
  });

  test('mutations with two or more fields that can be wrong are in the list', () => {
    const several = mutations.filter(({ args }) => texts(args) > 1).map(({ name }) => name);
    const known = [...Object.keys(wrongInputs), ...oneWrongField];
    expect(several.filter((name) => !known.includes(name))).toEqual([]);
  });

  /** Returns the number of fields whose values the type does not restrict, without ids and cursors. */
  function texts(args: readonly { name: string; type: GraphQLInputType }[]): number {
    return args.reduce((sum, { type }) => {
      const named = getNamedType(type);
      if (isInputObjectType(named)) return sum + texts(Object.values(named.getFields()));
      return sum + (['String', 'Int', 'DateTime', 'JSON'].includes(named.name) ? 1 : 0);
    }, 0);
  }

  function isArgument(name: string, path: readonly string[]): boolean {
    const args = mutations.find((mutation) => mutation.name === name)?.args ?? [];
    const [only] = args;
    const input = only && getNamedType(only.type);
    const fields = isInputObjectType(input) ? Object.values(input.getFields()) : args;
    return has(
      fields,
      path.filter((part) => !/^\d+$/.test(part)),
    );
  }

  function has(fields: readonly { name: string; type: GraphQLInputType }[], [head, ...rest]: string[]): boolean {
    const field = fields.find(({ name }) => name === head);
    const type = field && getNamedType(field.type);
    if (!type || rest.length === 0) return type !== undefined;
    // Below JSON, the path is that of the value.
    return isInputObjectType(type) ? has(Object.values(type.getFields()), rest) : type.name === 'JSON';
  }
});
