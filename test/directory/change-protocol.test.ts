import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../support/application.js';
import { SamlIdp } from '../support/saml-idp.js';
import { Realm } from '../support/sign-ins.js';
import { type Anything, type Tenant, World } from '../support/world.js';

let world: World;
let app: App;
let idp: SamlIdp;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
  idp = await SamlIdp.make();
});
afterAll(() => world.close());

const oidc = { issuer: 'https://one.example', clientId: 'c', clientSecret: 'the secret of one' };
const change = ({ key, connectionId }: Tenant, input: object): Promise<Anything> =>
  world.request(
    `mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) {
       connection { state scim { enabled } oidc { issuer } saml { idpEntityId spCertificate } jit { vouchesForEmail } } } }`,
    { i: { id: connectionId, ...input } },
    key,
  );
const changed = async (tenant: Tenant, input: object) => {
  const { data, errors } = await change(tenant, input);
  expect(errors).toBeUndefined();
  return data.updateConnection.connection;
};
const refused = async (tenant: Tenant, input: object) => {
  const { errors } = await change(tenant, input);
  const { code, field } = errors[0].extensions;
  return { code, field, message: errors[0].message };
};
const secretsOf = async ({ connectionId }: Tenant) => {
  const [row] = await world
    .database()
    .run<{ sealed: object }>('select sealed from connections where id = $1', [connectionId]);
  return Object.keys(row?.sealed ?? {}).sort();
};

describe('null for a protocol of a connection', () => {
  test('removes the protocol and the client secret from a DRAFT', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', scim: false, state: 'DRAFT', oidc });
    expect(await secretsOf(tenant)).toEqual(['clientSecret']);
    expect(await changed(tenant, { oidc: null })).toMatchObject({ state: 'DRAFT', oidc: null, saml: null });
    expect(await secretsOf(tenant)).toEqual([]);
    const [event] = (await tenant.events()).filter(({ type }) => type === 'CONNECTION_UPDATED').reverse();
    expect(event.changes).toContainEqual({ path: 'oidc.issuer', before: oidc.issuer, after: null });
  });

  test('with the other protocol in the same call changes the protocol of a DRAFT, and back', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', scim: false, state: 'DRAFT', oidc });
    const saml = await changed(tenant, { oidc: null, saml: idp.facet });
    expect(saml).toMatchObject({ oidc: null, saml: { idpEntityId: idp.entityId }, jit: { vouchesForEmail: true } });
    const back = await changed(tenant, { saml: null, oidc });
    expect(back).toMatchObject({ saml: null, oidc: { issuer: oidc.issuer }, jit: { vouchesForEmail: false } });
    // The key of the service provider stays, because the IdP can have imported it.
    const again = await changed(tenant, { oidc: null, saml: idp.facet });
    expect(again.saml.spCertificate).toBe(saml.saml.spCertificate);
  });

  test('is required to set the other protocol; the error explains how', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', scim: false, state: 'DRAFT', oidc });
    expect(await refused(tenant, { saml: idp.facet })).toEqual({
      code: 'BAD_INPUT',
      field: 'saml',
      message: expect.stringContaining('set "oidc" to null in the same call'),
    });
  });

  test('is refused while the connection is ACTIVE, and changes nothing', async () => {
    for (const provisions of [true, false]) {
      const tenant = await world.tenant({ provider: 'GENERIC', scim: provisions, oidc });
      for (const input of [{ oidc: null }, { oidc: null, saml: idp.facet }]) {
        expect(await refused(tenant, input)).toEqual({
          code: 'BAD_INPUT',
          field: 'oidc',
          message: '"oidc" cannot be removed while the connection is ACTIVE. Set "state" to DRAFT first.',
        });
      }
      expect((await changed(tenant, { state: 'ACTIVE' })).oidc).toEqual({ issuer: oidc.issuer });
    }
  });

  test('is refused for an INACTIVE connection through which users have signed in; as a DRAFT it is allowed', async () => {
    const realm = await Realm.make(world, app, 'oidc', { jit: { mode: 'ENABLED' } });
    const visit = await realm.visit(realm.person('T2'));
    await visit.tokens();
    await changed(realm.tenant, { state: 'INACTIVE' });
    expect(await refused(realm.tenant, { oidc: null })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'oidc',
      message: expect.stringContaining('users have signed in with it'),
    });
    expect(await changed(realm.tenant, { oidc: null, state: 'DRAFT' })).toMatchObject({ state: 'DRAFT', oidc: null });
  });

  test('is allowed for an INACTIVE connection through which no user has signed in', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', scim: true, oidc });
    expect(await changed(tenant, { state: 'INACTIVE', oidc: null })).toMatchObject({ state: 'INACTIVE', oidc: null });
  });

  test('changes nothing if the connection has no such protocol, whatever its state', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', scim: true, oidc });
    expect(await changed(tenant, { saml: null })).toMatchObject({ state: 'ACTIVE', oidc: { issuer: oidc.issuer } });
  });
});

describe('an ACTIVE connection', () => {
  const stepFirst =
    'cannot be false while the connection is ACTIVE and nothing else is enabled. Set "state" to INACTIVE first';
  test('refuses to disable its last function, with the step to take', async () => {
    const provisioning = await world.tenant({ provider: 'GENERIC', scim: true });
    expect(await refused(provisioning, { scim: false })).toEqual({
      code: 'BAD_INPUT',
      field: 'scim',
      message: expect.stringContaining(`"scim" ${stepFirst}`),
    });
    expect((await provisioning.scim('GET', '/Users')).status).toBe(200);
    const signing = await world.tenant({ provider: 'GENERIC', scim: false, oidc });
    expect(await refused(signing, { oidc: { ...oidc, enabled: false } })).toEqual({
      code: 'BAD_INPUT',
      field: 'oidc.enabled',
      message: expect.stringContaining(`"oidc.enabled" ${stepFirst}`),
    });
    const saml = await world.tenant({ provider: 'GENERIC', scim: false, saml: idp.facet });
    expect(await refused(saml, { saml: { enabled: false } })).toMatchObject({ field: 'saml.enabled' });
    const both = await world.tenant({ provider: 'GENERIC', scim: true, oidc });
    expect(await refused(both, { scim: false, oidc: { ...oidc, enabled: false } })).toMatchObject({ field: 'scim' });
    expect(await changed(both, { oidc: { ...oidc, enabled: false } })).toMatchObject({ state: 'ACTIVE' });
    expect(await refused(both, { scim: false })).toMatchObject({ field: 'scim' });
    expect(await changed(both, { scim: false, state: 'INACTIVE' })).toMatchObject({ state: 'INACTIVE', scim: null });
    expect(await refused(both, { state: 'ACTIVE' })).toMatchObject({ code: 'BAD_INPUT', field: 'state' });
  });

  test('loses its tokens if SCIM is disabled; they stay invalid if it is enabled again', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', scim: true, oidc });
    const tokens = async () =>
      (
        await tenant.gql('query($id: ID!) { connection(id: $id) { scim { tokens { hint } } } }', {
          id: tenant.connectionId,
        })
      ).connection.scim.tokens;
    await changed(tenant, { scim: false });
    expect(await tenant.scim('GET', '/Users')).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('its tokens are revoked') },
    });
    const { data } = await world.request(
      'mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { scimToken } }',
      { i: { id: tenant.connectionId, scim: true } },
      tenant.key,
    );
    expect((await tenant.scim('GET', '/Users')).status).toBe(401);
    expect(await tokens()).toHaveLength(1);
    const answer = await world.scim(tenant.connectionId, data.updateConnection.scimToken, 'GET', '/Users');
    expect(answer.status).toBe(200);
  });
});

describe('activation', () => {
  const nothing = {
    code: 'BAD_INPUT',
    field: 'state',
    message: expect.stringContaining('cannot be ACTIVE yet'),
  };

  test('is refused for a connection without sign-in and provisioning', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', scim: false });
    expect(await refused(tenant, { state: 'ACTIVE' })).toEqual(nothing);
    expect(await changed(tenant, { state: 'INACTIVE' })).toMatchObject({ state: 'INACTIVE' });
    expect(await refused(tenant, { state: 'ACTIVE' })).toEqual(nothing);
  });

  test('is allowed if the same call configures SCIM or sign-in', async () => {
    const provisioning = await world.tenant({ provider: 'GENERIC', scim: false });
    expect(await changed(provisioning, { state: 'ACTIVE', scim: true })).toMatchObject({ state: 'ACTIVE' });
    const signing = await world.tenant({ provider: 'GENERIC', scim: false });
    expect(await changed(signing, { state: 'ACTIVE', oidc })).toMatchObject({ state: 'ACTIVE' });
  });

  test('is refused if the same call removes the last configuration', async () => {
    const tenant = await world.tenant({ provider: 'GENERIC', scim: false, state: 'DRAFT', oidc });
    expect(await refused(tenant, { state: 'ACTIVE', oidc: null })).toEqual(nothing);
  });
});
