import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { reportMassChanges } from '../../src/directory/connections/monitoring/mass-change.js';
import {
  reportExpiringCredentials,
  reportIdpHealth,
} from '../../src/directory/connections/monitoring/report-attention.js';
import { dayMs, storeOfJobs } from '../support/jobs.js';
import { SamlIdp } from '../support/saml-idp.js';
import { type Anything, oktaUser, patch, type Tenant, World } from '../support/world.js';

let world: World;
let skewMs = 0;
beforeAll(async () => {
  world = await World.start({ now: () => new Date(Date.now() + skewMs) });
});
beforeEach(() => {
  skewMs = 0;
});
afterAll(() => world.close());

const store = () => storeOfJobs(world, () => new Date(Date.now() + skewMs));
const attentionOf = async (tenant: Tenant, kind: string) =>
  (await tenant.events()).filter(({ type, data }: Anything) => type === 'CONNECTION_ATTENTION' && data.kind === kind);

describe('connection.attention', () => {
  test('an expiring SCIM token is reported once at each of 90, 30, 7 and 1 days before', async () => {
    const on = await world.tenant({}, 'Tokens');
    const expiresAt = new Date(Date.now() + 100 * dayMs).toISOString();
    await on.gql('mutation($id: ID!, $e: DateTime) { rotateScimToken(connectionId: $id, expiresAt: $e) { token } }', {
      id: on.connectionId,
      e: expiresAt,
    });
    const kinds: number[] = [];
    for (const day of [0, 11, 12, 71, 72, 94, 99.5, 101]) {
      skewMs = day * dayMs;
      await reportExpiringCredentials(store());
      kinds.push((await attentionOf(on, 'TOKEN_EXPIRING')).filter(({ data }) => data.dueAt === expiresAt).length);
    }
    expect(kinds).toEqual([0, 1, 1, 2, 2, 3, 4, 4]);
    const first = (await attentionOf(on, 'TOKEN_EXPIRING')).find(({ data }) => data.dueAt === expiresAt);
    expect(first).toMatchObject({
      subjectId: on.connectionId,
      data: { dueAt: expiresAt, tokenId: expect.any(String) },
    });
  });

  test('an expiring certificate of a SAML IdP is reported', async () => {
    const idp = await SamlIdp.make();
    const ends = new Date(new X509Certificate(idp.certificate).validTo).getTime();
    const on = await world.tenant({ scim: false, saml: idp.facet }, 'Certificates');
    await on.gql('mutation($i: UpdateConnectionInput!) { updateConnection(input: $i) { connection { id } } }', {
      i: { id: on.connectionId, state: 'ACTIVE' },
    });
    skewMs = ends - 25 * dayMs - Date.now();
    await reportExpiringCredentials(store());
    await reportExpiringCredentials(store());
    skewMs = ends - 5 * dayMs - Date.now();
    await reportExpiringCredentials(store());
    const events = await attentionOf(on, 'CERTIFICATE_EXPIRING');
    expect(events).toHaveLength(2);
    expect(events[0].data.fingerprint).toMatch(/^[0-9A-F:]{95}$/);
  });

  test('an IdP is reported if it is silent for three times its usual interval, or if all its requests fail', async () => {
    const on = await world.tenant({}, 'Habits');
    const at = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    const insert = async (tenant: Tenant, time: Date, status: number) =>
      world.database().query(
        `insert into provisioning_requests (organization_id, id, connection_id, protocol, method, path, status, duration_ms, at, quirks, request_id)
         values ($1, $2, $3, 'SCIM', 'GET', '/Users', $4, 1, $5, '{}', 'r')`,
        [tenant.organizationId, `req_${time.getTime()}${Math.random()}`, tenant.connectionId, status, time],
      );
    for (let hour = 20; hour >= 8; hour -= 2) await insert(on, at(hour), 200);
    await reportIdpHealth(store());
    await reportIdpHealth(store());
    const silent = await attentionOf(on, 'SILENT');
    expect(silent).toHaveLength(1);
    expect(silent[0].data.usualIntervalMs / 1_000).toBeCloseTo(7_200, 0);
    const lively = await world.tenant({}, 'Lively');
    for (let hour = 20; hour >= 4; hour -= 2) await insert(lively, at(hour), 200);
    const failing = await world.tenant({}, 'Failing');
    for (let n = 10; n > 0; n--) await insert(failing, at(n / 100), 401);
    await reportIdpHealth(store());
    expect(await attentionOf(lively, 'SILENT')).toEqual([]);
    expect(await attentionOf(failing, 'FAILING')).toHaveLength(1);
  });
});

test('connection.mass_change is emitted once if an IdP closes more users than the threshold, with a cursor for undoing it', async () => {
  const on = await world.tenant({}, 'Surge');
  const ids: string[] = [];
  for (let n = 0; n < 60; n++) ids.push((await on.scim('POST', '/Users', oktaUser(`s${n}@acme.com`))).body.id);
  const before = (await on.events()).at(-1).position;
  for (const id of ids.slice(0, 50))
    await on.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
  await reportMassChanges(store());
  expect(await on.types()).not.toContain('CONNECTION_MASS_CHANGE');
  for (const id of ids.slice(50))
    await on.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
  await reportMassChanges(store());
  await reportMassChanges(store());
  const events = (await on.events()).filter(({ type }: Anything) => type === 'CONNECTION_MASS_CHANGE');
  expect(events).toHaveLength(1);
  const { data } = events[0];
  expect(data).toMatchObject({ id: on.connectionId, threshold: 50 });
  expect(data.count).toBeGreaterThan(50);
  expect(data.userIds).toEqual(ids.slice(0, data.count));
  expect(Buffer.from(data.undoCursor, 'base64url').toString()).toContain(`.${on.organizationId}.${before}`);
});
