import { Duplex } from 'node:stream';
import { setImmediate as otherWork } from 'node:timers/promises';

/** Milliseconds of statements after which the process continues with other work, such as requests and timers. */
const turnMs = 10;

/**
 * Stream that replaces the socket of `pg`: it passes bytes to PostgreSQL in this process and returns the responses. The
 * embedded database and PostgreSQL therefore share one code path, including prepared statements and notifications.
 * PGlite has a single session, so only one such stream can be open at a time.
 */
export class PgliteStream extends Duplex {
  #busyMs = 0;

  constructor(readonly execute: (bytes: Uint8Array) => Promise<Uint8Array>) {
    super();
  }

  connect(): this {
    queueMicrotask(() => this.emit('connect'));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#execute(chunk).then(() => done(), done);
  }

  // `pg` corks Parse, Bind, Describe, Execute and Sync. Passed on together, they are one call into PostgreSQL.
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#execute(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done);
  }

  async #execute(bytes: Buffer): Promise<void> {
    // A Terminate message ('X') would end the only backend. Here it only means that the stream closes.
    if (bytes[0] === 0x58) return;
    const from = performance.now();
    const answer = await this.execute(new Uint8Array(bytes));
    this.#busyMs += performance.now() - from;
    // PostgreSQL runs in this thread. A transaction of many statements would otherwise block the event loop to its end.
    if (this.#busyMs > turnMs) {
      this.#busyMs = 0;
      await otherWork();
    }
    if (!this.destroyed) this.push(Buffer.from(answer));
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}
