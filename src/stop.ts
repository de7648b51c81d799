import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Store } from './access/store.js';
import type { Dispatcher } from './delivery/webhooks/dispatcher.js';
import type { RequestLog } from './directory/requests/request-log.js';
import type { Connections } from './http/connections.js';
import type { Timers } from './timers/timers.js';

/** Requests in progress may take this long. Without a database they end sooner, by their own limits. */
const requestsMs = 15_000;
/** Jobs and webhooks in progress may take this much longer than the requests. */
const workMs = 3_000;
const closeMs = 2_000;
/** The embedded database writes its checkpoint. */
const embeddedMs = 5_000;

interface Running {
  server: FastifyInstance;
  connections: Connections;
  closeFollowers: () => Promise<void>;
  dispatcher: Dispatcher;
  timers: Timers;
  requests: RequestLog;
  store: Store;
}

/** Stops everything in order. Each step has a limit, because a peer or the database may be silent. */
export async function stop(running: Running): Promise<void> {
  const { server, connections, closeFollowers, dispatcher, timers, requests, store } = running;
  const log = server.log as FastifyBaseLogger;
  const within = async (step: string, ms: number, work: Promise<unknown>) => {
    const late = Symbol(step);
    const limit = sleep(ms, late, { ref: false });
    const failed = (error: unknown) => log.warn({ err: error, step }, 'a step of the stop failed');
    if ((await Promise.race([work.catch(failed), limit])) === late)
      log.warn({ step, limitMs: ms }, 'a step of the stop took too long and was given up');
  };
  const work = Promise.all([dispatcher.stop(), timers.stop()]);
  const closed = Promise.all([connections.close(requestsMs), closeFollowers(), server.close()]);
  await within('requests', requestsMs + 2_000, closed);
  store.tails.close();
  store.credentials.close();
  await within('jobs and webhooks', workMs, work);
  await within('request log', closeMs, requests.close());
  await within('hints', closeMs, store.bus.close());
  store.close();
  await within('database', store.database.engine.embedded ? embeddedMs : closeMs, store.database.close());
}
