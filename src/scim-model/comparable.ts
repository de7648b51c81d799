import { fold } from '../kernel/fold.js';
import type { Json } from '../kernel/json.js';
import { isExact } from './compare.js';
import { instantOf } from './date-time.js';
import { type Attribute, attributeIn } from './definition.js';
import { attributeValue } from './match-filter.js';

/**
 * Returns a value in the form for comparisons: a dateTime as an instant, other text folded unless it is case-exact (RFC
 * 7643 section 2.2).
 */
export function comparable(attribute: Attribute | null, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const instant = attribute?.type === 'dateTime' ? instantOf(value) : null;
  if (instant) return `@${instant.micros}`;
  return isExact(attribute) ? value : fold(value);
}

/**
 * Returns a sub-attribute of an element in the form for comparisons. Its name is case-insensitive (RFC 7643 section
 * 2.1).
 */
export const comparableSub = (attribute: Attribute | null, element: Json, name: string): unknown =>
  comparable(attributeIn(attribute?.subAttributes ?? [], name) ?? null, attributeValue(element, name));
