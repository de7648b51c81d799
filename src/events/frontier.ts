import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../storage/session.js';
import { sql } from '../storage/sql.js';

/**
 * Minimum pause, in milliseconds, between advances. Each advance consumes a transaction id of the cluster: at most 20
 * per second, and only after a write.
 */
const pauseMs = 50;
/** Maximum time, in milliseconds, that one advance waits for writers. The next advance continues the wait. */
const patienceMs = 1_000;
/** Pause, in milliseconds, from which on the locks are read too: the snapshot alone costs less. */
const lockCheckPauseMs = 8;

/**
 * Tracks the frontier: the highest `seq` up to which no event of any organization can still be committed.
 *
 * A `seq` is assigned before COMMIT, so a later `seq` can become visible first. A reader that stops at the frontier
 * never skips an event.
 *
 * To advance the frontier, `advance`
 * 1. reads the last `seq` that the sequence has assigned;
 * 2. obtains a transaction id;
 * 3. waits until no transaction with an older id is running in this database.
 *
 * Each writer obtains its transaction id before its `seq`, so every `seq` up to the one read in step 1 is then final.
 * The ids belong to the whole cluster: a snapshot also contains writers of other databases, which write no events here.
 */
export class Frontier {
  #at = 0;
  /** Advance in progress: the frontier becomes `seq` as soon as no transaction before `xid` is running. */
  #pending: { seq: number; xid: number } | null = null;
  #advancing: Promise<number> | null = null;
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(readonly session: Session) {}

  /** Current frontier. It decreases only if the database was restored to an earlier state. */
  get at(): number {
    return this.#at;
  }

  /** Advances the frontier as far as possible and returns it. Concurrent callers share one advance. */
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
      else if (pause >= lockCheckPauseMs && !(await this.#isOlderWriterHere(this.#pending.xid))) break;
      if (performance.now() - this.#startedAt > patienceMs) return this.#at;
      await sleep(pause);
    }
    this.#at = Math.max(this.#at, this.#pending.seq);
    this.#pending = null;
    return this.#at;
  }

  // Each transaction holds a lock on its own id, from before it can draw a `seq` until after its rows are visible. `age`
  // compares the 32 bits of an id that the view shows.
  async #isOlderWriterHere(xid: number): Promise<boolean> {
    const [row] = await this.session.query<{ yes: boolean }>(
      sql`select exists (
          select from pg_locks l join pg_stat_activity a on a.pid = l.pid
          where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted
            and a.datid = (select oid from pg_database where datname = current_database())
            and age(l.transactionid) > age((${xid} % 4294967296)::text::xid)
        ) as yes`,
    );
    return row?.yes ?? true;
  }

  // The sequence has a lower value than before, so the database was restored. The known frontier is no longer valid.
  #forget(): void {
    this.#pending = null;
    this.#at = 0;
  }

  // Two statements, because `seq` must be read before the transaction id is obtained.
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
