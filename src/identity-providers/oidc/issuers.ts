import {
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  type JWK,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { z } from 'zod';
import { dayMs, minuteMs } from '../../kernel/durations.js';
import { isObject } from '../../kernel/json.js';
import type { Outbound } from '../../outbound/outbound.js';
import { DiscoveryInvalid, IssuerMismatch } from './issuer-problem.js';

const keptMs = 10 * minuteMs;
const keptWhenDownMs = dayMs;
/**
 * Minimum interval between two reads of an issuer, even if the read failed: anyone can send a token with an unknown
 * `kid`.
 */
const atMostEveryMs = minuteMs;
const maxKeysTried = 20;

const discovery = z.looseObject({
  issuer: z.string(),
  jwks_uri: z.string(),
  authorization_endpoint: z.string().optional(),
  token_endpoint: z.string().optional(),
  userinfo_endpoint: z.string().optional(),
});
const jwks = z.object({ keys: z.array(z.unknown()) });
/**
 * Types of keys that can verify a signature. Entries with another type or without one are ignored (RFC 7517 section 5).
 */
const keyTypes: readonly unknown[] = ['RSA', 'EC', 'OKP'];

/** The members of an issuer's discovery document that Rollcall uses. */
export type IssuerMetadata = z.infer<typeof discovery>;

interface Attempt {
  at: number;
  result: Promise<Known>;
}

interface Known {
  readAt: number;
  metadata: IssuerMetadata;
  keys: JWK[];
  find: ReturnType<typeof createLocalJWKSet>;
}

/** Maximum number of issuers in the cache. Connections can name any number of issuers one after another. */
const mostIssuers = 2_000;

/** Adds an entry, and removes the oldest one if the limit is exceeded. */
function remember<T>(entries: Map<string, T>, issuer: string, entry: T): void {
  entries.delete(issuer);
  entries.set(issuer, entry);
  const [first] = entries.keys();
  if (entries.size > mostIssuers && first !== undefined) entries.delete(first);
}

/** A cache of issuers: their discovery documents (OpenID Connect Discovery 1.0) and signing keys. */
export class Issuers {
  readonly #known = new Map<string, Known>();
  readonly #lastAttempts = new Map<string, Attempt>();
  constructor(readonly outbound: Outbound) {}

  /**
   * Verifies a token with the issuer's keys and returns its claims. Keys are cached for 10 minutes. If none of them
   * verifies a token, they are read again, at most once a minute. If the issuer is unreachable, the cached keys are
   * used for one day.
   *
   * @throws jose's errors
   */
  async verify(issuer: string, token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    const known = await this.#current(issuer, keptMs);
    try {
      return await verifyByOne(known, token, options);
    } catch (error) {
      const isUnknown =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
      const current = isUnknown ? await this.#current(issuer, atMostEveryMs) : known;
      if (current === known) throw error;
      return await verifyByOne(current, token, options);
    }
  }

  /**
   * Returns the issuer's discovery document, cached like its keys. @throws an error if it cannot be read, or names
   * another issuer
   */
  async metadataOf(issuer: string): Promise<IssuerMetadata> {
    return (await this.#current(issuer, keptMs)).metadata;
  }

  /**
   * Reads the issuer now, even if it was read recently. Only for callers who are authorized to configure it.
   *
   * @throws an error if it cannot be read, or names another issuer
   */
  async refresh(issuer: string): Promise<void> {
    await this.#attempt(issuer).result;
  }

  async #current(issuer: string, freshMs: number): Promise<Known> {
    const known = this.#known.get(issuer);
    if (known && performance.now() - known.readAt < freshMs) return known;
    const last = this.#lastAttempts.get(issuer);
    // Calls within the same minute share the result of the last attempt, which can still be running.
    const attempt = last && performance.now() - last.at < atMostEveryMs ? last : this.#attempt(issuer);
    return attempt.result.catch((error) => {
      if (known && performance.now() - known.readAt < keptWhenDownMs) return known;
      throw error;
    });
  }

  #attempt(issuer: string): Attempt {
    const attempt = { at: performance.now(), result: this.#read(issuer) };
    remember(this.#lastAttempts, issuer, attempt);
    return attempt;
  }

  async #read(issuer: string): Promise<Known> {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const metadata = await this.outbound.json(url).then((document) => this.#checked(document, { issuer, url }));
    const { jwks_uri } = metadata;
    const set = await this.outbound.json(jwks_uri);
    const keys = this.#expected(jwks_uri, () => keysIn(set, issuer));
    const known = { readAt: performance.now(), metadata, keys, find: createLocalJWKSet({ keys }) };
    remember(this.#known, issuer, known);
    return known;
  }

  /** Returns the metadata of a discovery document. @throws DiscoveryInvalid, IssuerMismatch, FetchFailed */
  #checked(document: unknown, { issuer, url }: { issuer: string; url: string }): IssuerMetadata {
    return this.#expected(url, () => {
      const metadata = parsed(discovery, document, issuer);
      checkMetadata(metadata, issuer);
      return metadata;
    });
  }

  /** Runs a check of a response. If the host is in a private network, it fails as if the host had not responded. */
  #expected<T>(url: string, check: () => T): T {
    try {
      return check();
    } catch (error) {
      throw this.outbound.withheld(url, error) ?? error;
    }
  }
}

/** @throws IssuerMismatch, DiscoveryInvalid */
function checkMetadata(metadata: IssuerMetadata, issuer: string): void {
  if (metadata.issuer !== issuer) throw new IssuerMismatch(metadata.issuer, issuer);
  const { jwks_uri, authorization_endpoint, token_endpoint, userinfo_endpoint } = metadata;
  // URLs in the document of an https issuer must be https too. The browser is sent to one of them, so other schemes are
  // rejected.
  const allowed = issuer.startsWith('http:') ? ['https:', 'http:'] : ['https:'];
  for (const url of [jwks_uri, authorization_endpoint, token_endpoint, userinfo_endpoint]) {
    const isRight = url === undefined || (URL.canParse(url) && allowed.includes(new URL(url).protocol));
    if (!isRight)
      throw new DiscoveryInvalid(
        issuer,
        `names "${url?.slice(0, 200)}", which is not an ${allowed[0]?.slice(0, -1)} URL`,
      );
  }
}

/** Removes null members: some IdPs write null for an absent member. */
const withoutNulls = (value: unknown): unknown =>
  isObject(value) ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null)) : value;

function keysIn(set: unknown, issuer: string): JWK[] {
  const isKey = (key: unknown): key is JWK => isObject(key) && keyTypes.includes(key.kty);
  return parsed(jwks, set, issuer).keys.map(withoutNulls).filter(isKey);
}

/** @throws DiscoveryInvalid that names the first member that is missing or of the wrong type */
function parsed<T>(shape: z.ZodType<T>, value: unknown, issuer: string): T {
  const result = shape.safeParse(withoutNulls(value));
  if (result.success) return result.data;
  const [member] = result.error.issues[0]?.path ?? [];
  throw new DiscoveryInvalid(
    issuer,
    member === undefined ? 'is not a JSON object' : `lacks a usable "${String(member)}"`,
  );
}

/** Verifies with the key that the header names; if there is none, with the keys that have no name. */
async function verifyByOne({ keys, find }: Known, token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return await verifyWith(find, token, options);
  } catch (error) {
    const { kid } = decodeProtectedHeader(token);
    const unnamed = keys.filter((key) => key.kid === undefined);
    if (!(error instanceof errors.JWKSNoMatchingKey) || kid === undefined || unnamed.length === 0) throw error;
    return await verifyWith(createLocalJWKSet({ keys: unnamed.map((key) => ({ ...key, kid })) }), token, options);
  }
}

/**
 * Verifies with the key that matches the header. If several keys match, each is tried, because a token can lack `kid`
 * and a set can repeat a key (RFC 7517 section 4.5; OpenID Connect Core section 10.1).
 */
async function verifyWith(find: Known['find'], token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, find, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    return await tryEach(error, token, options);
  }
}

/** Errors of a token whose signature was verified. */
const claimErrors = [errors.JWTClaimValidationFailed, errors.JWTExpired, errors.JWTInvalid];

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
      // Any other error is about this key, for example a key that is too short.
      if (claimErrors.some((kind) => error instanceof kind)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}
