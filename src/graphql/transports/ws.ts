import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { type GraphQLError, type GraphQLSchema, specifiedRules, validate } from 'graphql';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { Unauthenticated } from '../../errors.js';
import { Context, principalOf, type Services, type Socket, secretIn } from '../context.js';
import { shownError } from '../errors.js';
import { withinLimits } from '../limits.js';

const maximumBuffered = 1_048_576;
const drainMs = 10_000;
/** Too slow: resume from the last cursor. */
const slowConsumer = 4_410;

type Extra = { socket: WebSocket; request: IncomingMessage; context?: Context };

/** GraphQL over WebSocket (the graphql-transport-ws protocol) on /graphql. Gives back the way to close it. */
export function wsTransport(
  server: Server,
  { schema, services, log }: { schema: GraphQLSchema; services: Services; log: FastifyBaseLogger },
): () => Promise<void> {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 65_536,
    perMessageDeflate: false,
    handleProtocols: (protocols) => protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL,
  });
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?')[0] !== '/graphql') return void socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (open) => sockets.emit('connection', open, request));
  });
  const { dispose } = useServer<Record<string, unknown>, Extra>(
    {
      schema,
      connectionInitWaitTimeout: 5_000,
      onConnect: (context) => greet(services, context.extra, context.connectionParams ?? {}),
      context: (context) => context.extra.context,
      validate: (target, document) => validate(target, document, [...specifiedRules, withinLimits]),
      onNext: (_context, _id, _payload, _args, result) =>
        result.errors
          ? { ...result, errors: result.errors.map((error) => shownError(error, report(log)).toJSON()) }
          : undefined,
      onError: (_context, _id, _payload, errors) =>
        errors.map((error) => shownError(error as GraphQLError, report(log)).toJSON()),
    },
    sockets,
    12_000,
  );
  return async () => {
    for (const socket of sockets.clients) socket.close(1_001, 'Going away: resume from the last cursor');
    await dispose();
  };
}

const report = (log: FastifyBaseLogger) => (error: unknown) =>
  log.error({ err: error }, 'a GraphQL subscription failed');

async function greet(services: Services, extra: Extra, params: Record<string, unknown>): Promise<boolean> {
  const given = params.authorization ?? params.Authorization ?? extra.request.headers.authorization;
  const authorization = typeof given === 'string' ? given : undefined;
  try {
    const principal = await principalOf(services.store, authorization, randomUUID());
    const socket = watch(services, extra.socket, secretIn(authorization) ?? '');
    extra.context = new Context(services, principal, socket);
    return true;
  } catch (error) {
    if (error instanceof Unauthenticated) return false;
    throw error;
  }
}

/** Keeps looking whether the credential holds and whether the peer reads. */
function watch({ store }: Services, socket: WebSocket, secret: string): Socket {
  const ended = new AbortController();
  const revoked = () => {
    socket.close(CloseCode.Forbidden, 'SUBSCRIPTION_REVOKED');
    ended.abort();
  };
  const alive = async () => {
    if (await store.credentials.find(secret)) return true;
    revoked();
    return false;
  };
  const unwatch = store.credentials.watch(secret, revoked);
  socket.once('close', () => {
    unwatch();
    ended.abort();
  });
  const drained = async () => {
    for (let waited = 0; socket.bufferedAmount > maximumBuffered; waited += 50) {
      if (ended.signal.aborted) return false;
      if (waited >= drainMs) {
        socket.close(slowConsumer, 'SLOW_CONSUMER: resume from the last cursor');
        return false;
      }
      await sleep(50);
    }
    return true;
  };
  return { alive, drained, signal: ended.signal };
}
