import type { Credentials } from '../authentication/credential-cache.js';
import type { Bus } from '../events/bus.js';
import type { History } from '../events/history.js';
import type { Tails } from '../events/tails.js';
import type { PendingEvent } from '../events/types.js';
import type { Failures } from '../kernel/failures.js';
import type { Vault } from '../kernel/vault.js';
import type { Database } from '../storage/database.js';
import type { WriterLimit } from './writer-limit.js';

/** Resolves the TXT records of a name. Tests replace it, because DNS is an external system. */
export type TxtResolver = (host: string) => Promise<string[]>;

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
