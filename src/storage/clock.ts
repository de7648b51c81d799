import type { FastifyBaseLogger } from 'fastify';
import type { Failures } from '../kernel/failures.js';
import type { Session } from './session.js';
import { sql } from './sql.js';

/**
 * Interval, in milliseconds, at which the time of the database is read. Between two reads, this process uses its
 * monotonic clock.
 */
const everyMs = 10_000;
/**
 * Differences up to this many milliseconds are network delay and ignored, so that the time rarely stops or goes
 * backwards.
 */
const toleratedMs = 50;
/** Difference, in milliseconds, above which the clock of this machine is reported. */
const reportedMs = 2_000;
const reportEveryMs = 60_000;

/**
 * Time by the clock of the database. All nodes use it, because they share due times, leases and expiries: a wrong or
 * jumping clock on one machine has no effect.
 */
export class Clock {
  #time = Date.now();
  #at = performance.now();
  #reportedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    readonly session: Session,
    readonly reports: { log: Pick<FastifyBaseLogger, 'warn'>; failures: Failures },
  ) {}

  /** Returns a clock that is already set. @throws the errors of the database */
  static async start(session: Session, reports: Clock['reports']): Promise<Clock> {
    const clock = new Clock(session, reports);
    await clock.#set();
    clock.#timer = setInterval(() => void clock.#keep(), everyMs).unref();
    return clock;
  }

  now(): Date {
    return new Date(this.#time + performance.now() - this.#at);
  }

  async #set(): Promise<void> {
    const askedAt = performance.now();
    const [row] = await this.session.query<{ time: Date }>(sql`select clock_timestamp() as time`);
    const at = performance.now();
    if (!row) return;
    // The database read its clock between request and response; half of the round trip is the best estimate.
    const time = row.time.getTime() + (at - askedAt) / 2;
    if (Math.abs(time - this.now().getTime()) > Math.max(toleratedMs, at - askedAt)) {
      this.#time = time;
      this.#at = at;
    }
    this.#report(time);
  }

  #report(time: number): void {
    const aheadMs = Math.round(Date.now() - time);
    if (Math.abs(aheadMs) < reportedMs || performance.now() - this.#reportedAt < reportEveryMs) return;
    this.#reportedAt = performance.now();
    this.reports.log.warn({ aheadMs }, 'the clock of this machine differs from that of the database, which is used');
  }

  async #keep(): Promise<void> {
    try {
      await this.#set();
    } catch (error) {
      this.reports.failures.note(
        'the clock of the database cannot be read; the process continues with its own clock',
        error,
      );
    }
  }

  /** Stops reading the time of the database. */
  close(): void {
    clearInterval(this.#timer);
  }
}
