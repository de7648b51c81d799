import type { Bus } from '../events/bus.js';
import type { History } from '../events/history.js';
import type { Tails } from '../events/tails.js';
import type { PendingEvent } from '../events/types.js';
import type { Failures } from '../failures.js';
import type { Database } from '../storage/database.js';
import type { Credentials } from './credentials.js';
import type { Turnstile } from './turnstile.js';
import type { Vault } from './vault.js';

/** Resolves the TXT records of a name; replaced in tests, as the DNS is the network's far end. */
export type TxtResolver = (host: string) => Promise<string[]>;

/** The open product, as doors hold it: everything that outlives a request. */
export interface Store {
  readonly database: Database;
  readonly tails: Tails;
  /** Hints to all nodes, this one first. */
  readonly bus: Bus;
  readonly turnstile: Turnstile;
  readonly credentials: Credentials;
  /** Which history the log has, and the cursors into it. */
  readonly history: History;
  /** The time by the clock of the database. */
  readonly now: () => Date;
  /** The log of what fails in the background. */
  readonly failures: Failures;
  readonly resolveTxt: TxtResolver;
  /** Interval, in milliseconds, in which a follower whose filter hides every event is sent its position in the log. */
  readonly progressMs: number;
  /** Set on a rehearsal: transactions run and are rolled back, and this is told what they would have told. */
  readonly rehearse?: (events: readonly PendingEvent[]) => void;
  /** Stops its clock and writes what is still to be logged. Called last. */
  close(): void;
  /** Seals what the server has to use itself. */
  readonly vault: Vault;
}
