import { fold } from '../kernel/fold.js';

const most = 8;

/**
 * Returns patterns that match a text if it contains every word of the search; the text must begin with a space. Words
 * of one or two letters match only at the start of a word, because a trigram index needs at least three letters.
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
