import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Lookup, outbound } from '../../src/outbound/outbound.js';
import { isPublic } from '../../src/outbound/public-addresses.js';

describe('the outbound client', () => {
  let server: Server;
  let port: number;
  let asked = 0;
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked++;
      if (request.url === '/redirect') return response.writeHead(302, { location: '/' }).end();
      if (request.url === '/large') return response.end(JSON.stringify('x'.repeat(1_100_000)));
      return response.end('{"ok":true}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test.each([
    '127.0.0.1',
    'localhost',
    '127.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '0.0.0.0',
  ])('sends no request to %s', async (host) => {
    const before = asked;
    await expect(outbound({ allowPrivate: false }).json(`http://${host}:${port}/`)).rejects.toThrow();
    expect(asked).toBe(before);
  });

  test('follows no redirect and reads no more than a megabyte', async () => {
    const fetchJson = outbound({ allowPrivate: true }).json;
    expect(await fetchJson(`http://127.0.0.1:${port}/`)).toEqual({ ok: true });
    await expect(fetchJson(`http://127.0.0.1:${port}/redirect`)).rejects.toThrow();
    await expect(fetchJson(`http://127.0.0.1:${port}/large`)).rejects.toThrow('too large');
  });

  test.each([
    '10.1.2.3',
    '169.254.169.254',
    '100.64.0.1',
    '192.168.0.1',
    'fe80::1',
    'fd00::1',
    '::1',
    '::',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '::ffff:10.0.0.1',
    'nonsense',
  ])('%s is not public', (address) => expect(isPublic(address)).toBe(false));
  test.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'])('%s is public', (address) =>
    expect(isPublic(address)).toBe(true),
  );
});

describe('posting to URLs of tenants', () => {
  let canary: TcpServer;
  let touched = 0;
  beforeAll(async () => {
    canary = createTcpServer((socket) => {
      touched++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => canary.listen(8_443, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => canary.close(resolve)));
  const message = { headers: {}, body: '{}' };
  const resolvingTo = (...answers: string[][]) => {
    let asked = 0;
    const lookup: Lookup = (_host, done) => {
      const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    return { client: outbound({ allowPrivate: false, lookup }), asked: () => asked };
  };

  test.each([
    ['loopback', ['127.0.0.1']],
    ['cloud metadata', ['169.254.169.254']],
    ['a private network', ['10.0.0.8']],
    ['IPv4 in IPv6', ['::ffff:127.0.0.1']],
    ['NAT64', ['64:ff9b::7f00:1']],
    ['one public and one private address', ['93.184.215.14', '127.0.0.1']],
    ['nothing', []],
  ])('a name that resolves to %s is not connected to', async (_what, addresses) => {
    const { client } = resolvingTo(addresses);
    await expect(client.post('https://hook.example:8443/', message)).rejects.toThrow();
    expect(touched).toBe(0);
  });

  test('rebinding: the client connects to the address that was checked', async () => {
    // 192.0.2.0/24 is not public either; a public address would leave the machine.
    const { client, asked } = resolvingTo(['127.0.0.1'], ['127.0.0.1']);
    await expect(client.post('https://rebind.example:8443/', message)).rejects.toThrow();
    expect(asked()).toBe(1);
    const allowed = outbound({
      allowPrivate: false,
      networks: ['127.0.0.2/32'],
      lookup: (_host, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    await expect(allowed.post('https://rebind.example:8443/', message)).rejects.toThrow();
    expect(touched).toBe(0);
  });

  test('the operator can allow a network', async () => {
    const client = outbound({
      allowPrivate: false,
      networks: ['127.0.0.0/8'],
      lookup: (_host, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    await expect(client.post('https://inside.example:8443/', message)).rejects.toThrow();
    expect(touched).toBe(1);
    touched = 0;
  });

  test.each([
    'http://hook.example/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://2130706433/',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/',
    'https://printer/',
    'https://db.internal/',
    'https://hook.example:22/',
    'https://user:secret@hook.example/',
    'https://hook.example/#part',
    'ftp://hook.example/',
    'nonsense',
  ])('%s is refused at input', (url) => {
    expect(() => outbound({ allowPrivate: false }).checkUrl(url)).toThrow('"url" must');
  });

  test('a public https URL is accepted', () => {
    expect(() => outbound({ allowPrivate: false }).checkUrl('https://hook.example:8443/path?x=1')).not.toThrow();
  });
});
