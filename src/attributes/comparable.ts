import { fold } from '../fold.js';
import type { Json } from '../json.js';
import { isExact } from './compare.js';
import { type Attribute, attributeIn } from './definition.js';

/** Returns a value as it is compared: folded unless the attribute is case-exact (RFC 7643 section 2.2). */
export const comparable = (attribute: Attribute | null, value: unknown): unknown =>
  typeof value === 'string' && !isExact(attribute) ? fold(value) : value;

/** Returns a sub-attribute of an element as it is compared. */
export const comparableSub = (attribute: Attribute | null, element: Json, name: string): unknown =>
  comparable(attributeIn(attribute?.subAttributes ?? [], name) ?? null, element[name]);
