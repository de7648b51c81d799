import { fold } from '../fold.js';

const most = 8;

/**
 * Patterns that a text, led by a space, must be like to have every word of the search in it. Words of one or two letters are
 * looked for where words begin: three letters in a row are the least that an index of trigrams finds.
 */
export function wordPatterns(search: string | null | undefined): string[] {
  const words = fold(search ?? '')
    .split(' ')
    .filter(Boolean);
  return words.slice(0, most).map((word) => {
    const text = word.replace(/[\\%_]/g, '\\$&');
    return [...word].length < 3 ? `% ${text}%` : `%${text}%`;
  });
}
