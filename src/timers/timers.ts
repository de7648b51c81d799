import type { Failures } from '../failures.js';

/** Something that the server does by itself, again and again. */
export interface Job {
  name: string;
  everyMs: number;
  /** Does what there is to do. True asks to go on at once: there is more. */
  work: () => Promise<boolean>;
}

/** Runs the jobs, each by itself and never twice at a time. One that fails is told and tried again at its next time. */
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

  /** Waits for what runs and starts nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#running);
  }
}
