import { describe, expect, test } from '@jest/globals';
import { authorize } from '../../src/access/authorize.js';
import { type Action, policy } from '../../src/access/policy.js';
import type { Principal } from '../../src/access/principal.js';
import type { ApiKeyId, ConnectionId, OrganizationId, ScimTokenId, SessionId, UserId } from '../../src/kernel/ids.js';

const here = 'org_a' as OrganizationId;
const requestId = 'r';
const nobody: Principal[] = [
  { kind: 'apiKey', keyId: 'key_a' as ApiKeyId, organizationId: here, platform: false, scopes: [], requestId },
  {
    kind: 'user',
    administrative: false,
    apiScopes: null,
    userId: 'user_a' as UserId,
    sessionId: 'ses_a' as SessionId,
    organizationId: here,
    requestId,
  },
];
const admin: Principal = {
  kind: 'apiKey',
  keyId: 'key_b' as ApiKeyId,
  organizationId: here,
  platform: false,
  scopes: ['ADMIN'],
  requestId,
};
const scim: Principal = {
  kind: 'scim',
  connectionId: 'conn_a' as ConnectionId,
  tokenId: 'tok_a' as ScimTokenId,
  provider: 'OKTA',
  settings: {
    revision: 0,
    attributeMappings: [],
    groupMappings: [],
    grantableRoles: null,
    entitlements: [],
    extensions: [],
  },
  organizationId: here,
  requestId,
};
const actions = Object.keys(policy) as Action[];

describe('the authorization function', () => {
  test.each(actions.map((action) => ({ action })))(
    '$action is refused without a scope, and in another organization',
    ({ action }) => {
      for (const principal of nobody) {
        // Signed-in users can read their organization, its users and its groups, and otherwise only their own data.
        if (principal.kind === 'user' && /^(organization|user|group)\.read$/.test(action)) continue;
        expect(() => authorize({ principal }, action, { organizationId: here, id: 'other', userId: 'other' })).toThrow(
          /This credential cannot/,
        );
      }
      for (const principal of [admin, scim, ...nobody]) {
        expect(() => authorize({ principal }, action, { organizationId: 'org_b' })).toThrow(/was not found/);
      }
    },
  );

  test('a SCIM token cannot change keys, connections, or the users and groups of another connection', () => {
    for (const action of actions.filter((name) =>
      /apiKey|connection.manage|domain|organization|event|session|signIn|suspend/.test(name),
    )) {
      expect(() => authorize({ principal: scim }, action, { organizationId: here })).toThrow(/This credential cannot/);
    }
    expect(() => authorize({ principal: scim }, 'user.update', { scimConnectionId: 'conn_b' })).toThrow(
      /This credential cannot/,
    );
    expect(() => authorize({ principal: scim }, 'group.update', { connectionId: 'conn_b' })).toThrow(
      /This credential cannot/,
    );
    expect(() => authorize({ principal: scim }, 'user.update', { scimConnectionId: 'conn_a' })).not.toThrow();
  });

  test('only a platform key can create organizations', () => {
    expect(() => authorize({ principal: admin }, 'organization.create')).toThrow(/platform key/);
    const platform: Principal = { ...admin, organizationId: null, platform: true };
    expect(() => authorize({ principal: platform }, 'organization.create')).not.toThrow();
  });
});
