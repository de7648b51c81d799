import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { App } from '../support/application.js';
import { Realm } from '../support/sign-ins.js';
import { type Anything, World } from '../support/world.js';

let world: World;
let app: App;
let realm: Realm;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world, { apiScopes: undefined });
  realm = await Realm.make(world, app, 'oidc');
});
afterAll(() => world.close());

const all = ['directory.read', 'directory.manage', 'events.read'];
const update = async (input: object): Promise<Anything> => {
  const selection = '{ updateApplication(input: $i) { application { apiScopes apiScopesUnasked } } }';
  const { data, errors } = await world.request(`mutation($i: UpdateApplicationInput!) ${selection}`, {
    i: { id: app.id, ...input },
  });
  return errors ? errors[0].extensions.code : data.updateApplication.application;
};
const tokensFor = (scope: string, role: string | null = null): Promise<Anything> =>
  app.signIn({ connection_id: realm.tenant.connectionId, scope }, realm.person('T2', role ? { roles: role } : {}));
const codeOf = async (query: string, token: string) =>
  (await world.request(query, {}, token)).errors?.[0]?.extensions.code ?? 'OK';

describe('RFC 6749 section 3.3: scopes of the API', () => {
  test('a new application has none: its tokens give no access to the API, and it cannot request one', async () => {
    expect(await update({ name: 'Renamed' })).toEqual({ apiScopes: [], apiScopesUnasked: false });
    const { access_token: token } = await tokensFor('openid email profile');
    for (const query of ['{ viewer { kind } }', '{ organizations { nodes { id } } }', '{ users { nodes { id } } }'])
      expect(await codeOf(query, token)).not.toBe('OK');
    const { errors } = await world.request('{ viewer { kind } }', {}, token);
    expect(errors[0]).toMatchObject({
      extensions: { code: 'FORBIDDEN' },
      message: expect.stringContaining('an access token with the scope directory.read'),
    });
    const visit = await app.begin({ connection_id: realm.tenant.connectionId, scope: 'openid directory.read' });
    expect(visit.page.url.searchParams.get('error')).toBe('invalid_scope');
  });

  test('each scope gives access to its own operations, limited to the permissions of the user', async () => {
    await update({ apiScopes: all });
    const events = `{ organization(id: "${realm.tenant.organizationId}") { events(first: 1) { nodes { id } } } }`;
    const rows: [string, string, string][] = [
      ['openid', '{ viewer { kind } }', 'FORBIDDEN'],
      ['openid directory.read', '{ viewer { kind } }', 'OK'],
      ['openid events.read', '{ viewer { kind } }', 'FORBIDDEN'],
      ['openid directory.manage', '{ viewer { kind } }', 'OK'],
      // A scope does not extend the permissions of the user, who is not an administrator here.
      ['openid directory.read events.read', events, 'FORBIDDEN'],
    ];
    for (const [scope, query, code] of rows)
      expect([scope, await codeOf(query, (await tokensFor(scope)).access_token)]).toEqual([scope, code]);
    const member = (await tokensFor('openid directory.read events.read')).access_token;
    const { errors } = await world.request(events, {}, member);
    expect(errors[0].message).toContain('It needs an administrative role');
  });

  test('a refresh can reduce the scope', async () => {
    const tokens = await tokensFor('openid directory.read');
    const narrow = await client.refreshTokenGrant(app.configuration, tokens.refresh_token, { scope: 'openid' });
    expect(await codeOf('{ viewer { kind } }', narrow.access_token)).toBe('FORBIDDEN');
    expect((await app.introspect(narrow.access_token)).scope).toBe('openid');
  });

  test('a scope that is removed from the application is also removed from its existing tokens', async () => {
    const { access_token: token } = await tokensFor('openid directory.read');
    expect(await codeOf('{ viewer { kind } }', token)).toBe('OK');
    await update({ apiScopes: ['events.read'] });
    expect(await codeOf('{ viewer { kind } }', token)).toBe('FORBIDDEN');
    await update({ apiScopes: all });
  });

  test('an application that is older than scopes has all of them by default, and fewer if it requests fewer', async () => {
    expect(await update({ apiScopesUnasked: true })).toEqual({ apiScopes: all, apiScopesUnasked: true });
    expect(await codeOf('{ viewer { kind } }', (await tokensFor('openid email')).access_token)).toBe('OK');
    const narrow = (await tokensFor('openid events.read')).access_token;
    expect(await codeOf('{ viewer { kind } }', narrow)).toBe('FORBIDDEN');
    await update({ apiScopesUnasked: false });
  });

  test('other scopes are unknown', async () => {
    expect(await update({ apiScopes: ['directory.write'] })).toBe('BAD_INPUT');
    const metadata = app.configuration.serverMetadata();
    expect(metadata.scopes_supported).toEqual(expect.arrayContaining(all));
  });
});
