import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let now = new Date();
beforeAll(async () => {
  world = await World.start({ now: () => now });
  tenant = await world.tenant();
});
afterAll(() => world.close());

const aClient = async (more: Anything = {}, of = tenant) =>
  (
    await of.gql(
      'mutation($input: CreateScimClientInput!) { createScimClient(input: $input) { clientSecret client { id authMethod } } }',
      { input: { connectionId: of.connectionId, name: 'idp', ...more } },
    )
  ).createScimClient;

async function fetchToken(
  form: Record<string, string>,
  { connectionId } = tenant,
  headers: Record<string, string> = {},
) {
  const answer = await fetch(`${world.url}/scim/v2/${connectionId}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Anything };
}
const use = (token: string, { connectionId } = tenant) => world.scim(connectionId, token, 'GET', '/Users?count=1');

describe('SCIM by OAuth client credentials (RFC 6749 section 4.4)', () => {
  test('a secret, in the form or by Basic, returns a token that is valid for one hour and for this connection only', async () => {
    const { client, clientSecret } = await aClient();
    expect(client.authMethod).toBe('client_secret_basic');
    const basic = `Basic ${Buffer.from(`${client.id}:${encodeURIComponent(clientSecret)}`).toString('base64')}`;
    for (const answer of [
      await fetchToken({ client_id: client.id, client_secret: clientSecret, scope: 'scim' }),
      await fetchToken({}, tenant, { authorization: basic }),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        access_token: expect.stringMatching(/^rc_scim_/),
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'scim',
      });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect((await use(answer.body.access_token)).status).toBe(200);
      const other = await world.tenant();
      expect((await use(answer.body.access_token, other)).status).toBe(401);
    }
  });

  test('the token expires after one hour, and is revoked with its client; tokens of administrators are listed separately', async () => {
    const { client, clientSecret } = await aClient();
    const { body } = await fetchToken({ client_id: client.id, client_secret: clientSecret });
    const { body: second } = await fetchToken({ client_id: client.id, client_secret: clientSecret });
    const { connection } = await tenant.gql(
      'query($id: ID!) { connection(id: $id) { scim { tokenEndpoint tokens { id } clients { id lastUsedAt } } } }',
      { id: tenant.connectionId },
    );
    expect(connection.scim.tokens).toHaveLength(1);
    expect(connection.scim.clients.find(({ id }: Anything) => id === client.id).lastUsedAt).toBeTruthy();
    expect(connection.scim.tokenEndpoint).toMatch(/\/oauth\/token$/);
    const before = now;
    now = new Date(now.getTime() + 3_601_000);
    expect((await use(body.access_token)).status).toBe(401);
    now = before;
    expect((await use(second.access_token)).status).toBe(200);
    await tenant.gql('mutation($id: ID!) { deleteScimClient(id: $id) { deletedId } }', { id: client.id });
    expect((await use(second.access_token)).status).toBe(401);
    expect((await use(tenant.scimToken)).status).toBe(200);
  });

  test('private_key_jwt: the assertion is signed, addressed to the token endpoint, current, and used once', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const { client, clientSecret } = await aClient({ jwks: { keys: [await exportJWK(publicKey)] } });
    expect(clientSecret).toBeNull();
    const seconds = Math.floor(now.getTime() / 1000);
    const audience = `${world.url}/scim/v2/${tenant.connectionId}/oauth/token`;
    let number = 0;
    const sign = (claims: Anything = {}, key: Anything = privateKey, alg = 'ES256') =>
      new SignJWT({ iss: client.id, sub: client.id, aud: audience, jti: `j${number++}`, exp: seconds + 60, ...claims })
        .setProtectedHeader({ alg })
        .sign(key);
    const send = (assertion: string, more = {}) =>
      fetchToken({
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
        ...more,
      });
    const good = await sign();
    expect((await send(good)).status).toBe(200);
    const stranger = await generateKeyPair('ES256');
    const faults = [
      good,
      await sign({ aud: 'https://elsewhere.example' }),
      await sign({ exp: seconds - 3600 }),
      await sign({ exp: seconds + 7200 }),
      await sign({ jti: undefined }),
      await sign({ iss: 'somebody' }),
      await sign({}, stranger.privateKey),
      await sign({}, new TextEncoder().encode('x'.repeat(32)), 'HS256'),
      'not.a.jwt',
    ];
    for (const assertion of faults) {
      const answer = await send(assertion);
      expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
    }
    expect((await send(await sign(), { client_assertion_type: 'x' })).status).toBe(401);
    expect((await fetchToken({ client_id: client.id, client_secret: 'guess' })).status).toBe(401);
  });

  test('wrong secrets, other connections, wrong grants and scopes, private keys and other content types are refused with their error code', async () => {
    const { client, clientSecret } = await aClient();
    const other = await world.tenant();
    const right = { client_id: client.id, client_secret: clientSecret };
    const answers = [
      await fetchToken({ ...right, client_secret: 'wrong' }),
      await fetchToken(right, other),
      await fetchToken({ ...right, grant_type: 'password' }),
      await fetchToken({ ...right, scope: 'scim admin' }),
    ];
    expect(answers.map(({ status, body }) => [status, body.error])).toEqual([
      [401, 'invalid_client'],
      [401, 'invalid_client'],
      [400, 'unsupported_grant_type'],
      [400, 'invalid_scope'],
    ]);
    expect(answers[0]?.headers.get('www-authenticate')).toMatch(/^Basic/);
    const json = await fetch(`${world.url}/scim/v2/${tenant.connectionId}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/xml' },
      body: '<x/>',
    });
    expect([json.status, ((await json.json()) as Anything).error]).toEqual([400, 'invalid_request']);
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    await expect(aClient({ jwks: { keys: [await exportJWK(privateKey)] } })).rejects.toThrow(/public keys only/);
    await expect(aClient({ connectionId: other.connectionId })).rejects.toThrow(/NOT_FOUND/);
  });
});
