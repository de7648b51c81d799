import type { IncomingMessage } from 'node:http';
import { CloseCode, MessageType, type Server } from 'graphql-ws';
import type { WebSocket, WebSocketServer } from 'ws';

/** Parts of a connection that the protocol library needs. */
interface Opened {
  socket: WebSocket;
  request: IncomingMessage;
}

interface Serving<Extra extends Opened> {
  /** Implementation of the graphql-transport-ws protocol, without a network. */
  protocol: Server<Extra>;
  extraOf: (opened: Opened) => Extra;
  keepAliveMs: number;
  /** Receives internal errors only. Errors of a peer are answered with a close code and not logged. */
  report: (error: unknown) => void;
}

/**
 * Connects WebSockets to the protocol. A message that clients must not send closes the socket with 4400; a frame that
 * is too large or malformed closes it with the code of RFC 6455 section 7.4.1 (1009, 1007, 1002).
 */
export function serveSockets<Extra extends Opened>(sockets: WebSocketServer, serving: Serving<Extra>): void {
  sockets.on('error', serving.report);
  sockets.on('connection', (socket, request) => {
    // The library has already closed the socket with the code of the error, or the peer has disconnected.
    socket.on('error', () => {});
    const stop = keepAlive(socket, serving.keepAliveMs);
    const closed = serving.protocol.opened(adapterOf(socket, serving.report), serving.extraOf({ socket, request }));
    socket.once('close', (code, reason) => {
      stop();
      closed(code, String(reason)).catch(serving.report);
    });
  });
}

type Adapter = Parameters<Server['opened']>[0];

const adapterOf = (socket: WebSocket, report: (error: unknown) => void): Adapter => ({
  protocol: socket.protocol,
  send: (data) =>
    new Promise((resolve, reject) => {
      if (socket.readyState !== socket.OPEN) return resolve();
      socket.send(data, (error) => (error ? reject(error) : resolve()));
    }),
  close: (code, reason) => socket.close(code, reason),
  onMessage: (take) =>
    socket.on('message', async (data) => {
      const text = String(data);
      try {
        await take(text);
      } catch (error) {
        if (isOfServer(text)) return socket.close(CloseCode.BadRequest, 'Clients do not send messages of this type');
        // A peer that disconnected before the response is not an error.
        if (socket.readyState !== socket.OPEN) return;
        report(error);
        socket.close(CloseCode.InternalServerError, 'Internal server error');
      }
    }),
});

const ofServer: readonly unknown[] = [MessageType.ConnectionAck, MessageType.Next, MessageType.Error];

/** Returns true for a well-formed message of a type that only servers send: the protocol's library throws for it. */
const isOfServer = (text: string): boolean => ofServer.includes((JSON.parse(text) as { type?: unknown }).type);

/**
 * Pings the peer, and ends a connection that has not answered before the next ping. Returns a function that stops the
 * pings.
 */
function keepAlive(socket: WebSocket, everyMs: number): () => void {
  let isAnswered = true;
  socket.on('pong', () => {
    isAnswered = true;
  });
  const timer = setInterval(() => {
    if (!isAnswered) return socket.terminate();
    isAnswered = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, everyMs);
  return () => clearInterval(timer);
}
