import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';

const longestPath = 200;

/**
 * Writes one short line for each request, when it was answered: a client without a credential cannot fill the log. Ids and
 * outcomes only, as bodies and query strings contain personal data. Errors of the server are logged in addition.
 */
export class RequestLines extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const { method, url } = request;
    const path = url.split('?')[0]?.slice(0, longestPath);
    const failure = error ? { failure: error.message.slice(0, longestPath) } : {};
    request.log.info(
      { method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime), ...failure },
      'request',
    );
  }

  override defaultErrorLog(error: Error, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.statusCode >= 500) request.log.error({ err: error }, 'a request failed');
  }

  override streamError(error: Error & { code?: string }, request: FastifyRequest): void {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') request.log.warn({ err: error }, 'an answer was not finished');
  }

  override routeNotFound(): void {}
}
