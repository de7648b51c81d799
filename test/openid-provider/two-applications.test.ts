import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App, type Visit } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { Realm } from '../support/sign-ins.js';
import { type Anything, World } from '../support/world.js';

let world: World;
let realm: Realm;
const apps: App[] = [];
beforeAll(async () => {
  world = await World.shared();
  for (const name of ['First', 'Second']) apps.push(await App.register(world, { name }));
  realm = await Realm.make(world, apps[0] as App, 'oidc');
});
afterAll(() => world.close());

interface SignedIn {
  app: App;
  visit: Visit;
  tokens: Anything;
}

const post = (app: App, path: string, body: Record<string, string>) =>
  fetch(`${world.url}/oauth/${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}` },
    body: new URLSearchParams(body),
  });
const redeem = ({ app, visit }: SignedIn) =>
  post(app, 'token', {
    grant_type: 'authorization_code',
    code: visit.page.url.searchParams.get('code') ?? '',
    code_verifier: visit.checks.verifier,
    redirect_uri: 'https://app.example/callback',
  });
const refresh = ({ app }: SignedIn, token: string) =>
  post(app, 'token', { grant_type: 'refresh_token', refresh_token: token });

/** The ways in which a grant of an application ends while the session of the browser continues. */
const endings: Record<string, (at: SignedIn) => Promise<number>> = {
  'its refresh token is revoked': async ({ app, tokens }) =>
    (await post(app, 'token/revocation', { token: tokens.refresh_token })).status,
  'its code is used twice': async (at) => (await redeem(at)).status,
  'its refresh token is used twice': async (at) => {
    await refresh(at, at.tokens.refresh_token);
    return (await refresh(at, at.tokens.refresh_token)).status;
  },
};
const names = Object.keys(endings);
/** The orders in which the grants of the two applications can end. */
const orders = [0, 1].flatMap((first) =>
  names.flatMap((how) => [{ first, how, next: 'nothing else' }, ...names.map((next) => ({ first, how, next }))]),
);

/** Sequences of all three endings in every order, for alternating applications or for one. */
const sequences = names.flatMap((one) =>
  names
    .filter((name) => name !== one)
    .flatMap((two) => {
      const three = names.find((name) => name !== one && name !== two) ?? '';
      return [
        [0, 1, 0],
        [1, 1, 0],
      ].map((of) => ({ order: [one, two, three], of }));
    }),
);

async function enter(browser: Browser, app: App, params: Record<string, string> = {}): Promise<SignedIn> {
  const begun = await app.begin({ connection_id: realm.tenant.connectionId, ...params }, browser);
  const visit = begun.page.text.includes('Test identity provider') ? await begun.be(realm.person('T2')) : begun;
  return { app, visit, tokens: await visit.tokens() };
}

describe('RFC 6749 sections 4.1.2 and 10.4: a browser signed in to two applications, after a grant has ended', () => {
  test.each(orders)('of application $first: $how; of the other: $next; both can sign in again', async (order) => {
    const browser = new Browser();
    const both: SignedIn[] = [];
    for (const app of apps) both.push(await enter(browser, app));
    const [mine, other] = order.first === 0 ? both : [...both].reverse();
    if (!mine || !other) throw new Error('There are two applications.');
    await endings[order.how]?.(mine);
    if (order.next !== 'nothing else') await endings[order.next]?.(other);
    const gone = await refresh(mine, mine.tokens.refresh_token);
    expect(gone.status).toBe(400);
    for (const { app } of [mine, other, mine]) {
      const { tokens } = await enter(browser, app);
      expect(tokens.claims.sub).toBe(mine.tokens.claims.sub);
      expect((await app.introspect(tokens.access_token)).active).toBe(true);
    }
  });

  test.each(sequences)('$order, of applications $of: both can sign in after each', async ({ order, of }) => {
    const browser = new Browser();
    const latest: SignedIn[] = [];
    for (const app of apps) latest.push(await enter(browser, app));
    const [{ sub }] = latest.map(({ tokens }) => tokens.claims);
    for (const [n, how] of order.entries()) {
      const which = of[n] ?? 0;
      const ended = latest[which] as SignedIn;
      await endings[how]?.(ended);
      expect((await refresh(ended, ended.tokens.refresh_token)).status).toBe(400);
      // First the application whose grant has ended, then the other one; the next round reverses the order.
      for (const at of n % 2 === 0 ? [which, 1 - which] : [1 - which, which]) {
        latest[at] = await enter(browser, apps[at] as App);
        expect(latest[at]?.tokens.claims.sub).toBe(sub);
      }
    }
    for (const { app, tokens } of latest) expect((await app.introspect(tokens.access_token)).active).toBe(true);
  });

  test('prompt=none succeeds with the session of the other application', async () => {
    const browser = new Browser();
    const both: SignedIn[] = [];
    for (const app of apps) both.push(await enter(browser, app));
    await endings['its refresh token is revoked']?.(both[0] as SignedIn);
    const silent = await enter(browser, apps[0] as App, { prompt: 'none' });
    expect(silent.tokens.claims.sid).toBe(both[1]?.tokens.claims.sid);
  });

  test('prompt=consent shows no page either', async () => {
    const browser = new Browser();
    await enter(browser, apps[0] as App);
    const again = await enter(browser, apps[1] as App, { prompt: 'consent' });
    expect(again.tokens.claims.org_id).toBe(realm.tenant.organizationId);
  });

  test('a session that ends before the redirect returns an error to the application', async () => {
    const browser = new Browser();
    const app = apps[0] as App;
    browser.stopAt = (url) => url.hostname === 'app.example' || url.pathname.startsWith('/oauth/auth/');
    const begun = await app.begin({ connection_id: realm.tenant.connectionId }, browser);
    const back = await begun.be(realm.person('T2', { email: `late@${realm.domain}` }));
    expect(back.page.url.pathname).toMatch(/^\/oauth\/auth\//);
    const [user] = await world
      .database()
      .query<{ id: string }>('select id from users where email_key = $1', [`late@${realm.domain}`]);
    await realm.change('suspendUser', user?.id ?? '');
    browser.stopAt = (url) => url.hostname === 'app.example';
    const page = await browser.open(back.page.url.href);
    expect(page.url.hostname).toBe('app.example');
    expect(page.url.searchParams.get('error')).toBe('access_denied');
  });
});
