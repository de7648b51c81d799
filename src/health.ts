import type { FastifyInstance } from 'fastify';
import type { Store } from './access/store.js';
import { Unavailable } from './errors.js';
import { checkReady } from './storage/readiness.js';

// Probes come every few seconds and would fill the log.
const quiet = { logLevel: 'warn' } as const;

/** `/healthz` reports that the process runs, `/readyz` whether it can read and write. */
export function health(server: FastifyInstance, { database, bus }: Store): void {
  server.get('/healthz', quiet, () => ({ status: 'ok' }));
  server.get('/readyz', quiet, async (request, reply) => {
    try {
      await checkReady(database);
      // Without the bus the other nodes are heard of a second later: no reason to send callers away.
      return { status: bus.state.endsWith('down') ? 'degraded' : 'ready', bus: bus.state };
    } catch (error) {
      const why = error instanceof Unavailable ? error.message : 'The database does not answer.';
      request.log.warn({ err: error }, 'not ready');
      return reply.code(503).header('retry-after', '5').send({ status: 'unavailable', why });
    }
  });
}
