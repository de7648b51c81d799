import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { protocols, Realm } from '../../support/sign-ins.js';
import { type Anything, eventually, oktaUser, patch, World } from '../../support/world.js';

let world: World;
let app: App;
let listener: Server;
const received: string[] = [];
let failures = 0;
beforeAll(async () => {
  world = await World.shared();
  listener = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (failures-- > 0) return response.writeHead(500).end();
      received.push(new URLSearchParams(body).get('logout_token') ?? '');
      return response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  app = await App.register(world, {
    backchannelLogoutUri: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/logout`,
    postLogoutRedirectUris: ['https://app.example/goodbye'],
  });
});
afterAll(async () => {
  await world.close();
  listener.close();
});

const dead = async (tokens: { access_token: string; refresh_token?: string }) => {
  expect(await app.introspect(tokens.access_token)).toEqual({ active: false });
  await expect(app.refresh(tokens.refresh_token ?? '')).rejects.toThrow(/invalid_grant|server responded/);
  const { errors } = await world.request('{ viewer { kind } }', {}, tokens.access_token);
  expect(errors[0].extensions.code).toBe('UNAUTHENTICATED');
};
const updateConnection = (realm: Realm, input: object) =>
  realm.tenant.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
    i: { id: realm.tenant.connectionId, ...input },
  });

/** Operations that end a sign-in and revoke the tokens of applications. */
const endings: Record<string, (realm: Realm, id: string) => Promise<unknown>> = {
  'SCIM active: false': (realm, id) =>
    realm.tenant.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } })),
  'SCIM DELETE': (realm, id) => realm.tenant.scim('DELETE', `/Users/${id}`),
  deprovisionUser: (realm, id) => realm.change('deprovisionUser', id),
  suspendUser: (realm, id) => realm.change('suspendUser', id),
  revokeUserSessions: (realm, id) =>
    realm.tenant.gql('mutation($id: ID!) { revokeUserSessions(userId: $id) { user { id } } }', { id }),
  revokeSession: async (realm, id) => {
    const { sessions } = await realm.user(id, 'sessions { id ipAddress clientId connection { id } }');
    expect(sessions).toMatchObject([
      { ipAddress: '127.0.0.1', clientId: app.id, connection: { id: realm.tenant.connectionId } },
    ]);
    return realm.tenant.gql('mutation($id: ID!) { revokeSession(id: $id) { deletedId } }', { id: sessions[0].id });
  },
  'the connection is deactivated': (realm) => updateConnection(realm, { state: 'INACTIVE' }),
  'the connection is deleted': (realm) =>
    realm.tenant.gql('mutation($id: ID!) { deleteConnection(id: $id, users: KEEP) { deletedId } }', {
      id: realm.tenant.connectionId,
    }),
  'the organization is disabled': (realm) =>
    world.gql('mutation($i: UpdateOrganizationInput!) { updateOrganization(input: $i) { organization { id } } }', {
      i: { id: realm.tenant.organizationId, status: 'DISABLED' },
    }),
};

describe.each(protocols)('the end of a sign-in by $protocol', ({ protocol }) => {
  const ended: { sub: string; sid: unknown }[] = [];
  test.each(Object.entries(endings).map(([name, end]) => ({ name, end })))(
    '$name: takes effect at once, everywhere',
    async ({ end }) => {
      const realm = await Realm.make(world, app, protocol);
      const { body } = await realm.tenant.scim('POST', '/Users', oktaUser(realm.email));
      const visit = await realm.visit(realm.person('T2'));
      const tokens = await visit.tokens();
      expect(await app.introspect(tokens.access_token)).toMatchObject({
        active: true,
        sub: body.id,
        org_id: realm.tenant.organizationId,
      });
      await end(realm, body.id);
      await dead(tokens);
      // The session of the browser has ended as well: prompt=none returns login_required.
      const silent = await app.begin({ connection_id: realm.tenant.connectionId, prompt: 'none' }, visit.page.browser);
      expect(silent.page.url.searchParams.get('error')).toBe('login_required');
      ended.push({ sub: body.id, sid: tokens.claims.sid });
    },
  );

  test('the application receives a logout token for each ended session', async () => {
    expect(ended).toHaveLength(Object.keys(endings).length);
    for (const { sub, sid } of ended) {
      await eventually(() => received.some((token) => decodeJwt(token).sub === sub));
      expect(decodeJwt(received.find((token) => decodeJwt(token).sub === sub) ?? '')).toMatchObject({
        sid,
        aud: app.id,
      });
    }
  });
});

describe('tokens', () => {
  test('their session ends 12 hours after the sign-in', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const { body } = await realm.tenant.scim('POST', '/Users', oktaUser(realm.email));
    await (await realm.visit(realm.person('T2'))).tokens();
    const { activeSessions } = await realm.user(body.id, 'activeSessions { nodes { createdAt expiresAt } }');
    const [{ createdAt, expiresAt }] = activeSessions.nodes;
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(12 * 3_600_000);
  });

  test('contain the user, organization, connection, session, roles and groups', async () => {
    const realm = await Realm.make(world, app, 'oidc', { jit: { defaultRoles: ['member'] } });
    const tokens = await (await realm.visit(realm.person('T2', { claims: '{"acr":"phr","amr":["hwk"]}' }))).tokens();
    const expected = {
      org_id: realm.tenant.organizationId,
      connection_id: realm.tenant.connectionId,
      email: realm.email,
      roles: ['member'],
      groups: [],
    };
    expect(tokens.claims).toMatchObject({
      ...expected,
      sid: expect.stringMatching(/^ses_/),
      name: 'New Person',
      acr: 'phr',
      amr: ['hwk'],
    });
    expect(tokens.expires_in).toBeLessThanOrEqual(300);
    expect(await app.introspect(tokens.access_token)).toMatchObject({
      ...expected,
      active: true,
      sub: tokens.claims.sub,
    });
    const userinfo = await fetch(`${world.url}/oauth/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await userinfo.json()).toMatchObject({ ...expected, sub: tokens.claims.sub });
    const refreshed = await app.refresh(tokens.refresh_token ?? '');
    expect(refreshed.claims()).toMatchObject({ sub: tokens.claims.sub, sid: tokens.claims.sid });
  });

  test('are not stored in the database', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const tokens = await (await realm.visit(realm.person('T2'))).tokens();
    const rows = await world.database().run<{ text: string }>(
      `select (select string_agg(t::text, '') from oauth_artifacts t) || (select string_agg(t::text, '') from applications t)
         || (select string_agg(t::text, '') from events t) || (select coalesce(string_agg(t::text, ''), '') from provisioning_requests t) as text`,
    );
    for (const secret of [tokens.access_token, tokens.refresh_token, app.secret])
      expect(rows[0]?.text).not.toContain(secret);
  });

  test('a second application, and prompt=none, use the session without the IdP; another organization requires its own sign-in', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const browser = new Browser();
    const first = await (await realm.visit(realm.person('T2'), { browser })).tokens();
    const other = await App.register(world, { name: 'Second' });
    const second = await (await other.begin({ organization_id: realm.tenant.organizationId }, browser)).tokens();
    expect(second.claims).toMatchObject({ sub: first.claims.sub, sid: first.claims.sid });
    const silent = await (await app.begin({ prompt: 'none' }, browser)).tokens();
    expect(silent.claims.sub).toBe(first.claims.sub);
    const elsewhere = await Realm.make(world, app, 'oidc');
    const asked = await app.begin({ connection_id: elsewhere.tenant.connectionId }, browser);
    expect(asked.page.words).toContain('Test identity provider');
    const there = await (await asked.be(elsewhere.person('T2'))).tokens();
    expect(there.claims.sub).not.toBe(first.claims.sub);
    expect(there.claims.org_id).toBe(elsewhere.tenant.organizationId);
  });

  test('max_age and prompt=login send the browser to the IdP again', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const browser = new Browser();
    await (await realm.visit(realm.person('T2'), { browser })).tokens();
    const again = await app.begin({ connection_id: realm.tenant.connectionId, prompt: 'login' }, browser);
    expect(again.page.words).toContain('Test identity provider');
    expect((await (await again.be(realm.person('T2'))).tokens()).claims.auth_time).toBeGreaterThan(0);
  });
});

describe('signing out', () => {
  test('RP-initiated logout ends the session, notifies applications, and redirects back', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const visit = await realm.visit(realm.person('T2'));
    const tokens = await visit.tokens();
    const url = new URL(`${world.url}/oauth/session/end`);
    url.searchParams.set('client_id', app.id);
    url.searchParams.set('post_logout_redirect_uri', 'https://app.example/goodbye');
    const page = await visit.page.browser.open(url.href);
    expect(page.words).toContain('Sign out?');
    const gone = await page.submit({ logout: 'yes' });
    expect(gone.url.href).toBe('https://app.example/goodbye');
    await dead(tokens);
    expect(await realm.tenant.types()).toContain('SESSION_REVOKED');
    await eventually(() => received.some((token) => decodeJwt(token).sid === tokens.claims.sid));
    url.searchParams.set('post_logout_redirect_uri', 'https://evil.example/');
    expect((await new Browser().open(url.href)).status).toBe(400);
  });

  test('with the ID token of the session the user is not asked, and applications are notified', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const visit = await realm.visit(realm.person('T2'));
    const tokens = await visit.tokens();
    const page = await visit.page.browser.open(
      `${world.url}/oauth/session/end?${new URLSearchParams({ id_token_hint: tokens.id_token ?? '' })}`,
    );
    expect(page.words).toContain('You are signed out');
    await dead(tokens);
    await eventually(() => received.some((token) => decodeJwt(token).sid === tokens.claims.sid), 20_000);
  });

  test('an unreachable application is notified when it is reachable again', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const tokens = await (await realm.visit(realm.person('T2'))).tokens();
    failures = 1;
    await realm.change('suspendUser', tokens.claims.sub);
    await eventually(() => received.some((token) => decodeJwt(token).sid === tokens.claims.sid), 20_000);
  });

  test('revoking a refresh token ends the grant of the application; the last revocation ends the session', async () => {
    const realm = await Realm.make(world, app, 'oidc');
    const tokens = await (await realm.visit(realm.person('T2'))).tokens();
    const answer = await fetch(`${world.url}/oauth/token/revocation`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: `token=${tokens.refresh_token}`,
    });
    expect(answer.status).toBe(200);
    await dead(tokens);
    expect((await realm.user(tokens.claims.sub, 'sessions { id }')).sessions).toEqual([]);
  });
});

describe('the permissions of a signed-in user in GraphQL', () => {
  async function people() {
    const realm = await Realm.make(world, app, 'oidc', { grantableRoles: ['admin'], attributeMappings: [] });
    const admin = await (
      await realm.visit({ ...realm.person('T2'), email: `admin@${realm.domain}`, claims: '{"roles":["admin"]}' })
    ).tokens();
    const member = await (await realm.visit({ ...realm.person('T2'), email: `member@${realm.domain}` })).tokens();
    const as =
      (token: string) =>
      (query: string, variables = {}) =>
        world.request(query, variables, token);
    return {
      realm,
      admin: as(admin.access_token),
      member: as(member.access_token),
      adminId: admin.claims.sub,
      memberId: member.claims.sub,
    };
  }

  test('a signed-in user reads users and groups of the organization, and their own private fields', async () => {
    const { realm, member, adminId, memberId } = await people();
    const list = await member(
      'query($o: ID!) { organization(id: $o) { name users { nodes { id userName displayName email status } } groups { nodes { id } } } viewer { user { id } } }',
      { o: realm.tenant.organizationId },
    );
    expect(list.errors).toBeUndefined();
    expect(list.data.organization.users.nodes.map((user: Anything) => user.id).sort()).toEqual(
      [adminId, memberId].sort(),
    );
    expect(list.data.viewer.user.id).toBe(memberId);
    const own = await member(
      'query($id: ID!) { user(id: $id) { roles attributes lastSignInAt sessions { id } identities { subject } } }',
      { id: memberId },
    );
    expect(own.errors).toBeUndefined();
    for (const field of [
      'roles',
      'attributes',
      'lastSignInAt',
      'employeeNumber',
      'origin',
      'sessions { id }',
      'activeSessions { nodes { id } }',
      'identities { subject }',
    ]) {
      const { errors } = await member(`query($id: ID!) { user(id: $id) { ${field} } }`, { id: adminId });
      expect(errors[0].extensions.code).toBe('FORBIDDEN');
    }
    for (const field of [
      'metadata',
      'seatsUsed',
      'apiKeys { id }',
      'keys { nodes { id } }',
      'webhooks { nodes { id } }',
      'connections { id }',
      'events { nodes { id } }',
      'applications { nodes { id } }',
    ]) {
      const { errors } = await member(`query($o: ID!) { organization(id: $o) { ${field} } }`, {
        o: realm.tenant.organizationId,
      });
      expect(errors[0].extensions.code).toBe('FORBIDDEN');
    }
    const oracle = await member(
      'query($o: ID!) { organization(id: $o) { users(filter: { scim: "roles eq \\"admin\\"" }) { totalCount } } }',
      { o: realm.tenant.organizationId },
    );
    expect(oracle.errors[0].extensions.code).toBe('FORBIDDEN');
  });

  test('a signed-in user changes nothing; an administrator manages users and groups, but not keys or connections', async () => {
    const { realm, member, admin, memberId } = await people();
    const suspend = 'mutation($id: ID!) { suspendUser(id: $id) { user { status } } }';
    expect((await member(suspend, { id: memberId })).errors[0].extensions.code).toBe('FORBIDDEN');
    const group = 'mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } } }';
    const input = { i: { organizationId: realm.tenant.organizationId, displayName: 'Team', memberIds: [memberId] } };
    expect((await member(group, input)).errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await admin(group, input)).data.createGroup.group.id).toMatch(/^group_/);
    const { errors } = await admin('mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }', {
      i: { organizationId: realm.tenant.organizationId, name: 'x', scopes: ['ADMIN'] },
    });
    expect(errors[0].extensions.code).toBe('FORBIDDEN');
    expect(
      (
        await admin('mutation($id: ID!) { deleteConnection(id: $id, users: KEEP) { deletedId } }', {
          id: realm.tenant.connectionId,
        })
      ).errors[0].extensions.code,
    ).toBe('FORBIDDEN');
    expect((await admin(suspend, { id: memberId })).data.suspendUser.user.status).toBe('SUSPENDED');
  });

  test('include nothing of another organization', async () => {
    const { member, admin } = await people();
    const other = await people();
    for (const ask of [member, admin]) {
      const { data, errors } = await ask(
        'query($id: ID!, $o: ID!) { user(id: $id) { id } organization(id: $o) { id } }',
        { id: other.memberId, o: other.realm.tenant.organizationId },
      );
      expect([data, errors]).toEqual([{ user: null, organization: null }, undefined]);
    }
  });
});
