import { isObject, type Json } from '../json.js';
import { fits, operand } from './compare.js';
import { type Attribute, attributeIn, type ResourceType } from './definition.js';
import type { AttributePath, Filter } from './filter.js';
import { printPath } from './filter.js';
import { resolve } from './resolve.js';
import { FilterSyntax } from './syntax-errors.js';

/** The values that a path leads to, and how they are compared. */
interface Found {
  values: unknown[];
  attribute: Attribute | null;
}
/** `whole` asks for the elements themselves, not for what they compare by. */
type Lookup = (path: AttributePath, whole?: boolean) => Found;

/** The elements of a list, the one value, or nothing. */
export const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** The value under `name` in any case; own keys only, so `constructor` is plain data. */
export function attributeValue(object: unknown, name: string): unknown {
  if (!isObject(object)) return undefined;
  if (Object.hasOwn(object, name)) return object[name];
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : object[key];
}

/** Whether the resource, in its SCIM form, meets the filter. @throws FilterSyntax for an attribute that no schema has */
export function matchesResource(type: ResourceType, resource: Json, filter: Filter): boolean {
  return matches(filter, (path, whole) => {
    const place = resolve(type, path, () => false);
    if (!place) throw new FilterSyntax(`there is no attribute "${printPath(path)}"`);
    const root = place.urn === null ? resource : attributeValue(resource, place.urn);
    const top = place.name === null ? root : attributeValue(root, place.name);
    return whole ? { values: listOf(top), attribute: place.attribute } : leaf(top, place.attribute, place.sub);
  });
}

/** Whether one element of a multi-valued attribute meets a value filter; sub-attribute names stand alone in it. */
export function matchesElement(attribute: Attribute | null, element: unknown, filter: Filter): boolean {
  return matches(filter, ({ name }) => {
    const sub = attributeIn(attribute?.subAttributes ?? [], name) ?? null;
    // An element may be a bare value where a schema says object.
    const value = isObject(element)
      ? attributeValue(element, name)
      : name.toLowerCase() === 'value'
        ? element
        : undefined;
    return { values: listOf(value), attribute: sub };
  });
}

// A complex attribute that is compared as a whole compares by its `value` (the RFC's own example: emails co "x").
function leaf(top: unknown, attribute: Attribute | null, sub: string | null): Found {
  const elements = listOf(top);
  if (sub !== null) {
    const definition = attributeIn(attribute?.subAttributes ?? [], sub) ?? null;
    return { values: elements.flatMap((element) => listOf(attributeValue(element, sub))), attribute: definition };
  }
  if (attribute?.type !== 'complex') return { values: elements, attribute };
  const value = attributeIn(attribute.subAttributes ?? [], 'value');
  const values = elements.map((element) => attributeValue(element, 'value') ?? element);
  return { values, attribute: value ?? null };
}

function matches(filter: Filter, look: Lookup): boolean {
  switch (filter.kind) {
    case 'and':
      // Both sides are always read, so that a fault in the second is told whatever the first says.
      return [matches(filter.left, look), matches(filter.right, look)].every(Boolean);
    case 'or':
      return [matches(filter.left, look), matches(filter.right, look)].some(Boolean);
    case 'not':
      return !matches(filter.filter, look);
    case 'present':
      return look(filter.path).values.length > 0;
    case 'element':
      return elementMatches(filter, look);
    case 'compare': {
      const { values, attribute } = look(filter.path);
      const expected = operand(attribute, filter.op, filter.value);
      if (values.length === 0 || expected === null) return fits(values[0], filter.op, expected, attribute);
      return values.some((value) => fits(value, filter.op, expected, attribute));
    }
  }
}

function elementMatches(filter: Extract<Filter, { kind: 'element' }>, look: Lookup): boolean {
  const { path, also } = filter;
  const { values, attribute } = look(path, true);
  return values.some((element) => {
    const inner = matchesElement(attribute, element, filter.filter);
    return inner && (also === null || matchesElement(attribute, element, also));
  });
}
