import type { RollcallEvent } from './event.js';
import { RollcallError } from './rollcall-error.js';
import type { Result, Sink } from './transports.js';

/** An event, or only how far a filter has looked. */
export interface Item {
  event: RollcallEvent | null;
  cursor: string;
}

/** Events that may wait for a slow consumer. Then the connection is let go, and what waits is handed out first. */
const capacity = 1_000;

/** What has arrived over one connection and was not yet taken. Ends with the connection, after its last item. */
export class Inbox implements AsyncIterable<Item> {
  #items: Item[] = [];
  #ended = false;
  #error: unknown;
  #wake: () => void = () => {};
  #stop: () => void = () => {};
  readonly #end = () => this.#finish();

  constructor(readonly signal: AbortSignal | undefined) {
    signal?.addEventListener('abort', this.#end);
  }

  open(subscribe: (sink: Sink) => () => void): void {
    this.#stop = subscribe({ next: (result) => this.#take(result), end: (error) => this.#finish(error) });
    if (this.#ended) this.#stop();
  }

  #take({ data, errors, extensions }: Result): void {
    if (this.#ended) return;
    const { cursor } = extensions ?? {};
    if (errors?.length) this.#finish(RollcallError.of(errors, 'The subscription failed.'));
    if (this.#ended || !cursor) return;
    this.#items.push({ event: (data?.events ?? null) as RollcallEvent | null, cursor });
    if (this.#items.length >= capacity) this.#finish();
    this.#wake();
  }

  #finish(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = Array.isArray(error) ? RollcallError.of(error, 'The subscription failed.') : error;
    this.#stop();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    while (!this.signal?.aborted) {
      const item = this.#items.shift();
      if (item) yield item;
      else if (this.#ended) break;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
    if (this.#error !== undefined && !this.signal?.aborted) throw this.#error;
  }

  close(): void {
    this.signal?.removeEventListener('abort', this.#end);
    this.#finish();
  }
}
