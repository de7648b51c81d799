import { createClient as createStreamClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws/client';
import type { ClientOptions } from './client-options.js';

/** Server and credential of one connection. */
export type Target = Omit<ClientOptions, 'key'> & { key: string };

/** Receiver of a subscription: the start of the connection, results, and then the end. */
export interface Sink {
  opened(): void;
  next(result: Result): void;
  /** `error` is the reason for the end: GraphQL errors, a WebSocket close event, or a network error. */
  end(error?: unknown): void;
}

export interface Result {
  data?: Record<string, unknown> | null;
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
  extensions?: { cursor?: string };
}

interface Asked {
  query: string;
  variables: Record<string, unknown>;
  extensions: Record<string, unknown>;
}

/** Subscribes once, without retries. Returns a function that stops the subscription. */
export type Subscribe = (asked: Asked, sink: Sink) => () => void;

export type TransportName = 'websocket' | 'sse';

/** Milliseconds without any data after which a connection is closed, because it can be half open. */
const silenceMs = 30_000;

/** Returns the requested transport; by default WebSocket if the runtime supports it. */
export function transportOf(options: Target, name?: TransportName): Subscribe {
  const webSocket = options.webSocket ?? (globalThis as { WebSocket?: unknown }).WebSocket;
  const isSocket = name ? name === 'websocket' : webSocket !== undefined;
  return isSocket ? overSocket(options, webSocket) : overStream(options);
}

const overSocket =
  ({ url, key }: Target, webSocketImpl: unknown): Subscribe =>
  (asked, sink) => {
    let socket: { close(code: number, reason: string): void } | undefined;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const client = createSocketClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl,
      connectionParams: { authorization: `Bearer ${key}` },
      retryAttempts: 0,
      keepAlive: 10_000,
      on: {
        opened: (opened) => {
          socket = opened as typeof socket;
        },
        connected: () => sink.opened(),
        ping: (received) => {
          if (!received) silence = setTimeout(() => socket?.close(4_408, 'No answer to a ping'), silenceMs / 2);
        },
        pong: (received) => {
          if (received) clearTimeout(silence);
        },
        closed: () => clearTimeout(silence),
      },
    });
    const stop = client.subscribe(asked, {
      next: (result) => sink.next(result as Result),
      error: (error) => sink.end(error),
      complete: () => sink.end(),
    });
    return () => {
      stop();
      clearTimeout(silence);
      Promise.resolve(client.dispose()).catch(() => {
        // A connection that was never opened has nothing to close.
      });
    };
  };

const overStream =
  ({ url, key, fetch = globalThis.fetch }: Target): Subscribe =>
  (asked, sink) => {
    const client = createStreamClient({
      url: `${url}/graphql/stream`,
      headers: { authorization: `Bearer ${key}` },
      retryAttempts: 0,
      fetchFn: async (input: string, init: RequestInit) => {
        const answer = await fetch(input, init);
        if (answer.ok) sink.opened();
        return watched(answer);
      },
    });
    const stop = client.subscribe(asked, {
      next: (result) => sink.next(result as Result),
      error: (error) => sink.end(error),
      complete: () => sink.end(),
    });
    return () => {
      stop();
      client.dispose();
    };
  };

/**
 * Returns the response with a body that fails after a period without data. The server sends a comment every twelve
 * seconds.
 */
function watched(answer: Response): Response {
  if (!answer.body) return answer;
  let silence: ReturnType<typeof setTimeout> | undefined;
  const restart = (controller: TransformStreamDefaultController<Uint8Array>) => {
    clearTimeout(silence);
    silence = setTimeout(() => controller.error(new Error('The stream has gone silent.')), silenceMs);
    // In Node, an abandoned stream must not keep the process running. In browsers, timers are numbers.
    if (typeof silence === 'object') silence.unref();
  };
  const lively = new TransformStream<Uint8Array, Uint8Array>({
    start: restart,
    transform(chunk, controller) {
      restart(controller);
      controller.enqueue(chunk);
    },
    flush: () => clearTimeout(silence),
  });
  const { status, statusText, headers } = answer;
  return new Response(answer.body.pipeThrough(lively), { status, statusText, headers });
}
