import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

/** URLs of modules, with their folders in the repository. */
const folders: Record<string, string> = {
  rollcall: 'dist/src/client',
  'graphql-ws': 'node_modules/graphql-ws/dist',
  'graphql-sse': 'node_modules/graphql-sse/lib',
  'oidc-client-ts': 'node_modules/oidc-client-ts/dist/esm',
  'jwt-decode': 'node_modules/jwt-decode/build/esm',
};

const imports = {
  rollcall: '/modules/rollcall/client.js',
  'graphql-ws/client': '/modules/graphql-ws/client.js',
  'graphql-sse': '/modules/graphql-sse/client.mjs',
  'oidc-client-ts': '/modules/oidc-client-ts/oidc-client-ts.js',
  'jwt-decode': '/modules/jwt-decode/index.js',
};

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A browser application: one page at every path, and the installed modules of the clients. */
export class PageServer {
  private constructor(
    readonly server: Server,
    readonly origin: string,
  ) {}

  /** Serves a page with the script, which can import `rollcall` and `oidc-client-ts`. */
  static async start(script: string): Promise<PageServer> {
    const page = `<!doctype html><title>Application</title><script type="importmap">${JSON.stringify({ imports })}</script>
<p id="state">loading</p><script type="module">${script}</script>`;
    const server = createServer(async (request, response) => {
      const [, name = '', file = ''] = /^\/modules\/([^/]+)\/([^?]+)/.exec(request.url ?? '') ?? [];
      const folder = folders[name];
      if (!folder) return response.setHeader('content-type', 'text/html').end(page);
      const path = join(root, folder, normalize(`/${file}`));
      const text = await readFile(extname(path) === '' ? `${path}.js` : path).catch(() => {
        // Answered with 404 below.
      });
      if (!text) return response.writeHead(404).end();
      return response.setHeader('content-type', 'text/javascript').end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PageServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
