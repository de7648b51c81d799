import { readFileSync } from 'node:fs';
import { blocksOf } from './blocks.js';

const entries = readFileSync(new URL('banned-words.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.includes('\t') && !line.startsWith('#'))
  .map((line) => {
    const [source, instead] = line.split('\t');
    const whole = /^\(\?-i:(.*)\)$/.exec(source);
    return { expression: new RegExp(whole ? whole[1] : source, whole ? 'gm' : 'gim'), instead };
  });

/** Returns a line for each phrase of `bin/lint/banned-words.txt` in the name or the content of a file. */
export function hitsIn(file, content) {
  const blocks = [{ line: 1, text: file }, ...blocksOf(file, content)];
  const text = blocks.map((block) => block.text).join('\n');
  return entries.flatMap(({ expression, instead }) =>
    [...text.matchAll(expression)].map((match) => {
      const first = match.index + match[0].length - match[0].trimStart().length;
      const before = text.slice(0, first).split('\n').length - 1;
      return `${file}:${blocks[before].line} "${match[0].trim()}": write ${instead}`;
    }),
  );
}
