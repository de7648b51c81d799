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
