import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ServerProcess, spawnServer } from '../support/process.js';
import { freshDatabase } from '../support/server.js';

const forwarded = { 'x-forwarded-for': '203.0.113.7' };
const reports = ({ output }: ServerProcess) =>
  output()
    .split('\n')
    .filter((line) => line.includes('X-Forwarded-For of this peer is ignored'));

let server: ServerProcess;
const stop = async () => {
  server.child.kill('SIGTERM');
  await server.exit;
};

describe('a proxy that is not in TRUST_PROXY', () => {
  beforeAll(async () => {
    server = await spawnServer({ ...(await freshDatabase()), LOG_LEVEL: 'warn', TRUST_PROXY: '10.0.0.0/8' });
  });
  afterAll(stop);

  test('is reported once, with its address and without what it sends', async () => {
    await fetch(`${server.url}/healthz`);
    expect(reports(server)).toHaveLength(0);
    for (let n = 0; n < 5; n++) await fetch(`${server.url}/healthz`, { headers: forwarded });
    await fetch(`${server.url}/nowhere`, { headers: forwarded });
    const [report, ...more] = reports(server);
    expect(more).toEqual([]);
    expect(JSON.parse(report ?? '')).toMatchObject({ level: 40, peer: '127.0.0.1' });
    expect(server.output()).not.toContain('203.0.113.7');
  });
});

describe('a proxy that is in TRUST_PROXY', () => {
  beforeAll(async () => {
    server = await spawnServer({ ...(await freshDatabase()), LOG_LEVEL: 'warn' });
  });
  afterAll(stop);

  test('is not reported', async () => {
    await fetch(`${server.url}/healthz`, { headers: forwarded });
    await fetch(`${server.url}/healthz`, { headers: { 'x-forwarded-proto': 'https' } });
    expect(reports(server)).toEqual([]);
  });
});
