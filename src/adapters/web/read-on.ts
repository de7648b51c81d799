import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/** Limits for reading the rest of a request after the response was sent. */
const maximumBytes = 64 * 1_048_576;
const maximumMs = 10_000;

/**
 * Makes each response reach a client that is still sending its request. A connection that is closed with unread data is
 * reset, and the client loses the response (RFC 9112 section 9.6). The response is therefore sent immediately, but ends
 * only after the rest of the request was read and dropped, within the limits above.
 */
export function answerBeforeTheEnd(server: FastifyInstance): void {
  server.addHook('onSend', async ({ raw }, reply, payload) => {
    if (isRead(raw) || (typeof payload !== 'string' && !Buffer.isBuffer(payload))) return payload;
    const bytes = Buffer.from(payload);
    reply.header('content-length', bytes.length);
    return Readable.from(lingering(bytes, raw, reply.raw));
  });
}

/** Makes the server read the rest of the request after a response that is written to `response` directly. */
export function readOnAfter(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', async () => {
    if (!(await readRest(request))) request.socket.destroySoon();
  });
}

const isRead = ({ complete, headers }: IncomingMessage): boolean =>
  complete || (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0);

async function* lingering(answer: Buffer, request: IncomingMessage, response: ServerResponse) {
  yield answer;
  if (await readRest(request)) return;
  // The connection cannot be reused: the next bytes on it belong to this request.
  response.once('finish', () => request.socket.destroySoon());
}

/** Reads and drops the rest of a request. Returns false if its end was not reached within the limits. */
function readRest(request: IncomingMessage): Promise<boolean> {
  if (request.complete) return Promise.resolve(true);
  return new Promise((resolve) => {
    let bytes = 0;
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maximumBytes) stop();
    };
    const stop = () => {
      clearTimeout(timer);
      request.off('data', count).off('end', stop).off('close', stop).off('error', stop);
      resolve(request.complete);
    };
    const timer = setTimeout(stop, maximumMs);
    request.on('data', count).on('end', stop).on('close', stop).on('error', stop).resume();
  });
}
