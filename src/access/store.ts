import type { Bus } from '../events/bus.js';
import type { History } from '../events/history.js';
import type { Tails } from '../events/tails.js';
import type { PendingEvent } from '../events/types.js';
import type { Failures } from '../kernel/failures.js';
import type { Vault } from '../kernel/vault.js';
import type { Database } from '../storage/database.js';
import type { Principal } from './principal.js';
import type { WriterLimit } from './writer-limit.js';

/** Resolves the TXT records of a name. Tests replace it, because DNS is an external system. */
export type TxtResolver = (host: string) => Promise<string[]>;

/** The reason for which a credential is no longer valid. */
export type Ended = 'expired' | 'revoked';

/** Resolves bearer secrets to principals. `authentication/` implements it, which knows the tables of all credentials. */
export interface Credentials {
  /**
   * Counter that increases with each change that can end a credential. A result found under an earlier generation must
   * be looked up again.
   */
  readonly generation: number;
  /**
   * Returns the principal of the secret, for one request; null if the secret is unknown, expired, revoked or disabled.
   */
  find(secret: string, requestId?: string): Promise<Principal | null>;
  /**
   * Calls `ended` when the credential has become invalid, on any node. The caller has just found it with `find`.
   * Returns a function that stops watching.
   */
  watch(secret: string, ended: (why: Ended) => void): () => void;
  /** Returns why a watched credential is no longer valid: `expired` also if it was revoked and has since expired. */
  whyEnded(secret: string): Ended;
  /** Drops all cached lookups, because data that credentials depend on has changed. */
  forget(): void;
  /** Stops watching all credentials. */
  close(): void;
}

/** Long-lived objects of an open server, shared by all requests. */
export interface Store {
  readonly database: Database;
  readonly tails: Tails;
  /** Sends hints to all nodes, including this one. */
  readonly bus: Bus;
  readonly writerLimit: WriterLimit;
  readonly credentials: Credentials;
  /** Epoch of the event log, and the codec of its cursors. */
  readonly history: History;
  /** Returns the current time by the clock of the database. */
  readonly now: () => Date;
  /** Log of background failures. */
  readonly failures: Failures;
  readonly resolveTxt: TxtResolver;
  /**
   * Interval, in milliseconds, at which a follower receives its position in the log while its filter hides all events.
   */
  readonly progressMs: number;
  /**
   * Set for a dry run: transactions are executed and rolled back, and this function receives the events that they would
   * have emitted.
   */
  readonly rehearse?: (events: readonly PendingEvent[]) => void;
  /** Stops the clock and writes pending log entries. Must be called last. */
  close(): void;
  /** Encrypts secrets that the server itself has to use. */
  readonly vault: Vault;
}
