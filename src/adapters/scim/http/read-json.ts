import { ScimError } from './errors.js';
import { isExactNumber } from './exact-number.js';

const maximumDepth = 64;
/** Maximum number of names in one object. The objects of SCIM have a few dozen. */
const maximumNames = 10_000;
/** Maximum number of names in all objects. A group of 10,000 members has 40,000. */
const maximumNamesInAll = 250_000;
const decoder = new TextDecoder('utf-8', { fatal: true });

const invalid = (detail: string) => new ScimError(400, 'invalidSyntax', detail);

/**
 * Parses a body: UTF-8, JSON, at most 64 levels deep and with at most 10,000 names in one object. An object that contains a name twice, in any case (RFC 7643
 * section 2.1), is rejected, because two parsers can read different values (RFC 8259 section 4). A number that a double
 * would change is also rejected (section 6). Time and memory are linear in the length. Returns undefined for an empty
 * body.
 *
 * @throws ScimError invalidSyntax that describes the error; 413 tooMany for more than 250,000 names in all
 */
export function readJson(bytes: Buffer): unknown {
  // Okta sends a content type also with GET, without a body.
  if (bytes.length === 0) return undefined;
  const text = decoded(bytes);
  checkShape(text);
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('The body is not valid JSON.');
  }
}

function decoded(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw invalid('The body is not valid UTF-8.');
  }
}

/** Scans the text once, without recursion. Invalid JSON is left to the parser that follows. */
function checkShape(text: string): void {
  // One entry per level: the names found in an object, or null in a list.
  const levels: (Set<string> | null)[] = [];
  let expectsName = false;
  let all = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at);
        const names = levels.at(-1);
        if (expectsName && names) {
          checkName(names, text.slice(at, end + 1));
          if (++all > maximumNamesInAll) throw tooMany();
        }
        expectsName = false;
        at = end;
        break;
      }
      case '{':
      case '[':
        expectsName = text[at] === '{';
        levels.push(expectsName ? new Set() : null);
        if (levels.length > maximumDepth) throw invalid(`The body is nested deeper than ${maximumDepth} levels.`);
        break;
      case '}':
      case ']':
        levels.pop();
        expectsName = false;
        break;
      case '-':
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9':
        at = endOfNumber(text, at) - 1;
        break;
      case ',':
        expectsName = levels.at(-1) instanceof Set;
        break;
    }
  }
}

const tooMany = () => new ScimError(413, 'tooMany', `The body has more than ${maximumNamesInAll} attributes.`);

const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function endOfNumber(text: string, start: number): number {
  number.lastIndex = start;
  const [found] = number.exec(text) ?? [];
  if (found === undefined) return start + 1;
  if (!isExactNumber(found))
    throw new ScimError(
      400,
      'invalidValue',
      `The number ${found.slice(0, 60)} cannot be stored exactly. Send it as a string.`,
    );
  return start + found.length;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function checkName(names: Set<string>, quoted: string): void {
  const name = (quoted.includes('\\') ? unescaped(quoted) : quoted).toLowerCase();
  if (names.has(name))
    throw invalid(`The body contains ${quoted.slice(0, 60)} twice in one object. Names are case-insensitive.`);
  names.add(name);
  if (names.size > maximumNames) throw invalid(`An object of the body has more than ${maximumNames} attributes.`);
}

function unescaped(quoted: string): string {
  try {
    return JSON.stringify(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
