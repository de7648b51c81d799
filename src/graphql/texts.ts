import { BadInput } from '../errors.js';
import { isText } from '../text.js';

/** Names of a field at most. What is below is part of a JSON value. */
const deepest = 5;

/**
 * Checks that every text of the variables can be stored as it is, names of JSON objects included: no NUL and no half of a
 * surrogate pair (RFC 8259 section 8.2). The driver of the database would replace the latter without an error, so the answer
 * would differ from what is stored.
 *
 * @throws BadInput with the path of the text, without the variable that contains it
 */
export function checkTexts(variables: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(variables)) {
    const path = pathOfFault(value);
    if (path === null) continue;
    const field = path.filter((part) => /^\w+$/.test(part)).join('.') || name;
    throw new BadInput(`"${field}" contains a NUL or half of a surrogate pair, which is not text. Remove it.`, field);
  }
}

/**
 * Returns the names that lead to a text that cannot be stored, without positions in lists; null if there is none. JSON can be
 * nested deeper than calls can, so this is a loop.
 */
function pathOfFault(value: unknown): readonly string[] | null {
  const rest: { value: unknown; path: readonly string[] }[] = [{ value, path: [] }];
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { value: part, path } = next;
    if (typeof part === 'string' && !isText(part)) return path;
    if (typeof part !== 'object' || part === null) continue;
    const isList = Array.isArray(part);
    for (const [name, inner] of Object.entries(part)) {
      if (!isText(name)) return path;
      rest.push({ value: inner, path: isList || path.length >= deepest ? path : [...path, name] });
    }
  }
  return null;
}
