import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MethodNotAllowed } from './errors.js';

/** The methods of SCIM first: in this order they are in `Allow`. A tunnel (CONNECT) has no path. */
export const methods = [...new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', ...METHODS])].filter(
  (method) => method !== 'CONNECT',
);

/** Lets `server` route every method that Node can read, so that none of them looks like a path that does not exist. */
export function knowAllMethods(server: FastifyInstance): void {
  for (const method of methods) if (!server.supportedMethods.includes(method)) server.addHttpMethod(method);
}

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
