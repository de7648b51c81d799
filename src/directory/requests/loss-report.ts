/** The part of the server's log to which a report is written. */
export interface ErrorLog {
  error(facts: object, message: string): void;
}

const sentences = {
  rejected: 'the database rejected entries of the request log, which are lost',
  overflow: 'the request log cannot be written and too many entries are pending; the oldest are lost',
  closed: 'the server stopped before entries of the request log were written, which are lost',
  waiting: 'the request log cannot be written; its entries are pending until the database is available',
};
type Reason = keyof typeof sentences;

interface Interval {
  timer: NodeJS.Timeout;
  /** Losses reported since the last line; null if there were none. */
  next: { lost: number; facts: object } | null;
}

/**
 * Reports losses of the request log: at most one line per reason and interval. A line contains the number of entries
 * lost since the previous line, and the facts of the last one.
 */
export class LossReport {
  readonly #intervals = new Map<Reason, Interval>();

  constructor(
    readonly log: ErrorLog,
    readonly intervalMs: number,
  ) {}

  add(reason: Reason, lost: number, facts: object = {}): void {
    const interval = this.#intervals.get(reason);
    if (interval) interval.next = { lost: (interval.next?.lost ?? 0) + lost, facts };
    else this.#write(reason, lost, facts);
  }

  /** Writes the losses that were not reported yet. Later reports are written at once. */
  close(): void {
    for (const [reason, { timer }] of [...this.#intervals]) {
      clearTimeout(timer);
      this.#end(reason, false);
    }
  }

  #write(reason: Reason, lost: number, facts: object, opens = true): void {
    this.log.error({ ...(lost > 0 && { lost }), ...facts }, sentences[reason]);
    if (!opens) return;
    const timer = setTimeout(() => this.#end(reason, true), this.intervalMs).unref();
    this.#intervals.set(reason, { timer, next: null });
  }

  #end(reason: Reason, opens: boolean): void {
    const next = this.#intervals.get(reason)?.next;
    this.#intervals.delete(reason);
    if (next) this.#write(reason, next.lost, next.facts, opens);
  }
}
