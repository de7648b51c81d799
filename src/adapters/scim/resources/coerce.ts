import { isDeepStrictEqual } from 'node:util';
import { compact } from '../../../directory/users/profile.js';
import { isObject, type Json } from '../../../kernel/json.js';
import {
  type Attribute,
  attributeIn,
  extensionIn,
  type ResourceType,
  topLevel,
} from '../../../scim-model/definition.js';
import { foreignUrn } from '../../../scim-model/foreign-urn.js';
import { ScimError } from '../http/errors.js';
import { checkKey, checkKeyBelow } from './body-keys.js';
import { coerceScalar, wrong } from './coerce-scalar.js';
import { attributeOfKey, isWholeUrn } from './qualified-key.js';
import { byValue, isReference } from './references.js';
import { checkSchemas } from './schemas.js';
import { hasNoValue, tidy } from './values.js';

/**
 * Returns a resource body in the form of the schema: attribute names in the schema's spelling and values in their
 * types. Read-only attributes and passwords are omitted, unknown attributes are unchanged, and unassigned values are
 * absent.
 *
 * @throws ScimError invalidValue for a value that does not fit its type, or for an attribute with two values;
 *   invalidSyntax for a body that is not an object, or whose `schemas` does not name the resource type
 */
export function coerceResource(type: ResourceType, body: unknown): Json {
  if (!isObject(body)) throw new ScimError(400, 'invalidSyntax', 'The body must be a JSON object.');
  checkSchemas(type, body);
  return merged(Object.entries(body).flatMap(([key, value]) => coerceEntry(type, key, value)));
}

type Entry = readonly [key: string, value: unknown];

function coerceEntry(type: ResourceType, key: string, value: unknown): Entry[] {
  checkKey(type, key, value);
  if (foreignUrn(type, key) !== null) return [];
  if (key.toLowerCase() === type.core.id.toLowerCase()) {
    if (compact(value) === undefined) return [];
    if (!isObject(value)) throw notAnObject(type.core.id);
    return Object.entries(value).flatMap(([name, inner]) => coerceEntry(type, name, inner));
  }
  const attribute = attributeIn(topLevel(type), key);
  if (attribute) return isKept(attribute) ? [[attribute.name, coerce(attribute, value)]] : [];
  const extension = extensionIn(type, key);
  if (extension) return [[extension.id, coerceExtension(extension.attributes, value, extension.id)]];
  if (isWholeUrn(type, key) && !isObject(value) && compact(value) !== undefined) throw notAnObject(key);
  const qualified = attributeOfKey(type, key, value);
  if (qualified) {
    const { urn, name } = qualified;
    return urn === null
      ? coerceEntry(type, name, qualified.value)
      : coerceEntry(type, urn, { [name]: qualified.value });
  }
  // Some IdPs send the enterprise attributes as core attributes.
  for (const { id, attributes } of type.extensions) {
    const extended = attributeIn(attributes, key);
    if (extended) return [[id, merged([[extended.name, coerce(extended, value)]])]];
  }
  return [[key, compact(value)]];
}

const notAnObject = (urn: string) =>
  new ScimError(400, 'invalidValue', `The value of "${urn}" must be an object of attributes.`);

function coerceExtension(attributes: readonly Attribute[], value: unknown, urn: string): unknown {
  if (!isObject(value)) {
    if (compact(value) === undefined) return undefined;
    throw notAnObject(urn);
  }
  const entries = Object.entries(value).map(([key, inner]): Entry => {
    checkKeyBelow(attributes, key);
    const attribute = attributeIn(attributes, key);
    return attribute ? [attribute.name, coerce(attribute, inner)] : [key, compact(inner)];
  });
  return compact(merged(entries));
}

/**
 * Returns `entries` as one object. Objects of one name are merged. Names are compared in any case (RFC 7643 section
 * 2.1), and the first spelling is kept. Keys are treated as data: names such as `__proto__` have no special meaning.
 *
 * @throws ScimError invalidValue if one attribute has two different values, under two spellings of its name
 */
function merged(entries: readonly Entry[]): Json {
  const all = new Map<string, Entry>();
  for (const [key, value] of entries) {
    if (value === undefined) continue;
    const before = all.get(key.toLowerCase());
    all.set(key.toLowerCase(), before ? [before[0], together(before[0], before[1], value)] : [key, value]);
  }
  return Object.fromEntries(all.values());
}

function together(key: string, before: unknown, value: unknown): unknown {
  if (isObject(before) && isObject(value)) return merged([...Object.entries(before), ...Object.entries(value)]);
  if (isDeepStrictEqual(before, value)) return value;
  throw new ScimError(400, 'invalidValue', `"${key.slice(0, 100)}" has two different values. Send one of them.`);
}

/**
 * Returns true for attributes that are stored. Read-only attributes are ignored in bodies (RFC 7644 section 3.3);
 * passwords are accepted and never stored.
 */
const isKept = ({ name, mutability, returned }: Attribute) =>
  mutability !== 'readOnly' && returned !== 'never' && name !== 'schemas';

/** Returns a value in the type of its attribute, or undefined if it is unassigned. @throws ScimError invalidValue */
export function coerce(attribute: Attribute, value: unknown): unknown {
  if (attribute.multiValued) {
    const items = elementsIn(attribute, value).filter((item) => !hasNoValue(attribute, item));
    return tidy(attribute, items);
  }
  // Some IdPs send an array with one element for a single-valued attribute.
  const one = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (isEmpty(one)) return undefined;
  if (Array.isArray(one)) {
    if (one.length === 0) return undefined;
    throw wrong(attribute, 'one value, not a list');
  }
  return coerceElement(attribute, one);
}

const isEmpty = (value: unknown) => value === null || value === undefined || value === '';

/** Returns the assigned elements of a multi-valued attribute in its type, in order. @throws ScimError invalidValue */
export function elementsIn(attribute: Attribute, value: unknown): unknown[] {
  return (Array.isArray(value) ? value : [value])
    .filter((item) => !isEmpty(item))
    .map((item) => coerceElement(attribute, item))
    .filter((item) => item !== undefined);
}

/** Returns one element, or one single value, in the type of its attribute. @throws ScimError invalidValue */
export const coerceElement = (attribute: Attribute, item: unknown): unknown =>
  attribute.type === 'complex' ? coerceComplex(attribute, item) : coerceScalar(attribute, item);

function coerceComplex(attribute: Attribute, value: unknown): unknown {
  const definitions = attribute.subAttributes ?? [];
  if (!isObject(value)) {
    const main = attributeIn(definitions, 'value');
    // Entra sends the manager as a simple value instead of an object, also in bodies.
    if (!main) throw wrong(attribute, 'an object');
    return { value: coerceScalar(main, value) };
  }
  const entries = Object.entries(value).map(([key, inner]): Entry => {
    checkKeyBelow(definitions, key);
    const sub = attributeIn(definitions, key);
    if (!sub) return [key, compact(inner)];
    return [sub.name, sub.mutability === 'readOnly' ? undefined : coerce(sub, inner)];
  });
  const object = merged(entries);
  return compact(isReference(definitions) ? byValue(object) : object);
}
