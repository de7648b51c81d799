import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MethodNotAllowed } from './errors.js';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

interface Supported {
  method: string;
  path: string;
}

/** `/Me` answers every method of SCIM itself, with 501 where it has no use for one. */
export const methodsOfMe: readonly Supported[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
  method,
  path: '/Me',
}));

/**
 * Answers the other methods of paths that exist with 405 and `Allow` (RFC 9110 section 15.5.6), after the credential was
 * checked and before a body is read.
 */
export function refuseOtherMethods(
  server: FastifyInstance,
  supported: readonly Supported[],
  onRequest: (request: FastifyRequest) => Promise<void>,
): void {
  for (const url of new Set(supported.map(({ path }) => path))) {
    const own = new Set(supported.filter(({ path }) => path === url).map(({ method }) => method));
    if (own.has('GET')) own.add('HEAD');
    const allow = methods.filter((method) => own.has(method)).join(', ');
    server.route({
      method: methods.filter((method) => !own.has(method)),
      url,
      onRequest: async (request) => {
        await onRequest(request);
        throw new MethodNotAllowed(request.method, allow);
      },
      handler: async () => undefined,
    });
  }
}
