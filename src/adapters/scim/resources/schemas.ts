import type { Json } from '../../../kernel/json.js';
import type { ResourceType } from '../../../scim-model/definition.js';
import { ScimError } from '../http/errors.js';
import { keyIn, ownValue } from './keys.js';

/**
 * Checks that the `schemas` of a resource body contain its resource type (RFC 7643 section 3). Other URNs are not
 * checked, because IdPs send misspelled ones. A body without `schemas` is accepted (docs/scim.md, D15).
 *
 * @throws ScimError invalidSyntax
 */
export function checkSchemas({ core, name }: ResourceType, body: Json): void {
  const schemas = ownValue(body, keyIn(body, 'schemas'));
  if (schemas === undefined || schemas === null || schemas === '') return;
  if (Array.isArray(schemas) && (schemas.length === 0 || schemas.some((urn) => isUrn(urn, core.id)))) return;
  throw new ScimError(400, 'invalidSyntax', `"schemas" must be a list that contains "${core.id}" for a ${name}.`);
}

const isUrn = (given: unknown, urn: string) => typeof given === 'string' && given.toLowerCase() === urn.toLowerCase();
