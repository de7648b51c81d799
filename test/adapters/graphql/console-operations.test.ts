import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Scene } from '../../support/scene.js';
import { type Anything, oktaUser } from '../../support/world.js';

/** Requests of a console: one screen each. They name what an administrator, an operator and a member need to see. */
const person = `query($id: ID!) { user(id: $id) {
  displayName status roleGrants { role source group { displayName } connection { name } } viewerCan
  identities { externalId issuer subject via { name provider } } timeline(first: 50) { nodes { at kind summary } }
} }`;
const offboard = `mutation($org: ID!, $ids: [ID!]!) { changeUsers(input: {
  organizationId: $org, userIds: $ids, action: SUSPEND, reason: "reorganisation", dryRun: true
}) { changed refused results { userId outcome error { code message } } } }`;
const me = `{ viewer { kind permissions session { expiresAt } user {
  displayName access { roles } managers { name provider } identities { via { name } } viewerCan
} } }`;

let scene: Scene;
let member: Anything;
let managed: string;
beforeAll(async () => {
  scene = await Scene.set();
  member = await scene.signIn();
  managed = (await scene.tenant.scim('POST', '/Users', oktaUser('managed@acme.test'))).body.id;
});
afterAll(() => scene.close());

const ask = async (query: string, variables: object, key: string): Promise<Anything> => {
  const { data, errors } = await scene.world.request(query, { ...variables }, key);
  expect(errors).toBeUndefined();
  return data;
};

describe('a screen of a console is one request', () => {
  test('a user, with roles, identities and history', async () => {
    const { user } = await ask(person, { id: managed }, scene.tenant.key);
    expect(user).toMatchObject({
      status: 'ACTIVE',
      identities: [{ externalId: '00u-managed@acme.test', issuer: null, subject: null, via: { name: 'Okta' } }],
    });
    expect(user.viewerCan).toContain('SUSPEND');
    expect(user.timeline.nodes.map(({ kind }: Anything) => kind)).toContain('EVENT');
    const { user: signedIn } = await ask(person, { id: member.user.id }, scene.tenant.key);
    expect(signedIn.identities).toMatchObject([{ issuer: scene.idp.issuer, subject: expect.any(String) }]);
  });

  test('a member receives null for the history, and the rest of the own page', async () => {
    const { data, errors } = await scene.world.request(person, { id: member.user.id }, member.accessToken);
    expect(errors).toMatchObject([{ path: ['user', 'timeline'], extensions: { code: 'FORBIDDEN' } }]);
    expect(data.user).toMatchObject({ status: 'ACTIVE', timeline: null, identities: [{ via: { name: 'Okta' } }] });
  });

  test('a dry run of an off-boarding', async () => {
    const ids = [managed, 'user_01aaaaaaaaaaaaaaaaaaaaaaaa'];
    const { changeUsers } = await ask(offboard, { org: scene.org, ids }, scene.tenant.key);
    expect(changeUsers).toMatchObject({
      changed: 1,
      refused: 1,
      results: [{ userId: managed, outcome: 'CHANGED', error: null }, { error: { code: 'NOT_FOUND' } }],
    });
  });

  test('the own page, for a member, an administrator, a key and a setup link', async () => {
    const { viewer } = await ask(me, {}, member.accessToken);
    expect(viewer).toMatchObject({
      kind: 'USER',
      session: { expiresAt: expect.any(String) },
      user: {
        access: { roles: [] },
        managers: [],
        identities: [{ via: { name: 'Okta' } }],
        viewerCan: ['END_SESSIONS'],
      },
    });
    const administrator = await ask(me, {}, (await scene.administrator()).accessToken);
    expect(administrator.viewer.user).toMatchObject({ access: { roles: ['admin'] } });
    expect(administrator.viewer.permissions).toContain('user.suspend');
    expect((await ask(me, {}, scene.tenant.key)).viewer).toMatchObject({ kind: 'API', user: null, session: null });
    const link = await scene.setupLink(scene.tenant.connectionId);
    expect((await ask(me, {}, link)).viewer).toMatchObject({ kind: 'SETUP_LINK', user: null });
  });
});
