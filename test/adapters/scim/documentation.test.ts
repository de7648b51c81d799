import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const directory = new URL('.', import.meta.url);
const page = readFileSync(new URL('../../../docs/scim.md', import.meta.url), 'utf8');
const rows = page
  .slice(page.indexOf('## Rules and tests'))
  .split('\n')
  .filter((line) => /^\| [\dDA-Za-z]/.test(line) && !line.startsWith('| rule'));

describe('docs/scim.md', () => {
  test('names every rule from 1 to 19 once', () => {
    const numbers = rows.flatMap((row) => /^\| (\d+) /.exec(row)?.[1] ?? []).map(Number);
    expect(numbers).toEqual(Array.from({ length: 19 }, (_, n) => n + 1));
  });

  test.each(rows.map((row) => ({ row })))('the tests of $row exist', ({ row }) => {
    const named = [...row.matchAll(/`([\w./-]+\.test\.ts)`(?:: ([^;|]+))?/g)];
    expect(named.length).toBeGreaterThan(0);
    for (const [, file = '', title = ''] of named) {
      const text = readFileSync(new URL(file, directory), 'utf8').replaceAll("\\'", "'");
      expect([file, title.trim(), text.includes(title.trim())]).toEqual([file, title.trim(), true]);
    }
  });

  test('lists every tolerance', () => {
    const profile = readFileSync(new URL('../../../src/identity-providers/profiles/profile.ts', directory), 'utf8');
    const names = [...(/type ToleranceName =([^;]*);/.exec(profile)?.[1] ?? '').matchAll(/\| '(\w+)'/g)];
    expect(names.length).toBeGreaterThan(5);
    for (const [, name] of names) expect([name, page.includes(`\`${name}\``)]).toEqual([name, true]);
    expect(readdirSync(new URL('requests/', directory)).length).toBeGreaterThan(10);
  });
});
