import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, patch, type Tenant, World } from '../../support/world.js';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

let world: World;
let tenant: Tenant;
let boss: string;
let other: string;
let number = 0;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  boss = (await created({ displayName: 'Boss' })).id;
  other = (await created({ displayName: 'Other' })).id;
});
afterAll(() => world.close());

const created = async (more: Anything = {}): Promise<Anything> =>
  (await tenant.scim('POST', '/Users', { userName: `ref${number++}@acme.com`, ...more })).body;
const managed = (manager: unknown) => ({ [enterprise]: { manager } });
const managerIn = (body: Anything) => body[enterprise]?.manager;
const uri = (id: string) => `${world.url}/scim/v2/${tenant.connectionId}/Users/${id}`;
const shown = (id: string, displayName: string) => ({ value: id, $ref: uri(id), displayName });

describe('RFC7643 4.3 and 2.4 the $ref of a manager', () => {
  test.each([
    (id: string) => `../Users/${id}`,
    (id: string) => `https://elsewhere.example/scim/v2/users/${id}/`,
    (id: string) => `Users/${id}`,
    uri,
  ])('%# is used as the manager if there is no value', async (refTo) => {
    expect(managerIn(await created(managed({ $ref: refTo(boss) })))).toEqual(shown(boss, 'Boss'));
    const { id, userName } = await created(managed({ value: boss }));
    const put = await tenant.scim('PUT', `/Users/${id}`, { userName, ...managed({ $REF: refTo(other) }) });
    expect(managerIn(put.body)).toEqual(shown(other, 'Other'));
    for (const operation of [
      { op: 'replace', path: `${enterprise}:manager.$ref`, value: refTo(boss) },
      { op: 'add', path: 'manager', value: { $ref: refTo(other) } },
      { op: 'add', value: managed({ $ref: refTo(boss) }) },
    ]) {
      const { body } = await tenant.scim('PATCH', `/Users/${id}`, patch(operation));
      expect(managerIn(body).$ref).toBe(uri(managerIn(body).value));
      expect(managerIn(body).value).toBe(operation.path === 'manager' ? other : boss);
    }
  });

  test('a value takes precedence, and a $ref of the client is not returned', async () => {
    const sent = { value: boss, $ref: 'https://elsewhere.example/Users/other' };
    expect(managerIn(await created(managed(sent)))).toEqual(shown(boss, 'Boss'));
    const waiting = await created(managed({ value: 'later', $ref: 'https://elsewhere.example/Users/later' }));
    expect(managerIn(waiting)).toEqual({ value: 'later' });
    const { id, ...read } = await created(managed({ value: boss }));
    read[enterprise].manager.value = other;
    expect(managerIn((await tenant.scim('PUT', `/Users/${id}`, read)).body)).toEqual(shown(other, 'Other'));
  });

  test('an unknown $ref is 400 invalidValue, and a $ref cannot be removed alone', async () => {
    const user = await created(managed({ value: boss }));
    const { id, userName } = user;
    const refused = async (method: string, body: unknown) => {
      const answer = await tenant.scim(method, `/Users/${id}`, body);
      return [answer.status, answer.body.scimType];
    };
    for (const $ref of ['junk', 'https://elsewhere.example/', '../Groups/x', '../Users/', '../Users/%ZZ'])
      for (const [method, body] of [
        ['PUT', { userName, ...managed({ $ref }) }],
        ['PATCH', patch({ op: 'add', value: managed({ $ref }) })],
        ['PATCH', patch({ op: 'replace', path: 'manager.$ref', value: $ref })],
      ] as const)
        expect(await refused(method, body)).toEqual([400, 'invalidValue']);
    for (const operation of [
      { op: 'remove', path: 'manager.$ref' },
      { op: 'replace', path: `${enterprise}:manager.$ref`, value: null },
    ])
      expect(await refused('PATCH', patch(operation))).toEqual([400, 'mutability']);
    expect((await tenant.scim('GET', `/Users/${id}`)).body).toEqual(user);
  });
});
