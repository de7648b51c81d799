import { BadInput } from '../../../kernel/errors.js';
import { isText } from '../../../kernel/text.js';

/** Maximum number of field names in the path of an error. Deeper names are keys of a JSON value and are omitted. */
const deepest = 5;

/**
 * Checks that all texts of the variables can be stored unchanged, including names in JSON objects: no NUL and no half
 * of a surrogate pair (RFC 8259 section 8.2). The database driver would replace the latter without an error, so the
 * response would differ from the stored text.
 *
 * @throws BadInput with the path of the text, without the name of the variable
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
 * Returns the field names that lead to a text that cannot be stored, without list indexes; null if there is none.
 * Written as a loop, because JSON can be nested deeper than the call stack allows.
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
