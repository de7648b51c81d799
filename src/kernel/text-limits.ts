import { fold } from './fold.js';

// Control, format (bidi, soft hyphen, zero width), surrogate and unassigned characters are not allowed in a name.
const forbidden = /[\p{Cc}\p{Cs}\p{Cn}\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/u;

/** Returns why `text` is invalid as a userName or address, as the end of a sentence; null if it is valid. */
export function nameError(text: string): string | null {
  if (text.trim() === '') return 'must not be empty';
  const tooLong = lengthError(text);
  if (tooLong) return tooLong;
  if (forbidden.test(text)) return 'must not contain control, invisible or unassigned characters';
  return null;
}

/**
 * Returns why the length of an indexed text is invalid, as the end of a sentence; null if it is valid. An entry of a
 * PostgreSQL index has at most 2,704 bytes, and ids take some of them; a longer text would fail when it is saved.
 */
export function lengthError(text: string): string | null {
  if (text.length > 1024) return 'must not be longer than 1,024 characters';
  if (bytesIn(fold(text)) > 2000 || bytesIn(text) > 2000) return 'must not be longer than 2,000 bytes in UTF-8';
  return null;
}

const bytesIn = (text: string): number => new TextEncoder().encode(text).length;
