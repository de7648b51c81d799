import { formerNames } from '../../src/adapters/graphql/former-names.js';
import { documentOf, type Scene } from './scene.js';

export type Make = (s: Scene) => object | Promise<object>;
/** Calls of a mutation that succeed and that fail. */
export interface Call {
  /** Variables of a successful call. */
  good: Make;
  /** Variables of failing calls, by error code. Codes that every mutation has are not repeated. */
  bad?: Record<string, Make>;
  /** For platform keys only. */
  platform?: true;
  /** Returns variables with an unknown id, which must return NOT_FOUND. Only for mutations with an id. */
  byId?: (id: string) => object;
  inOrganization?: true;
}

const past = '2001-01-01T00:00:00Z';
const onUser = (more: object = {}): Pick<Call, 'good' | 'byId'> => ({
  good: async (s) => ({ id: await s.user(), ...more }),
  byId: (id) => ({ id, ...more }),
});
const byInput = (make: (s: Scene) => Promise<string>, more: object): Pick<Call, 'good' | 'byId'> => ({
  good: async (s) => ({ input: { id: await make(s), ...more } }),
  byId: (id) => ({ input: { id, ...more } }),
});
const removing = (make: (s: Scene) => Promise<string>, more: object = {}): Pick<Call, 'good' | 'byId'> => ({
  good: async (s) => ({ id: await make(s), ...more }),
  byId: (id) => ({ id, ...more }),
});
const stale =
  (make: (s: Scene) => Promise<string>): Make =>
  async (s) => ({ input: { id: await make(s), expectedUpdatedAt: past } });
const inOrg =
  (more: (s: Scene) => object | Promise<object>): Make =>
  async (s) => ({ input: { organizationId: s.org, ...(await more(s)) } });
const user = (s: Scene) => s.user();
/** Created in an organization: an unknown organization is NOT_FOUND. */
const foreign = { inOrganization: true } as const;

/** Every mutation. */
export const calls: Record<string, Call> = {
  createOrganization: {
    platform: true,
    good: () => ({ input: { name: 'New', domains: ['new-one.test'], seatLimit: 5, seatPolicy: 'GRACE' } }),
    bad: {
      BAD_INPUT: () => ({ input: { name: ' ' } }),
      EXTERNAL_ID_TAKEN: async (s) => {
        const externalId = s.unique('customer-');
        await s.world.gql(documentOf('mutation', 'createOrganization', { input: 1 }), {
          input: { name: 'x', externalId },
        });
        return { input: { name: 'y', externalId } };
      },
    },
  },
  updateOrganization: {
    good: (s) => ({ input: { id: s.org, name: 'Acme Ltd' } }),
    byId: (id) => ({ input: { id, name: 'x' } }),
    bad: {
      BAD_INPUT: (s) => ({ input: { id: s.org, seatLimit: -1 } }),
      CONFLICT: (s) => ({ input: { id: s.org, expectedUpdatedAt: past } }),
    },
  },
  deleteOrganization: {
    platform: true,
    good: async (s) => ({ id: (await s.world.tenant({}, 'Goes')).organizationId }),
    byId: (id) => ({ id }),
  },
  addDomain: {
    good: (s) => ({ organizationId: s.org, domain: `${s.unique('x')}.test` }),
    byId: (id) => ({ organizationId: id, domain: 'x.test' }),
    bad: {
      BAD_INPUT: (s) => ({ organizationId: s.org, domain: 'no domain' }),
      DOMAIN_TAKEN: async (s) => {
        const domain = `${s.unique('t')}.test`;
        await s.do('addDomain', { organizationId: s.org, domain });
        return { organizationId: s.org, domain };
      },
    },
  },
  assignDomain: {
    good: async (s) => ({ id: await s.domain(), connectionIds: [s.tenant.connectionId] }),
    byId: (id) => ({ id, connectionIds: [] }),
  },
  verifyDomain: {
    good: async (s) => ({ id: await s.domain(), force: true }),
    byId: (id) => ({ id }),
    bad: {
      BAD_INPUT: async (s) => ({ id: await s.domain() }),
      DOMAIN_TAKEN: async (s) => {
        const domain = `${s.unique('v')}.test`;
        const other = await s.world.tenant({}, 'Other');
        const add = 'mutation($o: ID!, $d: String!) { addDomain(organizationId: $o, domain: $d) { domain { id } } }';
        const { addDomain } = await other.gql(add, { o: other.organizationId, d: domain });
        await other.gql('mutation($id: ID!) { verifyDomain(id: $id, force: true) { domain { id } } }', {
          id: addDomain.domain.id,
        });
        return {
          id: (await s.do('addDomain', { organizationId: s.org, domain }, '{ domain { id } }')).domain.id,
          force: true,
        };
      },
    },
  },
  removeDomain: removing((s) => s.domain()),
  createConnection: {
    good: inOrg(() => ({ name: 'Okta', provider: 'OKTA', scim: true })),
    ...foreign,
    bad: { BAD_INPUT: inOrg(() => ({ name: 'x', provider: 'OKTA', oidc: { issuer: 'ftp://x', clientId: 'x' } })) },
  },
  updateConnection: {
    ...byInput((s) => s.connection(), { state: 'INACTIVE' }),
    bad: {
      BAD_INPUT: async (s) => ({ input: { id: await s.connection(), jit: { dormantAfterDays: 0 } } }),
      CONFLICT: stale((s) => s.connection()),
    },
  },
  deleteConnection: removing((s) => s.connection(), { users: 'KEEP' }),
  rotateScimToken: {
    good: async (s) => ({ connectionId: await s.connection({ scim: true }), overlapSeconds: 60 }),
    byId: (id) => ({ connectionId: id }),
    bad: { BAD_INPUT: async (s) => ({ connectionId: await s.connection() }) },
  },
  revokeScimToken: removing((s) => s.scimToken()),
  createSetupLink: {
    good: async (s) => ({ connectionId: await s.connection() }),
    byId: (id) => ({ connectionId: id }),
    bad: { BAD_INPUT: async (s) => ({ connectionId: await s.connection(), expiresInSeconds: 0 }) },
  },
  revokeSetupLink: removing((s) => s.setupLinkId()),
  createScimClient: {
    good: (s) => ({ input: { connectionId: s.tenant.connectionId, name: 'sync' } }),
    byId: (id) => ({ input: { connectionId: id, name: 'x' } }),
    bad: { BAD_INPUT: (s) => ({ input: { connectionId: s.tenant.connectionId, name: 'x', jwks: { keys: [] } } }) },
  },
  deleteScimClient: removing((s) => s.scimClient()),
  createUser: {
    good: inOrg((s) => ({ userName: `${s.unique('new')}@acme.test`, roles: ['reader'] })),
    ...foreign,
    bad: {
      BAD_INPUT: inOrg(() => ({ userName: '' })),
      USER_NAME_TAKEN: inOrg(async (s) => {
        const userName = `${s.unique('same')}@acme.test`;
        await s.user({ userName });
        return { userName: userName.toUpperCase() };
      }),
      EXTERNAL_ID_TAKEN: inOrg(async (s) => {
        const known = { connectionId: s.tenant.connectionId, externalId: s.unique('x-') };
        await s.user(known);
        return { userName: `${s.unique('n')}@acme.test`, ...known };
      }),
      SEAT_LIMIT_REACHED: async (s) => {
        const full = await s.world.gql(
          'mutation { createOrganization(input: { name: "Full", seatLimit: 0 }) { organization { id } } }',
        );
        return {
          input: { organizationId: full.createOrganization.organization.id, userName: 'x@full.test' },
          as: 'platform',
        };
      },
    },
  },
  updateUser: {
    ...byInput(user, { title: 'Engineer', attributes: { shoeSize: 42 } }),
    bad: {
      BAD_INPUT: async (s) => ({ input: { id: await s.user(), attributes: { userName: 'x' } } }),
      USER_NAME_TAKEN: async (s) => {
        const userName = `${s.unique('held')}@acme.test`;
        await s.user({ userName });
        return { input: { id: await s.user(), userName } };
      },
      CONFLICT: stale(user),
    },
  },
  grantRoles: {
    good: async (s) => ({ userId: await s.user(), roles: ['reader'] }),
    byId: (id) => ({ userId: id, roles: ['reader'] }),
    bad: { BAD_INPUT: async (s) => ({ userId: await s.user(), roles: [' '] }) },
  },
  revokeRoles: {
    good: async (s) => ({ userId: await s.user({ roles: ['reader'] }), roles: ['reader'] }),
    byId: (id) => ({ userId: id, roles: ['reader'] }),
    bad: { BAD_INPUT: async (s) => ({ userId: await s.user(), roles: [' '] }) },
  },
  importUsers: {
    good: inOrg((s) => ({ users: [{ userName: `${s.unique('i')}@acme.test` }] })),
    ...foreign,
    bad: { BAD_INPUT: inOrg(() => ({ users: Array.from({ length: 501 }, (_, n) => ({ userName: `u${n}` })) })) },
  },
  inviteUser: {
    good: inOrg((s) => ({ email: `${s.unique('guest')}@guests.test` })),
    ...foreign,
    bad: { BAD_INPUT: inOrg(() => ({ email: 'nobody' })) },
  },
  protectUser: {
    ...onUser({ protected: false, reason: 'over' }),
    bad: { BAD_INPUT: async (s) => ({ id: await s.user(), protected: true, reason: '' }) },
  },
  resolveAdoption: {
    good: async (s) => ({ userId: await s.wanted(), connectionId: s.tenant.connectionId, accept: true }),
    byId: (id) => ({ userId: id, connectionId: 'conn_x', accept: true }),
  },
  resolveLink: {
    good: async (s) => ({ id: await s.pendingLink(), accept: true }),
    byId: (id) => ({ id, accept: true }),
  },
  suspendUser: onUser({ reason: 'a test' }),
  unsuspendUser: onUser(),
  deprovisionUser: onUser(),
  reactivateUser: {
    good: async (s) => {
      const id = await s.user();
      await s.do('deprovisionUser', { id });
      return { id };
    },
    byId: (id) => ({ id }),
  },
  eraseUser: onUser(),
  createGroup: {
    good: inOrg(async (s) => ({ displayName: 'Readers', memberIds: [await s.user()], roles: ['reader'] })),
    ...foreign,
    bad: {
      BAD_INPUT: inOrg(() => ({ displayName: ' ' })),
      UNKNOWN_MEMBER: inOrg(() => ({ displayName: 'x', memberIds: ['user_x'] })),
    },
  },
  updateGroup: {
    ...byInput((s) => s.group(), { displayName: 'Writers' }),
    bad: {
      BAD_INPUT: async (s) => ({ input: { id: await s.group(), displayName: '' } }),
      CONFLICT: stale((s) => s.group()),
    },
  },
  deleteGroup: removing((s) => s.group()),
  addGroupMembers: {
    good: async (s) => ({ groupId: await s.group(), memberIds: [await s.user()] }),
    byId: (id) => ({ groupId: id, memberIds: [] }),
    bad: {
      BAD_INPUT: async (s) => ({ groupId: await s.group() }),
      UNKNOWN_MEMBER: async (s) => ({ groupId: await s.group(), memberIds: ['user_x'] }),
      MEMBERSHIP_CYCLE: async (s) => {
        const id = await s.group();
        return { groupId: id, memberIds: [id] };
      },
    },
  },
  removeGroupMembers: {
    good: async (s) => {
      const id = await s.user();
      return { groupId: await s.group([id]), memberIds: [id] };
    },
    byId: (id) => ({ groupId: id, memberIds: [] }),
    bad: { BAD_INPUT: async (s) => ({ groupId: await s.group() }) },
  },
  signInWithIdToken: {
    good: async (s) => ({
      connectionId: s.tenant.connectionId,
      idToken: await s.idp.token({ sub: s.unique('s'), email: `${s.unique('s')}@acme.test`, email_verified: true }),
    }),
    byId: (id) => ({ connectionId: id, idToken: 'x' }),
    bad: {
      ASSERTION_INVALID: (s) => ({ connectionId: s.tenant.connectionId, idToken: 'x' }),
      CONNECTION_INACTIVE: async (s) => ({ connectionId: await s.connection(), idToken: 'x' }),
    },
  },
  startTestSignIn: {
    good: (s) => ({ connectionId: s.tenant.connectionId }),
    byId: (id) => ({ connectionId: id }),
    bad: { BAD_INPUT: async (s) => ({ connectionId: await s.connection() }) },
  },
  revokeSession: { good: async (s) => ({ id: (await s.signIn()).session.id }), byId: (id) => ({ id }) },
  changeUsers: {
    good: inOrg(async (s) => ({ userIds: [await s.user()], action: 'SUSPEND' })),
    ...foreign,
    bad: {
      BAD_INPUT: inOrg(async (s) => ({ userIds: [await s.user()], action: 'ERASE' })),
      CONFLICT: inOrg(() => ({ filter: { userName: 'unknown' }, expectedCount: 1, action: 'SUSPEND' })),
    },
  },
  unlinkIdentity: {
    good: async (s) => ({
      userId: (await s.signIn()).user.id,
      connectionId: s.tenant.connectionId,
      reason: 'moved to another user',
    }),
    byId: (id) => ({ userId: id, connectionId: 'x', reason: 'x' }),
    bad: {
      BAD_INPUT: async (s) => ({ userId: await s.user(), connectionId: s.tenant.connectionId, reason: ' ' }),
    },
  },
  revokeUserSessions: { good: async (s) => ({ userId: (await s.signIn()).user.id }), byId: (id) => ({ userId: id }) },
  createWebhookEndpoint: {
    good: inOrg(() => ({ url: 'http://127.0.0.1:9/hook' })),
    ...foreign,
    bad: {
      BAD_INPUT: inOrg(() => ({ url: 'no url' })),
      CURSOR_INVALID: inOrg(() => ({ url: 'http://127.0.0.1:9/', after: 'x' })),
    },
  },
  updateWebhookEndpoint: {
    ...byInput((s) => s.endpoint(), { state: 'PAUSED' }),
    bad: { BAD_INPUT: async (s) => ({ input: { id: await s.endpoint(), url: 'no url' } }) },
  },
  deleteWebhookEndpoint: removing((s) => s.endpoint()),
  moveWebhookCursor: {
    ...removing((s) => s.endpoint()),
    bad: { CURSOR_INVALID: async (s) => ({ id: await s.endpoint(), after: 'x' }) },
  },
  rotateWebhookSecret: {
    ...removing((s) => s.endpoint()),
    bad: { BAD_INPUT: async (s) => ({ id: await s.endpoint(), overlapSeconds: -1 }) },
  },
  sendTestEvent: removing((s) => s.endpoint()),
  createConsumer: {
    good: inOrg((s) => ({ name: s.unique('c-') })),
    ...foreign,
    bad: {
      BAD_INPUT: inOrg(() => ({ name: 'a name' })),
      CURSOR_INVALID: inOrg((s) => ({ name: s.unique('c-'), after: 'x' })),
    },
  },
  acknowledgeEvents: {
    good: async (s) => ({ consumerId: await s.consumer(), cursor: await s.cursor() }),
    byId: (id) => ({ consumerId: id, cursor: 'x' }),
    bad: { CURSOR_INVALID: async (s) => ({ consumerId: await s.consumer(), cursor: 'x' }) },
  },
  deleteConsumer: removing((s) => s.consumer()),
  createApiKey: {
    good: inOrg(() => ({ name: 'app', scopes: ['DIRECTORY_READ'] })),
    ...foreign,
    bad: { BAD_INPUT: inOrg(() => ({ name: 'app', scopes: ['ADMIN'], expiresAt: past })) },
  },
  updateApiKey: {
    ...byInput(async (s) => (await s.key()).id, { name: 'Renamed' }),
    bad: { BAD_INPUT: async (s) => ({ input: { id: (await s.key()).id, expiresAt: past } }) },
  },
  revokeApiKey: removing(async (s) => (await s.key()).id),
  createApplication: {
    good: inOrg(() => ({ name: 'App', redirectUris: ['https://app.example/'] })),
    ...foreign,
    bad: { BAD_INPUT: inOrg(() => ({ name: 'App', redirectUris: ['https://*.example/'] })) },
  },
  updateApplication: {
    ...byInput((s) => s.application(), { name: 'Renamed' }),
    bad: {
      BAD_INPUT: async (s) => ({ input: { id: await s.application(), name: ' ' } }),
      CONFLICT: stale((s) => s.application()),
    },
  },
  rotateApplicationSecret: {
    ...removing((s) => s.application()),
    bad: { BAD_INPUT: async (s) => ({ id: await s.application({ tokenEndpointAuthMethod: 'NONE' }) }) },
  },
  createApplicationSecret: {
    good: async (s) => ({ input: { applicationId: await s.application() } }),
    byId: (id) => ({ input: { applicationId: id } }),
    bad: { BAD_INPUT: async (s) => ({ input: { applicationId: await s.application(), expiresAt: past } }) },
  },
  revokeApplicationSecret: removing((s) => s.applicationSecret()),
  deleteApplication: removing((s) => s.application()),
  replayRequest: {
    ...removing((s) => s.request(), { dryRun: true }),
    bad: {
      BAD_INPUT: async (s) => {
        const made = { organizationId: s.org, name: 'Off', provider: 'OKTA', scim: true };
        const { connection, scimToken } = await s.input('createConnection', made, '{ scimToken connection { id } }');
        await s.world.scim(connection.id, scimToken, 'GET', '/Users?count=1');
        const query = 'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { id } } } }';
        const found = await s.tenant.gql(query, { id: connection.id });
        await s.input('updateConnection', { id: connection.id, state: 'INACTIVE' });
        return { id: found.connection.requests.nodes[0].id };
      },
    },
  },
};
// A mutation behaves in the same way under its former name.
for (const [former, successor] of Object.entries(formerNames.Mutation ?? {})) {
  const call = calls[successor];
  if (call) calls[former] = call;
}
