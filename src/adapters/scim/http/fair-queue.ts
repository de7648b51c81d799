import { ScimError } from './errors.js';

/** Maximum wait for a slot in milliseconds. IdPs give up after 60 seconds. */
const patienceMs = 55_000;

interface Waiting {
  go: () => void;
}

/**
 * Limits the number of concurrent SCIM requests and serves the connections in turn: many requests of one connection
 * delay its own requests, and each other connection by at most one request. A request is never rejected because of its
 * rate, because IdPs quarantine a connection after a 429.
 */
export class FairQueue {
  #inside = 0;
  readonly #queues = new Map<string, Waiting[]>();
  readonly #busy = new Map<string, number>();

  /** `each` limits the slots of one connection, so that its long requests leave a slot for others. */
  constructor(
    readonly limit: number,
    readonly each = Math.max(1, limit - 1),
  ) {}

  /** Waits for a free slot and returns a function that releases it. @throws ScimError 503 after 55 seconds */
  async enter(key: string): Promise<() => void> {
    if (!this.#mayEnter(key) || this.#queues.has(key)) await this.#wait(key);
    this.#inside++;
    this.#busy.set(key, (this.#busy.get(key) ?? 0) + 1);
    return () => {
      this.#inside--;
      const left = (this.#busy.get(key) ?? 1) - 1;
      if (left === 0) this.#busy.delete(key);
      else this.#busy.set(key, left);
      this.#next();
    };
  }

  #mayEnter(key: string): boolean {
    return this.#inside < this.limit && (this.#busy.get(key) ?? 0) < this.each;
  }

  #wait(key: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(key) ?? [];
      this.#queues.set(key, queue);
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(entry), 1);
        if (queue.length === 0) this.#queues.delete(key);
        reject(
          new ScimError(503, null, 'The server is busy. Nothing was changed. Send the request again in a few seconds.'),
        );
      }, patienceMs);
      const entry = {
        go: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      queue.push(entry);
    });
  }

  #next(): void {
    for (const [key, queue] of this.#queues) {
      if (!this.#mayEnter(key)) continue;
      // Move the connection to the end of the queue.
      this.#queues.delete(key);
      const entry = queue.shift();
      if (queue.length > 0) this.#queues.set(key, queue);
      // The slot is taken synchronously, before another request can take it.
      entry?.go();
      return;
    }
  }
}
