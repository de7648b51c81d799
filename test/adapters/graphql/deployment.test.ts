import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshDatabase, startServer } from '../../support/server.js';
import { type Anything, type Tenant, World } from '../../support/world.js';

const query =
  '{ deployment { version database eventRetentionDays eventCeilingDays findings { code severity message fix } } }';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  const settings = { PUBLIC_URL: 'http://rollcall.example', TEST_IDP: 'on', EVENT_RETENTION_DAYS: '5' };
  world = new World(await startServer({}, { ...(await freshDatabase()), ...settings, EVENT_CEILING_DAYS: '9' }));
  tenant = await world.tenant();
});
afterAll(() => world.close());

test('the version, the database and the retention', async () => {
  const { deployment } = await world.gql(query);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(deployment).toMatchObject({ version, eventRetentionDays: 5, eventCeilingDays: 9 });
  expect(deployment.database).toMatch(/PostgreSQL \d+/);
});

test('the findings of the doctor about the settings, without those that are in order', async () => {
  const { deployment } = await world.gql(query);
  const found = Object.fromEntries(deployment.findings.map((finding: Anything) => [finding.code, finding]));
  expect(Object.keys(found).sort()).toEqual(['PUBLIC_URL', 'TEST_IDP']);
  expect(found.TEST_IDP).toMatchObject({ severity: 'CRITICAL', fix: 'Set TEST_IDP=off.' });
});

test('a key of an organization is refused', async () => {
  const { data, errors } = await world.request(query, {}, tenant.key);
  expect([data, errors[0].extensions.code]).toEqual([{ deployment: null }, 'FORBIDDEN']);
});
