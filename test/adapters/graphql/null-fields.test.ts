import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, isInputObjectType, isNonNullType, isObjectType } from 'graphql';
import { clearedByNull } from '../../../src/adapters/graphql/engine/null-fields.js';
import { calls } from '../../support/mutations.js';
import { documentOf, Scene, schema } from '../../support/scene.js';
import type { Anything } from '../../support/world.js';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.set();
});
afterAll(() => scene.close());

/** Every nullable field of the input of a change, with the fields of nested inputs. */
const fields = Object.values(schema.getMutationType()?.getFields() ?? {}).flatMap((mutation) => {
  const input = getNamedType(mutation.args[0]?.type);
  if (!isInputObjectType(input) || !input.name.startsWith('Update')) return [];
  return fieldsOf(mutation.name, input.name, []);
});

function fieldsOf(
  mutation: string,
  typeName: string,
  path: string[],
): { mutation: string; type: string; path: string[] }[] {
  const type = schema.getType(typeName);
  if (!isInputObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap(({ name, type: own }) => {
    const nested = getNamedType(own).name;
    return [
      ...(isNonNullType(own) ? [] : [{ mutation, type: typeName, path: [...path, name] }]),
      ...(nested in clearedByNull ? fieldsOf(mutation, nested, [...path, name]) : []),
    ];
  });
}

const inputOf = async (mutation: string): Promise<Anything> => {
  const { input }: Anything = (await calls[mutation]?.good(scene)) ?? {};
  return { id: input.id };
};
const nested = (path: readonly string[], value: unknown): object =>
  path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;

describe('null clears a field, or is refused', () => {
  test.each(fields)('$mutation $path', async ({ mutation, type: typeName, path }) => {
    const type = schema.getType(typeName);
    const name = path.at(-1) ?? '';
    const field = isInputObjectType(type) ? type.getFields()[name] : undefined;
    if (name === 'expectedUpdatedAt') return;
    const input = { ...(await inputOf(mutation)), ...nested(path, null) };
    const { data, errors }: Anything = await scene.world.request(
      documentOf('mutation', mutation, { input }),
      { input },
      scene.tenant.key,
    );
    const isCleared = clearedByNull[typeName]?.includes(name) ?? false;
    if (!isCleared) {
      expect(errors[0].extensions).toMatchObject({
        code: 'BAD_INPUT',
        field: path.join('.'),
        errors: [{ field: path }],
      });
      return;
    }
    expect(field?.description).toMatch(/\bNull\b/);
    // The other fields of a new SAML configuration are missing.
    if (path[0] === 'saml' && path.length > 1) expect(errors[0].extensions.field).not.toBe(path.join('.'));
    else expect(data[mutation]).not.toBeNull();
  });

  test('the description of each change explains absent fields and null', () => {
    for (const name of Object.keys(clearedByNull).filter((each) => each.startsWith('Update')))
      expect(schema.getType(name)?.description).toMatch(/Absent fields stay unchanged, null clears/);
  });

  test('all refused fields are named at once', async () => {
    const input = { ...(await inputOf('updateConnection')), name: null, provider: null, jit: { mode: null } };
    const { errors } = await scene.world.request(
      documentOf('mutation', 'updateConnection', { input }),
      { input },
      scene.tenant.key,
    );
    expect(errors[0].extensions.errors.map(({ field }: Anything) => field)).toEqual([
      ['jit', 'mode'],
      ['name'],
      ['provider'],
    ]);
  });
});

test.each([
  ['updateOrganization', 'organization', { externalId: 'x-1', metadata: { a: 1 }, seatLimit: 50, color: '#123456' }],
  ['updateUser', 'user', { title: 'Engineer', department: 'R&D', attributes: { shoeSize: 1 } }],
  ['updateApplication', 'application', { initiateLoginUri: 'https://app.example/start', refreshGraceSeconds: 5 }],
  ['updateWebhookEndpoint', 'webhookEndpoint', { audience: 'urn:me' }],
  ['updateApiKey', 'apiKey', { expiresAt: '2099-01-01T00:00:00.000Z' }],
  ['updateConnection', 'connection', { signalsIssuer: 'https://signals.example' }],
])('%s clears what it has set', async (mutation, object, values) => {
  const { id } = await inputOf(mutation);
  const payload = getNamedType(schema.getMutationType()?.getFields()[mutation]?.type);
  expect(isObjectType(payload)).toBe(true);
  const change = async (more: object) => {
    const input = { id, ...more };
    const query = documentOf('mutation', mutation, { input }, `{ ${object} { ${Object.keys(values).join(' ')} } }`);
    return (await scene.world.gql(query, { input }, scene.tenant.key))[mutation][object];
  };
  expect(await change(values)).toEqual(values);
  const cleared = await change(Object.fromEntries(Object.keys(values).map((name) => [name, null])));
  for (const value of Object.values(cleared))
    expect(value === null || Object.keys(value as object).length === 0).toBe(true);
});
