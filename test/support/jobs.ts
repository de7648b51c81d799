import type { Store } from '../../src/access/store.js';
import { Turnstile } from '../../src/access/turnstile.js';
import { Bus } from '../../src/events/bus.js';
import { History } from '../../src/events/history.js';
import type { World } from './world.js';

export const dayMs = 86_400_000;

/** What the jobs of a running server work with, at the time and with the DNS of the test. */
export const storeOfJobs = (world: World, now: () => Date, records: () => string[] = () => []): Store =>
  ({
    database: world.database(),
    now,
    turnstile: new Turnstile(2),
    bus: new Bus('test'),
    history: new History(world.database(), []),
    resolveTxt: async () => records(),
  }) as Partial<Store> as Store;
