import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../storage/database.js';
import { sql } from '../storage/sql.js';

/** Each advance costs the cluster a transaction id: at most 20 a second, and only when something was written. */
const pauseMs = 50;
/** How long one advance may wait for a writer; the next one goes on waiting for the same. */
const patienceMs = 1_000;

/**
 * The `seq` up to which nothing is in flight any more, over all organizations: whoever has seen all below it misses nothing.
 * A writer draws its transaction id before its `seq`. So what `event_seq` had given out by the time that a transaction id of
 * our own was drawn is finished once every running transaction is younger than that id.
 */
export class Frontier {
  #at = 0;
  /** An advance that waits: it stands at `seq` as soon as no transaction before `xid` runs. */
  #pending: { seq: number; xid: number } | null = null;
  #advancing: Promise<number> | null = null;
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(readonly session: Session) {}

  /** Where it stands now. It moves back only where the database itself has gone back. */
  get at(): number {
    return this.#at;
  }

  /** Moves it as far as it goes, and gives it back. Callers at the same time share one advance. */
  advance(): Promise<number> {
    this.#advancing ??= this.#advance().finally(() => {
      this.#advancing = null;
    });
    return this.#advancing;
  }

  async #advance(): Promise<number> {
    const wait = this.#startedAt + pauseMs - performance.now();
    if (wait > 0) await sleep(wait);
    this.#startedAt = performance.now();
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      this.#pending ??= await this.#draw();
      if (!this.#pending) return this.#at;
      const [snapshot] = await this.session.query<{ oldest: number; next: number }>(
        sql`select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest,
          pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next`,
      );
      if (snapshot && snapshot.oldest > this.#pending.xid) break;
      if (snapshot && snapshot.next <= this.#pending.xid) this.#forget();
      if (performance.now() - this.#startedAt > patienceMs) return this.#at;
      await sleep(pause);
    }
    this.#at = Math.max(this.#at, this.#pending.seq);
    this.#pending = null;
    return this.#at;
  }

  // Numbers that were given out already are not given out any more: the database was restored. What was complete may be so no
  // more.
  #forget(): void {
    this.#pending = null;
    this.#at = 0;
  }

  // Two statements: the number has to be read before the transaction id is drawn.
  async #draw(): Promise<{ seq: number; xid: number } | null> {
    const [drawn] = await this.session.query<{ seq: number }>(
      sql`select case when is_called then last_value else 0 end as seq from event_seq`,
    );
    if (drawn && drawn.seq < this.#at) this.#forget();
    if (!drawn || drawn.seq <= this.#at) return null;
    const [own] = await this.session.query<{ xid: number }>(sql`select pg_current_xact_id()::text::bigint as xid`);
    return own ? { seq: drawn.seq, xid: own.xid } : null;
  }
}
