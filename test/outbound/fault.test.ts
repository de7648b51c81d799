import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newServiceProvider } from '../../src/directory/connections/saml-keys.js';
import { FetchFailed } from '../../src/outbound/fault.js';
import { type Allowed, type Lookup, type Outbound, outbound } from '../../src/outbound/outbound.js';

const servers: Server[] = [];
async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
let port = 0;
let tlsPort = 0;
let closedPort = 0;
beforeAll(async () => {
  port = await listen(
    createServer((request, response) => {
      if (request.url === '/hang-up') return void request.socket.destroy();
      if (request.url === '/large') return void response.end('x'.repeat(1_100_000));
      if (request.url === '/html') return void response.end('<html>');
      return void response.writeHead(404).end();
    }),
  );
  const { certificate, privateKey } = await newServiceProvider('self-signed', new Date());
  tlsPort = await listen(
    createTlsServer({ cert: certificate, key: privateKey }, (_request, response) => response.end()),
  );
  const closed = createServer();
  closedPort = await listen(closed);
  await new Promise((resolve) => closed.close(resolve));
});
afterAll(() => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))));

const to =
  (...addresses: string[]): Lookup =>
  (_host, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
const nowhere: Lookup = (_host, done) =>
  done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), []);

const reasonOf = async (client: Outbound, url: string): Promise<string> => {
  const error: unknown = await client.json(url).catch((refused: unknown) => refused);
  return error instanceof FetchFailed ? error.reason : 'The fetch did not fail.';
};

async function failure(url: string, allowed: Partial<Allowed> = {}): Promise<FetchFailed> {
  try {
    await outbound({ allowPrivate: true, lookup: to('127.0.0.1'), ...allowed }).json(url);
  } catch (error) {
    if (error instanceof FetchFailed) return error;
    throw error;
  }
  throw new Error('The fetch did not fail.');
}

describe('a failed fetch names its host and cause', () => {
  const causes = [
    {
      cause: 'a status',
      url: () => `http://idp.example:${port}/x?secret=1`,
      kind: 'STATUS',
      reason: /^http:\/\/idp\.example:\d+\/x answered with the status 404, not 200$/,
    },
    {
      cause: 'a closed port',
      url: () => `http://idp.example:${closedPort}/`,
      kind: 'CONNECTION_REFUSED',
      reason: /^the host "idp\.example" refused the connection on port \d+$/,
    },
    {
      cause: 'a certificate',
      url: () => `https://idp.example:${tlsPort}/`,
      kind: 'TLS',
      reason: /^the TLS certificate of the host "idp\.example" cannot be verified \(\w+\)$/,
    },
    {
      cause: 'a length',
      url: () => `http://idp.example:${port}/large`,
      kind: 'TOO_LARGE',
      reason: /is longer than 1 MB$/,
    },
    {
      cause: 'another format',
      url: () => `http://idp.example:${port}/html`,
      kind: 'NOT_JSON',
      reason: /\/html is not JSON$/,
    },
    {
      cause: 'a connection that ends',
      url: () => `http://idp.example:${port}/hang-up`,
      kind: 'CONNECTION_CLOSED',
      reason: /^the host "idp\.example" closed the connection/,
    },
  ];
  test.each(causes)('$cause', async ({ url, kind, reason }) => {
    const failed = await failure(url());
    expect([failed.kind, failed.host]).toEqual([kind, 'idp.example']);
    expect(failed.reason).toMatch(reason);
  });

  test('an unknown name and a name in a private network return the same error', async () => {
    const closed = { allowPrivate: false };
    const unknown = await failure('https://idp.example/', { ...closed, lookup: nowhere });
    const inner = await failure('https://idp.example/', { ...closed, lookup: to('10.0.0.1') });
    expect(unknown.reason).toMatch(/^the host "idp\.example" has no public address/);
    expect([inner.kind, inner.reason]).toEqual([unknown.kind, unknown.reason]);
  });

  test.each(causes)('$cause is not revealed for a host in an allowed private network', async ({ url, kind }) => {
    const failed = await failure(url(), { allowPrivate: false, networks: ['127.0.0.0/8'] });
    expect(failed.kind).toBe(kind);
    expect(failed.reason).toBe(
      'the host "idp.example" cannot be reached or returned an unexpected response (the server log contains the cause)',
    );
  });

  test('if private networks are allowed, an unknown name returns the same error as a host that does not respond', async () => {
    const open = { allowPrivate: false, networks: ['127.0.0.0/8'] };
    const url = `http://idp.example:${closedPort}/`;
    const reasons = new Set<string>();
    for (const lookup of [nowhere, to('127.0.0.1'), to('10.0.0.1')])
      reasons.add((await failure(url, { ...open, lookup })).reason);
    for (const path of ['', 'html', 'large', 'hang-up'])
      reasons.add((await failure(`http://idp.example:${port}/${path}`, { ...open })).reason);
    expect([...reasons]).toEqual([expect.stringContaining('the server log contains the cause')]);
  });

  test.each([1, 7, 9, 6000])(
    'the port %s, which the Fetch standard blocks, returns the same error for every host',
    async (blocked) => {
      const reasons = new Set<string>();
      for (const networks of [[], ['127.0.0.0/8']]) {
        for (const lookup of [nowhere, to('127.0.0.1'), to('10.0.0.1'), to('93.184.216.34')]) {
          const known = outbound({ allowPrivate: false, networks, lookup });
          // By now the name is cached as one of a private network.
          await expect(known.json(`http://idp.example:${closedPort}/`)).rejects.toThrow();
          reasons.add(await reasonOf(known, `http://idp.example:${blocked}/`));
        }
        const inner = outbound({ allowPrivate: false, networks, lookup: nowhere });
        const reason = await reasonOf(inner, `http://db.internal:${blocked}/`);
        reasons.add(reason.replace('db.internal', 'idp.example'));
      }
      expect([...reasons]).toEqual([
        `the port ${blocked} of the host "idp.example" cannot be used: the Fetch standard blocks it`,
      ]);
    },
  );

  test('the log of the operator contains the causes that callers do not receive', async () => {
    const withheld: FetchFailed[] = [];
    const onWithheld = (failed: FetchFailed) => withheld.push(failed);
    await failure(`http://idp.example:${closedPort}/`, { allowPrivate: false, networks: ['127.0.0.0/8'], onWithheld });
    await failure(`http://idp.example:${closedPort}/`, { onWithheld });
    expect(withheld.map(({ kind, host }) => [kind, host])).toEqual([['CONNECTION_REFUSED', 'idp.example']]);
  });
});
