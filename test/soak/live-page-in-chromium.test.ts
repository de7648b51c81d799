import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { App } from '../support/application.js';
import { openBrowser } from '../support/chromium.js';
import { PageServer } from '../support/page-server.js';
import { freshDatabase, startServer } from '../support/server.js';
import { Realm } from '../support/sign-ins.js';
import { sized } from '../support/soak.js';
import { type Anything, World } from '../support/world.js';

/**
 * The short form has a clock that runs 15 times as fast, so that tokens of five minutes expire after 20 seconds, and runs for
 * three renewals. The long form runs for six minutes with a normal clock.
 */
const speed = sized(15, 1);
const openMs = sized(75_000, 360_000);
const renewals = sized(3, 1);

/** A page with the client of this package, as docs/events.md shows it. Each transport has a token of its own. */
const script = `
import { Client } from 'rollcall';
const { url, clientId, tokens } = JSON.parse(localStorage.getItem('settings'));
const seen = { websocket: [], sse: [] };
const renewals = { websocket: 0, sse: 0 };
const failures = {};
Object.assign(window, { seen, renewals, failures });
const follow = async (transport) => {
  let held = tokens[transport];
  let expiresAt = Date.now() + held.expiresMs;
  const key = async () => {
    if (Date.now() < expiresAt) return held.access_token;
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: held.refresh_token });
    const answer = await fetch(url + '/oauth/token', { method: 'POST', body });
    held = await answer.json();
    expiresAt = Date.now() + tokens[transport].expiresMs;
    renewals[transport]++;
    return held.access_token;
  };
  const client = new Client({ url, key });
  const organizationId = tokens.organizationId;
  for await (const event of client.events({ organizationId, after: tokens.cursor, transport })) seen[transport].push(event.position);
};
for (const transport of ['websocket', 'sse']) {
  follow(transport).catch((error) => { failures[transport] = String(error?.message ?? error); });
}
document.getElementById('state').textContent = 'following';
`;

let pages: PageServer;
let world: World;
let browser: Browser;
let app: App;
let realm: Realm;
beforeAll(async () => {
  pages = await PageServer.start(script);
  const startedAt = Date.now();
  const now = () => new Date(startedAt + (Date.now() - startedAt) * speed);
  world = new World(await startServer({ now }, { ...(await freshDatabase()), CORS_ORIGINS: pages.origin }));
  browser = await openBrowser();
  app = await App.register(world, {
    tokenEndpointAuthMethod: 'NONE',
    redirectUris: ['https://app.example/callback', `${pages.origin}/`],
  });
  realm = await Realm.make(world, app, 'oidc', { grantableRoles: ['admin'], attributeMappings: [] });
}, 120_000);
afterAll(async () => {
  await browser.close();
  await pages.close();
  await world.close();
});

const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const emit = (displayName: string) => realm.tenant.scim('POST', '/Groups', { schemas: [groupSchema], displayName });

async function openPage(roles: string[], cursor: string | null = null): Promise<Page> {
  const signIn = async (): Promise<Anything> => {
    const visit = await realm.visit({ ...realm.person('T2'), claims: JSON.stringify({ roles }) });
    return { ...(await visit.tokens()), expiresMs: 300_000 / speed };
  };
  const tokens = { websocket: await signIn(), sse: await signIn(), organizationId: realm.tenant.organizationId };
  const after = cursor ?? (await world.request('{ eventCursor }', {}, tokens.websocket.access_token)).data?.eventCursor;
  const page = await (await browser.newContext()).newPage();
  // The page runs no code before its settings are set.
  const settings = { url: world.url, clientId: app.id, tokens: { ...tokens, cursor: after } };
  await page.addInitScript((value) => localStorage.setItem('settings', JSON.stringify(value)), settings);
  await page.goto(`${pages.origin}/`);
  await page.locator('#state', { hasText: 'following' }).waitFor();
  return page;
}

interface Shown {
  seen: Record<string, number[]>;
  renewals: Record<string, number>;
  failures: Record<string, string>;
}
const shownBy = (page: Page): Promise<Shown> =>
  page.evaluate(() => {
    const { seen, renewals: counts, failures } = window as unknown as Shown;
    return { seen, renewals: counts, failures };
  });

describe('a page that stays open in Chromium', () => {
  test('shows the missing permission to a user without an administrative role', async () => {
    const cursor = await world.gql('query($id: ID!) { eventCursor(organizationId: $id) }', {
      id: realm.tenant.organizationId,
    });
    const page = await openPage([], cursor.eventCursor);
    await page.waitForFunction(() => Object.keys((window as unknown as Shown).failures).length === 2);
    for (const text of Object.values((await shownBy(page)).failures)) {
      expect(text).toContain('an administrative role');
      expect(text).not.toContain('API key');
    }
  });

  test(
    `shows every event over WebSocket and server-sent events, across ${renewals} renewals of its token`,
    async () => {
      const page = await openPage(['admin']);
      const opened = Date.now();
      let sent = 0;
      while (Date.now() - opened < openMs) {
        await emit(`group ${++sent}`);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      const log = (await realm.tenant.events()).map(({ position }) => position as number);
      const last = log.at(-1) ?? 0;
      await page.waitForFunction(
        (position) => Object.values((window as unknown as Shown).seen).every((all) => all.at(-1) === position),
        last,
        { timeout: 30_000 },
      );
      const { seen, renewals: counts, failures } = await shownBy(page);
      expect(failures).toEqual({});
      for (const transport of ['websocket', 'sse']) {
        const positions = seen[transport] ?? [];
        const first = positions[0] ?? 0;
        expect(positions.length).toBeGreaterThanOrEqual(sent);
        expect(positions).toEqual(Array.from({ length: last - first + 1 }, (_, n) => first + n));
        expect(counts[transport]).toBeGreaterThanOrEqual(renewals);
      }
    },
    openMs + 120_000,
  );
});
