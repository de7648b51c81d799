import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

const document = `subscription($id: ID) { events(organizationId: $id) {
  position recordedAt type subjectId data changes { path before after } } }`;

/** Many sockets that follow one organization, with the latency of each message. */
export class Followers {
  readonly sockets: WebSocket[] = [];
  /** Milliseconds from the time of the event to its arrival, for every message. */
  latencies: number[] = [];
  /** The last message, which the baseline sends again. */
  sample = '';

  constructor(
    readonly url: string,
    readonly key: string,
    readonly organizationId: string,
  ) {}

  async grow(count: number): Promise<void> {
    while (this.sockets.length < count) {
      const some = Math.min(100, count - this.sockets.length);
      await Promise.all(Array.from({ length: some }, () => this.#add()));
    }
    // The last sockets are subscribed when the server has read the end of the log.
    await sleep(500);
  }

  #add(): Promise<void> {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      perMessageDeflate: false,
    });
    this.sockets.push(socket);
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${this.key}` } })),
    );
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data: Buffer) => {
        const text = data.toString();
        if (text.startsWith('{"type":"connection_ack"')) {
          const variables = { id: this.organizationId };
          socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: document, variables } }));
          resolve();
        } else if (text.startsWith('{"type":"ping"')) socket.send('{"type":"pong"}');
        else this.#note(text);
      });
    });
  }

  #note(text: string): void {
    const at = text.indexOf('"recordedAt":"');
    if (at < 0) return;
    const recordedAt = Date.parse(text.slice(at + 14, at + 38));
    this.latencies.push(performance.timeOrigin + performance.now() - recordedAt);
    this.sample = text;
  }

  /** Waits until `count` messages have arrived since `latencies` was emptied. */
  async until(count: number, ms = 60_000): Promise<void> {
    for (const end = performance.now() + ms; this.latencies.length < count; await sleep(5))
      if (performance.now() > end) throw new Error(`${this.latencies.length} of ${count} messages came.`);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await sleep(300);
  }
}

/** Returns the value below which the given share of all values is. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
