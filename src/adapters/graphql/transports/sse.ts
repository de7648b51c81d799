import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { createHandler, type RequestParams } from 'graphql-sse';
import { Unavailable } from '../../../kernel/errors.js';
import { Context, principalOf, type Services, secretIn } from '../context.js';
import { shownError } from '../engine/errors.js';
import { acceptsEventStream } from './accept.js';
import type { Answer, Operations } from './operations.js';
import { RequestRefused, withRequestId } from './refusals.js';
import { watchPeer } from './watch-peer.js';

/** Size that an unread response counts for, in bytes. The buffer can hold one thousand responses. */
const perMessage = 1_048;

/** Maximum time, in milliseconds, that a stopping server waits for a peer to read its last message. */
const goodbyeMs = 2_000;

/** Open stream: its context, and the cursors of the responses that are not yet written. */
interface Stream {
  context: Context;
  progress: boolean;
  /** Cursor of each response that is not yet written, and whether it contains only the cursor. */
  waiting: Pick<Answer, 'cursor' | 'isProgress'>[];
}

/**
 * Registers GraphQL over server-sent events (the distinct connections mode of the GraphQL over SSE protocol) on
 * /graphql/stream, for networks that block WebSockets. The id of each event is its cursor, so `Last-Event-ID` resumes.
 * Returns a function that closes all streams.
 */
export function sseTransport(
  server: FastifyInstance,
  { operations, services }: { operations: Operations; services: Services },
): () => void {
  const open = new Set<() => void>();
  let isClosing = false;
  server.route({
    method: ['GET', 'POST'],
    url: '/stream',
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      if (!acceptsEventStream(request.headers.accept)) {
        throw new RequestRefused(406, 'The answer is an event stream. Send "Accept: text/event-stream".');
      }
      if (isClosing) throw new Unavailable('The server goes away. Connect again, and resume from the last cursor.');
      const { body, stream } = await begin({ operations, services }, request, reply);
      if (body) await pour(body, reply.raw, stream, open);
      return reply;
    },
  });
  return () => {
    isClosing = true;
    for (const close of open) close();
  };
}

async function begin(
  { operations, services }: { operations: Operations; services: Services },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<{ body: AsyncGenerator<string> | null; stream: Stream }> {
  const stream = await connect(services, request, reply);
  const handle = createHandler({
    // The single connection mode stores its streams in the memory of one node, so it is disabled.
    authenticate: () => null,
    onSubscribe: (_request, asked: RequestParams) => {
      stream.progress = asked.extensions?.progress === true;
      const args = operations.prepare(asked, stream.context);
      return 'schema' in args ? { ...args, contextValue: stream.context } : { data: null, errors: args };
    },
    validate: () => [],
    // The writer adds the cursor to each result that the library receives.
    subscribe: async (args) => {
      const events = await operations.subscribe(args, (answer) => noted(stream, answer));
      // No stream has begun yet: the client learns from the status and Retry-After that it can try again.
      const failed = 'errors' in events ? events.errors?.[0]?.originalError : null;
      if (failed instanceof Unavailable) throw failed;
      return events;
    },
    onNext: (_context, _request, result) => shown(result as ExecutionResult, stream, request.log),
  });
  const { method, url, body: asked } = request;
  const [body, init] = await handle({
    method,
    url,
    headers: { get: (name) => (name === 'accept' ? 'text/event-stream' : header(request, name)) },
    body: (asked ?? null) as Record<string, unknown> | null,
    raw: request,
    context: undefined,
  });
  if (typeof body === 'string' || !body) {
    if (!body) throw new RequestRefused(init.status, init.statusText);
    await reply
      .code(init.status)
      .headers(init.headers ?? {})
      .send(withRequestId(body, request.id));
    return { body: null, stream };
  }
  reply.hijack();
  const own = { 'x-accel-buffering': 'no', 'x-content-type-options': 'nosniff' };
  // The reply's headers at this point are those of CORS.
  reply.raw.writeHead(init.status, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...init.headers, ...own });
  return { body, stream };
}

const header = ({ headers }: FastifyRequest, name: string): string | undefined =>
  Array.isArray(headers[name]) ? headers[name].join() : headers[name];

async function connect(services: Services, request: FastifyRequest, { raw }: FastifyReply): Promise<Stream> {
  const authorization = header(request, 'authorization');
  const principal = await principalOf(services.store, authorization, request.id);
  const waiting: Stream['waiting'] = [];
  const { socket, ended } = watchPeer(services.store, secretIn(authorization) ?? '', {
    buffered: () => waiting.length * perMessage + raw.writableLength,
    end: (why) =>
      why === 'expired'
        ? last(
            raw,
            'TOKEN_EXPIRED',
            'The credential has expired. Connect with a new one and resume from the last cursor.',
          )
        : last(raw, 'SUBSCRIPTION_REVOKED', 'The credential is no longer valid.'),
    cutOff: () => raw.destroy(),
  });
  raw.once('close', ended);
  const own = { ...socket, lastEventId: header(request, 'last-event-id') };
  return { context: new Context(services, principal, own), progress: false, waiting };
}

function noted({ waiting }: Stream, answer: Answer): false {
  waiting.push(answer);
  return false;
}

function shown(result: ExecutionResult, { context }: Stream, log: FastifyBaseLogger): ExecutionResult | undefined {
  if (!result.errors) return undefined;
  const report = (fault: unknown) => log.error({ err: fault }, 'a GraphQL subscription failed');
  const place = { requestId: context.principal.requestId, report };
  return { ...result, errors: result.errors.map((error: GraphQLError) => shownError(error, place)) };
}

/** Writes until the peer, the operation or the server ends the stream. */
async function pour(
  body: AsyncGenerator<string>,
  raw: ServerResponse,
  stream: Stream,
  open: Set<() => void>,
): Promise<void> {
  const goAway = () => {
    last(raw, 'GOING_AWAY', 'The server goes away: resume from the last cursor.');
    // A peer that does not read must not delay the stop of the server.
    setTimeout(() => raw.destroy(), goodbyeMs).unref();
  };
  const stop = () => void body.return(undefined);
  raw.once('close', stop);
  open.add(goAway);
  try {
    for await (const chunk of body) {
      if (raw.writableEnded || raw.destroyed) break;
      if (!raw.write(withId(chunk, stream))) await Promise.race([once(raw, 'drain'), once(raw, 'close')]);
    }
  } finally {
    open.delete(goAway);
    raw.off('close', stop);
    raw.end();
  }
}

/**
 * Returns the chunk with its cursor as the id. Progress that the client did not request becomes an id without data,
 * which only updates its `Last-Event-ID`.
 */
function withId(chunk: string, { waiting, progress }: Stream): string {
  if (!chunk.startsWith('event: next')) return chunk;
  const { cursor, isProgress } = waiting.shift() ?? { cursor: '', isProgress: false };
  if (cursor === '') return chunk;
  return isProgress && !progress ? `id: ${cursor}\n\n` : `id: ${cursor}\n${chunk}`;
}

/** Sends a final error and ends the stream. */
function last(raw: ServerResponse, code: string, message: string): void {
  const data = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  raw.end(`event: next\ndata: ${data}\n\nevent: complete\ndata:\n\n`);
}
