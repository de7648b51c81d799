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
import { openBrowser } from '../support/chromium.js';
import { type ServerProcess, spawnServer } from '../support/process.js';
import { freshDatabase } from '../support/server.js';
import { sized } from '../support/soak.js';
import { type Anything, eventually, oktaUser, type Tenant, World } from '../support/world.js';

/** A server that is killed repeatedly and restarted on the same port and data, with a writer that retries. */
class KilledServer {
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

  /** Writes while the server is killed several times. */
  async writeThrough(tenant: Tenant, kills: number): Promise<void> {
    let writing = true;
    let written = 0;
    const url = this.world.url;
    const write = async () => {
      for (let n = 0; writing; n++) {
        const send = new World({ url, adminKey: null, close: async () => {} });
        await send.scim(tenant.connectionId, tenant.scimToken, 'POST', '/Users', oktaUser(`m${n}@acme.com`)).then(
          () => written++,
          () => sleep(50),
        );
      }
    };
    const more = (total: number) => {
      const until = written + total;
      return eventually(() => written >= until, 30_000);
    };
    const writer = write();
    try {
      for (let n = 0; n < kills; n++) {
        await more(10);
        await this.kill();
        await sleep(200);
        await this.start();
      }
      await more(5);
    } finally {
      writing = false;
      await writer;
    }
  }
}

type Seen = Record<'websocket' | 'sse', number[]>;
const transports = ['websocket', 'sse'] as const;

/** Follows by both transports, in this process. */
function followHere(url: string, key: string, after: string) {
  const stop = new AbortController();
  const client = new Client({ url, key, webSocket: WebSocket });
  const seen: Seen = { websocket: [], sse: [] };
  const done = transports.map(async (transport) => {
    for await (const { position } of client.events({ after, transport, signal: stop.signal }))
      seen[transport].push(position);
  });
  return {
    seen: async () => seen,
    end: async () => {
      stop.abort();
      await Promise.all(done);
    },
  };
}

/** Follows by both transports, in a page of Chromium. */
async function followInChromium(url: string, key: string, after: string) {
  const browser = await openBrowser();
  const page = await browser.newPage();
  await serveClient(page, url);
  await page.goto(`${url}/app/`);
  await page.evaluate(
    async ({ url, key, after, transports }) => {
      const { Client } = await (window as Anything).loadClient();
      const client = new Client({ url, key });
      const seen: Record<string, number[]> = { websocket: [], sse: [] };
      Object.assign(window, { seen });
      for (const transport of transports) {
        (async () => {
          for await (const { position } of client.events({ after, transport })) seen[transport]?.push(position);
        })().catch((error) => Object.assign(window, { failure: String(error) }));
      }
    },
    { url, key, after, transports },
  );
  return {
    seen: async () => {
      expect(await page.evaluate(() => (window as Anything).failure)).toBeUndefined();
      return page.evaluate(() => (window as Anything).seen as Seen);
    },
    end: () => browser.close(),
  };
}

/** Expected events: all except the first, each once and in order. */
const upTo = (last: number): Seen => {
  const positions = Array.from({ length: last - 1 }, (_, n) => n + 2);
  return { websocket: positions, sse: positions };
};

describe('the client through kill -9', () => {
  test(
    'in Node and in Chromium, over WebSocket and SSE: each event once, in order',
    async () => {
      const mortal = new KilledServer();
      const tenant = await mortal.begin();
      const [{ cursor: after }] = await tenant.events();
      const { url } = mortal.world;
      const followers = [followHere(url, tenant.key, after)];
      try {
        followers.push(await followInChromium(url, tenant.key, after));
        await mortal.writeThrough(tenant, sized(3, 12));
        const last = (await tenant.events()).at(-1).position;
        expect(last).toBeGreaterThan(20);
        const reached = async ({ seen }: (typeof followers)[number]) =>
          Object.values(await seen()).every((positions) => (positions.at(-1) ?? 0) >= last);
        for (const follower of followers) {
          await eventually(() => reached(follower), 40_000);
          expect(await follower.seen()).toEqual(upTo(last));
        }
      } finally {
        for (const { end } of followers) await end();
        await mortal.kill();
      }
    },
    sized(180_000, 900_000),
  );
});

const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL('../../dist/src/client/', import.meta.url));

/** Serves the built client and its libraries like a page of the application, also while the server is down. */
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
