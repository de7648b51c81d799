import { isObject, type Json } from '../json.js';
import { fits, operand } from './compare.js';
import type { Attribute, ResourceType } from './definition.js';
import type { Comparison, Filter, Value } from './filter.js';
import type { Place } from './resolve.js';
import { attributeInBrackets, comparedAttribute, searchedPlace } from './searched-place.js';
import { FilterSyntax } from './syntax-errors.js';

type Leaf = Extract<Filter, { kind: 'compare' | 'present' | 'element' }>;

/** Returns the elements of a list, the one value, or nothing. */
export const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** The key by which names are compared: they are caseless in ASCII (RFC 7643 section 2.1). */
export const nameKey = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Returns the value under `name` in any case; own keys only, so `constructor` is plain data. */
export function attributeValue(object: unknown, name: string): unknown {
  if (!isObject(object)) return undefined;
  if (Object.hasOwn(object, name)) return object[name];
  const key = Object.keys(object).find((candidate) => nameKey(candidate) === nameKey(name));
  return key === undefined ? undefined : object[key];
}

/**
 * Returns true if the resource, in its SCIM form, matches the filter. An error is reported for any resource.
 *
 * @throws FilterSyntax for a filter that cannot be evaluated
 */
export function matchesResource(type: ResourceType, resource: Json, filter: Filter): boolean {
  return matches(filter, (leaf) => {
    const place = searchedPlace(type, leaf, () => false);
    const top = place ? topValue(resource, place) : undefined;
    if (leaf.kind === 'element') return matchesElements(place?.attribute ?? null, valuesIn(top), leaf);
    return place ? passes(leavesOf(top, place), leaf, comparedAttribute(place)) : false;
  });
}

/** Returns true if one element of a multi-valued attribute matches a value filter. @throws FilterSyntax */
export function matchesElement(attribute: Attribute | null, element: unknown, filter: Filter): boolean {
  return matches(filter, (leaf) => {
    if (leaf.kind === 'element') throw new FilterSyntax('brackets cannot be used inside brackets');
    const { name } = leaf.path;
    // An element may be a bare value where a schema says object.
    const isBare = !isObject(element) && name.toLowerCase() === 'value';
    const value = isBare ? element : attributeValue(element, name);
    return passes(valuesIn(value), leaf, attributeInBrackets(attribute, leaf.path));
  });
}

/** Returns the value of the place's attribute. `compile-values.ts` finds the same in SQL. */
function topValue(resource: Json, { urn, name, attribute }: Place): unknown {
  const root = urn === null ? resource : attributeValue(resource, urn);
  if (name === null) return root;
  const value = attributeValue(root, name);
  if (value !== undefined || urn === null || attribute) return value;
  // An undeclared URN may be named as a whole, or with a dot before the attribute (D27).
  return attributeValue(resource, `${urn}:${name}`);
}

function leavesOf(top: unknown, { attribute, sub }: Place): unknown[] {
  const elements = valuesIn(top);
  if (sub !== null) return elements.flatMap((element) => valuesIn(attributeValue(element, sub)));
  if (attribute?.type !== 'complex') return elements;
  return elements.flatMap((element) => valuesIn(attributeValue(element, 'value') ?? element));
}

/** Null is no value (RFC 7643 section 2.5). */
const valuesIn = (value: unknown): unknown[] => listOf(value).filter((item) => item !== null && item !== undefined);

function matches(filter: Filter, test: (leaf: Leaf) => boolean): boolean {
  switch (filter.kind) {
    case 'and':
      // Both sides are always evaluated, so that an error in the second is always reported.
      return [matches(filter.left, test), matches(filter.right, test)].every(Boolean);
    case 'or':
      return [matches(filter.left, test), matches(filter.right, test)].some(Boolean);
    case 'not':
      return !matches(filter.filter, test);
    default:
      return test(filter);
  }
}

function passes(
  values: readonly unknown[],
  test: { kind: 'present' } | { kind: 'compare'; op: Comparison; value: Value },
  attribute: Attribute | null,
): boolean {
  if (test.kind === 'present') return values.length > 0;
  const { op } = test;
  const expected = operand(attribute, op, test.value);
  if (expected === null) return (op === 'ne') === values.length > 0;
  return (op === 'ne' && values.length === 0) || values.some((value) => fits(value, op, expected, attribute));
}

function matchesElements(
  attribute: Attribute | null,
  elements: readonly unknown[],
  { filter, also }: Extract<Filter, { kind: 'element' }>,
): boolean {
  const both = also ? ({ kind: 'and', left: filter, right: also } as const) : filter;
  // Evaluated on an empty element first, so that an error is reported if there are no elements.
  matchesElement(attribute, {}, both);
  return elements.some((element) => matchesElement(attribute, element, both));
}
