/**
 * Limits the number of concurrent writers of one organization in the database. A writer that waits for the log's head
 * occupies a pooled session, so without the limit one tenant's bulk import would block all other tenants.
 */
export class WriterLimit {
  readonly #inside = new Map<string, { count: number; waiting: (() => void)[] }>();
  constructor(readonly limit: number) {}

  /**
   * Waits for a free slot and returns a function that releases it. Callers with the same key are served in order of
   * arrival.
   */
  async enter(key: string): Promise<() => void> {
    const queue = this.#inside.get(key) ?? { count: 0, waiting: [] };
    this.#inside.set(key, queue);
    if (queue.count < this.limit) queue.count++;
    else await new Promise<void>((resolve) => queue.waiting.push(resolve));
    return () => {
      const next = queue.waiting.shift();
      if (next) return next();
      if (--queue.count === 0) this.#inside.delete(key);
    };
  }
}
