import { type FastifyError, type FastifyReply, type FastifyRequest, LogController } from 'fastify';

/** Logs one line per request, after its end. Errors are logged where they are handled, and only internal ones. */
export class RequestLines extends LogController {
  override incomingRequest(): void {}

  override routeNotFound(): void {}

  override requestCompleted(
    error: FastifyError | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const line = { req: request, res: reply, responseTime: reply.elapsedTime };
    if (error) reply.log.info({ ...line, err: error }, 'request ended early');
    else reply.log.info(line, 'request completed');
  }

  override defaultErrorLog(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.statusCode >= 500) reply.log.error({ req: request, err: error }, 'a request failed');
  }

  override streamError(error: Error & { code?: string }, request: FastifyRequest): void {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') request.log.warn({ err: error }, 'a response was not completed');
  }

  override writeHeadError(error: FastifyError, request: FastifyRequest): void {
    request.log.warn({ req: request, err: error }, 'a response could not be sent');
  }
}
