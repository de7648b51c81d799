import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { administer } from '../../support/database.js';
import {
  disagreements,
  isReady,
  newLedger,
  note,
  quantile,
  type Scene,
  say,
  serve,
  write,
} from '../../support/fault-scene.js';
import { spawnServer } from '../../support/process.js';
import { freshDatabase } from '../../support/server.js';
import { sized } from '../../support/soak.js';
import { eventually, oktaUser, type Tenant, World } from '../../support/world.js';

let settings: Record<string, string>;
let url: string;
let scene: Scene;
beforeEach(async () => {
  settings = await freshDatabase();
  url = settings.DATABASE_URL ?? '';
  scene = await serve(settings);
}, 60_000);
afterEach(() => void scene.server.child.kill('SIGKILL'));

/** Sends requests of one tenant in sequence until `isOver`. Returns the milliseconds of each. */
async function measure(tenant: Tenant, ledger: ReturnType<typeof newLedger>, isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; !isOver(); n++) {
    const since = performance.now();
    note(
      ledger,
      await tenant.scim('GET', `/Users?filter=${encodeURIComponent(`userName eq "q${n}@acme.com"`)}`),
      'GET',
    );
    times.push(performance.now() - since);
  }
  return times;
}

test('faults 11 and 29: under a flood of one tenant its throughput stays, each 5xx has Retry-After, and other tenants are answered', async () => {
  const quiet = await scene.world.tenant({}, 'Quiet');
  const seconds = sized(4, 20);
  const figures: string[] = [];
  const goodputs: number[] = [];
  for (const clients of [8, 24, 160]) {
    const ledger = newLedger();
    let over = false;
    const busy = Array.from({ length: clients }, (_, n) => write(scene.tenant, ledger, `c${clients}-${n}`, () => over));
    const others = measure(quiet, ledger, () => over);
    await sleep(seconds * 1_000);
    over = true;
    await Promise.all(busy);
    const times = await others;
    expect(ledger.wrong).toEqual([]);
    goodputs.push(ledger.created.size / seconds);
    figures.push(
      `${clients} clients: ${Math.round(ledger.created.size / seconds)} writes/s, the quiet tenant ${Math.round(quantile(times, 0.5))} ms at the median, ${Math.round(quantile(times, 0.99))} ms p99`,
    );
  }
  const [one = 0, ...more] = goodputs;
  for (const goodput of more) expect(goodput).toBeGreaterThan(one / 4);
  expect(await disagreements(url, newLedger())).toEqual([]);
  say(`faults 11 and 29: ${figures.join('; ')}`);
});

test('fault 18: all subscribers reconnect after a simultaneous disconnect, and continue without a gap', async () => {
  const count = sized(150, 1_000);
  const { tenant } = scene;
  const port = new URL(scene.world.url).port;
  const before = await tenant.gql('query { events(first: 1000) { nodes { cursor } } }');
  let cursor = before.events.nodes.at(-1).cursor;
  const query = 'subscription($a: Cursor) { events(after: $a) { position cursor } }';
  const connect = (world: World) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const follower = world.follow(query, { a: cursor }, tenant.key);
        await follower.until(1);
        return follower;
      }),
    );
  const ledger = newLedger();
  await write(tenant, ledger, 'first', (n) => n === 1);
  const followers = await connect(scene.world);
  cursor = followers[0]?.seen[0].cursor;
  scene.server.child.kill('SIGKILL');
  await scene.server.exit;
  for (const follower of followers) await follower.stop();
  const again = await spawnServer({ ...settings, PORT: port, DATABASE_DURABLE: 'not required' });
  scene.server = again;
  await eventually(() => isReady(again), 10_000);
  await write(tenant, ledger, 'second', (n) => n === 1);
  const since = performance.now();
  const returned = await connect(new World({ url: again.url, adminKey: null, close: async () => {} }));
  const ms = performance.now() - since;
  const first = new Set(returned.map(({ seen }) => seen[0].position));
  expect(first.size).toBe(1);
  expect([...first][0]).toBe(followers[0]?.seen[0].position + 1);
  for (const follower of returned) await follower.stop();
  say(`fault 18: ${count} subscribers live again after ${Math.round(ms)} ms`);
});

test('fault 30: under steady mixed load neither memory nor descriptors grow', async () => {
  const { tenant, server } = scene;
  const pid = server.child.pid ?? 0;
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
  const descriptors = () => readdirSync(`/proc/${pid}/fd`).length;
  const page = 'query($o: ID!) { organization(id: $o) { users(first: 5) { nodes { id groups { nodes { id } } } } } }';
  const ledger = newLedger();
  let over = false;
  const follower = scene.world.follow('subscription { events { position } }', {}, tenant.key);
  const load = [0, 1, 2, 3].map(async (name) => {
    for (let n = 0; !over; n++) {
      await write(tenant, ledger, `m${name}-${n}`, (one) => one === 1);
      note(ledger, await tenant.scim('GET', `/Users?count=5&startIndex=${(n % 50) + 1}`), 'list');
      await tenant.gql(page, { o: tenant.organizationId });
    }
  });
  // Code is compiled and caches are filled first.
  await sleep(sized(8, 40) * 1_000);
  const sessions = async () => ((await administer(url, inDatabase))[0] ?? []).length;
  const start = { memory: memory(), descriptors: descriptors(), sessions: await sessions() };
  const samples: number[] = [];
  for (let n = 0; n < 20; n++) {
    await sleep(sized(600, 6_000));
    samples.push(memory());
  }
  const end = { memory: quantile(samples.slice(-5), 0), descriptors: descriptors(), sessions: await sessions() };
  over = true;
  await Promise.all(load);
  await follower.stop();
  expect(ledger.wrong).toEqual([]);
  // The short form can end before the first collection of old objects: until then each request adds about 20 kB.
  expect(end.memory - start.memory).toBeLessThan(sized(120, 60));
  expect(end.descriptors - start.descriptors).toBeLessThan(10);
  // The pool of ten can have been smaller at first.
  expect(end.sessions).toBeLessThanOrEqual(Math.max(start.sessions, 13));
  say(
    `fault 30: ${[...ledger.statuses.values()].reduce((sum, n) => sum + n, 0)} SCIM requests, ${Math.round(start.memory)} MB, ${start.descriptors} descriptors and ${start.sessions} sessions, then ${Math.round(end.memory)} MB, ${end.descriptors} and ${end.sessions}`,
  );
}, 240_000);
const inDatabase = 'select from pg_stat_activity where datname = current_database()';

test('fault 15: fifty concurrent POSTs of one userName: one account, 409 for the others, and the filter finds it', async () => {
  const ledger = newLedger();
  for (let round = 0; round < sized(5, 50); round++) {
    const userName = `race${round}@acme.com`;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => scene.tenant.scim('POST', '/Users', oktaUser(userName))),
    );
    for (const answer of answers) note(ledger, answer, 'POST');
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const others = answers.filter(({ status }) => status !== 201).map(({ body }) => body.scimType);
    expect(new Set(others)).toEqual(new Set(['uniqueness']));
    const { body } = await scene.tenant.scim('GET', `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`);
    expect(body.totalResults).toBe(1);
  }
  expect(ledger.wrong).toEqual([]);
  expect([...ledger.statuses.keys()].sort()).toEqual([201, 409]);
  expect(await disagreements(url, ledger)).toEqual([]);
  say(`fault 15: ${JSON.stringify([...ledger.statuses])}`);
});
