import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../src/config.js';

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
  ])('%s is refused at the start: the issuer, its endpoints and cookies have no path', (given) => {
    expect(() => readConfig({ PUBLIC_URL: given })).toThrow(
      /^PUBLIC_URL must be scheme, host and port only\..*Example: /,
    );
  });
});

describe('days that events are kept', () => {
  test('a ceiling below the retention is refused, also that of a default', () => {
    expect(() => readConfig({ EVENT_RETENTION_DAYS: '90', EVENT_CEILING_DAYS: '30' })).toThrow(
      'EVENT_CEILING_DAYS is 30, less than EVENT_RETENTION_DAYS. Example: EVENT_CEILING_DAYS=90',
    );
    expect(() => readConfig({ EVENT_RETENTION_DAYS: '365' })).toThrow('Example: EVENT_CEILING_DAYS=365');
    expect(readConfig({ EVENT_RETENTION_DAYS: '90', EVENT_CEILING_DAYS: '90' }).EVENT_CEILING_DAYS).toBe(90);
  });
});
