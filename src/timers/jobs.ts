import type { Store } from '../access/store.js';
import type { Config } from '../config.js';
import { foldCounts } from '../directory/connections/managed-counts.js';
import { resettleNext } from '../directory/connections/resettle.js';
import { pruneRequests } from '../directory/requests/request-log.js';
import { refreshStatistics } from '../storage/statistics.js';
import type { Job } from './timers.js';

const second = 1_000;
const minute = 60 * second;

/** Everything that the server does by itself. Several nodes may run the same job at a time: each takes what is free. */
export function jobs(store: Store, config: Config): Job[] {
  const { database } = store;
  const limits = { days: config.REQUEST_LOG_DAYS, perConnection: config.REQUEST_LOG_PER_CONNECTION };
  return [
    { name: 'resettle', everyMs: second, work: () => resettleNext(store) },
    { name: 'refresh-statistics', everyMs: 5 * second, work: () => refreshStatistics(database).then(() => false) },
    { name: 'fold-counts', everyMs: minute, work: () => foldCounts(database).then(() => false) },
    {
      name: 'prune-requests',
      everyMs: minute,
      work: () => pruneRequests(database, { now: store.now(), ...limits }).then(() => false),
    },
  ];
}
