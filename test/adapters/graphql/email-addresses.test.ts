import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let number = 0;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

const fields = '{ user { id emails { value } } }';
const send = async (mutation: string, input: Anything): Promise<Anything> => {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { ${mutation}(input: $input) ${fields} }`;
  const { data, errors } = await world.request(query, { input }, tenant.key);
  return errors ? errors[0].extensions.code : data[mutation].user;
};
const create = (emails: string[]) =>
  send('createUser', {
    organizationId: tenant.organizationId,
    userName: `mail${number++}`,
    emails: emails.map((value) => ({ value })),
  });
const update = (id: string, emails: string[]) => send('updateUser', { id, emails: emails.map((value) => ({ value })) });
const invite = (email: string) => send('inviteUser', { organizationId: tenant.organizationId, email });

describe('RFC 5321 section 4.1.2: addresses in mutations', () => {
  test.each([
    'nobody',
    '@acme.com',
    'a b@acme.com',
    'a@',
    'a@b@',
    'a@acme .com',
    'a@http://x',
    'Ann <a@b.c>',
    'a@b.c,d@e.f',
  ])('%j is refused and changes nothing', async (address) => {
    const { id } = await create(['good@acme.com']);
    const before = (await tenant.events()).length;
    expect(await create([address])).toBe('BAD_INPUT');
    expect(await update(id, ['good@acme.com', address])).toBe('BAD_INPUT');
    expect(await invite(address)).toBe('BAD_INPUT');
    expect((await tenant.events()).length).toBe(before);
  });

  test.each(['a@b', "o'hara+x@acme.co.uk", '"a b"@acme.com', 'jürgen@müller.example'])(
    '%j is accepted',
    async (address) => {
      const { id, emails } = await create([address]);
      expect(emails).toEqual([{ value: address }]);
      expect((await update(id, ['first@acme.com', address])).emails).toHaveLength(2);
      expect((await invite(`x${number++}-${address.replaceAll(/[" ]/g, '')}`)).id).toEqual(expect.any(String));
    },
  );

  test('a malformed address that an IdP sent by SCIM can be saved again unchanged; other malformed addresses are refused', async () => {
    const { body } = await tenant.scim('POST', '/Users', { userName: 'odd@acme.com', emails: [{ value: 'odd' }] });
    expect((await update(body.id, ['odd', 'new@acme.com'])).emails).toEqual([
      { value: 'odd' },
      { value: 'new@acme.com' },
    ]);
    expect(await update(body.id, ['odd', 'other'])).toBe('BAD_INPUT');
  });
});
