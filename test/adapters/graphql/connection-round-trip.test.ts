import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Anything, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let groupId: string;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  const { createGroup } = await tenant.gql(
    'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }',
    { i: { organizationId: tenant.organizationId, displayName: 'Default' } },
  );
  groupId = createGroup.group.id;
});
afterAll(() => world.close());

const shown = `id updatedAt name provider state signalsIssuer entitlements grantableRoles
  scim { enabled onExisting extensions }
  oidc { enabled issuer clientId scopes subjectClaim tokenEndpointAuthMethod hostedDomains }
  saml { enabled idpEntityId ssoUrl ssoBinding sloUrl certificates allowIdpInitiated subjectAttribute nameIdFormat signRequests }
  jit { mode allowedDomains requireVerifiedEmail vouchesForEmail refreshProfile reactivateOnSignIn defaultRoles
    defaultGroups { id } requiredGroups deprovisionOnGroupLoss syncGroups groupsClaim dormantAfterDays }
  attributeMappings { source target } groupMappings { group roles }`;

/** Returns what was read as the input that writes it. */
function writable({ id, updatedAt: expectedUpdatedAt, scim, oidc, saml, jit, ...rest }: Anything): object {
  const { defaultGroups, ...policy } = jit;
  const ids = defaultGroups.map((group: { id: string }) => group.id);
  // A connection has one protocol, and null removes the other one, which is absent.
  return { id, expectedUpdatedAt, ...rest, provisioning: scim, oidc, saml, jit: { ...policy, defaultGroupIds: ids } };
}

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const domain = word.map((name) => `${name}.example`);
const url = word.map((name) => `https://${name}.example/x`);
const list = <T>(one: fc.Arbitrary<T>) => fc.uniqueArray(one, { maxLength: 3 });
const some = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });

const certificate = async (): Promise<string> => {
  const { createConnection } = await tenant.gql(
    'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { saml { certificates } } } }',
    { i: { organizationId: tenant.organizationId, name: 'x', provider: 'TEST', saml: {} } },
  );
  return createConnection.connection.saml.certificates[0];
};

const settings = (pem: string) => {
  const oidc = fc.record(
    {
      issuer: fc.constant('http://127.0.0.1:9/idp'),
      clientId: word,
      scopes: list(word),
      hostedDomains: list(domain),
      enabled: fc.boolean(),
    },
    { requiredKeys: ['issuer', 'clientId'] },
  );
  const saml = fc.record(
    {
      idpEntityId: word,
      ssoUrl: url,
      certificates: fc.constant([pem]),
      sloUrl: fc.option(url),
      nameIdFormat: fc.option(word),
      subjectAttribute: fc.option(word),
      ssoBinding: fc.constantFrom('POST', 'REDIRECT'),
      signRequests: fc.boolean(),
    },
    { requiredKeys: ['idpEntityId', 'ssoUrl', 'certificates'] },
  );
  const signIn = fc.oneof(fc.constant({}), fc.record({ oidc }), fc.record({ saml }));
  const jit = some({
    mode: fc.constantFrom('ENABLED', 'UNLESS_SCIM', 'INVITED', 'DISABLED'),
    allowedDomains: list(domain),
    vouchesForEmail: fc.boolean(),
    defaultRoles: list(word),
    defaultGroupIds: fc.constantFrom([], [groupId]),
    dormantAfterDays: fc.option(fc.integer({ min: 1, max: 400 })),
  });
  const extension = word.map((name) => ({
    id: `urn:example:${name}`,
    attributes: [{ name: 'size', type: 'integer' }],
  }));
  const provisioning = some({
    enabled: fc.boolean(),
    onExisting: fc.constantFrom('ADOPT', 'CONFLICT', 'REVIEW'),
    extensions: fc.array(extension, { maxLength: 1 }),
  });
  const rules = some({
    jit,
    provisioning,
    signalsIssuer: fc.option(url),
    entitlements: list(word),
    grantableRoles: list(word),
    groupMappings: fc.array(fc.record({ group: word, roles: list(word) }), { maxLength: 1 }),
    attributeMappings: fc.constantFrom([], [{ source: 'costCenter', target: 'cost' }]),
  });
  return fc.tuple(fc.constantFrom('OKTA', 'ENTRA', 'GENERIC'), word, signIn, rules);
};

test('a connection that is read and written back does not change', async () => {
  const read = async (id: string) =>
    (await tenant.gql(`query($id: ID!) { connection(id: $id) { ${shown} } }`, { id })).connection;
  await fc.assert(
    fc.asyncProperty(settings(await certificate()), async ([provider, name, signIn, rules]) => {
      const input = { organizationId: tenant.organizationId, name, provider, state: 'INACTIVE', ...signIn, ...rules };
      const { createConnection } = await tenant.gql(
        'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }',
        { i: input },
      );
      const { id } = createConnection.connection;
      const before = await read(id);
      const log = await tenant.events();
      await tenant.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { warnings } }', {
        i: writable(before),
      });
      expect(await read(id)).toEqual(before);
      expect(await tenant.events()).toEqual(log);
      await tenant.gql('mutation($id: ID!) { deleteConnection(id: $id, users: KEEP) { deletedId } }', { id });
    }),
    { numRuns: 40 },
  );
});

describe('a part of a configuration', () => {
  const update = (input: object) =>
    world.request(
      `mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { secret connection { ${shown} } } }`,
      { i: { id: tenant.connectionId, ...input } },
      tenant.key,
    );

  test('hostedDomains can be changed without the issuer, which a new configuration requires', async () => {
    const { errors } = await update({ oidc: { hostedDomains: ['a.example'] } });
    expect(errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'oidc.issuer' });
    await update({ oidc: { issuer: 'http://127.0.0.1:9/idp', clientId: 'me' } });
    const { data } = await update({ oidc: { hostedDomains: ['a.example'] } });
    expect(data.updateConnection.connection.oidc).toMatchObject({ clientId: 'me', hostedDomains: ['a.example'] });
  });

  test('provisioning enables and disables SCIM; its errors name its fields', async () => {
    expect((await update({ provisioning: null })).data.updateConnection.connection.scim).toBeNull();
    const { updateConnection } = (await update({ provisioning: { enabled: true, onExisting: 'REVIEW' } })).data;
    expect(updateConnection.secret).toEqual(expect.any(String));
    expect(updateConnection.connection.scim).toMatchObject({ enabled: true, onExisting: 'REVIEW' });
    const { errors } = await update({ provisioning: { extensions: [{}] } });
    expect(errors[0].extensions.field).toBe('provisioning.extensions[0].id');
    expect(errors[0].message).toContain('"provisioning.extensions[0].id"');
  });

  test('provisioning and the fields that it replaces cannot be combined', async () => {
    const { errors } = await update({ provisioning: { enabled: true }, scimExtensions: [] });
    expect(errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', field: 'scimExtensions' });
  });

  test('null for grantableRoles restores the roles of the group mappings', async () => {
    await update({ groupMappings: [{ group: 'Ops', roles: ['ops'] }], grantableRoles: ['other'] });
    const { data } = await update({ grantableRoles: null });
    expect(data.updateConnection.connection.grantableRoles).toEqual(['ops']);
  });
});
