import type { Json } from '../kernel/json.js';
import { type Attribute, attributeIn, extensionIn, type ResourceType, topLevel } from './definition.js';
import { type AttributePath, printPath } from './filter.js';
import { foreignUrn } from './foreign-urn.js';
import { splitUrn } from './split-urn.js';

/** Location of a path in a resource: keys as they are stored, and definitions if the schema has them. */
export interface Place {
  /** URN of the extension as it is stored, or null for a core attribute. */
  urn: string | null;
  /** Name of the attribute in the schema or the path, or null for the whole schema. */
  name: string | null;
  attribute: Attribute | null;
  sub: string | null;
  subAttribute: Attribute | null;
  /** True if the URN is unknown and was split at its last ":" (see `splitUrn`). */
  assumed?: true;
}

/**
 * Returns the attribute and sub-attribute as one lower-case key, such as `emails.value`. Tables of attributes use these
 * keys.
 */
export const keyOf = ({ name, sub }: { name: string | null; sub: string | null }): string =>
  [name, sub].filter(Boolean).join('.').toLowerCase();

/** Accepts any name without a URN as a custom attribute. */
export const anyBareName = (_name: string): boolean => true;

/** Returns the URNs of the resource's extensions, by their lower-case form. */
export const urnsIn = (resource: Json): Map<string, string> =>
  new Map(Object.keys(resource).flatMap((key) => (key.includes(':') ? [[key.toLowerCase(), key]] : [])));

/**
 * Returns the place of `path` in resources of this type. An unknown name is a custom attribute: always under a URN, and
 * without a URN only if `custom` returns true for it. `stored` contains the URNs of the resource's extensions by their
 * lower-case form. Returns null if the path has no place.
 */
export function resolve(
  type: ResourceType,
  path: AttributePath,
  custom: (name: string) => boolean,
  stored: ReadonlyMap<string, string> = new Map(),
): Place | null {
  if (path.urn === null) return inCore(type, path, custom);
  if (foreignUrn(type, printPath(path)) !== null) return null;
  const found = splitUrn(type, printPath(path), stored);
  if (!found) return null;
  const { urn, name, sub, assumed } = found;
  if (name === null) return { urn, name, attribute: null, sub: null, subAttribute: null };
  if (urn === type.core.id) return inCore(type, { urn: null, name, sub }, custom);
  const attribute = attributeIn(extensionIn(type, urn)?.attributes ?? [], name);
  const there = place(urn, { name, sub }, attribute);
  return there && assumed ? { ...there, assumed } : there;
}

function inCore(type: ResourceType, path: AttributePath, custom: (name: string) => boolean): Place | null {
  const attribute = attributeIn(topLevel(type), path.name);
  if (attribute) return place(null, path, attribute);
  // Some IdPs send enterprise attributes without their URN (`manager`, `department`).
  for (const extension of type.extensions) {
    const extended = attributeIn(extension.attributes, path.name);
    if (extended) return place(extension.id, path, extended);
  }
  return custom(path.name) ? place(null, path, undefined) : null;
}

function place(
  urn: string | null,
  { name, sub }: Pick<AttributePath, 'name' | 'sub'>,
  attribute: Attribute | undefined,
): Place | null {
  if (!attribute) return { urn, name, attribute: null, sub, subAttribute: null };
  const subAttribute = sub === null ? null : attributeIn(attribute.subAttributes ?? [], sub);
  // Multi-valued attributes accept unknown sub-attributes as data; a simple attribute has no sub-attributes.
  if (sub !== null && !subAttribute && attribute.type !== 'complex') return null;
  return { urn, name: attribute.name, attribute, sub: subAttribute?.name ?? sub, subAttribute: subAttribute ?? null };
}
