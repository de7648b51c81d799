import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { spawnServer } from '../support/process.js';
import { freshDatabase } from '../support/server.js';

test('start reports every wrong setting with an example', async () => {
  const server = await spawnServer({ PORT: 'high', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x' });
  expect(await server.exit).toBe(1);
  for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL'])
    expect(server.output()).toMatch(new RegExp(`${name} .*Example: ${name}=`));
});

const file = join(mkdtempSync(join(tmpdir(), 'rollcall-start-')), 'file');
writeFileSync(file, 'not GraphQL {');

test.each<[string, Record<string, string>, RegExp]>([
  [
    'a host without an address',
    { HOST: 'no-such-host.invalid' },
    /HOST is "no-such-host.invalid" .*(does not exist|cannot be resolved).*Set HOST to an address of this machine/,
  ],
  [
    'a host of another machine',
    { HOST: '192.0.2.1' },
    /HOST is "192.0.2.1" .*this machine has no such address.*Set HOST/,
  ],
  [
    'a proxy that is not an address',
    { TRUST_PROXY: 'nonsense' },
    /TRUST_PROXY contains "nonsense", which is not an address.*Example: TRUST_PROXY=10/,
  ],
  ['a network with too long a prefix', { TRUST_PROXY: 'loopback, 10.0.0.0/99' }, /TRUST_PROXY contains "10.0.0.0\/99"/],
  [
    'a safelist that does not exist',
    { GRAPHQL_SAFELIST: '/nofile' },
    /GRAPHQL_SAFELIST cannot be used: The path \/nofile does not exist\. Set it to a file of GraphQL/,
  ],
  [
    'a safelist that is not GraphQL',
    { GRAPHQL_SAFELIST: file },
    /GRAPHQL_SAFELIST cannot be used: .*file cannot be parsed: Syntax Error.*line 1, column 1/,
  ],
  [
    'a safelist without an operation',
    { GRAPHQL_SAFELIST: mkdtempSync(join(tmpdir(), 'rollcall-start-')) },
    /GRAPHQL_SAFELIST cannot be used: .*Set it to a file of GraphQL/,
  ],
  [
    'a directory that cannot be created',
    { DATABASE_URL: '', DATA_DIR: '/proc/x' },
    /The directory \/proc\/x cannot be used: no directory can be made there \(ENOENT\).*set DATA_DIR to another directory/,
  ],
  [
    'a file instead of a directory',
    { DATABASE_URL: '', DATA_DIR: file },
    /DATA_DIR is ".*file", which is a file\. Set DATA_DIR to a directory/,
  ],
  [
    'an unknown sslmode',
    { DATABASE_URL: 'postgres://x:s3same@127.0.0.1:1/x?sslmode=bogus' },
    /DATABASE_URL has sslmode=bogus, which is not one of verify-full, verify-ca, require, prefer, no-verify, disable/,
  ],
])('start refuses %s with the setting, its value and a correct example', async (_what, settings, text) => {
  const server = await spawnServer({ ...(await freshDatabase()), ...settings });
  expect(await server.exit).toBe(1);
  expect(server.output()).toMatch(text);
  expect(server.output()).not.toContain('s3same');
});

test.each<[string, string, RegExp]>([
  ['is one character', 'x'.repeat(16), /ROLLCALL_ADMIN_KEY .*different characters.*openssl rand/],
  ['repeats a few characters after its prefix', `rc_key_${'abc0'.repeat(11)}`, /ROLLCALL_ADMIN_KEY .*different/],
  ['is short', 'rc_key_1', /ROLLCALL_ADMIN_KEY .*shorter than 16/],
])('start refuses an administrator key that %s, and does not print the key', async (_what, key, text) => {
  const server = await spawnServer({ ...(await freshDatabase()), ROLLCALL_ADMIN_KEY: key });
  expect(await server.exit).toBe(1);
  expect(server.output()).toMatch(text);
  expect(server.output()).not.toContain(key);
});

test.each<{ settings: Record<string, string>; warns: boolean }>([
  { settings: { HOST: '0.0.0.0' }, warns: true },
  { settings: { HOST: '0.0.0.0', PUBLIC_URL: 'http://directory.example' }, warns: true },
  { settings: { HOST: '0.0.0.0', PUBLIC_URL: 'https://directory.example' }, warns: false },
  { settings: { HOST: '127.0.0.1' }, warns: false },
])('start warns of a server that other machines can reach without TLS: $settings', async ({ settings, warns }) => {
  const server = await spawnServer({ ...(await freshDatabase()), LOG_LEVEL: 'info', ...settings });
  server.child.kill('SIGTERM');
  expect(await server.exit).toBe(0);
  expect(/"level":40.*PUBLIC_URL.*https/.test(server.output())).toBe(warns);
});

test('SIGTERM is logged when the shutdown begins and when it has ended', async () => {
  const server = await spawnServer({ ...(await freshDatabase()), LOG_LEVEL: 'info' });
  expect(server.output()).not.toContain('"msg":"shut');
  server.child.kill('SIGTERM');
  expect(await server.exit).toBe(0);
  expect(server.output().match(/"msg":"shut\w*( down)?/g)).toEqual(['"msg":"shutting down', '"msg":"shut down']);
});

test('start fails if the port is in use, and the next start prints the administrator key', async () => {
  const database = await freshDatabase();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const first = await spawnServer({ ...database, PORT: String(port), ROLLCALL_ADMIN_KEY: '' });
  expect(await first.exit).toBe(1);
  expect(first.output()).toContain(`another program uses port ${port} of 127.0.0.1`);
  other.close();
  const second = await spawnServer({ ...database, ROLLCALL_ADMIN_KEY: '' });
  expect(second.output()).toMatch(/rc_key_\w+/);
  second.child.kill('SIGTERM');
  expect(await second.exit).toBe(0);
});
