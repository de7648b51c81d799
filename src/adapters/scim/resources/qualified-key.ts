import { isObject } from '../../../kernel/json.js';
import type { ResourceType } from '../../../scim-model/definition.js';
import { pathOf } from '../../../scim-model/parse-filter.js';
import { type Place, resolve } from '../../../scim-model/resolve.js';
import { FilterSyntax } from '../../../scim-model/syntax-errors.js';

/**
 * Returns the place that a key with a URN refers to (RFC 7644 section 3.10), or null if there is none.
 *
 * If neither the resource type nor `stored` contains the start of the URN, an object under it is a separate extension:
 * `"urn:example:1.0:custom": {...}` is not the attribute `custom`.
 */
export function placeOfKey(
  type: ResourceType,
  key: string,
  value: unknown,
  stored: ReadonlyMap<string, string> = new Map(),
): Place | null {
  const place = readPlace(type, key, stored);
  const isWhole = (place === null || place.assumed === true) && (isObject(value) || value === null);
  return isWhole ? { urn: key, name: null, attribute: null, sub: null, subAttribute: null } : place;
}

/** Returns true for the URN of a whole schema, also if only its form shows it (RFC 7643 section 10.2.1). */
export const isWholeUrn = (type: ResourceType, key: string): boolean =>
  key.includes(':') && readPlace(type, key, new Map())?.name === null;

function readPlace(type: ResourceType, key: string, stored: ReadonlyMap<string, string>): Place | null {
  try {
    return resolve(type, pathOf({ kind: 'word', text: key, at: 0 }), () => false, stored);
  } catch (error) {
    if (error instanceof FilterSyntax) return null;
    throw error;
  }
}

/** Attribute and value of a key with a URN. `urn` is null for the core schema. */
interface QualifiedEntry {
  urn: string | null;
  name: string;
  value: unknown;
}

/** Returns the attribute that a key of a POST or PUT body refers to by its URN; null for any other key. */
export function attributeOfKey(type: ResourceType, key: string, value: unknown): QualifiedEntry | null {
  if (!key.includes(':')) return null;
  const place = placeOfKey(type, key, value);
  if (!place || place.name === null) return null;
  const { urn, name, sub } = place;
  return { urn, name, value: sub === null ? value : { [sub]: value } };
}
