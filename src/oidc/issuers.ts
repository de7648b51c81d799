import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Outbound } from '../outbound/outbound.js';

const keptMs = 10 * 60_000;
const keptWhenDownMs = 24 * 60 * 60_000;
const refreshAtMostMs = 30_000;

const discovery = z.looseObject({
  issuer: z.string(),
  jwks_uri: z.string(),
  authorization_endpoint: z.string().optional(),
  token_endpoint: z.string().optional(),
  userinfo_endpoint: z.string().optional(),
});
const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** An issuer's discovery document, in the parts that we use. */
export type IssuerMetadata = z.infer<typeof discovery>;

interface Known {
  readAt: number;
  metadata: IssuerMetadata;
  find: JWTVerifyGetKey;
}

/** What issuers say of themselves: their discovery documents (OpenID Connect Discovery 1.0) and signing keys. */
export class Issuers {
  readonly #known = new Map<string, Known>();
  readonly #reading = new Map<string, Promise<Known>>();
  constructor(readonly outbound: Outbound) {}

  /**
   * Finds the key of a token of that issuer. Keys are kept for 10 minutes and read again for an unknown `kid`, at most
   * every 30 s; when the issuer is down the last good ones hold for a day.
   */
  keyOf(issuer: string): JWTVerifyGetKey {
    return async (header, token) => {
      const known = await this.#current(issuer, keptMs);
      try {
        return await known.find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        return (await this.#current(issuer, refreshAtMostMs)).find(header, token);
      }
    };
  }

  /** The issuer's own description, kept as its keys are. @throws when it cannot be read, or names another issuer */
  async metadataOf(issuer: string): Promise<IssuerMetadata> {
    return (await this.#current(issuer, keptMs)).metadata;
  }

  async #current(issuer: string, freshMs: number): Promise<Known> {
    const known = this.#known.get(issuer);
    if (known && performance.now() - known.readAt < freshMs) return known;
    const reading = this.#reading.get(issuer) ?? this.#read(issuer).finally(() => this.#reading.delete(issuer));
    this.#reading.set(issuer, reading);
    return reading.catch((error) => {
      if (known && performance.now() - known.readAt < keptWhenDownMs) return known;
      throw error;
    });
  }

  async #read(issuer: string): Promise<Known> {
    const base = issuer.replace(/\/$/, '');
    const metadata = discovery.parse(await this.outbound.json(`${base}/.well-known/openid-configuration`));
    if (metadata.issuer !== issuer) throw new Error('the discovery document names another issuer');
    const { jwks_uri, authorization_endpoint, token_endpoint, userinfo_endpoint } = metadata;
    // What an https issuer names is https too.
    for (const url of [jwks_uri, authorization_endpoint, token_endpoint, userinfo_endpoint]) {
      if (issuer.startsWith('https:') && url && !url.startsWith('https:')) throw new Error(`${url} is not https`);
    }
    const set = jwks.parse(await this.outbound.json(jwks_uri)) as JSONWebKeySet;
    const known = { readAt: performance.now(), metadata, find: createLocalJWKSet(set) };
    this.#known.set(issuer, known);
    return known;
  }
}
