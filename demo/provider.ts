import { createHash, randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const clientId = 'demo-app';
const redirectUri = 'http://127.0.0.1/callback';

/** A certified OIDC provider on this machine, and a browser that signs in at it. */
export class LocalIdp {
  private constructor(
    readonly server: Server,
    readonly issuer: string,
  ) {}

  static readonly clientId = clientId;

  static async start(): Promise<LocalIdp> {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const key = { ...(await exportJWK(privateKey)), kid: 'demo', alg: 'RS256', use: 'sig' };
    const port = await freePort();
    const issuer = `http://127.0.0.1:${port}`;
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: clientId,
          redirect_uris: [redirectUri],
          token_endpoint_auth_method: 'none',
          application_type: 'native',
        },
      ],
      jwks: { keys: [key] },
      cookies: { keys: [randomBytes(16).toString('hex')] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'given_name', 'family_name'] },
      conformIdTokenClaims: false,
      ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
      findAccount: (_context, id) => ({
        accountId: id,
        claims: () => ({ sub: id, email: id, email_verified: true, name: id.split('@')[0] }),
      }),
    });
    const server = provider.listen(port, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return new LocalIdp(server, issuer);
  }

  /** Signs a person in with the authorization code flow and PKCE, and gives back the ID token. */
  async signIn(email: string, nonce: string): Promise<string> {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const browser = new Browser();
    let location = await browser.get(`${this.issuer}/auth?${query}`);
    while (!location.startsWith(redirectUri)) {
      location = location.includes('/interaction/')
        ? await browser.submit(location, email)
        : await browser.get(location);
    }
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: redirectUri,
      code: new URL(location).searchParams.get('code') ?? '',
      code_verifier: verifier,
    });
    const answer = await fetch(`${this.issuer}/token`, { method: 'POST', body });
    const { id_token: idToken } = (await answer.json()) as { id_token: string };
    return idToken;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}

/** As much of a browser as a sign-in page without scripts needs: cookies, redirects, one form. */
class Browser {
  readonly #cookies = new Map<string, string>();

  async get(url: string): Promise<string> {
    return this.#follow(url, await this.#fetch(url));
  }

  async submit(url: string, email: string): Promise<string> {
    const page = await (await this.#fetch(url)).text();
    const action = /action="([^"]+)"/.exec(page)?.[1] ?? url;
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? 'login';
    const body = new URLSearchParams({ prompt, login: email, password: 'any' });
    const target = new URL(action, url).href;
    return this.#follow(target, await this.#fetch(target, { method: 'POST', body }));
  }

  async #fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const header of answer.headers.getSetCookie()) {
      const [pair = ''] = header.split(';');
      this.#cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return answer;
  }

  #follow(from: string, answer: Response): string {
    const location = answer.headers.get('location');
    if (!location) throw new Error(`The provider answered ${answer.status} without a redirect at ${from}`);
    return new URL(location, from).href;
  }
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
