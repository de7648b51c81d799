import type { IncomingMessage } from 'node:http';
import type { Provider } from 'oidc-provider';
import { isDatabaseLost } from '../errors.js';

const lost = new WeakMap<IncomingMessage, unknown>();

/**
 * Keeps the library from answering a request that found no database: it would answer 500 `server_error`. The answer is then
 * the caller's to send, after `lostIn`.
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

/** Returns why a request has not been answered: its database was lost. */
export const lostIn = (request: IncomingMessage): unknown => lost.get(request);
