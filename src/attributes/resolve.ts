import { type Attribute, attributeIn, extensionIn, type ResourceType, topLevel } from './definition.js';
import type { AttributePath } from './filter.js';

/** Where a path leads in a resource: keys as they are stored, definitions where the schema has them. */
export interface Place {
  /** The extension's URN as it is stored, or null for a core attribute. */
  urn: string | null;
  /** The attribute's name as stored, or null for the extension as a whole. */
  name: string | null;
  attribute: Attribute | null;
  sub: string | null;
  subAttribute: Attribute | null;
}

/** The attribute and sub-attribute as one lower-case word, such as `emails.value`: how tables of attributes are keyed. */
export const keyOf = ({ name, sub }: { name: string | null; sub: string | null }): string =>
  [name, sub].filter(Boolean).join('.').toLowerCase();

/** Takes any bare name for a custom attribute: `resolve` asks it with whole URNs too, which are not. */
export const anyBareName = (name: string): boolean => !name.includes(':');

/**
 * Finds what `path` names in resources of that type. Names that no schema has are custom attributes: under a URN always,
 * without one only when `custom` allows it. Null when the schema knows better.
 */
export function resolve(type: ResourceType, path: AttributePath, custom: (name: string) => boolean): Place | null {
  const { urn } = path;
  if (urn === null || urn.toLowerCase() === type.core.id.toLowerCase()) return inCore(type, path, custom);
  const whole = `${urn}:${path.name}`;
  const extension = extensionIn(type, urn);
  if (extension) return place(extension.id, path, attributeIn(extension.attributes, path.name));
  // The URN alone, as a path of PATCH: its last part was read as a name.
  const alone = extensionIn(type, whole);
  // A dot where the RFC has a colon: `urn:...:User.department` (D27).
  if (alone && path.sub !== null) {
    const inner = { urn, name: path.sub, sub: null };
    return place(alone.id, inner, attributeIn(alone.attributes, path.sub));
  }
  if (alone || custom(whole)) {
    return { urn: alone?.id ?? whole, name: null, attribute: null, sub: null, subAttribute: null };
  }
  return place(urn, path, undefined);
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

function place(urn: string | null, { name, sub }: AttributePath, attribute: Attribute | undefined): Place | null {
  if (!attribute) return { urn, name, attribute: null, sub, subAttribute: null };
  const subAttribute = sub === null ? null : attributeIn(attribute.subAttributes ?? [], sub);
  // Multi-valued attributes take unknown sub-attributes as data; a simple attribute has none at all.
  if (sub !== null && !subAttribute && attribute.type !== 'complex') return null;
  return { urn, name: attribute.name, attribute, sub: subAttribute?.name ?? sub, subAttribute: subAttribute ?? null };
}
