import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { createHandler, type RequestParams } from 'graphql-sse';
import { Unavailable } from '../../errors.js';
import { Context, principalOf, type Services, secretIn } from '../context.js';
import { shownError } from '../errors.js';
import { acceptsEventStream } from './accept.js';
import { watchPeer } from './live.js';
import type { Answer, Operations } from './operations.js';
import { RequestRefused, withRequestId } from './refusals.js';

/** What one answer counts for while it waits to be read: the buffer may hold a thousand. */
const perMessage = 1_048;

/** How long a peer may take to read the last message of a server that stops. */
const goodbyeMs = 2_000;

/** One stream: who follows, and the cursors of what is on its way. */
interface Stream {
  context: Context;
  progress: boolean;
  /** Of each answer that was made and not yet written: its cursor, and whether it is nothing but that. */
  waiting: Pick<Answer, 'cursor' | 'isProgress'>[];
}

/**
 * GraphQL over server-sent events (the distinct connections mode of the GraphQL over SSE protocol) on /graphql/stream, for
 * networks that block WebSockets. Each event's id is its cursor, so `Last-Event-ID` resumes. Gives back the way to close it.
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
    // The other mode keeps its streams in the memory of one node.
    authenticate: () => null,
    onSubscribe: (_request, asked: RequestParams) => {
      stream.progress = asked.extensions?.progress === true;
      const args = operations.prepare(asked, stream.context);
      return 'schema' in args ? { ...args, contextValue: stream.context } : { data: null, errors: args };
    },
    validate: () => [],
    // The writer puts the cursor before each result that the library gives it.
    subscribe: (args) => operations.subscribe(args, (answer) => noted(stream, answer)),
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
  // The headers of the reply so far are those of CORS.
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

/** Writes until the peer, the operation or the server ends it. */
async function pour(
  body: AsyncGenerator<string>,
  raw: ServerResponse,
  stream: Stream,
  open: Set<() => void>,
): Promise<void> {
  const goAway = () => {
    last(raw, 'GOING_AWAY', 'The server goes away: resume from the last cursor.');
    // A peer that does not read keeps no server from its stop.
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

/** The chunk with its cursor as the id. What a follower did not ask for moves its `Last-Event-ID` and shows nothing. */
function withId(chunk: string, { waiting, progress }: Stream): string {
  if (!chunk.startsWith('event: next')) return chunk;
  const { cursor, isProgress } = waiting.shift() ?? { cursor: '', isProgress: false };
  if (cursor === '') return chunk;
  return isProgress && !progress ? `id: ${cursor}\n\n` : `id: ${cursor}\n${chunk}`;
}

/** A last word, and the end. */
function last(raw: ServerResponse, code: string, message: string): void {
  const data = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  raw.end(`event: next\ndata: ${data}\n\nevent: complete\ndata:\n\n`);
}
