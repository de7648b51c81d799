import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';

type Claims = Record<string, unknown>;
interface Wrong {
  audience?: string;
  issuer?: string;
  expiresAt?: number;
}

/** An issuer whose keys the tests have, so that they can sign and forge tokens. test/contract uses a real provider. */
export class Idp {
  private constructor(
    readonly server: Server,
    readonly issuer: string,
    readonly key: CryptoKey,
    readonly jwk: Claims,
  ) {}

  static async start(): Promise<Idp> {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
    let issuer = '';
    const server = createServer((request, response) => {
      const body = request.url?.includes('jwks') ? { keys: [jwk] } : { issuer, jwks_uri: `${issuer}/jwks` };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new Idp(server, issuer, privateKey, jwk);
  }

  token(claims: Claims, { audience = 'app', issuer = this.issuer, expiresAt }: Wrong = {}): Promise<string> {
    return this.#claims(claims, { audience, issuer, expiresAt })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .sign(this.key);
  }

  unsigned(claims: Claims): Promise<string> {
    const token = new UnsecuredJWT({ ...claims })
      .setIssuer(this.issuer)
      .setAudience('app')
      .setIssuedAt()
      .setExpirationTime('5m');
    return Promise.resolve(token.encode());
  }

  hmac(claims: Claims): Promise<string> {
    return this.#claims(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .sign(new TextEncoder().encode(JSON.stringify(this.jwk)));
  }

  async foreign(claims: Claims): Promise<string> {
    const { privateKey } = await generateKeyPair('RS256');
    return this.#claims(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(privateKey);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  #claims(claims: Claims, { audience = 'app', issuer = this.issuer, expiresAt }: Wrong = {}): SignJWT {
    return new SignJWT({ ...claims })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expiresAt ?? '5m');
  }
}
