import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { FetchJson } from './outbound.js';

const keptMs = 10 * 60_000;
const keptWhenDownMs = 24 * 60 * 60_000;
const refreshAtMostMs = 30_000;

const discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });
const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

interface Keys {
  readAt: number;
  find: JWTVerifyGetKey;
}

/** The signing keys of issuers, by their discovery documents (OpenID Connect Discovery 1.0). */
export class Issuers {
  readonly #keys = new Map<string, Keys>();
  readonly #reading = new Map<string, Promise<Keys>>();
  constructor(readonly fetchJson: FetchJson) {}

  /**
   * Finds the key of a token of that issuer. Keys are kept for 10 minutes and read again for an unknown `kid`, at most
   * every 30 s; when the issuer is down the last good ones hold for a day.
   */
  keyOf(issuer: string): JWTVerifyGetKey {
    return async (header, token) => {
      const keys = await this.#current(issuer, keptMs);
      try {
        return await keys.find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        return (await this.#current(issuer, refreshAtMostMs)).find(header, token);
      }
    };
  }

  async #current(issuer: string, freshMs: number): Promise<Keys> {
    const known = this.#keys.get(issuer);
    if (known && performance.now() - known.readAt < freshMs) return known;
    const reading = this.#reading.get(issuer) ?? this.#read(issuer).finally(() => this.#reading.delete(issuer));
    this.#reading.set(issuer, reading);
    return reading.catch((error) => {
      if (known && performance.now() - known.readAt < keptWhenDownMs) return known;
      throw error;
    });
  }

  async #read(issuer: string): Promise<Keys> {
    const base = issuer.replace(/\/$/, '');
    const document = discovery.parse(await this.fetchJson(`${base}/.well-known/openid-configuration`));
    if (document.issuer !== issuer) throw new Error('the discovery document names another issuer');
    // Keys of an https issuer come over https too.
    if (issuer.startsWith('https:') && !document.jwks_uri.startsWith('https:'))
      throw new Error('jwks_uri is not https');
    const set = jwks.parse(await this.fetchJson(document.jwks_uri)) as JSONWebKeySet;
    const keys = { readAt: performance.now(), find: createLocalJWKSet(set) };
    this.#keys.set(issuer, keys);
    return keys;
  }
}
