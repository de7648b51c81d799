import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { documentOf, Scene } from '../../support/scene.js';
import type { Anything } from '../../support/world.js';

let scene: Scene;
/** The secret of each kind of caller. */
let callers: Record<string, string>;
let member: Anything;
beforeAll(async () => {
  scene = await Scene.set();
  member = await scene.signIn();
  callers = {
    member: member.accessToken,
    administrator: (await scene.administrator()).accessToken,
    reader: (await scene.key(['DIRECTORY_READ'])).secret,
    writer: (await scene.key(['DIRECTORY_WRITE'])).secret,
    admin: scene.tenant.key,
  };
});
afterAll(() => scene.close());

const codeOf = ({ errors }: Anything): string | undefined => errors?.[0].extensions.code;

/** The mutation of each action of `UserAction`, on a user of the given id. */
const changes: Record<string, (id: string) => Promise<[name: string, variables: object]> | [string, object]> = {
  ADD_TO_GROUP: async (id) => ['addGroupMembers', { groupId: await scene.group(), userIds: [id] }],
  DEPROVISION: (id) => ['deprovisionUser', { id }],
  END_SESSIONS: (userId) => ['revokeUserSessions', { userId }],
  ERASE: (id) => ['eraseUser', { id }],
  GRANT_ROLES: (userId) => ['grantRoles', { userId, roles: ['reader'] }],
  PROTECT: (id) => ['protectUser', { id, protected: true, reason: 'test' }],
  REACTIVATE: (id) => ['reactivateUser', { id }],
  REMOVE_FROM_GROUP: async (id) => ['removeGroupMembers', { groupId: await scene.group([id]), userIds: [id] }],
  REVOKE_ROLES: (userId) => ['revokeRoles', { userId, roles: ['reader'] }],
  SUSPEND: (id) => ['suspendUser', { id }],
  UNSUSPEND: (id) => ['unsuspendUser', { id }],
  UPDATE: (id) => ['updateUser', { input: { id, title: 'Engineer' } }],
};

describe('User.viewerCan', () => {
  // A member does not see a deprovisioned user.
  const offered = async (id: string, secret: string): Promise<string[]> =>
    (await scene.world.gql('query($id: ID!) { user(id: $id) { viewerCan } }', { id }, secret)).user?.viewerCan ?? [];

  test.each(['member', 'administrator', 'reader', 'writer', 'admin'])(
    'contains exactly the changes that the server accepts from: %s',
    async (caller) => {
      const secret = callers[caller] ?? '';
      for (const [action, changeOf] of Object.entries(changes)) {
        const id = await scene.user();
        if (action === 'REACTIVATE') await scene.do('deprovisionUser', { id });
        if (action === 'UNSUSPEND') await scene.do('suspendUser', { id });
        const isOffered = (await offered(id, secret)).includes(action);
        const [name, variables] = await changeOf(id);
        const answer = await scene.world.request(documentOf('mutation', name, variables), { ...variables }, secret);
        expect([action, codeOf(answer)]).toEqual([
          action,
          isOffered ? undefined : expect.stringMatching(/^(FORBIDDEN|NOT_FOUND)$/),
        ]);
      }
    },
    60_000,
  );

  test('follows the status of the user', async () => {
    const id = await scene.user();
    const of = async () =>
      (await offered(id, scene.tenant.key)).filter((each) => /SUSPEND|PROVISION|ACTIVATE/.test(each));
    expect(await of()).toEqual(['DEPROVISION', 'SUSPEND']);
    await scene.do('suspendUser', { id });
    expect(await of()).toEqual(['DEPROVISION', 'UNSUSPEND']);
    await scene.do('deprovisionUser', { id });
    expect(await of()).toEqual(['REACTIVATE', 'UNSUSPEND']);
  });

  test('the member can end the own sessions only', async () => {
    expect(await offered(member.user.id, callers.member ?? '')).toEqual(['END_SESSIONS']);
  });
});

describe('Viewer', () => {
  const viewer = async (fields: string, secret: string) =>
    (await scene.world.gql(`{ viewer { ${fields} } }`, {}, secret)).viewer;

  test('permissions are the actions of the policy that the caller can perform', async () => {
    const of = async (caller: string) => (await viewer('permissions', callers[caller] ?? '')).permissions;
    expect(await of('member')).toEqual([
      'organization.read',
      'user.read',
      'user.readPrivate',
      'group.read',
      'session.read',
      'session.revoke',
    ]);
    expect(await of('reader')).not.toContain('user.update');
    expect(await of('writer')).toContain('user.update');
    expect(await of('writer')).not.toContain('connection.manage');
    expect(await of('admin')).toContain('apiKey.manage');
    expect(await of('admin')).not.toContain('organization.create');
  });

  test('a setup link is named, with the permissions for its connection', async () => {
    const link = await scene.setupLink(scene.tenant.connectionId);
    expect(await viewer('kind permissions session { id }', link)).toEqual({
      kind: 'SETUP_LINK',
      permissions: ['connection.read', 'connection.configure', 'request.read'],
      session: null,
    });
  });

  test('a key reads itself with any scope, also a key of the platform; other callers have none', async () => {
    for (const organizationId of [scene.org, null]) {
      const { id, secret } = await scene.key(['SIGN_IN'], organizationId);
      const { apiKey } = await viewer('apiKey { id name scopes expiresAt organization { id } }', secret);
      const organization = organizationId && { id: organizationId };
      expect(apiKey).toEqual({ id, name: 'k', scopes: ['SIGN_IN'], expiresAt: null, organization });
    }
    expect((await viewer('apiKey { id }', callers.member ?? '')).apiKey).toBeNull();
  });

  test('a signed-in user reads the own session, a key has none', async () => {
    const { session } = await viewer('session { id expiresAt user { id } }', callers.member ?? '');
    expect(session).toEqual({
      id: member.session.id,
      expiresAt: expect.any(String),
      user: { id: member.user.id },
    });
    expect((await viewer('session { id }', scene.tenant.key)).session).toBeNull();
  });
});
