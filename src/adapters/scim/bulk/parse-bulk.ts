import { isObject, type Json } from '../../../kernel/json.js';
import { ScimError } from '../http/errors.js';

export const maximumOperations = 1_000;
export const maximumPayload = 8 * 1_048_576;

/** Operation of a bulk request, as it was sent. */
export interface BulkOperation {
  method: string;
  bulkId: string | null;
  path: string;
  data: unknown;
  version: unknown;
}

/** Parsed bulk request. */
export interface BulkRequest {
  operations: BulkOperation[];
  /**
   * Number of errors after which the remaining operations are neither executed nor reported. Infinite if absent or 0.
   */
  failOnErrors: number;
}

const get = (object: Json, name: string): unknown =>
  Object.entries(object).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

/**
 * Reads the body of a bulk request (RFC 7644 section 3.7).
 *
 * @throws ScimError invalidSyntax, or 413 with the limit for too many operations
 */
export function parseBulk(body: unknown): BulkRequest {
  const operations = isObject(body) ? get(body, 'Operations') : undefined;
  if (!isObject(body) || !Array.isArray(operations)) {
    throw new ScimError(
      400,
      'invalidSyntax',
      'The body of a bulk request must be an object with a list of "Operations" (RFC 7644 section 3.7).',
    );
  }
  if (operations.length > maximumOperations) {
    const detail = `"Operations" can have at most ${maximumOperations} entries (maxOperations); this request has ${operations.length}.`;
    throw new ScimError(413, 'tooMany', detail);
  }
  const limit = get(body, 'failOnErrors');
  const isNumber = typeof limit === 'number' && Number.isInteger(limit) && limit >= 0;
  if (limit !== undefined && limit !== null && !isNumber)
    throw new ScimError(400, 'invalidValue', '"failOnErrors" must be a whole number. 0 means no limit.');
  return {
    operations: operations.map(parseOne),
    failOnErrors: isNumber && limit > 0 ? limit : Number.POSITIVE_INFINITY,
  };
}

// A malformed operation fails alone when it is executed, so nothing is rejected here.
function parseOne(item: unknown): BulkOperation {
  const object = isObject(item) ? item : {};
  const bulkId = get(object, 'bulkId');
  return {
    method: String(get(object, 'method') ?? '').toUpperCase(),
    bulkId: typeof bulkId === 'string' && bulkId !== '' ? bulkId : null,
    path: String(get(object, 'path') ?? ''),
    data: get(object, 'data'),
    version: get(object, 'version') ?? undefined,
  };
}
