import { type FastifyError, type FastifyReply, type FastifyRequest, LogController } from 'fastify';

/** Longest path in a log line: a caller chooses how long its path is. */
const maximumPath = 200;
/** Parameters of paths that are secrets of a sign-in. */
const secretParameters = ['trip', 'uid'];

/** The part of a request that is logged. Bodies, headers and query strings hold personal data and secrets. */
interface Line {
  method: string;
  path?: string | undefined;
}

/** Serializes a request for the log, or a line that was made from one. */
export const requestLine = (request: FastifyRequest | Line): Line =>
  'routeOptions' in request ? lineOf(request, false) : request;

function lineOf({ method, originalUrl, params, routeOptions, is404 }: FastifyRequest, isUnknown: boolean): Line {
  // A path without a route may be a mistyped secret link.
  if (is404) return { method };
  const isSecret = isUnknown || secretParameters.some((name) => Object.hasOwn(Object(params), name));
  return { method, path: isSecret ? routeOptions.url : originalUrl.split('?')[0]?.slice(0, maximumPath) };
}

/** Logs one line a request, when it is complete. Errors are logged where they are handled, and only internal ones. */
export class RequestLines extends LogController {
  override incomingRequest(): void {}

  override routeNotFound(): void {}

  override requestCompleted(
    error: FastifyError | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    // A route with a wildcard answers 404 for paths that it does not know.
    const req = lineOf(request, reply.statusCode === 404);
    const line = { req, res: reply, responseTime: reply.elapsedTime };
    if (error) reply.log.info({ ...line, why: error.message }, 'request ended early');
    else reply.log.info(line, 'request completed');
  }

  override defaultErrorLog(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.statusCode >= 500) reply.log.error({ req: request, err: error }, 'a request failed');
  }

  override streamError(error: Error & { code?: string }, request: FastifyRequest): void {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') request.log.warn({ err: error }, 'an answer was not finished');
  }
}
