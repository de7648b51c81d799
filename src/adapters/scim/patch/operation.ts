import { isObject, type Json } from '../../../kernel/json.js';
import { ScimError } from '../http/errors.js';

/** Operation of a PATCH (RFC 7644 section 3.5.2). */
export interface PatchOp {
  op: 'add' | 'remove' | 'replace';
  path: string | null;
  value: unknown;
  /**
   * Set if a filter without a match creates an element in the IdP's dialect. By the RFC it is `noTarget`. Called when
   * this happens.
   */
  onMissing?: () => void;
  /**
   * Set if the `value` of a remove lists the elements to remove in the IdP's dialect. The RFC ignores it. Called when
   * this happens.
   */
  onValue?: () => void;
}

const maximumOperations = 1_000;

/** Returns the value under a key in any case. Only own keys are considered. */
function get(object: Json, name: string): unknown {
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : object[key];
}

/**
 * Parses the operations of a PATCH body and checks their shape. `op` and the keys can have any case.
 *
 * @throws ScimError invalidSyntax, or tooMany with the limit
 */
export function parsePatch(body: unknown): PatchOp[] {
  const operations = isObject(body) ? get(body, 'operations') : undefined;
  if (!Array.isArray(operations)) {
    throw new ScimError(
      400,
      'invalidSyntax',
      'The body of a PATCH must be an object with a list of "Operations" (RFC 7644 section 3.5.2).',
    );
  }
  if (operations.length > maximumOperations) {
    throw new ScimError(
      413,
      'tooMany',
      `"Operations" can have at most ${maximumOperations} entries; this request has ${operations.length}.`,
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
      `"${String(get(item, 'op')).slice(0, 40)}" is not an operation. Use add, remove or replace.`,
    );
  }
  if (path !== null && typeof path !== 'string') throw new ScimError(400, 'invalidPath', '"path" must be a string.');
  if (op === 'remove' && !path)
    throw new ScimError(400, 'noTarget', 'A remove must have a "path" to the attribute or values to remove.');
  if (op !== 'remove' && value === undefined)
    throw new ScimError(
      400,
      'invalidValue',
      `"${op}" must have a "value". To unassign an attribute, send null or use remove.`,
    );
  return { op, path: path || null, value };
}
