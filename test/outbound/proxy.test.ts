import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/config.js';
import { type Allowed, type Lookup, outbound } from '../../src/outbound/outbound.js';
import { HostileIdp } from '../support/oidc-idp.js';
import { freshDatabase, startServer } from '../support/server.js';
import { World } from '../support/world.js';

let target: Server;
let proxy: Server;
let canary: TcpServer;
let touched = 0;
const requested: { target: string; authorization: string | undefined }[] = [];
const paths: string[] = [];
const open = (server: Server | TcpServer) =>
  new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
let url = '';
let canaryPort = 0;
beforeAll(async () => {
  target = createServer((request, response) => {
    paths.push(`${request.method} ${request.headers.host}${request.url}`);
    if (request.url === '/redirect') return response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    return response.end('{"ok":true}');
  });
  const port = await open(target);
  proxy = createServer((request, response) => {
    requested.push({ target: `${request.method} ${request.url}`, authorization: undefined });
    response.writeHead(405).end();
  });
  proxy.on('connect', (request, socket, head) => {
    requested.push({ target: String(request.url), authorization: request.headers['proxy-authorization'] });
    if (request.url?.startsWith('refused.')) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [upstream, socket]) end.on('error', () => {});
  });
  url = `http://user:secret@127.0.0.1:${await open(proxy)}`;
  canary = createTcpServer((socket) => {
    touched++;
    socket.destroy();
  });
  canaryPort = await open(canary);
});
afterAll(() => {
  target.closeAllConnections();
  for (const server of [target, proxy, canary]) server.close();
});
beforeEach(() => {
  requested.length = 0;
  paths.length = 0;
});

const to =
  (address: string): Lookup =>
  (_host, done) =>
    done(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
const nowhere: Lookup = (_host, done) => done(new Error('ENOTFOUND'), []);
const through = (more: Partial<Allowed> & { bypass?: string[]; resolves?: boolean } = {}) => {
  const { bypass = [], resolves = false, ...allowed } = more;
  return outbound({ allowPrivate: false, lookup: to('93.184.215.14'), proxy: { url, bypass, resolves }, ...allowed });
};
const message = { headers: {}, body: '{}' };

/** Spellings of addresses and names of internal networks, from lists of SSRF payloads. */
const inner = [
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '0x7f000001',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '127.0.0.1.',
  ],
  ...[
    '0.0.0.0',
    '0',
    '10.0.0.8',
    '172.16.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '0xa9fea9fe',
    '2852039166',
  ],
  ...[
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[fe80::1]',
    '[fd00::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ],
  ...[
    '[0:0:0:0:0:ffff:169.254.169.254]',
    '①②⑦.⓪.⓪.①',
    '１２７.０.０.１',
    '127。0。0。1',
    '224.0.0.1',
    '255.255.255.255',
  ],
  ...[
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'printer',
    'printer.local',
    'db.internal',
    'metadata.google.internal',
  ],
  ...[
    'router.home.arpa',
    'nas.lan',
    'wiki.corp',
    'wiki.intranet',
    'host.localdomain',
    'db.internal..',
    'x.private',
    'x.home',
  ],
  // Kubernetes: "DNS for Services and Pods".
  ...['kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'db.kube-system'],
  ...['10-0-0-8.default.pod', 'db.team-1', 'DB.Default.SVC', 'db.default.svc.', 'db.default.svc.cluster'],
  // RFC 6761, RFC 6762 with appendix G, RFC 7686, RFC 8375, RFC 9476.
  ...['x.invalid', 'x.test', '8.0.0.10.in-addr.arpa', 'x.home.arpa', 'x.onion', 'x.alt', 'x.mail'],
  ...['vault.service.consul', 'web.service.nomad', 'host.docker', 'x.localdomain', 'x.lan', 'x.intra', 'x.domain'],
  ...['vm.internal.cloudapp.net', 'fritz.box', 'x.123', 'x.a', 'localhost.localdomain', 'ip6-localhost'],
];

/** Names of this machine. */
const loopbacks = [
  'localhost',
  'a.localhost',
  'localhost.',
  'LOCALHOST',
  'localhost6',
  'ip6-loopback',
  '127.0.0.2',
  '[::1]',
];

describe('with HTTPS_PROXY, RFC 9110 section 9.3.6 (CONNECT)', () => {
  test('every request is sent through the proxy, with the host name and the proxy password', async () => {
    const client = through();
    expect(await client.json('http://idp.example/keys')).toEqual({ ok: true });
    expect(await client.text('http://idp.example:8080/metadata')).toBe('{"ok":true}');
    await client.fetch('http://idp.example/token', { method: 'POST', body: 'x' });
    await expect(client.post('https://hook.example/', message)).rejects.toThrow();
    expect([...new Set(requested.map((one) => one.target))]).toEqual([
      'idp.example:80',
      'idp.example:8080',
      'hook.example:443',
    ]);
    const authorization = `Basic ${Buffer.from('user:secret').toString('base64')}`;
    for (const one of requested) expect(one.authorization).toBe(authorization);
    expect(paths).toEqual(['GET idp.example/keys', 'GET idp.example:8080/metadata', 'POST idp.example/token']);
  });

  test.each(inner)('%s is refused before a request, whether the proxy or the server resolves names', async (host) => {
    for (const resolves of [true, false]) {
      const client = through({ resolves });
      for (const scheme of ['http', 'https']) {
        await expect(client.json(`${scheme}://${host}:${canaryPort}/`)).rejects.toThrow();
        await expect(client.text(`${scheme}://${host}/`)).rejects.toThrow();
        await expect(client.post(`${scheme}://${host}:8443/`, message)).rejects.toThrow();
      }
    }
    expect([requested, touched]).toEqual([[], 0]);
  });

  test.each(loopbacks)('%s is never requested from the proxy, regardless of OUTBOUND_ALLOW', async (host) => {
    const networks = ['10.0.0.0/8', '192.168.0.0/16'];
    for (const resolves of [true, false])
      await expect(through({ resolves, networks }).json(`http://${host}:${canaryPort}/`)).rejects.toThrow();
    await expect(
      through({ allowPrivate: true, resolves: true, lookup: nowhere }).json(`http://${host}:1/`),
    ).rejects.toThrow();
    expect([requested, touched]).toEqual([[], 0]);
  });

  test.each(inner.filter((host) => /[a-z]{2}/i.test(host) && !host.startsWith('0x')))(
    '%s is not requested from a proxy that resolves names, regardless of OUTBOUND_ALLOW',
    async (host) => {
      await expect(through({ resolves: true, networks: ['10.0.0.0/8'] }).json(`http://${host}/`)).rejects.toThrow();
      expect(requested).toEqual([]);
    },
  );

  test.each([
    'idp.example',
    'login.microsoftonline.com',
    'a.localhost.example',
    'svc.example',
    'idp.xn--p1ai',
    'x.cloudapp.net',
  ])('%s is a public name', async (host) => {
    await through({ resolves: true }).json(`http://${host}/`);
    expect(requested.map((one) => one.target)).toEqual([`${host}:80`]);
  });

  test.each(['127.0.0.1', '10.0.0.8', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'fd00::1'])(
    'a name that the server resolves to %s is refused, unless only the proxy resolves names',
    async (address) => {
      await expect(through({ lookup: to(address) }).json('http://rebind.example/')).rejects.toThrow('refused');
      expect(requested).toEqual([]);
      await through({ lookup: to(address), resolves: true }).json('http://rebind.example/');
      expect(requested.map((one) => one.target)).toEqual(['rebind.example:80']);
    },
  );

  test('a name with a private address among several, and a name that does not resolve, are refused', async () => {
    const both: Lookup = (_host, done) =>
      done(null, [
        { address: '93.184.215.14', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    for (const lookup of [both, nowhere, ((_host, done) => done(null, [])) as Lookup])
      await expect(through({ lookup }).json('http://idp.example/')).rejects.toThrow();
    expect(requested).toEqual([]);
    await through({ lookup: nowhere, resolves: true }).json('http://idp.example/');
    expect(requested).toHaveLength(1);
  });

  test('a redirect is not followed', async () => {
    await expect(through().text('http://idp.example/redirect')).rejects.toThrow('status 302');
    expect((await through().fetch('http://idp.example/redirect')).status).toBe(302);
    for (const one of requested) expect(one.target).toBe('idp.example:80');
  });

  test('a proxy that refuses or is unreachable is an error, and no request bypasses it', async () => {
    await expect(through().json('http://refused.example/')).rejects.toThrow();
    const away = outbound({
      allowPrivate: false,
      lookup: to('93.184.215.14'),
      proxy: { url: 'http://127.0.0.1:1', bypass: [], resolves: false },
    });
    await expect(away.json('http://idp.example/')).rejects.toThrow();
    expect(paths).toEqual([]);
  });

  test.each([
    [['idp.example'], 'http://idp.example/', true],
    [['idp.example'], 'http://eu.idp.example/', true],
    [['.idp.example'], 'http://eu.idp.example/', true],
    [['*.idp.example'], 'http://eu.idp.example/', true],
    [['idp.example:80'], 'http://idp.example/', true],
    [['idp.example:8080'], 'http://idp.example/', false],
    [['example'], 'http://idp.example/', true],
    [['dp.example'], 'http://idp.example/', false],
    [['IDP.Example'], 'http://idp.example./', true],
    [['*'], 'http://idp.example/', true],
    [['10.0.0.0/8', '::1'], 'http://10.1.2.3/', true],
    [['other.example'], 'http://idp.example/', false],
  ])('NO_PROXY %j, %s: direct is %s, with all address checks', async (bypass, address, isDirect) => {
    let asked = 0;
    const lookup: Lookup = (host, done) => {
      asked++;
      to(isDirect ? '127.0.0.1' : '93.184.215.14')(host, done);
    };
    const outcome = await through({ bypass, lookup, resolves: !isDirect })
      .json(address)
      .catch(() => 'refused');
    expect(requested.length).toBe(isDirect ? 0 : 1);
    expect(outcome).toEqual(isDirect ? 'refused' : { ok: true });
    if (isDirect && !address.includes('10.1')) expect(asked).toBe(1);
  });

  test('OUTBOUND_ALLOW applies with and without the proxy; in development, loopback addresses are never requested from it', async () => {
    const networks = ['10.0.0.0/8'];
    await through({ networks }).json('http://10.0.0.8/');
    await through({ networks, lookup: to('10.0.0.8') }).json('http://idp.corp/');
    expect(requested.map((one) => one.target)).toEqual(['10.0.0.8:80', 'idp.corp:80']);
    await expect(through({ networks, lookup: to('192.168.0.1') }).json('http://idp.corp/')).rejects.toThrow();
    const { port } = target.address() as AddressInfo;
    const mine = through({ allowPrivate: true, lookup: to('127.0.0.1') });
    expect(await mine.json(`http://127.0.0.1:${port}/`)).toEqual({ ok: true });
    expect(await mine.json(`http://localhost:${port}/`)).toEqual({ ok: true });
    expect(requested).toHaveLength(2);
  });
});

describe('a server with HTTPS_PROXY', () => {
  test('reads discovery and metadata through it, and refuses a private issuer without a request', async () => {
    const settings = { ...(await freshDatabase()), HTTPS_PROXY: url, OUTBOUND_PROXY_RESOLVES: 'on' };
    const world = new World(await startServer({}, { ...settings, PUBLIC_URL: 'https://directory.example.com' }));
    const tenant = await world.tenant();
    const connect = (saml: object) =>
      tenant.gql('mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }', {
        i: { organizationId: tenant.organizationId, name: 'x', provider: 'GENERIC', saml },
      });
    await expect(connect({ metadataUrl: 'http://idp.example/metadata' })).rejects.toThrow();
    expect(requested.map((one) => one.target)).toEqual(['idp.example:80']);
    const idp = await HostileIdp.start();
    await expect(connect({ metadataUrl: `${idp.issuer}/metadata` })).rejects.toThrow('could not be read');
    expect(requested).toHaveLength(1);
    await idp.close();
    await world.close();
  });

  test.each([
    [{ HTTPS_PROXY: 'socks5://p' }, /HTTPS_PROXY is not a URL/],
    [{ NO_PROXY: '10.0.0.0/99' }, /NO_PROXY is not a list/],
    [{ NO_PROXY: 'a b' }, /NO_PROXY is not a list/],
    [{ OUTBOUND_PROXY_RESOLVES: 'yes' }, /OUTBOUND_PROXY_RESOLVES is not/],
  ])('%j is refused at the start', (settings, problem) => {
    expect(() => readConfig(settings)).toThrow(problem);
  });
});
