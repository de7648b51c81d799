import { isObject, type Json } from '../../../kernel/json.js';
import { type Attribute, attributeIn } from '../../../scim-model/definition.js';
import type { Filter } from '../../../scim-model/filter.js';
import { coerceElement } from '../resources/coerce.js';

/**
 * Returns the element that a filter without a match describes: `[type eq "..."]` with a canonical type of the schema,
 * or `[primary eq true]`. Null for any other filter, and for an attribute that is not complex and multi-valued.
 */
export function newElement(attribute: Attribute | null, filter: Filter): Json | null {
  if (!attribute?.multiValued || attribute.type !== 'complex') return null;
  if (filter.kind !== 'compare' || filter.op !== 'eq') return null;
  const { value, path } = filter;
  const sub = attributeIn(attribute.subAttributes ?? [], path.name);
  const isType = sub?.name === 'type' && (sub.canonicalValues ?? []).some((type) => isText(value, type));
  const isPrimary = sub?.name === 'primary' && isText(value, 'true');
  if (!sub || (!isType && !isPrimary)) return null;
  const element = coerceElement(attribute, { [sub.name]: value });
  return isObject(element) ? element : null;
}

const isText = (value: unknown, text: string) => String(value).toLowerCase() === text.toLowerCase();
