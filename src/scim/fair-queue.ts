import { ScimError } from './errors.js';

/** Longer than this nobody waits: IdPs give up after 60 seconds. */
const patienceMs = 55_000;

interface Waiting {
  go: () => void;
}

/**
 * Lets a limited number of SCIM requests work at a time, and takes the connections in turn: the flood of one waits for
 * itself, and the others meet one request in front of them. An IdP is never refused by its rate, as a 429 puts customers
 * into quarantine.
 */
export class FairQueue {
  #inside = 0;
  readonly #queues = new Map<string, Waiting[]>();
  readonly #busy = new Map<string, number>();

  /** `each` keeps a place for the others while the long requests of one connection run. */
  constructor(
    readonly limit: number,
    readonly each = Math.max(1, limit - 1),
  ) {}

  /** Waits for a place and gives back the way to leave it. @throws ScimError 503 after 55 seconds */
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
        reject(new ScimError(503, null, 'The server is busy. Nothing was done; send the request again in a while.'));
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
      // A connection that has had its turn goes to the end of the line.
      this.#queues.delete(key);
      const entry = queue.shift();
      if (queue.length > 0) this.#queues.set(key, queue);
      // The place is taken before anybody else can ask for it.
      entry?.go();
      return;
    }
  }
}
