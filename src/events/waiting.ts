/**
 * Waits of one follower for growth, a tick, or its end. Each wait creates a promise, but all share one abort listener.
 */
export class Waiting {
  #wake: () => void = () => {};

  constructor(readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  among(others: Set<() => void>): Promise<void> {
    if (this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        others.delete(this.#wake);
        resolve();
      };
      others.add(this.#wake);
    });
  }
}
