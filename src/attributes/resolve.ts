import type { Json } from '../json.js';
import { type Attribute, attributeIn, extensionIn, type ResourceType, topLevel } from './definition.js';
import { type AttributePath, printPath } from './filter.js';
import { foreignUrn } from './foreign-urn.js';
import { splitUrn } from './split-urn.js';

/** Where a path leads in a resource: keys as they are stored, definitions where the schema has them. */
export interface Place {
  /** The extension's URN as it is stored, or null for a core attribute. */
  urn: string | null;
  /** The attribute's name as the schema or the path writes it, or null for the schema as a whole. */
  name: string | null;
  attribute: Attribute | null;
  sub: string | null;
  subAttribute: Attribute | null;
  /** True if the URN is unknown and was cut at its last ":" (see `splitUrn`). */
  assumed?: true;
}

/** The attribute and sub-attribute as one lower-case word, such as `emails.value`: how tables of attributes are keyed. */
export const keyOf = ({ name, sub }: { name: string | null; sub: string | null }): string =>
  [name, sub].filter(Boolean).join('.').toLowerCase();

/** Takes any bare name for a custom attribute. */
export const anyBareName = (_name: string): boolean => true;

/** Returns the URNs of the extensions that the resource has, by their lower case. */
export const urnsIn = (resource: Json): Map<string, string> =>
  new Map(Object.keys(resource).flatMap((key) => (key.includes(':') ? [[key.toLowerCase(), key]] : [])));

/**
 * Finds what `path` names in resources of that type. An unknown name is a custom attribute: under a URN always, without
 * one only if `custom` returns true for it. `stored` has the URNs of the extensions that the resource has, by lower case.
 * Returns null if the path names nothing.
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
  // Some IdPs name enterprise attributes without their URN (`manager`, `department`).
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
  // Multi-valued attributes take unknown sub-attributes as data; a simple attribute has none at all.
  if (sub !== null && !subAttribute && attribute.type !== 'complex') return null;
  return { urn, name: attribute.name, attribute, sub: subAttribute?.name ?? sub, subAttribute: subAttribute ?? null };
}
