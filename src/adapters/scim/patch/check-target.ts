import { type Attribute, attributeIn } from '../../../scim-model/definition.js';
import type { Filter } from '../../../scim-model/filter.js';
import type { Place } from '../../../scim-model/resolve.js';
import { PathSyntax } from '../../../scim-model/syntax-errors.js';
import { ScimError } from '../http/errors.js';
import type { PatchOp } from './operation.js';

const ignored = new Set(['schemas', 'meta', 'groups', 'password']);

/** Returns true for a core attribute that is ignored in a value without a path, as in a PUT. */
export const isIgnored = ({ urn, name, attribute }: Place): boolean =>
  urn === null && attribute !== null && ignored.has(name ?? '');

/**
 * Checks that an operation can apply to its target.
 *
 * @throws PathSyntax for a filter or sub-attribute that the target does not have; ScimError mutability (RFC 7644
 *   section 3.5.2) for a read-only attribute and for the removal of one that the resource must have
 */
export function checkTarget(place: Place, filter: Filter | null, id: unknown, { op, value }: PatchOp): void {
  const { name, attribute, subAttribute, sub } = place;
  if (filter && name === null) throw new PathSyntax('a schema has no values that a filter could select');
  if (filter && attribute && !attribute.multiValued)
    throw new PathSyntax(`"${attribute.name}" has one value and no filter applies to it`);
  if (filter && attribute) checkNames(attribute, filter);
  if (attribute && sub !== null && !subAttribute)
    throw new PathSyntax(`"${attribute.name}" has no sub-attribute "${sub}"`);
  // Okta sends the id with each change. An equal id changes nothing.
  if (attribute?.name === 'id' && op !== 'remove' && value === id) return;
  if (attribute?.mutability === 'readOnly' || subAttribute?.mutability === 'readOnly')
    throw new ScimError(
      400,
      'mutability',
      `"${name}${sub === null ? '' : `.${sub}`}" is read-only. The server sets it.`,
    );
  if (op === 'remove' && sub === null && attribute && (attribute.required || isAlwaysSet(place)))
    throw new ScimError(400, 'mutability', `"${attribute.name}" cannot be removed. Replace it.`);
}

/**
 * Checks that each name in a value filter is a sub-attribute that the schema defines. No value has an undefined one, so
 * `not` would select all values.
 *
 * @throws PathSyntax (RFC 7644 section 3.5.2)
 */
export function checkNames(attribute: Attribute, filter: Filter): void {
  if ('left' in filter) {
    checkNames(attribute, filter.left);
    checkNames(attribute, filter.right);
  } else if (filter.kind === 'not') checkNames(attribute, filter.filter);
  else if (!isNameIn(attribute, filter.path.name))
    throw new PathSyntax(`"${attribute.name}" has no sub-attribute "${filter.path.name.slice(0, 100)}"`);
}

/** Returns true for a name that values of the attribute have. Simple values are compared under the name `value`. */
const isNameIn = ({ type, subAttributes = [] }: Attribute, name: string): boolean =>
  type === 'complex' ? attributeIn(subAttributes, name) !== undefined : name.toLowerCase() === 'value';

/** Returns true for `active` and `schemas`, which have a value in every resource. */
const isAlwaysSet = ({ urn, name }: Place) => urn === null && (name === 'active' || name === 'schemas');
