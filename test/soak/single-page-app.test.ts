import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { App } from '../support/application.js';
import { openBrowser } from '../support/chromium.js';
import { PageServer } from '../support/page-server.js';
import { Realm } from '../support/sign-ins.js';
import { type Anything, World } from '../support/world.js';

/** A single-page application with `oidc-client-ts`, as its documentation shows it. Tabs share the user by localStorage. */
const script = `
import { UserManager, WebStorageStateStore } from 'oidc-client-ts';
const settings = JSON.parse(localStorage.getItem('settings') ?? 'null');
const state = document.getElementById('state');
if (settings) {
  const manager = new UserManager({
    ...settings,
    redirect_uri: location.origin + '/callback',
    silent_redirect_uri: location.origin + '/silent',
    post_logout_redirect_uri: location.origin + '/bye',
    response_type: 'code',
    automaticSilentRenew: false,
    userStore: new WebStorageStateStore({ store: localStorage }),
  });
  window.manager = manager;
  try {
    if (location.pathname === '/silent') await manager.signinSilentCallback();
    else if (location.pathname === '/bye') await manager.signoutRedirectCallback();
    else if (location.pathname === '/callback') await manager.signinRedirectCallback();
    const user = await manager.getUser();
    state.textContent = user ? 'signed in as ' + user.profile.sub : 'signed out';
  } catch (error) {
    state.textContent = 'refused: ' + (error.error ?? error.message);
  }
} else state.textContent = 'ready';
`;

let world: World;
let pages: PageServer;
let browser: Browser;
let app: App;
let realm: Realm;
let skewMs = 0;
let context: BrowserContext;
beforeAll(async () => {
  world = await World.start({ now: () => new Date(Date.now() + skewMs) });
  pages = await PageServer.start(script);
  browser = await openBrowser();
  app = await App.register(world, {
    tokenEndpointAuthMethod: 'NONE',
    redirectUris: [`${pages.origin}/callback`, `${pages.origin}/silent`],
    postLogoutRedirectUris: [`${pages.origin}/bye`],
  });
  realm = await Realm.make(world, app, 'oidc');
}, 120_000);
afterAll(async () => {
  await browser.close();
  await pages.close();
  await world.close();
});
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext();
});

const stateOf = (page: Page) => page.locator('#state').textContent();

/** Opens a tab of the application. */
async function tab(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${pages.origin}/`);
  const settings = { authority: `${world.url}/oauth`, client_id: app.id, scope: 'openid email directory.read' };
  await page.evaluate((value) => localStorage.setItem('settings', JSON.stringify(value)), settings);
  await page.goto(`${pages.origin}/`);
  await page.waitForFunction(() => 'manager' in window);
  return page;
}

/** Calls the application's user manager. Returns what it resolves to, or the OAuth error that it rejects with. */
const call = (page: Page, name: string, argument: object = {}): Promise<Anything> =>
  page.evaluate(
    ([method, value]) =>
      // biome-ignore lint/suspicious/noExplicitAny: the page's own object.
      (window as any).manager[method as string](value).then(
        (user: Anything) => user && { ...user, profile: user.profile },
        (error: Anything) => ({ error: error.error ?? error.message }),
      ),
    [name, argument] as const,
  );

const hint = () => ({ extraQueryParams: { connection_id: realm.tenant.connectionId } });

/** Starts the redirect of a sign-in and waits for the page that it leads to. */
async function redirect(page: Page, argument: object = hint()): Promise<void> {
  const left = page.waitForURL((url) => url.pathname !== '/');
  // The browser leaves the page before the call returns.
  void call(page, 'signinRedirect', argument).catch(() => {
    // Its result is lost with the page.
  });
  await left;
  await page.waitForLoadState();
}

async function signedIn(): Promise<Page> {
  const page = await tab();
  await redirect(page);
  await page.fill('[name=email]', realm.email);
  await page.locator('main form button').first().click();
  await page.waitForURL(`${pages.origin}/callback*`);
  await page.locator('#state', { hasText: 'signed in' }).waitFor();
  return page;
}

const viewer = async (token: string) => (await world.request('{ viewer { kind } }', {}, token)).data?.viewer?.kind;
const userOf = (page: Page) => call(page, 'getUser');

describe('oidc-client-ts in Chromium', () => {
  test('signs in by code with PKCE, and renews silently by the refresh token', async () => {
    const page = await signedIn();
    const user = await userOf(page);
    expect(user.profile).toMatchObject({ email: realm.email, org_id: realm.tenant.organizationId });
    expect(await viewer(user.access_token)).toBe('USER');
    const renewed = await call(page, 'signinSilent');
    expect(renewed.access_token).not.toBe(user.access_token);
    expect(renewed.refresh_token).not.toBe(user.refresh_token);
    expect(await viewer(renewed.access_token)).toBe('USER');
  });

  test('two tabs that repeatedly renew concurrently both stay signed in', async () => {
    const first = await signedIn();
    const second = await tab();
    expect(await stateOf(second)).toContain('signed in');
    for (let round = 0; round < 3; round++) {
      const both = await Promise.all([call(first, 'signinSilent'), call(second, 'signinSilent')]);
      expect(both.map(({ error }) => error)).toEqual([undefined, undefined]);
      for (const { access_token: token } of both) expect(await viewer(token)).toBe('USER');
    }
  });

  test('a stolen refresh token that is used after the grace period revokes the family', async () => {
    const page = await signedIn();
    const stolen = (await userOf(page)).refresh_token;
    const renewed = await call(page, 'signinSilent');
    skewMs += 11_000;
    await expect(app.refresh(stolen)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await viewer(renewed.access_token)).toBeUndefined();
    expect((await call(page, 'signinSilent')).error).toBe('invalid_grant');
  });

  test('signing out with the ID token returns to the application at once and ends the session', async () => {
    const page = await signedIn();
    const user = await userOf(page);
    const shown: string[] = [];
    page.on('framenavigated', (frame) => shown.push(frame.url()));
    void call(page, 'signoutRedirect').catch(() => {
      // Its result is lost with the page.
    });
    await page.waitForURL(`${pages.origin}/bye*`);
    await page.locator('#state', { hasText: 'signed out' }).waitFor();
    expect(shown.filter((url) => url.startsWith(world.url))).toEqual([]);
    expect(await viewer(user.access_token)).toBeUndefined();
    expect((await call(await tab(), 'signinSilent')).error).toBe('login_required');
  });
});

describe('prompt=none (OpenID Connect Core section 3.1.2.6)', () => {
  test('without a session: login_required, in a frame and in the top window', async () => {
    const page = await tab();
    expect((await call(page, 'signinSilent')).error).toBe('login_required');
    await redirect(page, { prompt: 'none' });
    await page.locator('#state', { hasText: 'refused' }).waitFor();
    expect(await stateOf(page)).toBe('refused: login_required');
  });

  test('with a session: the frame receives the user; another organization is login_required', async () => {
    const page = await signedIn();
    await call(page, 'removeUser');
    const silent = await call(page, 'signinSilent');
    expect(silent.profile.email).toBe(realm.email);
    await call(page, 'removeUser');
    const other = await Realm.make(world, app, 'oidc');
    const asked = { extraQueryParams: { organization_id: other.tenant.organizationId } };
    expect((await call(page, 'signinSilent', asked)).error).toBe('login_required');
  });

  test('after the session is revoked: login_required', async () => {
    const page = await signedIn();
    const { profile } = await userOf(page);
    await realm.tenant.gql('mutation($id: ID!) { revokeSession(id: $id) { deletedId } }', { id: profile.sid });
    await call(page, 'removeUser');
    expect((await call(page, 'signinSilent')).error).toBe('login_required');
  });
});
