import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Store } from './access/store.js';
import type { Connections } from './adapters/web/close-connections.js';
import type { Dispatcher } from './delivery/webhooks/dispatcher.js';
import type { RequestLog } from './directory/requests/request-log.js';
import type { Timers } from './timers/timers.js';

/** Shares of the time limit for stopping. Their sum is below 1, so that the process ends before the limit. */
const shares = {
  /** Requests in progress. Without a database they end earlier, by their own limits. */
  requests: 0.5,
  /** Work that can follow a request that was cut off. */
  afterRequests: 0.06,
  /** Jobs and webhooks in progress, in addition to the time for requests. */
  work: 0.1,
  requestLog: 0.06,
  node: 0.03,
  hints: 0.06,
  /** Checkpoint of the embedded database. */
  database: 0.17,
};

/** Time limits for stopping, in milliseconds. */
export interface StopLimits {
  /** Time in which the server still accepts requests while `/readyz` reports that it is stopping. */
  drainMs: number;
  /** Time for all steps after that. */
  limitMs: number;
}

interface Running {
  server: FastifyInstance;
  connections: Connections;
  closeFollowers: () => Promise<void>;
  dispatcher: Dispatcher;
  timers: Timers;
  requests: RequestLog;
  heartbeat: { leave: () => Promise<void> };
  store: Store;
}

/** Stops all parts in order. Each step has a limit, because a peer or the database may not respond. */
export async function stop(running: Running, { drainMs, limitMs }: StopLimits): Promise<void> {
  const { server, connections, closeFollowers, dispatcher, timers, requests, heartbeat, store } = running;
  const log = server.log as FastifyBaseLogger;
  log.info({ drainMs, limitMs }, 'shutting down: requests in progress are finished first');
  if (drainMs > 0) await sleep(drainMs);
  const within = async (step: string, share: number, work: Promise<unknown>) => {
    const late = Symbol(step);
    const ms = share * limitMs;
    const limit = sleep(ms, late, { ref: false });
    const failed = (error: unknown) => log.warn({ err: error, step }, 'a step of the shutdown failed');
    if ((await Promise.race([work.catch(failed), limit])) === late)
      log.warn({ step, limitMs: ms }, 'a step of the shutdown exceeded its time limit and was aborted');
  };
  const work = Promise.all([dispatcher.stop(), timers.stop()]);
  const closed = Promise.all([connections.close(shares.requests * limitMs), closeFollowers(), server.close()]);
  await within('requests', shares.requests + shares.afterRequests, closed);
  store.tails.close();
  store.credentials.close();
  await within('jobs and webhooks', shares.work, work);
  await within('request log', shares.requestLog, requests.close());
  await within('node', shares.node, heartbeat.leave());
  await within('hints', shares.hints, store.bus.close());
  store.close();
  await within('database', shares.database, store.database.close());
  log.info('shut down');
}

/** Closes the parts that a failed start has opened, except the engine of the database. No request uses them yet. */
export async function abandon(server: FastifyInstance, store: Store): Promise<void> {
  await server.close();
  store.tails.close();
  store.credentials.close();
  await store.bus.close();
  store.close();
  await store.database.dataSource.destroy();
}
