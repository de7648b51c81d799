import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isObjectType } from 'graphql';
import { SamlIdp } from '../../support/saml-idp.js';
import { Scene, schema } from '../../support/scene.js';
import type { Anything } from '../../support/world.js';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.set();
});
afterAll(() => scene.close());

const codeOf = ({ errors }: Anything): string | undefined => errors?.[0].extensions.code;

describe('every payload names its secret `secret`', () => {
  test('an old name is deprecated, and a new payload has no other one', () => {
    const other: string[] = [];
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) || !type.name.endsWith('Payload')) continue;
      for (const field of Object.values(type.getFields())) {
        const isSecret = /secret|token$/i.test(field.name) && field.name !== 'secret';
        if (isSecret && !field.deprecationReason) other.push(`${type.name}.${field.name}`);
      }
    }
    // The word of OAuth.
    expect(other).toEqual(['SignInPayload.accessToken']);
  });

  test('the old and the new name have the same value, and the object of the credential is beside', async () => {
    const created = await scene.input(
      'createConnection',
      { organizationId: scene.org, name: 'SCIM', provider: 'GENERIC', scim: true },
      '{ connection { id scim { tokens { id } } } credential { id hint } secret scimToken }',
    );
    expect(created.secret).toBe(created.scimToken);
    expect(created.connection.scim.tokens).toEqual([{ id: created.credential.id }]);
    const connectionId = created.connection.id;
    const rotated = await scene.do('rotateScimToken', { connectionId }, '{ credential { id hint } secret token }');
    expect(rotated.secret).toBe(rotated.token);
    expect(rotated.secret.endsWith(rotated.credential.hint.replace(/^\W+/, ''))).toBe(true);
    await scene.do('revokeScimToken', { id: rotated.credential.id });

    const client = await scene.input(
      'createScimClient',
      { connectionId, name: 'sync' },
      '{ scimClient { id tokenEndpointAuthMethod authMethod } secret client { id } clientSecret }',
    );
    expect(client).toMatchObject({ client: { id: client.scimClient.id }, clientSecret: client.secret });
    expect(client.scimClient).toMatchObject({
      tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
      authMethod: 'client_secret_basic',
    });

    const input = { organizationId: scene.org, name: 'App', redirectUris: ['https://app.example/'] };
    const { application, ...made } = await scene.input(
      'createApplication',
      input,
      '{ application { id } secret clientSecret }',
    );
    expect(made).toEqual({ secret: expect.any(String), clientSecret: made.secret });
    const next = await scene.do('rotateApplicationSecret', { id: application.id }, '{ secret clientSecret }');
    expect(next).toEqual({ secret: expect.any(String), clientSecret: next.secret });
    const updated = await scene.input(
      'updateApplication',
      { id: application.id, name: 'B' },
      '{ secret clientSecret }',
    );
    expect(updated).toEqual({ secret: null, clientSecret: null });
  });
});

test('the certificates of a SAML IdP have their validity periods', async () => {
  const idp = await SamlIdp.make();
  const id = await scene.connection({ saml: idp.facet });
  const { connection } = await scene.tenant.gql(
    'query($id: ID!) { connection(id: $id) { saml { certificates idpCertificates { pem subject sha256 notBefore notAfter } } } }',
    { id },
  );
  const { subject, fingerprint256, validTo } = new X509Certificate(idp.certificate);
  expect(connection.saml.idpCertificates).toMatchObject([
    {
      pem: connection.saml.certificates[0],
      subject,
      sha256: fingerprint256,
      notAfter: new Date(validTo).toISOString(),
    },
  ]);
});

describe('setup links', () => {
  const links = (id: string, key?: string) =>
    scene.world.request(
      'query($id: ID!) { connection(id: $id) { setupLinks(first: 1) { totalCount nodes { id createdAt expiresAt } pageInfo { hasNextPage } } } }',
      { id },
      key ?? scene.tenant.key,
    );

  test('are listed without their secrets, and invalid after they were revoked', async () => {
    const connectionId = await scene.connection();
    const make = () => scene.do('createSetupLink', { connectionId }, '{ setupLink { id } url secret expiresAt }');
    const [first, second] = [await make(), await make()];
    expect(new URL(first.url).searchParams.get('key')).toBe(first.secret);
    const { data } = await links(connectionId);
    expect(data.connection.setupLinks).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage: true } });
    expect((await scene.world.gql('{ viewer { kind } }', {}, first.secret)).viewer.kind).toBe('SETUP_LINK');
    expect(await scene.do('revokeSetupLink', { id: first.setupLink.id }, '{ deletedId }')).toEqual({
      deletedId: first.setupLink.id,
    });
    expect(codeOf(await scene.world.request('{ viewer { kind } }', {}, first.secret))).toBe('UNAUTHENTICATED');
    expect((await links(connectionId)).data.connection.setupLinks).toMatchObject({
      totalCount: 1,
      nodes: [{ id: second.setupLink.id }],
    });
    const again = 'mutation($id: ID!) { revokeSetupLink(id: $id) { deletedId } }';
    expect(codeOf(await scene.world.request(again, { id: first.setupLink.id }, scene.tenant.key))).toBe('NOT_FOUND');
  });

  test('show their name, their creator and their use, also to their holder', async () => {
    const connectionId = await scene.connection();
    const { id, secret: by } = await scene.key(['CONNECTIONS_MANAGE']);
    const given = { name: 'Ann', returnUrl: 'https://app.example/settings' };
    const shown = '{ setupLink { id name returnUrl lastUsedAt createdBy { id kind } } secret }';
    const { setupLink, secret } = await scene.do('createSetupLink', { connectionId, ...given }, shown, by);
    expect(setupLink).toMatchObject({ ...given, lastUsedAt: null, createdBy: { id, kind: 'API' } });
    const fields = 'id returnUrl lastUsedAt createdBy { label apiKey { id } connection { id } }';
    const { viewer } = await scene.world.gql(`{ viewer { setupLink { ${fields} } } }`, {}, secret);
    // The holder of the link cannot read keys, so the id stands for the name.
    const createdBy = { label: id, apiKey: null, connection: null };
    expect(viewer.setupLink).toEqual({
      id: setupLink.id,
      returnUrl: given.returnUrl,
      lastUsedAt: expect.any(String),
      createdBy,
    });
    expect((await scene.world.gql('{ viewer { setupLink { id } } }', {}, by)).viewer.setupLink).toBeNull();
  });

  test.each([{ returnUrl: 'http://app.example/' }, { returnUrl: 'javascript:alert(1)' }, { name: ' ' }])(
    'refuse %p',
    async (wrong) => {
      const { errors } = await scene.world.request(
        'mutation($c: ID!, $n: String, $r: String) { createSetupLink(connectionId: $c, name: $n, returnUrl: $r) { url } }',
        { c: await scene.connection(), n: wrong.name, r: wrong.returnUrl },
        scene.tenant.key,
      );
      expect(errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: Object.keys(wrong)[0] });
    },
  );
});

describe('updateApiKey', () => {
  const update = 'mutation($i: UpdateApiKeyInput!) { updateApiKey(input: $i) { apiKey { name expiresAt } } }';
  const change = async (input: object) => (await scene.tenant.gql(update, { i: input })).updateApiKey.apiKey;

  test('changes the given fields only, and null removes the expiry', async () => {
    const { id } = await scene.key();
    const expiresAt = '2099-01-01T00:00:00.000Z';
    expect(await change({ id, name: ' New ' })).toEqual({ name: 'New', expiresAt: null });
    expect(await change({ id, expiresAt })).toEqual({ name: 'New', expiresAt });
    expect(await change({ id })).toEqual({ name: 'New', expiresAt });
    expect(await change({ id, expiresAt: null })).toEqual({ name: 'New', expiresAt: null });
    for (const wrong of [{ name: null }, { name: ' ' }, { expiresAt: '2001-01-01T00:00:00Z' }])
      expect(codeOf(await scene.world.request(update, { i: { id, ...wrong } }, scene.tenant.key))).toBe('BAD_INPUT');
  });

  test('an organization key cannot change a platform key', async () => {
    const { id } = await scene.key(['DIRECTORY_READ'], null);
    expect(codeOf(await scene.world.request(update, { i: { id, name: 'x' } }, scene.tenant.key))).toBe('NOT_FOUND');
  });
});

describe('unlinkIdentity', () => {
  const unlink =
    'mutation($u: ID!, $c: ID!) { unlinkIdentity(userId: $u, connectionId: $c, reason: "wrong person") { user { identities { subject } sessions { id } } } }';

  test('removes the identity, ends the sessions, and the event contains the reason', async () => {
    const { user, accessToken } = await scene.signIn();
    const { unlinkIdentity } = await scene.tenant.gql(unlink, { u: user.id, c: scene.tenant.connectionId });
    expect(unlinkIdentity.user).toEqual({ identities: [], sessions: [] });
    expect(codeOf(await scene.world.request('{ viewer { kind } }', {}, accessToken))).toBe('UNAUTHENTICATED');
    const events = (await scene.tenant.events()).filter(({ subjectId }) => subjectId === user.id).slice(-2);
    expect(events.map(({ type }) => type)).toEqual(['USER_UPDATED', 'SESSION_REVOKED']);
    expect(events[0].data.reason).toBe('wrong person');
    const again = await scene.world.request(unlink, { u: user.id, c: scene.tenant.connectionId }, scene.tenant.key);
    expect(codeOf(again)).toBe('NOT_FOUND');
  });

  test('is refused for the connection that manages the user', async () => {
    const { body } = await scene.tenant.scim('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'managed@acme.test',
      externalId: 'm-1',
    });
    const answer = await scene.world.request(unlink, { u: body.id, c: scene.tenant.connectionId }, scene.tenant.key);
    expect(answer.errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'connectionId' });
  });
});
