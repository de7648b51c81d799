import type { Duplex } from 'node:stream';
import type { ClientBase, Pool, PoolClient } from 'pg';
import { Unavailable } from '../kernel/errors.js';
import { AccessLost, isAccessLost } from './access-lost.js';
import { isOutdated } from './conflict.js';
import { codeOf } from './error-code.js';

// Class 08: connection. 25006: a standby, or a primary that became read-only. 25P03:
// idle_in_transaction_session_timeout, which ends the session. 53: out of resources. 55P03: lock_timeout. 57P0x: the server stops or starts. The others are errors of the network, of name resolution, and of a
// process without file descriptors.
const unavailableCodes =
  /^(08|25006|25P03|53|55P03|57P0|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EMFILE|ENFILE|ENOBUFS|ENET|EHOST|EADDRNOTAVAIL)/;
const unavailableTexts = /Query read timeout|timeout expired|Connection terminated|not queryable/;

/** Returns true if the database did not process a statement for a temporary reason. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof Unavailable || unavailableCodes.test(codeOf(error))) return true;
  return error instanceof Error && unavailableTexts.test(error.message);
}

/** Returns true if the server did not respond in time: the statement is still in the session's queue. */
export const isSilent = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout';

/** Returns true if no more statements can be sent in the session of the error. Another session can work. */
export const endsSession = (error: unknown): boolean =>
  isSilent(error) ||
  isOutdated(error) ||
  isAccessLost(error) ||
  (isUnavailable(error) && !/^(53|55P03)/.test(codeOf(error)));

/** The address leads to a standby, which lacks events that the primary has committed. */
export class OnStandby extends Error {
  readonly code = '25006';
  constructor() {
    super('The database is a standby.');
  }
}

/**
 * Closes the connection without notifying the server, because the network might not respond. Must be called after the
 * client was ended.
 */
export function cut(client: ClientBase): void {
  (client as ClientBase & { connection: { stream: Duplex } }).connection.stream.destroy();
}

const refusedMs = 500;

/**
 * Takes sessions from the pool. After a failure to connect, callers fail immediately for half a second, instead of each
 * waiting for its own timeout. After a session did not respond, sessions that were opened before it are not used
 * either.
 */
export class CheckOut {
  readonly #openedAt = new WeakMap<PoolClient, number>();
  #refusedUntil = 0;
  /** Error of the last attempt to connect. */
  #failure: unknown;
  #trustedFrom = 0;

  constructor(readonly pool: Pool) {
    pool.on('connect', (client) => this.#openedAt.set(client, performance.now()));
  }

  /** Returns a session. `always` tries to connect even shortly after a failure. @throws Unavailable */
  async take({ always = false } = {}): Promise<PoolClient> {
    const mayWait = this.pool.idleCount > 0 || performance.now() >= this.#refusedUntil;
    if (!always && !mayWait) throw named(this.#failure);
    for (;;) {
      const client = await this.#connect();
      if ((this.#openedAt.get(client) ?? 0) >= this.#trustedFrom) return client;
      discard(client);
    }
  }

  async #connect(): Promise<PoolClient> {
    try {
      const client = await this.pool.connect();
      this.#refusedUntil = 0;
      return client;
    } catch (error) {
      // A full pool indicates load and not the state of the database.
      const isFull = error instanceof Error && error.message === 'timeout exceeded when trying to connect';
      if (!isFull) {
        this.#refusedUntil = performance.now() + refusedMs;
        this.#failure = error;
      }
      throw named(error);
    }
  }

  /**
   * Marks all open sessions as unusable, because their network does not respond, or a migration has outdated their
   * statements.
   */
  distrust(): void {
    this.#trustedFrom = performance.now();
  }
}

/**
 * Returns the error for a caller that receives no session. A database that responds and refuses the server has another
 * error than one that does not respond.
 */
function named(error: unknown): Unavailable {
  const cause = error instanceof AccessLost ? error.cause : error;
  return isAccessLost(error) ? new AccessLost(undefined, { cause }) : new Unavailable(undefined, { cause });
}

/** Removes a session from the pool and ends its connection. */
export function discard(client: PoolClient): void {
  client.release(true);
  cut(client);
}
