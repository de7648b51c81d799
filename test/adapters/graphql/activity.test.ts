import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { firstIdAt, newId } from '../../../src/kernel/ids.js';
import { Scene } from '../../support/scene.js';
import { type Anything, oktaUser, patch, type Tenant, type World } from '../../support/world.js';

const query = `query($from: DateTime!, $to: DateTime!, $step: ActivityStep!, $o: ID, $c: ID) {
  activity(from: $from, to: $to, step: $step, organizationId: $o, connectionId: $c) {
    buckets { from counts { ...All } } totals { ...All } } }
  fragment All on ActivityCounts {
    provisioned updated deprovisioned reactivated signIns signInsDenied requests requestsRefused }`;
const hourMs = 3_600_000;

let scene: Scene;
let world: World;
beforeAll(async () => {
  scene = await Scene.set();
  world = scene.world;
});
afterAll(() => scene.close());

const iso = (ms: number) => new Date(ms).toISOString();
const lastHours = (n: number, step = 'HOUR') => ({
  from: iso(Date.now() - n * hourMs),
  to: iso(Date.now() + 1_000),
  step,
});
const activity = async (variables: object, key?: string): Promise<Anything> =>
  (await world.gql(query, { ...variables }, key)).activity;

test('counts what the log and the request log contain, for an organization, a connection and all', async () => {
  const on = await world.tenant({}, 'Active');
  const { body } = await on.scim('POST', '/Users', oktaUser('a@active.test'));
  const active = (value: boolean) =>
    on.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: value } }));
  await on.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'title', value: 'x' }));
  await active(false);
  await active(true);
  await on.scim('POST', '/Users', oktaUser('a@active.test', { externalId: 'other' }));
  await on.gql('mutation($i: CreateUserInput!) { createUser(input: $i) { user { id } } }', {
    i: { organizationId: on.organizationId, userName: 'b@active.test' },
  });
  const totals = { provisioned: 2, updated: 1, deprovisioned: 1, reactivated: 1, requests: 5, requestsRefused: 1 };
  const own = await activity(lastHours(3), on.key);
  expect(own.totals).toEqual({ ...totals, signIns: 0, signInsDenied: 0 });
  expect(own.buckets).toHaveLength(4);
  expect((await activity({ ...lastHours(3), o: on.organizationId })).totals).toEqual(own.totals);
  expect((await activity({ ...lastHours(3), c: on.connectionId })).totals).toEqual({ ...own.totals, provisioned: 1 });
  const all = await activity(lastHours(3));
  for (const [name, count] of Object.entries(totals)) expect(all.totals[name]).toBeGreaterThanOrEqual(count);
});

test('sign-ins and refused sign-ins are counted', async () => {
  const before = await activity(lastHours(1), scene.tenant.key);
  await scene.signIn();
  await scene.pendingLink();
  const after = await activity(lastHours(1), scene.tenant.key);
  expect(after.totals.signIns).toBe(before.totals.signIns + 1);
  expect(after.totals.signInsDenied).toBe(before.totals.signInsDenied + 1);
});

describe('buckets', () => {
  let on: Tenant;
  /** An organization whose whole log is in the past. */
  const past = newId('org');
  const start = Date.UTC(2025, 0, 6);
  /** Hours after the start, in the order of the log. */
  const hours = [-1, -0.001, 0, 0.5, 1, 1.999, 30, 47.999, 48, 200];
  beforeAll(async () => {
    on = await world.tenant({}, 'Past');
    const database = world.database();
    await database.run(
      `insert into organizations (id, name, status, metadata, created_at, updated_at) values ($1, 'Past', 'ACTIVE', '{}', now(), now())`,
      [past],
    );
    for (const [n, hour] of hours.entries()) {
      const at = new Date(start + hour * hourMs);
      await database.run(
        `insert into events (organization_id, position, seq, id, type, occurred_at, recorded_at, actor_kind, subject_type, subject_id, data, changes, schema_version)
         values ($1, $2, $3, $4, 'user.updated', $5, $5, 'API', 'user', 'u', '{}', '[]', 1)`,
        [past, n + 1, -1_000 + n, newId('evt'), at],
      );
      await database.run(
        `insert into provisioning_requests (organization_id, id, connection_id, protocol, method, path, status, duration_ms, at, quirks, request_id)
         values ($1, $2, $3, $4, 'GET', '/Users', 200, 1, $5, '{}', 'r')`,
        [on.organizationId, firstIdAt('req', at), on.connectionId, n === 3 ? 'SAML' : 'SCIM', at],
      );
    }
  });
  /** Returns the numbers of requests and of events by the hour at which the bucket begins. */
  const buckets = async (from: number, to: number, step: string) => {
    const range = { from: iso(start + from * hourMs), to: iso(start + to * hourMs), step };
    const requests = (await activity(range, on.key)).buckets;
    const updated = (await activity({ ...range, o: past })).buckets;
    return requests.map(({ from: at, counts }: Anything, n: number) => [
      (Date.parse(at) - start) / hourMs,
      counts.requests,
      updated[n].counts.updated,
    ]);
  };

  test('begin at "from", have the length of the step, and contain their first moment but not their last', async () => {
    expect(await buckets(0, 3, 'HOUR')).toEqual([
      [0, 1, 2],
      [1, 2, 2],
      [2, 0, 0],
    ]);
    expect(await buckets(0, 48, 'DAY')).toEqual([
      [0, 3, 4],
      [24, 2, 2],
    ]);
    expect(await buckets(-24, 30, 'DAY')).toEqual([
      [-24, 2, 2],
      [0, 3, 4],
      [24, 0, 0],
    ]);
    expect(await buckets(0, 336, 'WEEK')).toEqual([
      [0, 6, 7],
      [168, 1, 1],
    ]);
  });

  test('are at most 1,000, and the range is not empty', async () => {
    expect(await buckets(-990, 10, 'HOUR')).toHaveLength(1_000);
    const refused = async (from: number, to: number) =>
      (await world.request(query, { from: iso(from), to: iso(to), step: 'HOUR' }, on.key)).errors[0].extensions.code;
    expect(await refused(start - 1_000 * hourMs - 1, start)).toBe('BAD_INPUT');
    expect(await refused(start, start)).toBe('BAD_INPUT');
  });
});

describe('a caller counts only what it can read', () => {
  test('nothing of another organization', async () => {
    const [on, other] = [await world.tenant({}, 'One'), await world.tenant({}, 'Two')];
    await other.scim('POST', '/Users', oktaUser('x@two.test'));
    const { totals } = await activity(lastHours(1), on.key);
    expect(Object.values(totals).every((count) => count === 0)).toBe(true);
    for (const more of [{ o: other.organizationId }, { c: other.connectionId }]) {
      const { errors } = await world.request(query, { ...lastHours(1), ...more }, on.key);
      expect(errors[0].extensions.code).toBe('NOT_FOUND');
    }
    const { errors } = await world.request(query, { ...lastHours(1), o: on.organizationId, c: other.connectionId });
    expect(errors[0].extensions.code).toBe('NOT_FOUND');
  });

  test.each([
    ['a user without an administrative role', async () => (await scene.signIn()).accessToken],
    ['a key without EVENTS_READ', async () => (await scene.key(['DIRECTORY_READ'])).secret],
  ])('not %s', async (_, secret) => {
    const { errors } = await world.request(query, lastHours(1), await secret());
    expect(errors[0].extensions.code).toBe('FORBIDDEN');
  });
});
