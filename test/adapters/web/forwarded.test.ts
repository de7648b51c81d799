import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ServerProcess, spawnServer } from '../../support/process.js';
import { freshDatabase } from '../../support/server.js';

const forwarded = { 'x-forwarded-for': '203.0.113.7' };
const reports = ({ output }: ServerProcess) =>
  output()
    .split('\n')
    .filter((line) => /X-Forwarded-For of .* is ignored/.test(line));

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

  test('is reported once, with its address and without its headers', async () => {
    await fetch(`${server.url}/healthz`);
    expect(reports(server)).toHaveLength(0);
    for (let n = 0; n < 5; n++) await fetch(`${server.url}/healthz`, { headers: forwarded });
    await fetch(`${server.url}/nowhere`, { headers: forwarded });
    const [report, ...more] = reports(server);
    expect(more).toEqual([]);
    expect(JSON.parse(report ?? '')).toMatchObject({
      level: 40,
      peer: '127.0.0.1',
      add: '127.0.0.1',
      msg: expect.stringMatching(/^X-Forwarded-For of this peer .* set TRUST_PROXY=10.0.0.0\/8,127.0.0.1\./),
    });
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

describe('two proxies, one of them in TRUST_PROXY', () => {
  beforeAll(async () => {
    server = await spawnServer({
      ...(await freshDatabase()),
      LOG_LEVEL: 'warn',
      TRUST_PROXY: 'loopback, 10.1.0.0/16',
    });
  });
  afterAll(stop);
  const ask = (chain: string) => fetch(`${server.url}/healthz`, { headers: { 'x-forwarded-for': chain } });

  test('the other one is reported once, with the required value', async () => {
    // The complete chain is trusted, up to the caller.
    await ask('203.0.113.7');
    await ask('203.0.113.7, 10.1.0.4');
    expect(reports(server)).toEqual([]);
    for (let n = 0; n < 3; n++) await ask(`203.0.113.${n}, 10.9.0.1, 10.1.0.4`);
    const [report, ...more] = reports(server);
    expect(more).toEqual([]);
    expect(JSON.parse(report ?? '')).toMatchObject({
      level: 40,
      peer: '127.0.0.1',
      add: '10.9.0.1',
      msg: expect.stringMatching(/ If 10.9.0.1 is your proxy, set TRUST_PROXY=loopback,10.1.0.0\/16,10.9.0.1\./),
    });
    expect(server.output()).not.toContain('203.0.113.');
  });

  test('callers that send the header themselves do not fill the log', async () => {
    for (let n = 0; n < 20; n++) await ask(`10.0.0.1, 198.51.100.${n}`);
    expect(reports(server)).toHaveLength(5);
  });
});
