import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/config.js';
import { settings } from '../../src/config/settings.js';

describe('PUBLIC_URL', () => {
  test.each([
    ['https://directory.example.com', 'https://directory.example.com'],
    ['https://directory.example.com/', 'https://directory.example.com'],
    ['https://Directory.Example.com:443', 'https://directory.example.com'],
    ['http://127.0.0.1:6102', 'http://127.0.0.1:6102'],
  ])('%s is the origin %s', (given, kept) => {
    expect(readConfig({ PUBLIC_URL: given }).PUBLIC_URL).toBe(kept);
  });

  test.each([
    'http://127.0.0.1:6102/dir',
    'https://example.com/dir/',
    'https://example.com/%2e%2e/dir',
    'https://example.com/?',
    'https://example.com#',
    'https://example.com?x=1',
    'https://user@example.com',
  ])('%s is refused at the start, because the issuer, its endpoints and cookies have no path', (given) => {
    expect(() => readConfig({ PUBLIC_URL: given })).toThrow(
      /^PUBLIC_URL must be scheme, host and port only\..*Example: /,
    );
  });
});

describe('addresses', () => {
  test.each(['127.0.0.1:80', 'localhost:4000', '[::1]:80', 'a b'])('HOST %s is refused', (given) => {
    expect(() => readConfig({ HOST: given })).toThrow(/^HOST is not an address or host name\. A port is set by PORT\./);
  });
  test.each(['127.0.0.1', '0.0.0.0', '::', '::1', 'fe80::1', 'localhost', 'node-1.example.com'])('HOST %s', (given) => {
    expect(readConfig({ HOST: given }).HOST).toBe(given);
  });
  test.each(['0.0.0.0/0', '::/0', 'loopback, 10.0.0.0/0', '0.0.0.0/00', '0.0.0.0/0.0.0.0'])(
    'TRUST_PROXY %s is refused: any caller could forge its address',
    (given) => {
      expect(() => readConfig({ TRUST_PROXY: given })).toThrow(
        /which trusts every address: .*forge.*List your proxies/,
      );
    },
  );
  test.each(['10.0.0.0/8', '10.0.0.0/255.0.0.0', '10.0.0.0/10', 'loopback, ::1/128'])('TRUST_PROXY %s', (given) => {
    expect(readConfig({ TRUST_PROXY: given }).TRUST_PROXY).toEqual(given.split(', '));
  });
});

describe('DATABASE_URL', () => {
  test.each([
    'postgres://u:pw@one:5432,two:5432/db',
    'postgresql://u:pw@one,two/db?target_session_attrs=read-write',
    'postgres://u:pw@/db?host=one,two',
    'postgres://u:pw@/db?host=one%2Ctwo',
  ])('with several hosts is refused with one error that does not contain the password: %s', (given) => {
    const text = /^DATABASE_URL has several hosts\. Use one address that leads to the primary/;
    expect(() => readConfig({ DATABASE_URL: given })).toThrow(text);
    expect(() => readConfig({ DATABASE_URL: given })).not.toThrow(/pw@|not a URL/);
  });
  test('can contain a comma outside of the host', () => {
    for (const given of ['postgres://u:p,w@one/db', 'postgres://one/db?options=-c%20a%3Db,c'])
      expect(readConfig({ DATABASE_URL: given }).DATABASE_URL?.reveal()).toBe(given);
  });
});

describe('event retention', () => {
  test('a ceiling below the retention is refused, also if one of them is a default', () => {
    expect(() => readConfig({ EVENT_RETENTION_DAYS: '90', EVENT_CEILING_DAYS: '30' })).toThrow(
      'EVENT_CEILING_DAYS is 30, less than EVENT_RETENTION_DAYS. Example: EVENT_CEILING_DAYS=90',
    );
    expect(() => readConfig({ EVENT_RETENTION_DAYS: '365' })).toThrow('Example: EVENT_CEILING_DAYS=365');
    expect(readConfig({ EVENT_RETENTION_DAYS: '90', EVENT_CEILING_DAYS: '90' }).EVENT_CEILING_DAYS).toBe(90);
  });
});

describe('DRAIN_SECONDS and SHUTDOWN_SECONDS', () => {
  test('are whole seconds within bounds', () => {
    expect(readConfig({})).toMatchObject({ DRAIN_SECONDS: 0, SHUTDOWN_SECONDS: 30 });
    expect(readConfig({ DRAIN_SECONDS: '300', SHUTDOWN_SECONDS: '600' })).toMatchObject({ DRAIN_SECONDS: 300 });
    for (const [name, value] of [
      ['DRAIN_SECONDS', '301'],
      ['DRAIN_SECONDS', '-1'],
      ['SHUTDOWN_SECONDS', '0'],
      ['SHUTDOWN_SECONDS', '4'],
      ['SHUTDOWN_SECONDS', '1.5'],
    ] as const)
      expect(() => readConfig({ [name]: value })).toThrow(name);
  });
});

describe('the range of a numeric setting, as docs/configuration.md prints it', () => {
  // The ceiling is never below the retention.
  const others = { EVENT_RETENTION_DAYS: '1', EVENT_CEILING_DAYS: '9999' };
  const ranges = Object.entries(settings).flatMap(([name, setting]) =>
    'range' in setting ? [{ name, lowest: setting.range[0], highest: setting.range[1] }] : [],
  );
  test.each(ranges)('$name: from $lowest to $highest', ({ name, lowest, highest }) => {
    for (const value of [lowest, highest])
      expect(readConfig({ ...others, [name]: String(value) })).toMatchObject({ [name]: value });
    for (const value of [lowest - 1, highest + 1])
      expect(() => readConfig({ ...others, [name]: String(value) })).toThrow(name);
  });

  test('every numeric setting has a range', () => {
    const numbers = Object.entries(readConfig({})).filter(([, value]) => typeof value === 'number');
    expect(ranges.map(({ name }) => name)).toEqual(numbers.map(([name]) => name));
  });
});
