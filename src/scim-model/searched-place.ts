import { type Attribute, attributeIn, type ResourceType } from './definition.js';
import { type AttributePath, type Filter, printPath } from './filter.js';
import { keyOf, type Place, resolve } from './resolve.js';
import { FilterSyntax } from './syntax-errors.js';

type Test = Extract<Filter, { kind: 'compare' | 'present' | 'element' }>;

/**
 * Returns the place that a part of a filter searches, for filters in SQL and in memory. Null if the type does not have
 * the name, and `custom` accepts it.
 *
 * @throws FilterSyntax if the place cannot be searched, or not with this operator (RFC 7644 section 3.4.2.2)
 */
export function searchedPlace(type: ResourceType, test: Test, custom: (name: string) => boolean): Place | null {
  const name = printPath(test.path);
  const place = resolve(type, test.path, () => false);
  if (!place) {
    if (custom(name)) return null;
    throw new FilterSyntax(`there is no attribute "${name}"`);
  }
  const { attribute, subAttribute, sub } = place;
  if (sub !== null && !subAttribute && isClosed(attribute)) throw new FilterSyntax(`there is no attribute "${name}"`);
  if (test.kind === 'element') checkBrackets(attribute, test.filter);
  // The version is computed when the resource is shown. Requests send it in If-Match and If-None-Match.
  const isVersion = place.urn === null && keyOf(place) === 'meta.version' && test.kind === 'compare';
  if (attribute?.returned === 'never' || isVersion) throw new FilterSyntax(`"${name}" cannot be searched`);
  if (test.kind === 'element') {
    const takesBrackets = place.name !== null && sub === null && takesFilter(attribute);
    if (!takesBrackets) throw new FilterSyntax(`"${name}" does not accept a filter in brackets`);
  }
  if (test.kind === 'compare' && (place.name === null || isWhole(attribute, sub) || subAttribute?.type === 'complex'))
    throw new FilterSyntax(`"${name}" is complex. Compare one of its sub-attributes`);
  return place;
}

/** Returns true for a complex attribute that only the server sets: an IdP cannot add sub-attributes to it. */
const isClosed = (attribute: Attribute | null): boolean =>
  attribute?.type === 'complex' &&
  (attribute.mutability === 'readOnly' ||
    (attribute.subAttributes ?? []).every(({ mutability }) => mutability === 'readOnly' || mutability === 'immutable'));

/** Checks the names in brackets, also if no row has a value. @throws FilterSyntax */
function checkBrackets(attribute: Attribute | null, filter: Filter): void {
  if ('left' in filter) {
    checkBrackets(attribute, filter.left);
    checkBrackets(attribute, filter.right);
  } else if (filter.kind === 'not') checkBrackets(attribute, filter.filter);
  else if (filter.kind !== 'element') attributeInBrackets(attribute, filter.path);
}

const takesFilter = (attribute: Attribute | null) =>
  attribute === null || attribute.multiValued === true || attribute.type === 'complex';

// A complex attribute with a "value" is compared by it (the RFC's own example: emails co "x").
const isWhole = (attribute: Attribute | null, sub: string | null) =>
  sub === null && attribute?.type === 'complex' && !attributeIn(attribute.subAttributes ?? [], 'value');

/** Returns the definition that a comparison with the place uses; null for custom attributes. */
export function comparedAttribute({ attribute, sub, subAttribute }: Place): Attribute | null {
  if (sub !== null) return subAttribute;
  return attribute?.type === 'complex' ? (attributeIn(attribute.subAttributes ?? [], 'value') ?? null) : attribute;
}

/**
 * Returns the definition of a name in brackets, where sub-attributes have no prefix; null for a custom one. The
 * elements of a simple multi-valued attribute are its `value`.
 *
 * @throws FilterSyntax if the name has a URN or a sub-attribute, or if no value can have a sub-attribute of that name
 */
export function attributeInBrackets(attribute: Attribute | null, path: AttributePath): Attribute | null {
  if (path.urn !== null || path.sub !== null)
    throw new FilterSyntax(`"${printPath(path)}" cannot be used in brackets. Name the sub-attribute alone`);
  const isPlain = attribute !== null && attribute.type !== 'complex';
  const found = isPlain
    ? path.name.toLowerCase() === 'value' && attribute
    : attributeIn(attribute?.subAttributes ?? [], path.name);
  if (found) return found;
  if (isPlain || isClosed(attribute))
    throw new FilterSyntax(`"${attribute?.name}" has no sub-attribute "${path.name}"`);
  return null;
}
