import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';

interface Words {
  hitsIn(file: string, content: string): string[];
}
const { hitsIn }: Words = await import(pathToFileURL(path.resolve('bin/lint/words.js')).href);

describe('the check of the words', () => {
  test('names file, line, phrase and replacement', () => {
    const content = "const answer = 1;\nconst text = 'The token has run out.';\n";
    expect(hitsIn('src/a.ts', content)).toEqual(['src/a.ts:2 "has run out": write expired, expires']);
  });
  test('finds a phrase that breaks over two lines of a comment', () => {
    expect(hitsIn('src/a.ts', '/**\n * Deletes what has\n * run out.\n */\n')).toHaveLength(1);
    expect(hitsIn('src/a.ts', '  // The link has\n  // run out.\n')).toHaveLength(1);
  });
  test('finds a phrase that breaks over two lines of a document', () => {
    expect(hitsIn('docs/a.md', 'The token has\nrun out.\n')).toHaveLength(1);
    expect(hitsIn('docs/a.md', '- The token has\n  run out.\n')).toHaveLength(1);
  });
  test('does not join paragraphs, list items or code', () => {
    expect(hitsIn('docs/a.md', 'what it has\n\nrun out\n\n- it has\n- run out\n\n```sh\nhas\nrun out\n```\n')).toEqual(
      [],
    );
  });
  test('checks names of files and identifiers', () => {
    expect(hitsIn('src/use-up.ts', '')).toHaveLength(1);
    expect(hitsIn('src/a.ts', 'useUp(value);')).toHaveLength(1);
    expect(hitsIn('src/a.ts', 'await client.settleAdoption(id);')).toEqual([]);
  });
  test('distinguishes case where the list does', () => {
    expect(hitsIn('src/a.ts', '// The same user')).toHaveLength(1);
    expect(hitsIn('src/a.ts', '// Returns the same user')).toEqual([]);
  });
});
