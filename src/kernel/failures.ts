import type { FastifyBaseLogger } from 'fastify';

/** Interval, in milliseconds, at which a repeated failure is logged at most once. */
const pauseMs = 60_000;

interface Repeated {
  times: number;
  error: unknown;
  timer: NodeJS.Timeout;
}

/**
 * Log of background failures. A failure is logged immediately. Repetitions are counted and logged once a minute, so
 * that an outage stays visible without flooding the log.
 */
export class Failures {
  readonly #repeated = new Map<string, Repeated>();

  /**
   * @param causeOf returns the sentence for a cause of many failures: all failures with this cause are counted and
   *   logged as one
   */
  constructor(
    readonly log: Pick<FastifyBaseLogger, 'warn'>,
    readonly causeOf: (error: unknown) => string | null = () => null,
  ) {}

  /** Logs that `what` has failed. `what` is one of a few constant sentences. */
  readonly note = (what: string, error: unknown): void => this.noteApart(this.causeOf(error) ?? what, error);

  /** Logs that `what` has failed in a separate line, regardless of the cause. */
  readonly noteApart = (what: string, error: unknown): void => {
    const known = this.#repeated.get(what);
    if (known) {
      known.times++;
      known.error = error;
      return;
    }
    this.log.warn({ err: error }, what);
    this.#count(what, error);
  };

  #count(what: string, error: unknown): void {
    const timer = setTimeout(() => this.#sum(what), pauseMs).unref();
    this.#repeated.set(what, { times: 0, error, timer });
  }

  #sum(what: string): void {
    const { times = 0, error } = this.#repeated.get(what) ?? {};
    this.#repeated.delete(what);
    if (times === 0) return;
    this.log.warn({ err: error, times }, what);
    this.#count(what, error);
  }

  /** Logs the counted failures that were not logged yet. */
  close(): void {
    for (const [what, { times, error, timer }] of this.#repeated) {
      clearTimeout(timer);
      if (times > 0) this.log.warn({ err: error, times }, what);
    }
    this.#repeated.clear();
  }
}
