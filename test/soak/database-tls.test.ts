import { appendFileSync, chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonGeneralNames } from '@peculiar/x509';
import pg from 'pg';
import { owner } from '../../bench/check/postgres.js';
import { examine } from '../../src/cli/commands/doctor.js';
import { Authority, type Certificate } from '../support/certificates.js';
import { Cluster } from '../support/cluster.js';
import { administer } from '../support/database.js';
import { secretKey, startServer } from '../support/server.js';
import { eventually } from '../support/world.js';

let cluster: Cluster;
let authority: Authority;
/** Files with certificates of authorities. */
let known: string;
let other: string;

beforeAll(async () => {
  cluster = await Cluster.make();
  authority = await Authority.make('Authority of a test');
  known = join(cluster.directory, 'known.crt');
  other = join(cluster.directory, 'other.crt');
  writeFileSync(known, authority.pem);
  writeFileSync(other, (await Authority.make('Another authority')).pem);
  appendFileSync(
    join(cluster.data, 'postgresql.conf'),
    "\nssl = on\nssl_cert_file = 'server.crt'\nssl_key_file = 'server.key'\n",
  );
  install(await authority.issue(ours));
  cluster.start();
}, 60_000);
afterAll(() => cluster?.remove());

const ours: JsonGeneralNames = [
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
];
const elsewhere: JsonGeneralNames = [{ type: 'dns', value: 'db.example.com' }];

function install({ certificate, key }: Certificate): void {
  const as = owner();
  for (const [name, text] of [
    ['server.crt', certificate],
    ['server.key', key],
  ] as const) {
    const path = join(cluster.data, name);
    writeFileSync(path, text);
    chmodSync(path, 0o600);
    if (as) chownSync(path, as.uid, as.gid);
  }
}

/** Replaces the certificate of PostgreSQL. */
async function replace(certificate: Certificate): Promise<void> {
  install(certificate);
  await administer(cluster.url, 'select pg_reload_conf()');
  await eventually(() => loaded(certificate.certificate));
}

async function loaded(certificate: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: cluster.url, ssl: { rejectUnauthorized: false } });
  await client.connect();
  const stream = (client as unknown as { connection: { stream: TLSSocket } }).connection.stream;
  const pem = stream.getPeerX509Certificate()?.toString() ?? '';
  await client.end();
  return pem.replace(/\s/g, '') === certificate.replace(/\s/g, '');
}

const url = (query: string, host = '127.0.0.1') => `${cluster.url.replace('127.0.0.1', host)}?${query}`;
const start = (address: string) => startServer({}, { DATABASE_URL: address, DATABASE_DURABLE: 'not required' });

/** Starts a server, and returns whether all of its sessions are encrypted. */
async function encrypts(address: string): Promise<boolean> {
  const server = await start(address);
  try {
    const [found] = await administer(
      cluster.url,
      `select ssl from pg_stat_ssl join pg_stat_activity using (pid)
       where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    const rows = found as { ssl: boolean }[];
    // The sessions of the pool and the one for notifications.
    expect(rows.length).toBeGreaterThan(1);
    return rows.every(({ ssl }) => ssl);
  } finally {
    await server.close();
  }
}

/** Returns the errors of the start and the doctor. */
async function refusal(address: string): Promise<string> {
  const said = await start(address).then(
    () => 'It started.',
    (error: Error) => `${error.constructor.name}: ${error.message}`,
  );
  const findings = await examine({
    environment: { PORT: '0', DATABASE_URL: address, ROLLCALL_SECRET_KEY: secretKey, DATABASE_DURABLE: 'not required' },
    now: () => new Date(),
    lookup: async () => ({}),
    nodeVersion: 'v22.12.0',
  });
  const found = findings.find(({ check, state }) => check === 'database' && state === 'broken');
  expect(said).toBe(`DatabaseRefused: ${found?.description} ${found?.fix}`);
  return said;
}

describe('a valid certificate', () => {
  beforeAll(async () => replace(await authority.issue(ours)));

  test.each([
    ['verify-full', 'localhost'],
    ['verify-full', '127.0.0.1'],
    ['verify-ca', 'localhost'],
    ['require', 'localhost'],
    ['no-verify', 'localhost'],
  ])(
    'sslmode=%s at %s: every session is encrypted',
    async (mode, host) => {
      expect(await encrypts(url(`sslmode=${mode}&sslrootcert=${known}`, host))).toBe(true);
    },
    30_000,
  );

  test('sslrootcert alone verifies as verify-full does', async () => {
    expect(await encrypts(url(`sslrootcert=${known}`))).toBe(true);
    expect(await refusal(url(`sslrootcert=${other}`))).toMatch(
      /not signed by a certificate authority that this machine trusts/,
    );
  }, 30_000);

  test('sslmode=disable, and no sslmode: no session is encrypted', async () => {
    expect(await encrypts(url('sslmode=disable'))).toBe(false);
    expect(await encrypts(cluster.url)).toBe(false);
  }, 30_000);

  test.each([
    ['another authority', () => url(`sslmode=verify-full&sslrootcert=${other}`)],
    ['no authority', () => url('sslmode=verify-full')],
    ['no authority, and sslmode=require', () => url('sslmode=require')],
  ])(
    '%s is refused with the setting to add',
    async (_what, address) => {
      expect(await refusal(address())).toMatch(
        /not signed by a certificate authority that this machine trusts.*sslrootcert=FILE/,
      );
    },
    30_000,
  );

  test('uselibpqcompat=true: require without sslrootcert verifies nothing', async () => {
    expect(await encrypts(url('sslmode=require&uselibpqcompat=true'))).toBe(true);
    expect(await refusal(url(`sslmode=require&uselibpqcompat=true&sslrootcert=${other}`))).toMatch(/not signed/);
  }, 30_000);

  test('a missing file, and a file without a certificate, are reported with the name', async () => {
    expect(await refusal(url('sslmode=verify-full&sslrootcert=/nowhere.crt'))).toMatch(
      /names the file \/nowhere\.crt, which cannot be read \(ENOENT\)\. Correct sslrootcert/,
    );
    const empty = join(cluster.directory, 'empty.crt');
    writeFileSync(empty, 'no certificate');
    expect(await refusal(url(`sslmode=verify-full&sslrootcert=${empty}`))).toMatch(/sslrootcert/);
  }, 30_000);
});

describe('a certificate for another host', () => {
  beforeAll(async () => replace(await authority.issue(elsewhere)));

  test.each(['verify-full', 'verify-ca', 'require'])(
    'sslmode=%s is refused with the names',
    async (mode) => {
      expect(await refusal(url(`sslmode=${mode}&sslrootcert=${known}`))).toMatch(
        /is not for 127\.0\.0\.1\. It is for: DNS:db\.example\.com\. Use one of these names as the host/,
      );
    },
    30_000,
  );

  test.each(['sslmode=verify-ca&uselibpqcompat=true', 'sslmode=require&uselibpqcompat=true', 'sslmode=no-verify'])(
    '%s does not compare the host',
    async (query) => {
      expect(await encrypts(url(`${query}&sslrootcert=${known}`))).toBe(true);
    },
    30_000,
  );
});

test('an expired certificate is refused', async () => {
  await replace(await authority.issue(ours, -1));
  expect(await refusal(url(`sslmode=verify-full&sslrootcert=${known}`))).toMatch(/has expired.*Renew the certificate/);
}, 30_000);

test('a server that accepts only encrypted connections is reported', async () => {
  await replace(await authority.issue(ours));
  writeFileSync(join(cluster.data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 trust\n');
  await administer(url('sslmode=no-verify'), 'select pg_reload_conf()');
  await eventually(() =>
    administer(cluster.url, 'select 1').then(
      () => false,
      () => true,
    ),
  );
  expect(await refusal(cluster.url)).toMatch(/rejects connections without TLS.*sslmode=verify-full/);
}, 30_000);

test('a server without TLS is refused', async () => {
  const plain = await Cluster.make();
  plain.start();
  try {
    expect(await refusal(`${plain.url}?sslmode=verify-full&sslrootcert=${known}`)).toMatch(
      /does not offer TLS.*ssl = on.*sslmode=disable/,
    );
  } finally {
    plain.remove();
  }
}, 60_000);
