import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { App } from '../support/application.js';
import { type Anything, World } from '../support/world.js';

let world: World;
let now = new Date();
beforeAll(async () => {
  world = await World.start({ now: () => now });
});
afterAll(() => world.close());

const change = async (
  name: string,
  types: string,
  args: string,
  variables: Record<string, unknown>,
  key?: string,
): Promise<Anything> => {
  const selection = name.startsWith('revoke') ? '{ deletedId }' : '{ clientSecret credential { id hint expiresAt } }';
  const { data, errors } = await world.request(`mutation(${types}) { ${name}(${args}) ${selection} }`, variables, key);
  if (errors) throw Object.assign(new Error(errors[0].message), { code: errors[0].extensions.code });
  return data[name];
};
const rotate = (id: string, more: Record<string, unknown> = {}) =>
  change('rotateApplicationSecret', '$id: ID!, $o: Int, $e: DateTime', 'id: $id, overlapSeconds: $o, expiresAt: $e', {
    id,
    ...more,
  });
const add = (applicationId: string, more: Record<string, unknown> = {}, key?: string) =>
  change(
    'createApplicationSecret',
    '$i: CreateApplicationSecretInput!',
    'input: $i',
    { i: { applicationId, ...more } },
    key,
  );
const revoke = (id: string, key?: string) => change('revokeApplicationSecret', '$id: ID!', 'id: $id', { id }, key);
const secretsOf = async (id: string): Promise<Anything[]> => {
  const query = 'query($id: ID!) { node(id: $id) { ... on Application { secrets { id hint expiresAt lastUsedAt } } } }';
  return (await world.gql(query, { id })).node.secrets;
};

/** Returns true if the client can authenticate with the secret, as openid-client sends it. */
async function authenticates(app: App, secret: string | null): Promise<boolean> {
  const metadata = app.configuration.serverMetadata();
  const configuration = new client.Configuration(metadata, app.id, {}, client.ClientSecretBasic(secret ?? ''));
  client.allowInsecureRequests(configuration);
  return client.tokenIntrospection(configuration, 'unknown').then(
    () => true,
    () => false,
  );
}

test('several secrets are valid together; each is listed with its hint, and can be revoked separately', async () => {
  const app = await App.register(world);
  const second = await add(app.id);
  expect(await authenticates(app, app.secret)).toBe(true);
  expect(await authenticates(app, second.clientSecret)).toBe(true);
  const listed = await secretsOf(app.id);
  expect(listed.map(({ hint }) => hint)).toEqual([`…${app.secret?.slice(-4)}`, `…${second.clientSecret.slice(-4)}`]);
  expect(listed.every(({ lastUsedAt }) => lastUsedAt !== null)).toBe(true);
  await revoke(listed[0].id);
  expect(await authenticates(app, app.secret)).toBe(false);
  expect(await authenticates(app, second.clientSecret)).toBe(true);
  await revoke(second.credential.id);
  expect(await authenticates(app, second.clientSecret)).toBe(false);
  expect(await authenticates(app, 'none')).toBe(false);
  expect(await authenticates(app, (await add(app.id)).clientSecret)).toBe(true);
});

test('a rotation revokes the earlier secrets at once, or after the overlap', async () => {
  const app = await App.register(world);
  const next = await rotate(app.id, { o: 60 });
  expect(await authenticates(app, app.secret)).toBe(true);
  expect(await authenticates(app, next.clientSecret)).toBe(true);
  // A later and longer overlap does not extend the validity.
  const third = await rotate(app.id, { o: 3_600 });
  now = new Date(now.getTime() + 60_000);
  expect(await authenticates(app, app.secret)).toBe(false);
  expect(await authenticates(app, next.clientSecret)).toBe(true);
  const last = await rotate(app.id);
  for (const { clientSecret } of [next, third]) expect(await authenticates(app, clientSecret)).toBe(false);
  expect(await authenticates(app, last.clientSecret)).toBe(true);
  expect(await secretsOf(app.id)).toHaveLength(1);
});

test('a secret with an expiry is valid until then', async () => {
  const app = await App.register(world);
  const expiresAt = new Date(now.getTime() + 60_000);
  const short = await add(app.id, { expiresAt });
  expect(short.credential.expiresAt).toBe(expiresAt.toISOString());
  expect(await authenticates(app, short.clientSecret)).toBe(true);
  now = expiresAt;
  expect(await authenticates(app, short.clientSecret)).toBe(false);
  expect(await authenticates(app, app.secret)).toBe(true);
});

test('invalid values are refused, and so is an eleventh secret', async () => {
  const app = await App.register(world);
  const past = new Date(now.getTime() - 1);
  for (const wrong of [{ o: -1 }, { o: 2_592_001 }, { e: past }]) {
    await expect(rotate(app.id, wrong)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  }
  for (let n = 0; n < 9; n++) await add(app.id);
  await expect(add(app.id)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  await expect(rotate(app.id, { o: 60 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  expect(await secretsOf(app.id)).toHaveLength(10);
  await rotate(app.id);
  expect(await secretsOf(app.id)).toHaveLength(1);
  const spa = await App.register(world, { tokenEndpointAuthMethod: 'NONE' });
  await expect(add(spa.id)).rejects.toMatchObject({ code: 'BAD_INPUT' });
});

test('a key of another organization can neither change nor list them', async () => {
  const [own, other] = [await world.tenant(), await world.tenant()];
  const app = await App.register(world, { organizationId: own.organizationId });
  await expect(add(app.id, {}, other.key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const [secret] = await secretsOf(app.id);
  await expect(revoke(secret.id, other.key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect((await revoke(secret.id, own.key)).deletedId).toBe(secret.id);
});
