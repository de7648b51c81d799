import { type Attribute, attributeIn, type ResourceType } from './definition.js';
import { type AttributePath, type Filter, printPath } from './filter.js';
import { keyOf, type Place, resolve } from './resolve.js';
import { FilterSyntax } from './syntax-errors.js';

type Test = Extract<Filter, { kind: 'compare' | 'present' | 'element' }>;

/**
 * Returns the place that a part of a filter searches: the same rules for filters in SQL and in memory. Null if the type lacks
 * the name and `custom` accepts it.
 *
 * @throws FilterSyntax if the place cannot be searched, or not in this way (RFC 7644 section 3.4.2.2)
 */
export function searchedPlace(type: ResourceType, test: Test, custom: (name: string) => boolean): Place | null {
  const name = printPath(test.path);
  const place = resolve(type, test.path, () => false);
  if (!place) {
    if (custom(name)) return null;
    throw new FilterSyntax(`there is no attribute "${name}"`);
  }
  const { attribute, subAttribute, sub } = place;
  // The version is calculated when the resource is shown. It belongs in If-Match and If-None-Match.
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

const takesFilter = (attribute: Attribute | null) =>
  attribute === null || attribute.multiValued === true || attribute.type === 'complex';

// A complex attribute that has a "value" is compared by it (the RFC's own example: emails co "x").
const isWhole = (attribute: Attribute | null, sub: string | null) =>
  sub === null && attribute?.type === 'complex' && !attributeIn(attribute.subAttributes ?? [], 'value');

/** Returns the definition that a comparison with the place uses; null for custom attributes. */
export function comparedAttribute({ attribute, sub, subAttribute }: Place): Attribute | null {
  if (sub !== null) return subAttribute;
  return attribute?.type === 'complex' ? (attributeIn(attribute.subAttributes ?? [], 'value') ?? null) : attribute;
}

/**
 * Returns the definition of a name inside brackets, where sub-attribute names are alone; null for a custom one. The elements
 * of a simple multi-valued attribute are its `value`.
 *
 * @throws FilterSyntax if the name has a URN or a sub-attribute
 */
export function attributeInBrackets(attribute: Attribute | null, path: AttributePath): Attribute | null {
  if (path.urn !== null || path.sub !== null)
    throw new FilterSyntax(`"${printPath(path)}" cannot be used in brackets. Name the sub-attribute alone`);
  if (attribute && attribute.type !== 'complex') return path.name.toLowerCase() === 'value' ? attribute : null;
  return attributeIn(attribute?.subAttributes ?? [], path.name) ?? null;
}
