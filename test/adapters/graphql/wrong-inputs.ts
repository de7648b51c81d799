import type { Scene } from '../../support/scene.js';

type Wrong = (scene: Scene) => object | Promise<object>;

const look = { color: 'red', supportContact: 'x', logo: '?' };
const past = '2001-01-01T00:00:00Z';
const long = 'x'.repeat(3_000);
const application = {
  name: ' ',
  redirectUris: ['https://*.example'],
  postLogoutRedirectUris: ['no url'],
  backchannelLogoutUri: 'no url',
  initiateLoginUri: 'no url',
  refreshGraceSeconds: -1,
  apiScopes: ['unknown'],
  jwks: {},
  ...look,
};
const applicationFields = Object.keys(application);
const organization = { name: '', externalId: long, seatLimit: -1, seatGrace: -1, seatGraceDays: -1, ...look };
const connection = {
  name: ' ',
  signalsIssuer: 'no url',
  grantableRoles: [' '],
  entitlements: [' '],
  groupMappings: [{ group: 'g', roles: [' '] }],
  attributeMappings: [{ source: ' ', target: 'x' }],
  provisioning: { extensions: [{}] },
  jit: { dormantAfterDays: 0, defaultRoles: [' '], allowedDomains: ['no domain'] },
};
const connectionFields = [
  'name',
  'signalsIssuer',
  'grantableRoles',
  'entitlements',
  'groupMappings.0.roles',
  'attributeMappings',
  'provisioning.extensions.0.id',
  'jit.dormantAfterDays',
  'jit.defaultRoles',
  'jit.allowedDomains',
];
const inOrg =
  (more: object): Wrong =>
  ({ org }) => ({ input: { organizationId: org, ...more } });
const change =
  (make: (scene: Scene) => Promise<string>, more: object): Wrong =>
  async (scene) => ({ input: { id: await make(scene), ...more } });

/** Inputs in which several fields are wrong, with the paths of all of these fields, by mutation. */
export const wrongInputs: Record<string, { variables: Wrong; fields: readonly string[]; platform?: true }> = {
  createOrganization: {
    variables: () => ({ input: { ...organization, domains: ['no domain'] } }),
    fields: [...Object.keys(organization), 'domains'],
    platform: true,
  },
  updateOrganization: {
    variables: ({ org }) => ({ input: { id: org, ...organization } }),
    fields: Object.keys(organization),
  },
  createConnection: { variables: inOrg({ ...connection, provider: 'OKTA' }), fields: connectionFields },
  updateConnection: { variables: change((s) => s.connection(), connection), fields: connectionFields },
  createApplication: { variables: inOrg(application), fields: applicationFields },
  updateApplication: { variables: change((s) => s.application(), application), fields: applicationFields },
  createApiKey: {
    variables: inOrg({ name: '', scopes: [], expiresAt: past }),
    fields: ['name', 'scopes', 'expiresAt'],
  },
  updateApiKey: {
    variables: change(async (s) => (await s.key()).id, { name: '', expiresAt: past }),
    fields: ['name', 'expiresAt'],
  },
  createUser: {
    variables: inOrg({ userName: '', emails: [{ value: 'x' }], roles: [' '], familyName: long }),
    fields: ['userName', 'emails', 'roles', 'familyName'],
  },
  updateUser: {
    variables: change((s) => s.user(), {
      userName: '',
      emails: [{ value: 'x' }],
      assignedRoles: [' '],
      familyName: long,
    }),
    fields: ['userName', 'emails', 'assignedRoles', 'familyName'],
  },
  inviteUser: {
    variables: inOrg({ email: 'nobody', expiresInSeconds: 1, roles: [' '] }),
    fields: ['email', 'expiresInSeconds', 'roles'],
  },
  createGroup: { variables: inOrg({ displayName: ' ', roles: [' '] }), fields: ['displayName', 'roles'] },
  updateGroup: {
    variables: change((s) => s.group(), { displayName: ' ', roles: [' '] }),
    fields: ['displayName', 'roles'],
  },
  updateWebhookEndpoint: {
    variables: change((s) => s.endpoint(), { url: 'no url', state: 'FAILING' }),
    fields: ['url', 'state'],
  },
  rotateApplicationSecret: {
    variables: async (scene) => ({ id: await scene.application(), overlapSeconds: -1, expiresAt: past }),
    fields: ['overlapSeconds', 'expiresAt'],
  },
  createScimClient: {
    variables: ({ tenant }) => ({ input: { connectionId: tenant.connectionId, name: ' ', jwks: {} } }),
    fields: ['name', 'jwks'],
  },
  createSetupLink: {
    variables: ({ tenant }) => ({
      connectionId: tenant.connectionId,
      expiresInSeconds: 0,
      name: ' ',
      returnUrl: 'no url',
    }),
    fields: ['expiresInSeconds', 'name', 'returnUrl'],
  },
  rotateScimToken: {
    variables: ({ tenant }) => ({ connectionId: tenant.connectionId, overlapSeconds: -1, expiresAt: past }),
    fields: ['overlapSeconds', 'expiresAt'],
  },
};

/**
 * Mutations of which at most one field can be invalid at a time: their other fields are ids, enums, Booleans, or texts of
 * any form. A row of `importUsers` reports its first error in its result.
 */
export const oneWrongField = [
  'changeUsers',
  'createApplicationSecret',
  'createConsumer',
  'createWebhookEndpoint',
  'importUsers',
  'signInWithIdToken',
];
