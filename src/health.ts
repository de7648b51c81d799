import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Store } from './access/store.js';
import { Unavailable } from './kernel/errors.js';
import { AccessLost } from './storage/access-lost.js';
import { checkReady } from './storage/readiness.js';

// Probes arrive every few seconds and would fill the log.
const quiet = { logLevel: 'warn' } as const;

/**
 * Registers `/healthz`, which reports that the process is running, and `/readyz`, which reports that it can read and
 * write.
 */
export function health(server: FastifyInstance, { database, bus, failures }: Store, isStopping: () => boolean): void {
  server.get('/healthz', quiet, () => ({ status: 'ok' }));
  server.get('/readyz', quiet, async (request, reply) => {
    if (isStopping()) return unavailable(reply, 'The server is stopping.');
    try {
      await checkReady(database);
      // Without the bus, hints of other nodes arrive up to one second later, which does not make this node unusable.
      return { status: bus.state.endsWith('down') ? 'degraded' : 'ready', bus: bus.state };
    } catch (error) {
      const why = error instanceof Unavailable ? error.message : 'The database is not responding.';
      if (error instanceof AccessLost) failures.noteApart('not ready: the database refuses the server', error);
      else request.log.warn({ err: error }, 'not ready');
      return unavailable(reply, why);
    }
  });
}

const unavailable = (reply: FastifyReply, why: string) =>
  reply.code(503).header('retry-after', '5').send({ status: 'unavailable', why });
