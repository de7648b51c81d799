import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer, type SubscribePayload } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { Unauthenticated, Unavailable } from '../../../kernel/errors.js';
import { Context, principalOf, type Services, secretIn } from '../context.js';
import { shownError } from '../engine/errors.js';
import type { Operations, Take } from './operations.js';
import { serveSockets } from './sockets.js';
import { watchPeer } from './watch-peer.js';

/** Close code: the consumer reads too slowly. It can resume from its last cursor. */
const slowConsumer = 4_410;
/** Close code: the credential has expired. The client can connect with a new one and resume from its last cursor. */
const tokenExpired = 4_411;
/** Close code: the database is not responding (IANA registry of RFC 6455: Try Again Later). */
const tryAgainLater = 1_013;
/** Maximum time, in milliseconds, that a stopping server waits for a peer to answer the close frame. */
const goodbyeMs = 2_000;
const subscriptionsPerSocket = 20;

type Extra = { socket: WebSocket; request: IncomingMessage; context?: Context };
/** Execution arguments with the operation, and whether the client requested progress. */
type Asking = ExecutionArgs & { operation: { id: string; progress: boolean; socket: WebSocket } };

interface SocketParts {
  operations: Operations;
  services: Services;
  log: FastifyBaseLogger;
  /**
   * Origins of pages that can open sockets, in addition to Rollcall's own. A request without an origin is not from a
   * page.
   */
  origins: readonly string[];
}

function isFromHere({ headers }: IncomingMessage, publicUrl: string, origins: readonly string[]): boolean {
  const { origin, host } = headers;
  if (!origin || origins.includes(origin)) return true;
  return (
    URL.canParse(origin) && (new URL(origin).host === host || new URL(origin).origin === new URL(publicUrl).origin)
  );
}

/**
 * Registers GraphQL over WebSocket (the graphql-transport-ws protocol) on /graphql. Returns a function that closes all
 * sockets.
 */
export function wsTransport(server: Server, { operations, services, log, origins }: SocketParts): () => Promise<void> {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 65_536,
    perMessageDeflate: false,
    handleProtocols: (protocols) => protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL,
  });
  server.on('upgrade', (request, socket, head) => {
    // Without a listener, an error of a peer that disconnects now would end the process.
    socket.on('error', () => socket.destroy());
    const refuse = (status: string) =>
      void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    if (request.url?.split('?')[0] !== '/graphql') return refuse('404 Not Found');
    if (!isFromHere(request, services.publicUrl(), origins)) return refuse('403 Forbidden');
    sockets.handleUpgrade(request, socket, head, (open) => sockets.emit('connection', open, request));
  });
  const shown = (error: GraphQLError, { context }: Extra) => {
    const requestId = context?.principal.requestId ?? '';
    return shownError(error, { requestId, report: report(log) }).toJSON();
  };
  const protocol = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: 5_000,
    onConnect: (context) => greet(services, context.extra, context.connectionParams ?? {}),
    onSubscribe: ({ extra, subscriptions }, id, payload) =>
      Object.keys(subscriptions).length > subscriptionsPerSocket ? tooMany() : prepare(operations, extra, id, payload),
    subscribe: (args) => operations.subscribe(args, sender(args as Asking)),
    onNext: ({ extra }, _id, _payload, _args, result) =>
      result.errors ? { ...result, errors: result.errors.map((error) => shown(error, extra)) } : undefined,
    onError: ({ extra }, _id, _payload, errors) => errors.map((error) => shown(error as GraphQLError, extra)),
  });
  serveSockets(sockets, { protocol, extraOf: (opened): Extra => opened, keepAliveMs: 12_000, report: report(log) });
  return async () => {
    for (const socket of sockets.clients) {
      socket.close(1_001, 'GOING_AWAY: resume from the last cursor');
      setTimeout(() => socket.terminate(), goodbyeMs).unref();
    }
    await new Promise<void>((resolve) => {
      sockets.close(() => resolve());
    });
  };
}

function prepare(
  operations: Operations,
  { context, socket }: Extra,
  id: string,
  payload: SubscribePayload,
): Asking | readonly GraphQLError[] {
  if (!context) return [new GraphQLError('Send connection_init first.')];
  const args = operations.prepare(payload, context);
  return 'schema' in args
    ? { ...args, operation: { id, progress: payload.extensions?.progress === true, socket } }
    : args;
}

/**
 * Returns a function that sends responses directly, as "next" messages of the protocol. A response for thousands of
 * subscribers is serialized once, where the library would do it for each. The library sends responses with errors, and
 * the end.
 */
function sender({ operation: { id, progress, socket } }: Asking): Take {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  return ({ text, isProgress }) => {
    if (text === null) return false;
    if (!isProgress || progress) socket.send(`${head}${text}}`);
    return true;
  };
}

const tooMany = () => [
  new GraphQLError(`A socket can have at most ${subscriptionsPerSocket} subscriptions.`, {
    extensions: { code: 'LIMIT_EXCEEDED' },
  }),
];

const report = (log: FastifyBaseLogger) => (error: unknown) =>
  log.error({ err: error }, 'a GraphQL subscription failed');

async function greet(services: Services, extra: Extra, params: Record<string, unknown>): Promise<boolean> {
  const given = params.authorization ?? params.Authorization ?? extra.request.headers.authorization;
  const authorization = typeof given === 'string' ? given : undefined;
  try {
    const principal = await principalOf(services.store, authorization, randomUUID());
    const { socket: peer } = extra;
    const { socket, ended } = watchPeer(services.store, secretIn(authorization) ?? '', {
      buffered: () => peer.bufferedAmount,
      end: (why) =>
        why === 'expired'
          ? peer.close(tokenExpired, 'TOKEN_EXPIRED: resume from the last cursor with a new token')
          : peer.close(CloseCode.Forbidden, 'SUBSCRIPTION_REVOKED'),
      cutOff: () => cutOff(peer),
    });
    peer.once('close', ended);
    extra.context = new Context(services, principal, socket);
    return true;
  } catch (error) {
    // For false, the library closes with 4403, which means "revoked" here. The first close takes effect.
    if (error instanceof Unauthenticated) extra.socket.close(CloseCode.Unauthorized, 'UNAUTHENTICATED');
    else if (error instanceof Unavailable) extra.socket.close(tryAgainLater, 'UNAVAILABLE: try again in some seconds');
    else throw error;
    return false;
  }
}

// The close frame follows unread data, so a peer that never reads is terminated after 5 seconds.
function cutOff(peer: WebSocket): void {
  peer.close(slowConsumer, 'SLOW_CONSUMER: resume from the last cursor');
  setTimeout(() => peer.terminate(), 5_000).unref();
}
