import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { LoggerOptions } from 'pino';
import { RequestRefused, sendRefusal } from './adapters/graphql/transports/refusals.js';
import { unknownPath } from './adapters/scim/http/errors.js';
import { sendError } from './adapters/scim/http/routes.js';
import { reportUntrustedForwarding } from './adapters/web/forwarded.js';
import { errorFields, replyFields, requestFields } from './adapters/web/log-fields.js';
import { answerBeforeTheEnd } from './adapters/web/read-on.js';
import { RequestLines } from './adapters/web/request-lines.js';
import type { Config } from './config/config.js';
import { isDatabaseLost } from './kernel/errors.js';

/**
 * Creates the HTTP server, with its log lines and with the errors of requests that no entry point handles. It has no
 * routes yet.
 */
export function newHttpServer(config: Pick<Config, 'LOG_LEVEL' | 'TRUST_PROXY'>): FastifyInstance {
  const logger: LoggerOptions = {
    level: config.LOG_LEVEL,
    serializers: { req: requestFields, res: replyFields, err: errorFields },
  };
  const server = Fastify({
    logger: config.LOG_LEVEL === 'silent' ? false : logger,
    logController: new RequestLines(),
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 512 },
    requestTimeout: 60_000,
    // On a starved machine the default of ten seconds ends a start that would succeed.
    pluginTimeout: 60_000,
    trustProxy: config.TRUST_PROXY,
    // A path that cannot be decoded matches no route, and therefore no entry point's error handler.
    frameworkErrors: (error, request, reply) =>
      void refuseUnread(error, request as FastifyRequest, reply as FastifyReply),
    // Requests that arrive during the stop are answered: see Connections.
    return503OnClosing: false,
  }) as FastifyInstance;
  // Fastify would log and return the complete URL, which can be a mistyped secret link.
  server.setNotFoundHandler((request, reply) => {
    if (request.url.startsWith('/scim/')) return sendError(unknownPath(), request, reply);
    return reply.code(404).send({ error: 'This path was not found.' });
  });
  server.setErrorHandler((error, request, reply) => refusePlainly(error as FastifyError, request, reply));
  answerBeforeTheEnd(server);
  reportUntrustedForwarding(server, config.TRUST_PROXY);
  return server;
}

/** Answers an error outside the entry points that have their own error format. */
function refusePlainly(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (isDatabaseLost(error)) {
    const text = 'The server cannot reach its database. Try again in a few seconds.';
    return reply.code(503).header('retry-after', '5').send({ error: text });
  }
  const { statusCode = 500, message } = error;
  if (statusCode < 500) return reply.code(statusCode).send({ error: message });
  request.log.error({ err: error }, 'a request failed');
  return reply.code(statusCode).send({ error: `Internal error. Report the request id ${request.id} to the operator.` });
}

function refuseUnread(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.url.startsWith('/scim/')) return sendError(error, request, reply);
  const refused = new RequestRefused(error.statusCode ?? 400, 'The path of the request cannot be decoded.');
  if (request.url.startsWith('/graphql'))
    return sendRefusal(refused, request, reply, (err) => request.log.error({ err }, 'a request failed'));
  return reply.code(refused.statusCode).send({ error: refused.message });
}
