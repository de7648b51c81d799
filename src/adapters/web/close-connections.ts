import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Milliseconds for which a connection without a request stays open after the stop has begun, because a request can be
 * in transit.
 */
const idleMs = 200;
const sweepMs = 100;

/**
 * Connections of an HTTP server. `close` ends those without a request, answers the others with `Connection: close` (RFC
 * 9112 section 9.6), and ends the remaining ones after a limit. Node.js itself would wait for a connection that has
 * sent nothing.
 */
export class Connections {
  readonly #open = new Map<Socket, Set<ServerResponse>>();
  #closingSince: number | null = null;

  constructor(readonly server: Server) {
    server.on('connection', (socket) => {
      this.#open.set(socket, new Set());
      socket.once('close', () => this.#open.delete(socket));
    });
    // The WebSocket protocol closes its sockets itself.
    server.prependListener('upgrade', ({ socket }: IncomingMessage) => void this.#open.delete(socket));
    server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      const responses = this.#open.get(socket);
      responses?.add(response);
      if (this.#closingSince !== null) response.shouldKeepAlive = false;
      response.once('close', () => {
        responses?.delete(response);
        if (this.#closingSince !== null && responses?.size === 0) socket.destroySoon();
      });
    });
  }

  /** Closes all connections. Resolves when none is left, after at most `limitMs`. */
  async close(limitMs: number): Promise<void> {
    const since = performance.now();
    this.#closingSince = since;
    for (const responses of this.#open.values()) for (const response of responses) response.shouldKeepAlive = false;
    await new Promise<void>((resolve) => {
      const sweep = setInterval(() => {
        const age = performance.now() - since;
        for (const [socket, responses] of this.#open)
          if (age > limitMs || (responses.size === 0 && age > idleMs)) socket.destroy();
        if (this.#open.size > 0 && age <= limitMs) return;
        clearInterval(sweep);
        resolve();
      }, sweepMs);
    });
  }
}
