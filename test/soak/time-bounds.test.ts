import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseFilter } from '../../src/scim-model/parse-filter.js';
import { FilterSyntax } from '../../src/scim-model/syntax-errors.js';
import { App } from '../support/application.js';
import { filterSoup } from '../support/filters.js';
import { populate } from '../support/populate.js';
import { Receiver } from '../support/receiver.js';
import { Realm } from '../support/sign-ins.js';
import { sized } from '../support/soak.js';
import { stream } from '../support/streams.js';
import { eventually, oktaUser, patch, type Tenant, World } from '../support/world.js';

// The limits are generous: `npm run bench` measures the distributions. No other test runs concurrently.
let world: World;
let app: App;
beforeAll(async () => {
  world = await World.shared();
  app = await App.register(world);
});
afterAll(() => world.close());

const off = patch({ op: 'replace', value: { active: false } });

test('an event reaches a hundred subscribers within 50 ms of the answer', async () => {
  const tenant = await world.tenant();
  const client = Array.from({ length: 5 }, () => world.ws(tenant.key));
  const arrivals: number[] = [];
  const stops = client.flatMap((socket) =>
    Array.from({ length: 20 }, () =>
      socket.subscribe(
        { query: 'subscription { userProvisioned { id } }' },
        { next: () => void arrivals.push(performance.now()), error: () => {}, complete: () => {} },
      ),
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const delays: number[] = [];
  for (let n = 0; n < 10; n++) {
    arrivals.length = 0;
    await tenant.scim('POST', '/Users', oktaUser(`live${n}@acme.test`));
    const answered = performance.now();
    await eventually(() => arrivals.length === 100);
    delays.push(Math.max(...arrivals) - answered);
  }
  for (const stop of stops) stop();
  for (const socket of client) await socket.dispose();
  delays.sort((a, b) => a - b);
  process.stdout.write(`from the answer to the last of 100 subscribers: median ${delays[5]?.toFixed(1)} ms\n`);
  // With other programs on two cores: this checks only the part of the server. The bench has the complete distribution.
  expect(delays[2]).toBeLessThan(50);
});

test('a webhook arrives less than 500 ms after the commit', async () => {
  const tenant = await world.tenant({}, 'Quick');
  const receiver = await Receiver.listen();
  await tenant.gql('mutation($i: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $i) { secret } }', {
    i: { organizationId: tenant.organizationId, url: receiver.url },
  });
  await tenant.scim('POST', '/Users', oktaUser('warm@acme.com'));
  await receiver.until(1);
  await sleep(1_200);
  const startedAt = performance.now();
  await tenant.scim('POST', '/Users', oktaUser('quick@acme.com'));
  await receiver.until(2);
  expect((receiver.received[1]?.at ?? 0) - startedAt).toBeLessThan(500);
  await receiver.close();
});

test('a lookup needs the same time among 10 users and among 10,000', async () => {
  const [small, large] = [await world.tenant(), await world.tenant()];
  await populate(world, small, 10);
  await populate(world, large, 10_000);
  const times: Record<'few' | 'many', number[]> = { few: [], many: [] };
  const look = async (tenant: Tenant, n: number) => {
    const started = performance.now();
    const filter = encodeURIComponent(`userName eq "copy-${1 + (n % 10)}@sample.test"`);
    await tenant.scim('GET', `/Users?filter=${filter}`);
    return performance.now() - started;
  };
  // Alternating, so that other load of the machine affects both.
  for (let n = 0; n < 100; n++) {
    times.few.push(await look(small, n));
    times.many.push(await look(large, n));
  }
  const median = (values: number[]) => values.slice(20).sort((x, y) => x - y)[40] ?? 0;
  const [few, many] = [median(times.few), median(times.many)];
  process.stdout.write(`userName eq: ${few.toFixed(2)} ms among 10, ${many.toFixed(2)} ms among 10,000\n`);
  expect(many / few).toBeLessThan(1.5);
}, 120_000);

test('a follower whose filter hides every event is sent its position after 15 seconds', async () => {
  const tenant = await world.tenant();
  const quiet = stream(world, { query: 'subscription { userDeprovisioned { cursor } }' }, { key: tenant.key });
  await eventually(() => quiet.status() === 200);
  await sleep(200);
  await tenant.scim('POST', '/Users', oktaUser('hidden@acme.com'));
  const last = (await tenant.events()).at(-1)?.cursor;
  await eventually(() => quiet.messages.length > 0, 25_000);
  await quiet.stop();
  expect(quiet.messages[0]).toEqual({ id: last });
});

test('a first sign-in takes less than 300 ms at the median', async () => {
  const realm = await Realm.make(world, app, 'oidc');
  const times: number[] = [];
  for (let n = 0; n < 20; n++) {
    const started = performance.now();
    const person = realm.person('T2', { sub: `quick-${n}`, email: `quick${n}@${realm.domain}` });
    await (await realm.visit(person)).tokens();
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  process.stdout.write(
    `first sign-ins, the IdP's share included: p50 ${times[10]?.toFixed(0)} ms, slowest ${times[19]?.toFixed(0)} ms\n`,
  );
  expect(times[10]).toBeLessThan(300);
});

test('the sessions of a deprovisioned user end within a second of the request (ten of a hundred users)', async () => {
  const realm = await Realm.make(world, app, 'oidc', { trust: 'T2' });
  const people: { id: string; token: string }[] = [];
  for (let n = 0; n < 100; n++) {
    const email = `user${n}@${realm.domain}`;
    const { body } = await realm.tenant.scim('POST', '/Users', oktaUser(email));
    if (n % 10 > 0) continue;
    const tokens = await (await realm.visit(realm.person('T2', { email, sub: email }))).tokens();
    people.push({ id: body.id, token: tokens.access_token });
  }
  const times: number[] = [];
  for (const { id, token } of people) {
    const started = performance.now();
    await realm.tenant.scim('PATCH', `/Users/${id}`, off);
    await eventually(async () => !(await app.introspect(token)).active);
    times.push(performance.now() - started);
  }
  expect(Math.max(...times)).toBeLessThan(1_000);
}, 120_000);

test.each(['suspendUser', 'deprovisionUser'])('%s ends tokens in less than a second', async (mutation) => {
  const realm = await Realm.make(world, app, 'oidc');
  const tokens = await (await realm.visit(realm.person('T2'))).tokens();
  const started = performance.now();
  await realm.change(mutation, tokens.claims.sub);
  expect(await app.introspect(tokens.access_token)).toEqual({ active: false });
  await expect(app.refresh(tokens.refresh_token ?? '')).rejects.toThrow();
  expect(performance.now() - started).toBeLessThan(1_000);
});

test('refusing any random filter text needs less than 50 ms', () => {
  fc.assert(
    fc.property(filterSoup, (text) => {
      const parse = () => {
        const start = performance.now();
        try {
          parseFilter(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FilterSyntax);
        }
        return performance.now() - start;
      };
      // The machine can pause at random; a slow text is slow each time.
      expect(parse() < 50 || parse() < 50 || parse() < 50).toBe(true);
    }),
    { numRuns: sized(2_000, 20_000) },
  );
});
