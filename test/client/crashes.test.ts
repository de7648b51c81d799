import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import WebSocket from 'ws';
import { freePort } from '../../bench/check/postgres.js';
import { Client } from '../../src/client/index.js';
import { browserPath, openBrowser } from '../support/chromium.js';
import { type ServerProcess, spawnServer } from '../support/process.js';
import { freshDatabase } from '../support/server.js';
import { type Anything, eventually, oktaUser, type Tenant, World } from '../support/world.js';

/** A server that is killed again and again on the same port and data, and a writer that does not mind. */
class Mortal {
  node: ServerProcess | null = null;
  settings: Record<string, string> = {};
  world = new World({ url: '', adminKey: null, close: async () => {} });

  async begin(): Promise<Tenant> {
    this.settings = { ...(await freshDatabase()), PORT: String(await freePort()) };
    await this.start();
    return this.world.tenant();
  }

  async start(): Promise<void> {
    this.node = await spawnServer(this.settings);
    if (this.node.url === '') throw new Error(this.node.output());
    this.world = new World({ url: this.node.url, adminKey: null, close: async () => {} });
  }

  async kill(): Promise<void> {
    this.node?.child.kill('SIGKILL');
    await this.node?.exit;
  }

  /** Writes through several deaths. */
  async live(tenant: Tenant, deaths: number): Promise<void> {
    let writing = true;
    const url = this.world.url;
    const write = async () => {
      for (let n = 0; writing; n++) {
        const send = new World({ url, adminKey: null, close: async () => {} });
        await send
          .scim(tenant.connectionId, tenant.scimToken, 'POST', '/Users', oktaUser(`m${n}@acme.com`))
          .catch(() => sleep(50));
      }
    };
    const writer = write();
    for (let n = 0; n < deaths; n++) {
      await sleep(700);
      await this.kill();
      await sleep(200);
      await this.start();
    }
    await sleep(300);
    writing = false;
    await writer;
  }
}

const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe('the client through kill -9', () => {
  test('in Node, over WebSocket and SSE: each event once, in order', async () => {
    const mortal = new Mortal();
    const tenant = await mortal.begin();
    const [{ cursor: after }] = await tenant.events();
    const stop = new AbortController();
    const client = new Client({ url: mortal.world.url, key: tenant.key, webSocket: WebSocket });
    const follow = (transport: 'websocket' | 'sse') => {
      const seen: number[] = [];
      const done = (async () => {
        for await (const { position } of client.events({ after, transport, signal: stop.signal })) seen.push(position);
      })();
      return { seen, done };
    };
    const followers = [follow('websocket'), follow('sse')];
    await mortal.live(tenant, 3);
    const last = (await tenant.events()).at(-1).position;
    expect(last).toBeGreaterThan(20);
    await eventually(() => followers.every(({ seen }) => (seen.at(-1) ?? 0) >= last), 40_000);
    stop.abort();
    await Promise.all(followers.map(({ done }) => done));
    for (const { seen } of followers) expect(seen).toEqual(upTo(2, last));
    await mortal.kill();
  }, 120_000);

  (browserPath ? test : test.skip)(
    'in Chromium, over WebSocket and SSE: each event once, in order',
    async () => {
      const mortal = new Mortal();
      const tenant = await mortal.begin();
      const [{ cursor: after }] = await tenant.events();
      const browser = await openBrowser();
      try {
        const page = await browser.newPage();
        await serveClient(page, mortal.world.url);
        await page.goto(`${mortal.world.url}/app/`);
        await page.evaluate(
          async ({ url, key, after }) => {
            const { Client } = await (window as Anything).loadClient();
            const client = new Client({ url, key });
            const seen: Record<string, number[]> = { websocket: [], sse: [] };
            Object.assign(window, { seen });
            for (const transport of ['websocket', 'sse']) {
              (async () => {
                for await (const { position } of client.events({ after, transport })) seen[transport]?.push(position);
              })().catch((error) => Object.assign(window, { failure: String(error) }));
            }
          },
          { url: mortal.world.url, key: tenant.key, after },
        );
        await mortal.live(tenant, 3);
        const last = (await tenant.events()).at(-1).position;
        const seen = () => page.evaluate(() => (window as Anything).seen as Record<string, number[]>);
        await eventually(
          async () => Object.values(await seen()).every((positions) => (positions.at(-1) ?? 0) >= last),
          40_000,
        );
        expect(await page.evaluate(() => (window as Anything).failure)).toBeUndefined();
        expect(await seen()).toEqual({ websocket: upTo(2, last), sse: upTo(2, last) });
      } finally {
        await browser.close();
        await mortal.kill();
      }
    },
    120_000,
  );
});

const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL('../../dist/src/client/', import.meta.url));

/** Serves the built client and its libraries as a page of the application would have them, whether the server lives or not. */
async function serveClient(page: Page, url: string): Promise<void> {
  const imports = { 'graphql-ws/client': '/app/graphql-ws/client.js', 'graphql-sse': '/app/graphql-sse/client.mjs' };
  const html = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>
    <script type="module">window.loadClient = () => import('/app/client/client.js')</script>`;
  const folders: Record<string, string> = {
    client: here,
    'graphql-ws': join(require.resolve('graphql-ws/client'), '..'),
    'graphql-sse': join(require.resolve('graphql-sse'), '..'),
  };
  await page.route(`${url}/app/**`, (route) => {
    const [, folder = '', file = ''] = /\/app\/([\w-]+)\/(.+)$/.exec(new URL(route.request().url()).pathname) ?? [];
    if (folder === '') return route.fulfill({ contentType: 'text/html', body: html });
    return route.fulfill({
      contentType: 'text/javascript',
      body: readFileSync(join(folders[folder] ?? '', file), 'utf8'),
    });
  });
}
