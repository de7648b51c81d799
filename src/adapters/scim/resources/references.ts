import type { Json } from '../../../kernel/json.js';
import { type Attribute, attributeIn } from '../../../scim-model/definition.js';
import { ScimError } from '../http/errors.js';

/**
 * Returns true if `$ref` is the URI of the resource whose id is `value`. The server generates it when the resource is
 * shown.
 */
export const isReference = (subAttributes: readonly Attribute[]): boolean =>
  attributeIn(subAttributes, '$ref') !== undefined && attributeIn(subAttributes, 'value') !== undefined;

/**
 * Returns a reference without its `$ref` (RFC 7643 section 2.4). `value` takes precedence; if it is absent, the id in
 * `$ref` is used. A client that changes `value` can send the `$ref` that it has read before.
 *
 * @throws ScimError invalidValue if neither contains an id
 */
export function byValue({ $ref, ...rest }: Json): Json {
  if (typeof $ref !== 'string' || rest.value !== undefined) return rest;
  return { value: idIn($ref), ...rest };
}

/**
 * Returns the id in the URI of a user, such as `../Users/user_1`. @throws ScimError invalidValue if it contains none
 */
export function idIn(uri: string): string {
  const [, id] = /(?:^|\/)Users\/([^/?#]+)\/?$/i.exec(uri.trim()) ?? [];
  const decoded = id === undefined ? '' : withoutEscapes(id);
  if (decoded !== '') return decoded;
  throw new ScimError(
    400,
    'invalidValue',
    '"$ref" must end with "/Users/" and an id. Alternatively, send the id as "value".',
  );
}

function withoutEscapes(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch (error) {
    if (error instanceof URIError) return '';
    throw error;
  }
}
