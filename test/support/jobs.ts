import type { Store } from '../../src/access/store.js';
import { WriterLimit } from '../../src/access/writer-limit.js';
import { Bus } from '../../src/events/bus.js';
import { History } from '../../src/events/history.js';
import { Failures } from '../../src/kernel/failures.js';
import type { World } from './world.js';

/** Log of background failures, which these tests do not check. */
export const unheard = new Failures({ warn: () => {} });

export const dayMs = 86_400_000;

/** Returns the store for jobs of a running server, with the time and the DNS of the test. */
export const storeOfJobs = (world: World, now: () => Date, records: () => string[] = () => []): Store =>
  ({
    database: world.database(),
    now,
    failures: unheard,
    writerLimit: new WriterLimit(2),
    bus: new Bus('test'),
    history: new History(world.database(), [], unheard),
    resolveTxt: async () => records(),
  }) as Partial<Store> as Store;
