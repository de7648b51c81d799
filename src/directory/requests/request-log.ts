import { setTimeout as sleep } from 'node:timers/promises';
import { LessThan } from 'typeorm';
import { dayMs, minuteMs } from '../../kernel/durations.js';
import { Unavailable } from '../../kernel/errors.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { codeOf } from '../../storage/error-code.js';
import type { Session } from '../../storage/session.js';
import { sql } from '../../storage/sql.js';
import { type ErrorLog, LossReport } from './loss-report.js';
import { type NewRequest, ProvisioningRequest } from './provisioning-request.js';
import { storableRequest } from './storable-request.js';
import { WaitingRequests } from './waiting-requests.js';

/**
 * Milliseconds for which entries are collected for one statement. A crash loses at most these entries of the log, and
 * nothing of the directory.
 */
const delayMs = 100;
/** Milliseconds before the next attempt while the database is unavailable. */
const retryMs = 1_000;
/** Milliseconds for which a stop waits for the last statement. */
const closeMs = 5_000;

// Class 25: the database is read-only during a failover. Class 40: a deadlock. 23503: a connection was deleted while
// its entries were written; the next statement omits them.
const transient = /^(25|40|23503)/;
const isTransient = (error: unknown) => error instanceof Unavailable || transient.test(codeOf(error));

/**
 * The request log of all connections. Entries are written after the responses, in batches, so that no request waits for
 * its own entry. An entry that the database rejects is omitted and does not affect others. While the database is
 * unavailable, entries wait in memory. Every lost entry is reported in the server's log, without its text.
 */
export class RequestLog {
  readonly #waiting = new WaitingRequests();
  readonly #losses: LossReport;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;
  #isDelayed = false;
  #isClosed = false;
  /** Called with the connections of entries that were written. */
  onWritten: (connections: ReadonlySet<ConnectionId>) => void = () => {};

  constructor(
    readonly session: Pick<Session, 'query'>,
    log: ErrorLog,
    reportIntervalMs = minuteMs,
  ) {
    this.#losses = new LossReport(log, reportIntervalMs);
  }

  /** Adds an entry, which is written within 100 ms. Returns it with its id and with the texts that are stored. */
  record(entry: NewRequest): ProvisioningRequest {
    const kept = storableRequest(entry);
    if (this.#isClosed) {
      this.#losses.add('closed', 1);
      return kept;
    }
    const lost = this.#waiting.add(kept);
    if (lost > 0) this.#losses.add('overflow', lost);
    if (this.#waiting.isBatch && !this.#isDelayed) void this.flush();
    else this.#schedule();
    return kept;
  }

  /**
   * Writes waiting entries. Resolves when all entries recorded before have been written or have failed to be written.
   */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queued ??= this.#writing.then(() => {
      this.#queued = undefined;
      return this.#write();
    });
    this.#writing = this.#queued;
    return this.#queued;
  }

  /** Writes waiting entries one last time and reports those that cannot be written as lost. */
  async close(): Promise<void> {
    await Promise.race([this.flush(), sleep(closeMs, undefined, { ref: false })]);
    this.#isClosed = true;
    clearTimeout(this.#timer);
    if (this.#waiting.length > 0) this.#losses.add('closed', this.#waiting.length);
    this.#losses.close();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => this.flush(), this.#isDelayed ? retryMs : delayMs).unref();
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        await this.#insert(this.#waiting.next());
        this.#isDelayed = false;
      }
    } catch (error) {
      this.#isDelayed = true;
      if (!this.#isClosed) this.#losses.add('waiting', 0, { waiting: this.#waiting.length, code: causeOf(error) });
      this.#schedule();
    }
  }

  /**
   * Writes entries in one statement. If the database rejects it, writes the two halves separately, down to the rejected
   * entry.
   */
  async #insert(entries: readonly ProvisioningRequest[]): Promise<void> {
    try {
      await this.session.query(insert(entries));
      this.onWritten(new Set(entries.map(({ connectionId }) => connectionId)));
    } catch (error) {
      if (this.#isClosed || isTransient(error)) throw error;
      if (entries.length > 1) {
        const middle = entries.length >> 1;
        await this.#insert(entries.slice(0, middle));
        await this.#insert(entries.slice(middle));
        return;
      }
      for (const { organizationId, connectionId, requestId } of entries)
        this.#losses.add('rejected', 1, { code: causeOf(error), organizationId, connectionId, requestId });
    }
    this.#waiting.remove(entries);
  }
}

/** Returns the code or the name of an error. Its message is not used, because it can quote data of a caller. */
const causeOf = (error: unknown): string => codeOf(error) || (error instanceof Error ? error.name : 'unknown');

// Omits entries of connections and of erased users that were deleted in the meantime, because their log was deleted
// too.
const insert = (entries: readonly object[]) => sql`
  insert into provisioning_requests (organization_id, id, connection_id, protocol, method, path, status, duration_ms, at,
    request_body, response_body, error, quirks, user_id, request_id, first_position, last_position)
  select c.organization_id, e->>'id', c.id, e->>'protocol', e->>'method', e->>'path', (e->>'status')::int,
    (e->>'durationMs')::int, (e->>'at')::timestamptz, e->>'requestText', e->>'responseText', e->>'error',
    array(select jsonb_array_elements_text(e->'quirks')), e->>'userId', e->>'requestId',
    (e->>'firstPosition')::bigint, (e->>'lastPosition')::bigint
  from jsonb_array_elements(${JSON.stringify(entries)}::jsonb) e
  join connections c on c.organization_id = e->>'organizationId' and c.id = e->>'connectionId'
  where not exists (
    select from events
    where organization_id = c.organization_id and user_id = e->>'userId' and type = 'user.deleted')
  on conflict do nothing`;

/** Deletes entries older than `days`, and all but the newest `perConnection` entries of each connection. */
export async function pruneRequests(
  session: Session,
  { now, days, perConnection }: { now: Date; days: number; perConnection: number },
): Promise<void> {
  const oldest = new Date(now.getTime() - days * dayMs);
  await session.manager.delete(ProvisioningRequest, { at: LessThan(oldest) });
  // Handwritten SQL, because TypeORM has no lateral joins.
  await session.query(sql`delete from provisioning_requests r using connections c, lateral (
      select id from provisioning_requests
      where organization_id = c.organization_id and connection_id = c.id
      order by id desc offset ${perConnection} limit 1
    ) last
    where r.organization_id = c.organization_id and r.connection_id = c.id and r.id <= last.id`);
}
