import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkAll } from '../../../src/kernel/input-errors.js';
import { Scene } from '../../support/scene.js';
import type { Anything } from '../../support/world.js';

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
    expect(fieldsOf(answer).all).toEqual([['userName'], ['emails'], ['roles']]);
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
