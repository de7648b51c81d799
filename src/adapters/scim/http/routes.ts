import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ScimPrincipal, Trace } from '../../../access/principal.js';
import type { Store } from '../../../access/store.js';
import type { RequestLog } from '../../../directory/requests/request-log.js';
import type { Json } from '../../../kernel/json.js';
import { record } from '../request-log/record.js';
import { rejectedCredentials } from '../request-log/rejected-credentials.js';
import { allRoutes } from './all-routes.js';
import { failure } from './answer.js';
import { acceptBodies, bodyLimitOf } from './bodies.js';
import { ScimError } from './errors.js';
import type { FairQueue } from './fair-queue.js';
import { me } from './me.js';
import { knowAllMethods, methodsOfMe, refuseOtherMethods } from './other-methods.js';
import { authenticate, type ScimResponse, scimRequest, traced } from './request.js';

export interface ScimServices {
  store: Store;
  requests: RequestLog;
  queue: FairQueue;
  publicUrl: () => string;
}

/** State of a request. `principal` is absent until its credential was validated. */
interface Progress {
  principal?: ScimPrincipal & { trace: Trace };
  answer?: Json;
  text?: string;
}
const progress = new WeakMap<FastifyRequest, Progress>();
const progressOf = (request: FastifyRequest): Progress => {
  const known = progress.get(request) ?? {};
  progress.set(request, known);
  return known;
};

/** Registers the SCIM endpoint of all connections under `/scim/v2/{connectionId}`. */
export async function scimRoutes(server: FastifyInstance, services: ScimServices) {
  const { store, publicUrl } = services;
  acceptBodies(server);
  knowAllMethods(server);
  server.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  server.setNotFoundHandler((request, reply) =>
    sendError(
      new ScimError(
        404,
        null,
        'The endpoint was not found. Check the base URL, which ends with the id of the connection, followed by "/Users" or "/Groups".',
      ),
      request,
      reply,
    ),
  );
  logExchanges(server, services);
  // Runs before the body is read, so that the server does not parse the bodies of unauthenticated requests.
  const onRequest = async (request: FastifyRequest) => {
    progressOf(request).principal = traced(await authenticate(store, request));
    checkAccept(request);
  };
  for (const [method, path, handle] of allRoutes) {
    server.route({
      method,
      url: path,
      bodyLimit: bodyLimitOf(path),
      onRequest,
      handler: async (request, reply) => {
        const { principal } = progressOf(request);
        if (!principal)
          throw new ScimError(401, null, 'The SCIM token is missing. Send "Authorization: Bearer <SCIM token>".');
        const leave = await services.queue.enter(principal.connectionId);
        try {
          return send(request, reply, await handle(scimRequest(store, principal, publicUrl(), request)));
        } finally {
          leave();
        }
      },
    });
  }
  server.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/Me',
    handler: async (request, reply) => send(request, reply, await me(store, publicUrl(), request)),
  });
  refuseOtherMethods(server, [...allRoutes.map(([method, path]) => ({ method, path })), ...methodsOfMe], onRequest);
}

/** Adds each request of a connection to its request log, after the response was sent. */
function logExchanges(server: FastifyInstance, { store, requests }: ScimServices): void {
  const rejected = rejectedCredentials(store);
  server.addHook('onResponse', async (request, reply) => {
    const { answer, text, principal = await rejected(request, reply.statusCode) } = progressOf(request);
    if (!principal) return;
    record(requests, principal, {
      method: request.method,
      path: pathOf(request),
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
      at: store.now(),
      requestBody: request.body,
      responseBody: answer,
      responseText: text,
    });
  });
}

/** Returns the part of the URL below the connection's base URL, with the query. */
const pathOf = ({ url }: FastifyRequest): string => url.replace(/^\/+scim\/+v2\/+[^/?]*/, '') || '/';

const accepted = /\*\/\*|application\/(\*|scim\+json|json)/i;

function checkAccept({ headers: { accept } }: FastifyRequest): void {
  if (!accept || accepted.test(accept)) return;
  throw new ScimError(406, null, 'Responses are application/scim+json or application/json. Correct the Accept header.');
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, body, stream, headers = {} }: ScimResponse,
): FastifyReply {
  const { accept = '' } = request.headers;
  const plain = /application\/json/i.test(accept) && !/scim\+json|\*\/\*|application\/\*/i.test(accept);
  reply.code(status).headers(headers);
  if (body === undefined && stream === undefined) return reply.send();
  const text = body && JSON.stringify(body);
  const sent = progressOf(request);
  sent.answer = body;
  sent.text = text;
  return reply
    .type(plain ? 'application/json; charset=utf-8' : 'application/scim+json; charset=utf-8')
    .send(stream ? Readable.from(stream) : text);
}

/** Sends the SCIM error response for an error. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const report = (err: unknown) => request.log.error({ err }, 'a SCIM request failed');
  return send(request, reply, failure(error, request.id, report));
}
