import { compact } from '../../../directory/users/profile.js';
import { type Attribute, attributeIn, type ResourceType } from '../../../scim-model/definition.js';
import { foreignUrn } from '../../../scim-model/foreign-urn.js';
import { resolve } from '../../../scim-model/resolve.js';
import { ScimError } from '../http/errors.js';

/**
 * Returns true for a key that is a path instead of a name: `name.givenName`, `emails[type eq "work"].value`. Stored as
 * a name, it would not change the attribute that the path refers to.
 */
export function isPathKey(type: ResourceType, key: string): boolean {
  const head = headOf(key);
  if (head === null) return false;
  return head.includes(':')
    ? key.includes('[')
    : resolve(type, { urn: null, name: head, sub: null }, () => false) !== null;
}

/**
 * Returns true for a key below a URN or in a complex value that starts with the name of a defined attribute and
 * continues as a path.
 */
export function isPathBelow(attributes: readonly Attribute[], key: string): boolean {
  const head = headOf(key);
  return head !== null && attributeIn(attributes, head) !== undefined;
}

/** Returns the part of a key before the first "." or "["; null if there is neither. */
function headOf(key: string): string | null {
  const at = key.search(/[.[]/);
  return at < 0 ? null : key.slice(0, at).trim();
}

/**
 * Checks a key of a POST or PUT body. An attribute of another resource type is accepted if its value is unassigned.
 *
 * @throws ScimError invalidSyntax for a path, and for the URN of another resource type (RFC 7643 sections 2.1 and 3)
 */
export function checkKey(type: ResourceType, key: string, value: unknown): void {
  const foreign = foreignUrn(type, key);
  if (foreign !== null && compact(value) !== undefined)
    throw new ScimError(400, 'invalidSyntax', `A ${type.name} has no attributes of the schema "${foreign}".`);
  if (isPathKey(type, key)) throw pathAsKey(key);
}

/**
 * Checks a key of an extension or of a complex value in a POST or PUT body. @throws ScimError invalidSyntax for a path
 */
export function checkKeyBelow(attributes: readonly Attribute[], key: string): void {
  if (isPathBelow(attributes, key)) throw pathAsKey(key);
}

const pathAsKey = (key: string) =>
  new ScimError(
    400,
    'invalidSyntax',
    `"${key.slice(0, 100)}" is a path. In a body, sub-attributes are in the object of their attribute.`,
  );
