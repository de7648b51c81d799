import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';

type Forge = (claims: JWTPayload) => Promise<string> | string;

/** A hostile OpenID provider: discovery, keys, and any ID token that a test needs. */
export class HostileIdp {
  /** Returns the ID token of the token endpoint. Default: a valid token. */
  forge: Forge = (claims) => this.sign(claims);
  /** Claims of the next sign-in. */
  claims: JWTPayload = {};
  /** Claims of userinfo; null: there is no userinfo endpoint. */
  userinfo: JWTPayload | null = null;
  /** Error of userinfo; null: it succeeds. */
  userinfoFailure: { status?: number; hangsUp?: boolean } | null = null;
  /** Response of the token endpoint instead of tokens; null: it returns tokens. */
  tokenFailure: { status: number; body: object } | null = null;
  readonly tokenRequests: URLSearchParams[] = [];
  readonly #nonces = new Map<string, { nonce: string; clientId: string }>();

  private constructor(
    readonly server: Server,
    readonly issuer: string,
    readonly key: CryptoKey,
    readonly jwk: JWK,
  ) {}

  static async start(): Promise<HostileIdp> {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
    let idp: HostileIdp;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const failure = request.url?.includes('/userinfo') ? idp.userinfoFailure : null;
        if (failure?.hangsUp) return void request.socket.destroy();
        if (failure) return void response.writeHead(failure.status ?? 500).end('failed');
        const refusal = request.url?.includes('/token') ? idp.tokenFailure : null;
        if (refusal) {
          response.writeHead(refusal.status, { 'content-type': 'application/json' });
          return void response.end(JSON.stringify(refusal.body));
        }
        void idp.answer(request.url ?? '', Buffer.concat(chunks).toString()).then((body) => {
          response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    idp = new HostileIdp(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, privateKey, jwk);
    return idp;
  }

  async answer(path: string, body: string): Promise<object> {
    const { issuer } = this;
    if (path.includes('jwks')) return { keys: [this.jwk] };
    if (path.includes('/token')) return this.token(new URLSearchParams(body));
    if (path.includes('/userinfo')) return this.userinfo ?? {};
    return {
      issuer,
      jwks_uri: `${issuer}/jwks`,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      ...(this.userinfo && { userinfo_endpoint: `${issuer}/userinfo` }),
      authorization_response_iss_parameter_supported: true,
      id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none', 'ES256'],
      code_challenge_methods_supported: ['S256'],
    };
  }

  async token(form: URLSearchParams): Promise<object> {
    this.tokenRequests.push(form);
    const { nonce = '', clientId = 'rollcall' } = this.#nonces.get(form.get('code') ?? '') ?? {};
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: clientId, sub: 'subject', nonce, iat: now, exp: now + 300, ...this.claims };
    return { access_token: randomUUID(), token_type: 'Bearer', id_token: await this.forge(claims) };
  }

  /** Returns the callback URL for an authorization request. */
  callback(authorizationUrl: URL, more: Record<string, string | null> = {}): URL {
    const code = randomUUID();
    this.#nonces.set(code, {
      nonce: authorizationUrl.searchParams.get('nonce') ?? '',
      clientId: authorizationUrl.searchParams.get('client_id') ?? '',
    });
    const url = new URL(authorizationUrl.searchParams.get('redirect_uri') ?? '');
    const values = { code, state: authorizationUrl.searchParams.get('state'), iss: this.issuer, ...more };
    for (const [name, value] of Object.entries(values)) if (value !== null) url.searchParams.set(name, value);
    return url;
  }

  sign(claims: JWTPayload, key: CryptoKey = this.key): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(key);
  }

  unsigned(claims: JWTPayload): string {
    return new UnsecuredJWT(claims).encode();
  }

  /** Returns a token with an HMAC that uses the public key. */
  hmac(claims: JWTPayload): Promise<string> {
    const secret = createHash('sha256').update(JSON.stringify(this.jwk)).digest();
    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret);
  }

  async foreign(claims: JWTPayload): Promise<string> {
    const { privateKey } = await generateKeyPair('RS256');
    return this.sign(claims, privateKey);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}
