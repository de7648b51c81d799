import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { examine } from '../../src/cli/commands/doctor.js';
import { clock } from '../../src/cli/doctor/check-database.js';
import { embeddedDatabase, secretKey, startServer } from '../support/server.js';

const directory = () => mkdtempSync(join(tmpdir(), 'rollcall-doctor-'));
const good = (): Record<string, string> => ({ PORT: '0', DATA_DIR: directory() });
const well = { now: () => new Date(), lookup: async () => ({}), nodeVersion: 'v22.12.0' };
const examined = (environment: Record<string, string>, outside = {}) => examine({ ...well, environment, ...outside });
/** Returns the problems, each with its fix. */
const problems = async (environment: Record<string, string>, outside = {}) =>
  (await examined(environment, outside))
    .filter(({ state }) => state !== 'ok')
    .map(({ check, description, fix }) => `${check}: ${description} ${fix}`);

test('on a machine without problems every check is ok', async () => {
  const findings = await examined(good());
  expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
  expect(findings.length).toBeGreaterThan(4);
});

describe('each broken setup is reported with a fix', () => {
  const file = () => {
    const path = join(directory(), 'file');
    writeFileSync(path, 'not GraphQL {');
    return path;
  };
  const cases: [string, () => Record<string, string>, RegExp, object?][] = [
    ['a malformed port', () => ({ ...good(), PORT: 'abc' }), /PORT is not a port number.*in the example/],
    ['a port above 65535', () => ({ ...good(), PORT: '70000' }), /PORT is above 65535/],
    [
      'a database URL of another kind',
      () => ({ ...good(), DATABASE_URL: 'mysql://x' }),
      /DATABASE_URL is not a URL that starts with/,
    ],
    ['an unknown log level', () => ({ ...good(), LOG_LEVEL: 'loud' }), /LOG_LEVEL is not one of/],
    ['a short secret key', () => ({ ...good(), ROLLCALL_SECRET_KEY: 'short' }), /ROLLCALL_SECRET_KEY is shorter/],
    ['a public HOST without PUBLIC_URL', () => ({ ...good(), HOST: '0.0.0.0' }), /PUBLIC_URL: .*Set PUBLIC_URL/],
    [
      'a public address without TLS',
      () => ({ ...good(), PUBLIC_URL: 'http://directory.example.com' }),
      /not encrypted.*proxy with TLS/,
    ],
    [
      'a public address with a path',
      () => ({ ...good(), PUBLIC_URL: 'https://example.com/rollcall' }),
      /It has a path/,
    ],
    [
      'the test IdP on a public address',
      () => ({ ...good(), PUBLIC_URL: 'https://d.example.com', TEST_IDP: 'on' }),
      /TEST_IDP=off/,
    ],
    [
      'a ceiling below retention',
      () => ({ ...good(), EVENT_RETENTION_DAYS: '90', EVENT_CEILING_DAYS: '30' }),
      /less than EVENT_RETENTION_DAYS/,
    ],
    ['a missing safelist', () => ({ ...good(), GRAPHQL_SAFELIST: '/nowhere' }), /The path \/nowhere/],
    ['a safelist that is not GraphQL', () => ({ ...good(), GRAPHQL_SAFELIST: file() }), /cannot be parsed/],
    ['an empty safelist', () => ({ ...good(), GRAPHQL_SAFELIST: directory() }), /contains no operation/],
    ['a file for a directory', () => ({ ...good(), DATA_DIR: file() }), /is a file\. Set DATA_DIR to a directory/],
    [
      'a directory that cannot be created',
      () => ({ ...good(), DATA_DIR: '/proc/nowhere/at/all' }),
      /cannot be created: the file system of \/proc cannot hold files.*can write/,
    ],
    [
      'no PostgreSQL at the address',
      () => ({ ...good(), DATABASE_URL: 'postgres://x@127.0.0.1:1/x' }),
      /No program listens on its address.*Start PostgreSQL/,
    ],
    [
      'an unknown host',
      () => ({ ...good(), DATABASE_URL: 'postgres://x@no-such-host.invalid/x' }),
      /(does not exist|cannot be resolved)/,
    ],
    [
      'an unreachable NATS',
      () => ({ ...good(), NATS_URL: 'nats://127.0.0.1:1' }),
      /127.0.0.1 cannot be reached.*Start NATS/,
    ],
    ['a host of another machine', () => ({ ...good(), HOST: '192.0.2.1' }), /no such address.*Set HOST/],
    [
      'a host without an address',
      () => ({ ...good(), HOST: 'no-such-host.invalid' }),
      /HOST is "no-such-host.invalid"/,
    ],
    [
      'a proxy that is not an address',
      () => ({ ...good(), TRUST_PROXY: 'nonsense' }),
      /TRUST_PROXY contains "nonsense"/,
    ],
    [
      'a directory below a file',
      () => ({ ...good(), DATA_DIR: join(file(), 'data') }),
      /cannot be created: .* is a file/,
    ],
    ['an unknown sslmode', () => ({ ...good(), DATABASE_URL: 'postgres://x@h/x?sslmode=on' }), /has sslmode=on, which/],
    ['no DNS', good, /cannot be resolved.*resolver/, { lookup: async () => Promise.reject(new Error('ENOTFOUND')) }],
    ['an old Node', good, /v18.0.0 is too old.*Node 20.19/, { nodeVersion: 'v18.0.0' }],
  ];
  test.each(cases.map(([name, environment, sentence, outside]) => ({ name, environment, sentence, outside })))(
    '$name',
    async ({ environment, sentence, outside }) => {
      expect((await problems(environment(), outside)).join('\n')).toMatch(sentence);
    },
  );

  test('a port that another program uses', async () => {
    const other = createServer((socket) => socket.end('I am something else\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    expect((await problems({ ...good(), PORT: String(port) })).join()).toMatch(/another program uses the port.*PORT/);
    other.close();
  });

  test('clocks that differ by too much', () => {
    expect(clock(new Date(0), new Date(10_000))).toMatchObject({
      state: 'broken',
      description: expect.stringContaining('by 10 s'),
    });
    expect(clock(new Date(0), new Date(100)).state).toBe('ok');
  });
});

test('an embedded database encrypted with another secret key', async () => {
  const { DATA_DIR = '' } = await embeddedDatabase();
  await (await startServer({}, { DATA_DIR })).close();
  const other = await problems({ ...good(), DATA_DIR, ROLLCALL_SECRET_KEY: 'x'.repeat(40) });
  expect(other).toEqual([expect.stringMatching(/another key.*Set ROLLCALL_SECRET_KEY to the key of the first/)]);
  expect(await problems({ ...good(), DATA_DIR, ROLLCALL_SECRET_KEY: secretKey })).toEqual([]);
});

test('an embedded database whose secret.key is missing is reported as the start reports it', async () => {
  const settings = await embeddedDatabase();
  await (await startServer({}, settings)).close();
  const found = (await problems({ ...good(), ...settings })).join();
  expect(found).toMatch(
    /sealed secrets: The key that encrypts .* is missing: ROLLCALL_SECRET_KEY is not set and .*secret.key does not exist/,
  );
  expect(found).not.toMatch(/The key is stored/);
});
