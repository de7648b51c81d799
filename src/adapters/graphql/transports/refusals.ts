import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult } from 'graphql';
import { PublicError } from '../../../kernel/errors.js';
import { errorCodes, type GraphQLCode } from '../engine/error-codes.js';
import { publicError } from '../engine/errors.js';

const paths = ['/graphql', '/graphql/stream'];
const methods = 'GET, POST';
/**
 * Value of Retry-After (RFC 9110 section 10.2.3), in seconds, for a request that failed because the database was
 * unavailable.
 */
export const retryAfterSeconds = '5';

/** Error of the HTTP request, outside its GraphQL operation. */
export class RequestRefused extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
    readonly code: GraphQLCode = 'BAD_REQUEST',
  ) {
    super(message);
  }
}

/**
 * Returns all errors under `/graphql` in GraphQL format: an unreadable body, an unknown path (404), and an unsupported
 * method (405 with Allow, RFC 9110 section 15.5.6). UNAVAILABLE has Retry-After (section 10.2.3).
 */
export function refusals(server: FastifyInstance, report: (error: unknown) => void): void {
  server.setErrorHandler((error, request, reply) => sendRefusal(error, request, reply, report));
  server.setNotFoundHandler((request, reply) => sendRefusal(unknownTarget(request, reply), request, reply, report));
  // Runs before the body of such a request is read: its media type and size do not matter.
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    sendRefusal(unknownTarget(request, reply), request, reply, report);
  });
}

/**
 * Rejects OPTIONS, unless it is a CORS preflight. Must be called before CORS is registered, which handles all OPTIONS.
 */
export function refuseOptions(server: FastifyInstance, report: (error: unknown) => void): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'OPTIONS' || 'access-control-request-method' in request.headers) return done();
    sendRefusal(unknownTarget(request, reply), request, reply, report);
  });
}

function unknownTarget(request: FastifyRequest, reply: FastifyReply): RequestRefused {
  const path = (request.url.split('?')[0] ?? '').replace(/\/+/g, '/').replace(/\/$/, '');
  if (!paths.includes(path)) return new RequestRefused(404, `This path was not found. Use ${paths.join(' or ')}.`);
  reply.header('allow', methods);
  return new RequestRefused(405, `The method ${request.method} is not allowed. Use ${methods.replace(',', ' or')}.`);
}

/** Sends the error in GraphQL format. `report` receives unexpected errors. */
export function sendRefusal(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  report: (error: unknown) => void,
): FastifyReply {
  if (error instanceof PublicError) {
    const { message, extensions } = publicError(error, request.id);
    const { http: _http, ...shown } = extensions;
    const status = errorCodes[error.code].status;
    if (error.code === 'UNAVAILABLE') reply.header('retry-after', retryAfterSeconds);
    return reply.code(status === 200 ? 400 : status).send({ errors: [{ message, extensions: shown }] });
  }
  const { status, message, code } = refusalOf(error, report);
  return reply.code(status).send({ errors: [{ message, extensions: { code, requestId: request.id } }] });
}

function refusalOf(
  error: unknown,
  report: (error: unknown) => void,
): { status: number; message: string; code: GraphQLCode } {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  const code = error instanceof RequestRefused ? error.code : 'BAD_REQUEST';
  if (status === 413) return { status, code, message: 'The request is larger than 1048576 bytes.' };
  if (status === 415) return { status, code, message: 'Send the body as application/json.' };
  if (status < 500 && error instanceof Error) return { status, code, message: error.message };
  report(error);
  return { status: 500, code: 'INTERNAL', message: 'Internal error.' };
}

/**
 * Returns the response with a code and the request id in each error. The libraries add neither to the error of a
 * malformed request.
 */
export function withRequestId(text: string, requestId: string): string {
  const answer: ExecutionResult = JSON.parse(text);
  const errors = answer.errors?.map(({ message, extensions, ...rest }) => ({
    message,
    ...rest,
    extensions: { code: 'BAD_REQUEST', requestId, ...extensions },
  }));
  return JSON.stringify({ ...answer, errors });
}
