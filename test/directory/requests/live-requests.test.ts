import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { system } from '../../../src/access/principal.js';
import type { Read } from '../../../src/access/write.js';
import { Connection } from '../../../src/directory/connections/connection.js';
import { LiveRequests } from '../../../src/directory/requests/live-requests.js';
import type { NewRequest, ProvisioningRequest } from '../../../src/directory/requests/provisioning-request.js';
import { readNewRequests } from '../../../src/directory/requests/read-new-requests.js';
import { RequestLog } from '../../../src/directory/requests/request-log.js';
import { RequestTail } from '../../../src/directory/requests/request-tail.js';
import { storableRequest } from '../../../src/directory/requests/storable-request.js';
import { Bus } from '../../../src/events/bus.js';
import { Failures } from '../../../src/kernel/failures.js';
import { SlowConsumer } from '../../../src/kernel/slow-consumer.js';
import type { Database } from '../../../src/storage/database.js';
import { eventually, type Tenant, World } from '../../support/world.js';

const failures = new Failures({ warn: () => {} });
let world: World;
let tenant: Tenant;
let connection: Connection;
let read: Read;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
  const [found] = await world.database().rows(Connection, 'id = $1', [tenant.connectionId]);
  if (!found) throw new Error('The connection was not found.');
  connection = found;
  const { organizationId } = found;
  read = { principal: system(organizationId), organizationId, session: world.database() };
});
afterAll(async () => {
  failures.close();
  await world.close();
});

let number = 0;
const entryOf = (more: Partial<NewRequest> = {}): NewRequest => ({
  organizationId: connection.organizationId,
  connectionId: connection.id,
  requestId: `request ${++number}`,
  protocol: 'SCIM',
  method: 'POST',
  path: '/Users',
  status: 200,
  durationMs: 1,
  at: new Date(),
  requestText: null,
  responseText: null,
  error: null,
  quirks: [],
  userId: null,
  firstPosition: null,
  lastPosition: null,
  ...more,
});

/** Nodes on one database. `hints` connects them, as NOTIFY or NATS does. */
async function nodes(count: number, { hints }: { hints: boolean }) {
  const receivers: ((text: string) => void)[] = [];
  const made = [];
  for (let n = 0; n < count; n++) {
    const bus = new Bus(`node ${n}`);
    if (hints)
      await bus.join(async (receive) => {
        receivers.push(receive);
        const send = (text: string) => {
          for (const each of receivers) each(text);
        };
        return { name: 'test', isUp: true, send, close: async () => {} };
      });
    const reads = { of: 0 };
    const database: Database = Object.assign(Object.create(world.database()), {
      run: (statement: string) => {
        reads.of++;
        return world.database().run(statement);
      },
    });
    const log = new RequestLog(world.database(), { error: () => {} });
    const history = { epoch: 'one' };
    const store = { database, bus, history: history as never, failures, now: () => new Date() };
    made.push({ live: new LiveRequests(store, log), log, reads, history });
  }
  return made as [(typeof made)[number], (typeof made)[number]];
}

/** Follows the connection until `stop`. */
function subscriber(live: LiveRequests, { withBodies = false, criteria = {} } = {}) {
  const ended = new AbortController();
  const seen: ProvisioningRequest[] = [];
  const source = live.follow(read, connection, { criteria, withBodies, signal: ended.signal });
  const done = (async () => {
    for await (const entries of source) seen.push(...entries);
  })();
  return {
    seen,
    stop: () => {
      ended.abort();
      return done;
    },
  };
}
/** Writes an entry with an id that was assigned before. */
const insert = ({ id, organizationId, connectionId, requestId }: ProvisioningRequest) =>
  world.database().query(
    `insert into provisioning_requests (organization_id, id, connection_id, protocol, method, path, status, duration_ms,
       at, quirks, request_id)
     values ($1, $2, $3, 'SCIM', 'GET', '/', 200, 1, now(), '{}', $4)`,
    [organizationId, id, connectionId, requestId],
  );
const texts = (entries: readonly ProvisioningRequest[]) => entries.map(({ requestId }) => requestId);

describe('new entries of the request log', () => {
  test.each([{ hints: true }, { hints: false }])(
    'reach a subscriber of another node once, with hints: $hints',
    async (how) => {
      const [one, two] = await nodes(2, how);
      const subscribers = [subscriber(two.live), subscriber(two.live), subscriber(one.live)];
      // The first entry can be older than a subscription.
      await eventually(async () => {
        one.log.record(entryOf({ path: 'begin' }));
        await one.log.flush();
        return subscribers.every(({ seen }) => seen.length > 0);
      });
      const sent = Array.from({ length: 450 }, () => entryOf({ path: 'counted' }));
      for (const [n, entry] of sent.entries()) (n % 2 ? one : two).log.record(entry);
      await Promise.all([one.log.flush(), two.log.flush()]);
      for (const { seen, stop } of subscribers) {
        const own = () => seen.filter(({ path }) => path === 'counted');
        await eventually(() => own().length >= sent.length);
        expect(texts(own()).sort()).toEqual(sent.map(({ requestId }) => requestId).sort());
        await stop();
      }
    },
  );

  test('are read once for all subscribers of a node, and not at all while nobody follows', async () => {
    const [one] = await nodes(1, { hints: false });
    one.log.record(entryOf());
    await one.log.flush();
    expect(one.reads.of).toBe(0);
    const subscribers = Array.from({ length: 20 }, () => subscriber(one.live));
    await eventually(async () => {
      one.log.record(entryOf());
      await one.log.flush();
      return subscribers.every(({ seen }) => seen.length > 0);
    });
    const before = one.reads.of;
    const entry = entryOf();
    one.log.record(entry);
    await one.log.flush();
    await eventually(() => subscribers.every(({ seen }) => texts(seen).includes(entry.requestId)));
    // One after the hint. The poll can add one.
    expect(one.reads.of - before).toBeLessThanOrEqual(2);
    for (const { stop } of subscribers) await stop();
    const after = one.reads.of;
    one.log.record(entryOf());
    await one.log.flush();
    expect(one.reads.of).toBe(after);
  });

  test('are found in the order of their commits: an entry with an earlier id can be committed later', async () => {
    const tail = new RequestTail(connection.organizationId, connection.id);
    const next = async () => {
      const from = tail.end;
      while ((await readNewRequests(world.database(), [tail], new Date())).length > 0);
      return texts(tail.from(from) ?? []);
    };
    await next();
    const [early, late] = [storableRequest(entryOf()), storableRequest(entryOf())];
    await insert(late);
    expect(await next()).toEqual([late.requestId]);
    await insert(early);
    expect(await next()).toEqual([early.requestId]);
    expect(await next()).toEqual([]);
  });

  test('of a dump with transactions of another cluster are not new', async () => {
    const tail = new RequestTail(connection.organizationId, connection.id);
    await readNewRequests(world.database(), [tail], new Date());
    const entry = storableRequest(entryOf());
    await insert(entry);
    await world
      .database()
      .query('update provisioning_requests set written_in = 9000000000000000 where id = $1', [entry.id]);
    await readNewRequests(world.database(), [tail], new Date());
    expect(tail.end).toBe(0);
  });

  test('begin again after the database was restored: snapshots of another history are not compared', async () => {
    const [one] = await nodes(1, { hints: false });
    const live = subscriber(one.live);
    const send = async () => {
      one.log.record(entryOf());
      await one.log.flush();
    };
    await eventually(async () => send().then(() => live.seen.length > 0));
    one.history.epoch = 'two';
    const { length } = live.seen;
    await eventually(async () => send().then(() => live.seen.length > length));
    await live.stop();
  });

  test('are read with bodies only if a subscriber needs them', async () => {
    const [one] = await nodes(1, { hints: false });
    const short = subscriber(one.live);
    const send = async () => {
      one.log.record(entryOf({ requestText: '{"a":1}' }));
      await one.log.flush();
    };
    await eventually(async () => send().then(() => short.seen.length > 0));
    expect(short.seen[0]?.requestText).toBeUndefined();
    const long = subscriber(one.live, { withBodies: true });
    await eventually(async () => send().then(() => long.seen.length > 0));
    expect(long.seen.every(({ requestText }) => requestText === '{"a":1}')).toBe(true);
    await Promise.all([short.stop(), long.stop()]);
  });
});

describe('a slow subscriber', () => {
  test('ends with SLOW_CONSUMER after 2,000 entries; the others receive everything', async () => {
    const [one] = await nodes(1, { hints: false });
    const fast = subscriber(one.live);
    const slow = one.live.follow(read, connection, {
      criteria: {},
      withBodies: false,
      signal: new AbortController().signal,
    });
    const begun = slow.next();
    await eventually(async () => {
      one.log.record(entryOf({ path: 'begin' }));
      await one.log.flush();
      return fast.seen.length > 0;
    });
    await begun;
    const sent = Array.from({ length: 2_600 }, () => entryOf({ path: 'many' }));
    for (let n = 0; n < sent.length; n += 100) {
      for (const entry of sent.slice(n, n + 100)) one.log.record(entry);
      await one.log.flush();
    }
    await eventually(() => fast.seen.filter(({ path }) => path === 'many').length === sent.length);
    await expect(slow.next()).rejects.toThrow(SlowConsumer);
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    await fast.stop();
  });

  test('needs no memory of its own: the tail keeps 2,000 entries and 8 MiB of text', () => {
    const tail = new RequestTail(connection.organizationId, connection.id);
    const kept = () => {
      let first = 0;
      while (!tail.from(first)) first++;
      return tail.end - first;
    };
    tail.add(Array.from({ length: 2_500 }, () => storableRequest(entryOf())));
    expect(kept()).toBe(2_000);
    const text = 'x'.repeat(65_536);
    tail.add(Array.from({ length: 200 }, () => storableRequest(entryOf({ requestText: text, responseText: text }))));
    expect(kept()).toBe(63);
    tail.add([storableRequest(entryOf())]);
    expect(kept()).toBe(64);
  });
});
