import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isPublic } from '../../src/outbound/addresses.js';
import { outbound } from '../../src/outbound/outbound.js';

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
  ])('sends nothing to %s', async (host) => {
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
  test.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'])('%s is', (address) =>
    expect(isPublic(address)).toBe(true),
  );
});
