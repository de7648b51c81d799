import { isObject, type Json } from '../kernel/json.js';
import type { ResourceType } from './definition.js';
import { attributeValue, listOf, matchesElement } from './match-filter.js';
import { anyBareName, resolve, urnsIn } from './resolve.js';
import type { ValuePath } from './value-path.js';

const isPrimary = (element: unknown) => isObject(element) && element.primary === true;

/**
 * Returns the value at the path in the resource: of several elements, the primary one that matches the filter, or else
 * the first; of a complex element without a sub-attribute in the path, its `value`. Undefined if there is no value.
 */
export function valueAt(type: ResourceType, resource: Json, { path, filter }: ValuePath): unknown {
  const place = resolve(type, path, anyBareName, urnsIn(resource));
  if (!place) return undefined;
  const root = place.urn === null ? resource : attributeValue(resource, place.urn);
  const top = place.name === null ? root : attributeValue(root, place.name);
  const elements = listOf(top).filter((element) => !filter || matchesElement(place.attribute, element, filter));
  const element = elements.find(isPrimary) ?? elements[0];
  if (place.sub !== null) return attributeValue(element, place.sub);
  return place.attribute?.multiValued && isObject(element) ? attributeValue(element, 'value') : element;
}
