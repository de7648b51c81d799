import {
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { z } from 'zod';
import type { Outbound } from '../outbound/outbound.js';

const keptMs = 10 * 60_000;
const keptWhenDownMs = 24 * 60 * 60_000;
const refreshAtMostMs = 30_000;
const maxKeysTried = 20;

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
  find: ReturnType<typeof createLocalJWKSet>;
}

/** What issuers say of themselves: their discovery documents (OpenID Connect Discovery 1.0) and signing keys. */
export class Issuers {
  readonly #known = new Map<string, Known>();
  readonly #reading = new Map<string, Promise<Known>>();
  constructor(readonly outbound: Outbound) {}

  /**
   * Verifies a token with the issuer's keys and returns its claims. Keys are kept for 10 minutes and read again, at most
   * every 30 s, for a token that none of them fits; if the issuer is down the last keys are used for a day.
   *
   * @throws jose's errors
   */
  async verify(issuer: string, token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    const known = await this.#current(issuer, keptMs);
    try {
      return await verifyByOne(known, token, options);
    } catch (error) {
      const isUnknown = error instanceof errors.JWKSNoMatchingKey || error instanceof NoKeyFits;
      const current = isUnknown ? await this.#current(issuer, refreshAtMostMs) : known;
      if (current === known) throw error;
      return await verifyByOne(current, token, options);
    }
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

/** A token without a key id is signed by none of the issuer's keys. */
class NoKeyFits extends errors.JWSSignatureVerificationFailed {}

/**
 * Verifies with the key that the header names. If several fit, each is tried, because a
 * token can lack `kid` and a set can repeat a key (RFC 7517 section 4.5; OpenID Connect Core section 10.1).
 */
async function verifyByOne({ find }: Known, token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, find, options)).payload;
  } catch (error) {
    const isUnnamed = decodeProtectedHeader(token).kid === undefined;
    if (error instanceof errors.JWSSignatureVerificationFailed && isUnnamed) throw new NoKeyFits();
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return await tryEach(error, token, options);
  }
}

async function tryEach(
  keys: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let tried = 0;
  for await (const key of keys) {
    tried += 1;
    if (tried > maxKeysTried) break;
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new NoKeyFits();
}
