import type { Failures } from '../kernel/failures.js';

/** Background job that the server runs at an interval. */
export interface Job {
  name: string;
  everyMs: number;
  /** Processes pending work. Returns true if more work is pending, so that the job runs again immediately. */
  work: () => Promise<boolean>;
}

/**
 * Runs the jobs independently, each at most once at a time. A failed job is reported and runs again at its next
 * interval.
 */
export class Timers {
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(
    jobs: readonly Job[],
    readonly failures: Failures,
  ) {
    for (const job of jobs) this.#after(job, job.everyMs);
  }

  #after(job: Job, ms: number): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const run = this.#run(job).finally(() => this.#running.delete(run));
      this.#running.add(run);
    }, ms).unref();
    this.#timers.add(timer);
  }

  async #run(job: Job): Promise<void> {
    let more = false;
    try {
      more = await job.work();
    } catch (error) {
      this.failures.note(`the timed job ${job.name} failed`, error);
    }
    this.#after(job, more ? 0 : job.everyMs);
  }

  /** Waits for running jobs and does not start others. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#running);
  }
}
