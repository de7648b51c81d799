import type { IncomingMessage } from 'node:http';
import type { Provider } from 'oidc-provider';
import { isDatabaseLost } from '../kernel/errors.js';

const lost = new WeakMap<IncomingMessage, unknown>();

/**
 * Prevents the library from responding to a request that has lost its database with 500 `server_error`. The caller
 * sends the response, after `lostIn`.
 */
export function leaveLostDatabase(provider: Provider): void {
  provider.on('server_error', (ctx, error) => {
    if (isDatabaseLost(error)) lost.set(ctx.req, error);
  });
  provider.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!isDatabaseLost(error)) throw error;
      lost.set(ctx.req, error);
    }
    if (lost.has(ctx.req)) ctx.respond = false;
  });
}

/** Returns the error of the lost database if the library has not sent a response because of it. */
export const lostIn = (request: IncomingMessage): unknown => lost.get(request);
