import { isObject, type Json } from '../kernel/json.js';
import { fits, operand } from './compare.js';
import type { Attribute, ResourceType } from './definition.js';
import type { Comparison, Filter, Value } from './filter.js';
import type { Place } from './resolve.js';
import { attributeInBrackets, comparedAttribute, searchedPlace } from './searched-place.js';
import { FilterSyntax } from './syntax-errors.js';

type Leaf = Extract<Filter, { kind: 'compare' | 'present' | 'element' }>;

/** Returns the elements of a list, the single value as a list, or an empty list. */
export const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** Returns the key by which names are compared. Names are case-insensitive in ASCII (RFC 7643 section 2.1). */
export const nameKey = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/**
 * Returns the value under the case-insensitive `name`. Only own keys are considered, so `constructor` has no special
 * meaning.
 */
export function attributeValue(object: unknown, name: string): unknown {
  if (!isObject(object)) return undefined;
  if (Object.hasOwn(object, name)) return object[name];
  const wanted = nameKey(name);
  const key = Object.keys(object).find((key) => key.length === wanted.length && nameKey(key) === wanted);
  return key === undefined ? undefined : object[key];
}

/**
 * Returns true if the resource, in SCIM format, matches the filter. An invalid filter is reported for any resource.
 *
 * @throws FilterSyntax for a filter that cannot be evaluated
 */
export function matchesResource(type: ResourceType, resource: Json, filter: Filter): boolean {
  return matches(filter, (leaf) => {
    const place = searchedPlace(type, leaf, () => false);
    const top = place ? topValue(resource, place) : undefined;
    if (leaf.kind === 'element') return matchesElements(place?.attribute ?? null, valuesIn(top), leaf);
    return place ? valueMatcher(leaf, comparedAttribute(place))(leavesOf(top, place)) : false;
  });
}

/** Returns true if one element of a multi-valued attribute matches a value filter. @throws FilterSyntax */
export const matchesElement = (attribute: Attribute | null, element: unknown, filter: Filter): boolean =>
  elementMatcher(attribute, filter)(element);

/**
 * Returns a predicate for the elements of a multi-valued attribute that match a value filter. The filter is checked and
 * its values are converted once, not for each element.
 *
 * @throws FilterSyntax for a filter that cannot be evaluated
 */
export function elementMatcher(attribute: Attribute | null, filter: Filter): (element: unknown) => boolean {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const [left, right] = [elementMatcher(attribute, filter.left), elementMatcher(attribute, filter.right)];
      const isAnd = filter.kind === 'and';
      return (element) => (isAnd ? left(element) && right(element) : left(element) || right(element));
    }
    case 'not': {
      const inner = elementMatcher(attribute, filter.filter);
      return (element) => !inner(element);
    }
    case 'element':
      throw new FilterSyntax('brackets cannot be used inside brackets');
    default:
      return leafMatcher(attribute, filter);
  }
}

function leafMatcher(attribute: Attribute | null, leaf: Exclude<Leaf, { kind: 'element' }>) {
  const { name } = leaf.path;
  const isMatch = valueMatcher(leaf, attributeInBrackets(attribute, leaf.path));
  const isValue = name.toLowerCase() === 'value';
  // An element can be a simple value where the schema defines an object.
  return (element: unknown): boolean =>
    isMatch(valuesIn(isValue && !isObject(element) ? element : attributeValue(element, name)));
}

/** Returns the value of the place's attribute. `compile-values.ts` returns the same value in SQL. */
function topValue(resource: Json, { urn, name, attribute }: Place): unknown {
  const root = urn === null ? resource : attributeValue(resource, urn);
  if (name === null) return root;
  const value = attributeValue(root, name);
  if (value !== undefined || urn === null || attribute) return value;
  // An undeclared URN can be a whole key, or be followed by a dot and the attribute (docs/scim.md, D27).
  return attributeValue(resource, `${urn}:${name}`);
}

function leavesOf(top: unknown, { attribute, sub }: Place): unknown[] {
  const elements = valuesIn(top);
  if (sub !== null) return elements.flatMap((element) => valuesIn(attributeValue(element, sub)));
  if (attribute?.type !== 'complex') return elements;
  return elements.flatMap((element) => valuesIn(attributeValue(element, 'value') ?? element));
}

/** Returns the values of a list or a single value. Null counts as no value (RFC 7643 section 2.5). */
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

/**
 * Returns a function that is true if the values at one place of a resource pass the test.
 *
 * @throws FilterSyntax
 */
function valueMatcher(
  test: { kind: 'present' } | { kind: 'compare'; op: Comparison; value: Value },
  attribute: Attribute | null,
): (values: readonly unknown[]) => boolean {
  if (test.kind === 'present') return (values) => values.length > 0;
  const { op } = test;
  const expected = operand(attribute, op, test.value);
  if (expected === null) return (values) => (op === 'ne') === values.length > 0;
  return (values) =>
    (op === 'ne' && values.length === 0) || values.some((value) => fits(value, op, expected, attribute));
}

function matchesElements(
  attribute: Attribute | null,
  elements: readonly unknown[],
  { filter, also }: Extract<Filter, { kind: 'element' }>,
): boolean {
  const both = also ? ({ kind: 'and', left: filter, right: also } as const) : filter;
  // The matcher is made first, so that an error is reported if there are no elements.
  return elements.some(elementMatcher(attribute, both));
}
