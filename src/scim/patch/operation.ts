import type { AttributePath, Filter } from '../../attributes/filter.js';
import { Parser, parseFilter, pathOf } from '../../attributes/parse-filter.js';
import { scan } from '../../attributes/scan.js';
import { FilterSyntax, PathSyntax } from '../../attributes/syntax-errors.js';
import { isObject, type Json } from '../../json.js';
import { ScimError } from '../errors.js';

/** One operation of a PATCH (RFC 7644 section 3.5.2). */
export interface PatchOp {
  op: 'add' | 'remove' | 'replace';
  path: string | null;
  value: unknown;
  /** What a value filter that matches nothing means: `noTarget` by the RFC; some dialects mean a new element. */
  whenMissing?: 'create';
}

/** A path that was read: `attribute`, `attribute.sub`, `attribute[filter]` or `attribute[filter].sub`. */
export interface PatchPath {
  path: AttributePath;
  filter: Filter | null;
}

const maximumOperations = 1_000;
const maximumPath = 2_048;

/** The value under a key in any case; own keys only. */
function get(object: Json, name: string): unknown {
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : object[key];
}

/**
 * The operations of a PATCH body, checked for shape. `op` and the keys may stand in any case.
 *
 * @throws ScimError invalidSyntax, or tooMany with the limit
 */
export function parsePatch(body: unknown): PatchOp[] {
  const operations = isObject(body) ? get(body, 'operations') : undefined;
  if (!Array.isArray(operations)) {
    throw new ScimError(
      400,
      'invalidSyntax',
      'A PATCH body is an object with a list of "Operations" (RFC 7644 section 3.5.2).',
    );
  }
  if (operations.length > maximumOperations) {
    throw new ScimError(
      413,
      'tooMany',
      `A PATCH may have ${maximumOperations} operations at most; this one has ${operations.length}.`,
    );
  }
  return operations.map(parseOperation);
}

function parseOperation(item: unknown): PatchOp {
  if (!isObject(item)) throw new ScimError(400, 'invalidSyntax', 'Each operation must be an object with "op".');
  const op = String(get(item, 'op')).toLowerCase();
  const path = get(item, 'path') ?? null;
  const value = get(item, 'value');
  if (op !== 'add' && op !== 'remove' && op !== 'replace') {
    throw new ScimError(
      400,
      'invalidSyntax',
      `"${String(get(item, 'op')).slice(0, 40)}" is no operation; use add, remove or replace.`,
    );
  }
  if (path !== null && typeof path !== 'string') throw new ScimError(400, 'invalidPath', '"path" must be a string.');
  if (op === 'remove' && !path)
    throw new ScimError(400, 'noTarget', 'A remove needs a "path" that says what to remove.');
  if (op === 'add' && value === undefined) throw new ScimError(400, 'invalidValue', 'An add needs a "value".');
  return { op, path: path || null, value };
}

/**
 * Reads a path (RFC 7644 section 3.5.2, figure 7).
 *
 * @throws PathSyntax, or FilterSyntax for a fault inside the brackets
 */
export function parsePath(text: string): PatchPath {
  if (text.length > maximumPath) throw new PathSyntax(`it is longer than ${maximumPath} characters`);
  const open = text.indexOf('[');
  if (open < 0) return { path: word(text), filter: null };
  const close = closingBracket(text, open);
  const filter = parseFilter(text.slice(open + 1, close));
  const rest = text.slice(close + 1).trim();
  const path = word(text.slice(0, open));
  if (rest === '') return { path, filter };
  if (!rest.startsWith('.') || path.sub !== null)
    throw new PathSyntax(`"${rest.slice(0, 40)}" stands after the bracket`);
  const after = word(rest.slice(1));
  if (after.sub !== null || after.urn !== null) throw new PathSyntax(`"${rest.slice(0, 40)}" stands after the bracket`);
  return { path: { ...path, sub: after.name }, filter };
}

function word(text: string): AttributePath {
  try {
    const parser = new Parser(scan(text));
    const path = pathOf(parser.expect('word', 'no attribute'));
    parser.expect('end', 'text after the attribute');
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
