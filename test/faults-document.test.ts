import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const rows = readFileSync(new URL('../docs/operations/faults.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line));

test('docs/operations/faults.md contains each fault once, with tests that exist', () => {
  expect(rows.map((row) => Number.parseInt(row.slice(2), 10))).toEqual(Array.from({ length: 32 }, (_, n) => n + 1));
  for (const row of rows) {
    const shown = row.split('|').at(-2) ?? '';
    const files = [...shown.matchAll(/`(soak|test)\/([\w/-]+)`/g)].map(([, folder, path]) =>
      folder === 'soak' ? `test/soak/${path}.test.ts` : `test/${path}.test.ts`,
    );
    expect(files.length).toBeGreaterThan(0);
    const missing = files.filter((file) => !existsSync(new URL(`../${file}`, import.meta.url)));
    expect(missing).toEqual([]);
  }
});
