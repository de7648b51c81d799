/**
 * Lets a limited number of writers of one organization into the database at a time. Waiting for the log's head holds a
 * pooled session, so without it one tenant's bulk import would starve every other tenant.
 */
export class Turnstile {
  readonly #inside = new Map<string, { count: number; waiting: (() => void)[] }>();
  constructor(readonly limit: number) {}

  /** Waits for a place and gives back the way to leave it. First come, first served within one key. */
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
