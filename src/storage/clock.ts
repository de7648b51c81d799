import type { FastifyBaseLogger } from 'fastify';
import type { Failures } from '../failures.js';
import type { Session } from './database.js';
import { sql } from './sql.js';

/** How often the database is asked for the time. Between two answers this process counts by its monotonic clock. */
const everyMs = 10_000;
/** A smaller difference is the network's, and is left: time stands still or runs back as seldom as possible. */
const toleratedMs = 50;
/** A clock of this machine that differs by more is reported. */
const reportedMs = 2_000;
const reportEveryMs = 60_000;

/**
 * The time by the clock of the database. Nodes share due times, leases and expiries, so they share a clock: one that is wrong
 * or jumps on one machine changes nothing.
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

  /** A clock that has been set. @throws what the database throws */
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
    // It was read at some moment in between.
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
      this.reports.failures.note('the clock of the database cannot be read; this process counts on', error);
    }
  }

  /** Stops reading the time of the database. */
  close(): void {
    clearInterval(this.#timer);
  }
}
