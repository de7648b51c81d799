import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MethodNotAllowed } from './errors.js';

/** HTTP methods in the order of the `Allow` header, SCIM methods first. CONNECT is omitted because it has no path. */
export const methods = [...new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', ...METHODS])].filter(
  (method) => method !== 'CONNECT',
);

/**
 * Makes `server` route all methods that Node can parse. Otherwise an unsupported method would be reported as an unknown
 * path.
 */
export function knowAllMethods(server: FastifyInstance): void {
  for (const method of methods) if (!server.supportedMethods.includes(method)) server.addHttpMethod(method);
}

interface Supported {
  method: string;
  path: string;
}

/** Methods that `/Me` answers itself, with 501 for unsupported ones. */
export const methodsOfMe: readonly Supported[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
  method,
  path: '/Me',
}));

/**
 * Answers unsupported methods of existing paths with 405 and `Allow` (RFC 9110 section 15.5.6), after the credential is
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
