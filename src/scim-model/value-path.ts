import { type AttributePath, type Filter, printPath } from './filter.js';
import { Parser, parseFilter, pathOf } from './parse-filter.js';
import { scan } from './scan.js';
import { FilterSyntax, PathSyntax } from './syntax-errors.js';

/** Parsed path: `attribute`, `attribute.sub`, `attribute[filter]` or `attribute[filter].sub`. */
export interface ValuePath {
  path: AttributePath;
  filter: Filter | null;
}

const maximumPath = 2_048;

/**
 * Parses a path (RFC 7644 section 3.5.2, figure 7).
 *
 * @throws PathSyntax, or FilterSyntax for an error inside the brackets
 */
export function parsePath(text: string): ValuePath {
  if (text.length > maximumPath) throw new PathSyntax(`it is longer than ${maximumPath} characters`);
  const open = text.indexOf('[');
  if (open < 0) return { path: word(text), filter: null };
  const close = closingBracket(text, open);
  const filter = parseFilter(text.slice(0, close), open + 1);
  checkNames(filter);
  const rest = text.slice(close + 1).trim();
  const path = word(text.slice(0, open));
  if (path.urn === null && path.sub !== null) throw new PathSyntax(`the filter must follow "${path.name}"`);
  if (rest === '') return { path, filter };
  const after = rest.startsWith('.') ? word(rest.slice(1)) : null;
  if (after?.sub !== null || after.urn !== null) throw new PathSyntax(`"${rest.slice(0, 40)}" follows the bracket`);
  // `urn:...:User.emails[...].value`: the part before the dot can belong to the URN, which `resolve` determines.
  const sub = path.sub === null ? after.name : `${path.sub}.${after.name}`;
  return { path: { ...path, sub }, filter };
}

/** Checks that a value filter contains only sub-attributes, without a URN or a further level. */
function checkNames(filter: Filter): void {
  if ('left' in filter) {
    checkNames(filter.left);
    checkNames(filter.right);
  } else if (filter.kind === 'not') checkNames(filter.filter);
  else if (filter.kind === 'element' || filter.path.urn !== null || filter.path.sub !== null)
    throw new FilterSyntax(`"${printPath(filter.path)}" is not a sub-attribute; a filter in brackets names these only`);
}

function word(text: string): AttributePath {
  try {
    const parser = new Parser(scan(text));
    const path = pathOf(parser.expect('word', 'an attribute'));
    parser.expect('end', 'the end of the path');
    return path;
  } catch (error) {
    if (error instanceof FilterSyntax) throw new PathSyntax(`"${text.slice(0, 100)}" is not an attribute`);
    throw error;
  }
}

function closingBracket(text: string, open: number): number {
  let quoted = false;
  for (let at = open + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (quoted && char === '\\') at++;
    else if (char === '"') quoted = !quoted;
    else if (char === ']' && !quoted) return at;
  }
  throw new PathSyntax('a bracket is not closed');
}
