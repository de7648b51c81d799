import { randomUUID } from 'node:crypto';
import type { Principal } from '../access/principal.js';
import type { Credentials, Ended } from '../access/store.js';
import { recordUse } from '../credentials/api-keys/last-use.js';
import { recordUseOfToken } from '../directory/connections/scim-token-use.js';
import { recordUseOfLink } from '../directory/connections/setup-link-use.js';
import { isDatabaseLost } from '../kernel/errors.js';
import type { Failures } from '../kernel/failures.js';
import { hashSecret } from '../kernel/secrets.js';
import type { Session } from '../storage/session.js';
import { type Found, lookUp, principalOf } from './find-credentials.js';

type Fresh<P> = P extends unknown ? Omit<P, 'requestId'> : never;
interface Entry {
  principal: Fresh<Principal> | null;
  expiresAt: Date | null;
  readAt: number;
}
interface Watched {
  hash: Buffer;
  ended: Set<(why: Ended) => void>;
  /** Expiry of the credential, recorded while it was valid: an expired access token is no longer found. */
  expiresAt: Date | null;
}

/**
 * Maximum age, in milliseconds, of a cached credential: the delay before a revocation on another node takes effect
 * here. A revocation on this node takes effect before its caller receives the response.
 */
const trustedMs = 1_000;
/** Interval, in milliseconds, in which one statement checks the credentials of all open streams. */
const watchMs = 400;
/** Delay, in milliseconds, of that check after a change on this node. A burst of changes causes one check. */
const soonMs = 20;
const capacity = 10_000;

/** Finds credentials by the hash of their secret and caches results for one second. */
export class CredentialCache implements Credentials {
  readonly #entries = new Map<string, Entry>();
  readonly #watched = new Map<string, Watched>();
  #generation = 0;
  #timer: NodeJS.Timeout | undefined;
  #dueInMs = watchMs;
  #checking = false;

  constructor(
    readonly session: Session,
    readonly on: { now: () => Date; failures: Failures },
  ) {}

  async find(secret: string, requestId: string = randomUUID()): Promise<Principal | null> {
    const hash = hashSecret(secret);
    const key = hash.toString('base64');
    const entry = this.#fresh(key) ?? (await this.#read([hash])).get(key);
    if (!entry?.principal || (entry.expiresAt && entry.expiresAt <= this.on.now())) return null;
    return { ...entry.principal, requestId };
  }

  get generation(): number {
    return this.#generation;
  }

  watch(secret: string, ended: (why: Ended) => void): () => void {
    const hash = hashSecret(secret);
    const key = hash.toString('base64');
    const expiresAt = this.#entries.get(key)?.expiresAt ?? null;
    const watched = this.#watched.get(key) ?? { hash, ended: new Set(), expiresAt };
    this.#watched.set(key, watched);
    watched.ended.add(ended);
    this.#schedule(watchMs);
    return () => {
      watched.ended.delete(ended);
      if (watched.ended.size === 0) this.#watched.delete(key);
    };
  }

  whyEnded(secret: string): Ended {
    return this.#why(this.#watched.get(hashSecret(secret).toString('base64')));
  }

  #why(watched: Pick<Watched, 'expiresAt'> | undefined): Ended {
    return watched?.expiresAt && watched.expiresAt <= this.on.now() ? 'expired' : 'revoked';
  }

  forget(): void {
    this.#entries.clear();
    this.#generation++;
    this.#schedule(soonMs);
  }

  close(): void {
    this.#watched.clear();
    clearTimeout(this.#timer);
  }

  #schedule(ms: number): void {
    // Keep a check that is due sooner: a burst of changes must not postpone it.
    if (this.#watched.size === 0 || (this.#timer && this.#dueInMs <= ms)) return;
    clearTimeout(this.#timer);
    this.#dueInMs = ms;
    this.#timer = setTimeout(() => void this.#check(), ms).unref();
  }

  async #check(): Promise<void> {
    this.#timer = undefined;
    if (this.#checking) return this.#schedule(watchMs);
    this.#checking = true;
    try {
      const watched = [...this.#watched];
      const found = await this.#read(watched.map(([, { hash }]) => hash));
      for (const [key, each] of watched) {
        const entry = found.get(key);
        if (entry?.principal) each.expiresAt = entry.expiresAt;
        const holds = entry?.principal && !(entry.expiresAt && entry.expiresAt <= this.on.now());
        if (!holds) for (const end of each.ended) end(this.#why(each));
      }
    } catch (error) {
      // Keep the streams open: an unavailable database does not revoke credentials.
      this.on.failures.note('the credentials of open streams cannot be checked', error);
    } finally {
      this.#checking = false;
      this.#schedule(watchMs);
    }
  }

  #fresh(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry && performance.now() - entry.readAt < trustedMs ? entry : undefined;
  }

  async #read(hashes: Buffer[]): Promise<Map<string, Entry>> {
    const generation = this.#generation;
    const rows = new Map<string, Found>();
    for (const row of await lookUp(this.session, hashes, this.on.now())) rows.set(row.hash.toString('base64'), row);
    if (hashes.length === 1) for (const row of rows.values()) await this.#recordUse(row);
    const read = new Map<string, Entry>();
    for (const hash of hashes) {
      const key = hash.toString('base64');
      const row = rows.get(key);
      const principal = row ? principalOf(row) : null;
      const entry = { principal, expiresAt: row?.expiresAt ?? null, readAt: performance.now() };
      read.set(key, entry);
      // Do not cache a result that was read before a revocation.
      if (generation === this.#generation) this.#remember(key, entry);
    }
    return read;
  }

  async #recordUse({ kind, id }: Found): Promise<void> {
    try {
      if (kind === 'apiKey') await recordUse(this.session, id, this.on.now());
      if (kind === 'setup') await recordUseOfLink(this.session, id, this.on.now());
      if (kind === 'scim') await recordUseOfToken(this.session, id, this.on.now());
    } catch (error) {
      // If the database is read-only, the caller can still read.
      if (!isDatabaseLost(error)) throw error;
    }
  }

  #remember(key: string, entry: Entry): void {
    if (this.#entries.size >= capacity) this.#entries.clear();
    this.#entries.set(key, entry);
  }
}
