import type { RollcallEvent } from './event.js';
import { RollcallError } from './rollcall-error.js';
import type { Result, Sink } from './transports.js';

/** Event, or only the position up to which the server has read while the filter hid all events. */
export interface Item {
  event: RollcallEvent | null;
  cursor: string;
}

/**
 * Maximum number of events that wait for a slow consumer. Above it the connection is closed, and the waiting events are
 * delivered first.
 */
const capacity = 1_000;

/**
 * Events that have arrived over one connection and are not yet delivered. Ends with the connection, after the last one.
 */
export class Inbox implements AsyncIterable<Item> {
  #items: Item[] = [];
  #ended = false;
  #error: unknown;
  #wake: () => void = () => {};
  #stop: () => void = () => {};
  readonly #end = () => this.#finish();

  /** @param opened is called when the connection is established */
  constructor(
    readonly signal: AbortSignal | undefined,
    readonly opened: () => void,
  ) {
    signal?.addEventListener('abort', this.#end);
  }

  open(subscribe: (sink: Sink) => () => void): void {
    this.#stop = subscribe({
      opened: this.opened,
      next: (result) => this.#take(result),
      end: (error) => this.#finish(error),
    });
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
