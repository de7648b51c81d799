import type { Json } from '../../../kernel/json.js';
import { ScimError } from '../http/errors.js';

/** Maximum length of a resource as JSON, without the members of a group. It is that of the body of a user. */
const maximumLength = 1_048_576;

/**
 * Checks that a resource can be read and written back. Without the limit, PATCH after PATCH could make a resource that
 * takes seconds to change. @throws ScimError 413 tooMany
 */
export function checkSize(resource: Json): void {
  if (JSON.stringify(resource).length <= maximumLength) return;
  const detail = 'The resource would have more than 1 MiB of attributes. Nothing was changed. Remove attributes first.';
  throw new ScimError(413, 'tooMany', detail);
}
