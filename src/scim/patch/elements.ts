import { isDeepStrictEqual } from 'node:util';
import type { Attribute } from '../../attributes/definition.js';
import type { Filter } from '../../attributes/filter.js';
import { listOf, matchesElement } from '../../attributes/match-filter.js';
import type { Place } from '../../attributes/resolve.js';
import { compact } from '../../directory/users/profile.js';
import { isObject, type Json } from '../../json.js';
import { coerce, put, tidy } from '../coerce.js';
import { ScimError } from '../errors.js';
import type { PatchOp } from './operation.js';

/** A multi-valued attribute after one operation, with or without a value filter. Undefined when nothing is left. */
export function changeElements(place: Place, before: unknown, operation: PatchOp, filter: Filter | null): unknown {
  const elements = listOf(before);
  const next = filter ? filtered(place, elements, operation, filter) : unfiltered(place, elements, operation);
  return tidy(onePrimary(next).filter((element) => element !== undefined));
}

/** Elements after an operation, each with whether the operation was about it. */
interface Touched {
  element: unknown;
  touched: boolean;
}
const touched = (element: unknown): Touched => ({ element, touched: true });
const left = (element: unknown): Touched => ({ element, touched: false });

function unfiltered(place: Place, elements: unknown[], { op, value }: PatchOp): Touched[] {
  if (place.sub !== null) {
    const target = elements.length === 0 && op !== 'remove' ? [{}] : elements;
    return target.map((element) => touched(withSub(place, element, op, value)));
  }
  if (op === 'remove') return [];
  const given = listOf(place.attribute ? coerce(place.attribute, value) : compact(value));
  if (op === 'replace') return given.map(touched);
  const fresh = given.filter((item) => !elements.some((element) => sameElement(element, item)));
  return [...elements.map(left), ...fresh.map(touched)];
}

/** The same value of the same type is there already (RFC 7643 section 2.4), unless the new one says more. */
function sameElement(element: unknown, item: unknown): boolean {
  if (isDeepStrictEqual(element, item)) return true;
  if (!isObject(element) || !isObject(item) || item.value === undefined) return false;
  return Object.entries(item).every(([key, value]) => isDeepStrictEqual(element[key], value));
}

function filtered(place: Place, elements: unknown[], operation: PatchOp, filter: Filter): Touched[] {
  const { attribute, sub } = place;
  if (attribute && !attribute.multiValued)
    throw new ScimError(400, 'invalidPath', `"${attribute.name}" has one value and takes no filter.`);
  const { op, value } = operation;
  const hits = elements.map((element) => matchesElement(attribute, element, filter));
  if (!hits.includes(true)) return [...elements.map(left), ...missing(place, operation, filter).map(touched)];
  return elements.map((element, n) => {
    if (!hits[n]) return left(element);
    if (sub !== null) return touched(withSub(place, element, op, value));
    return touched(op === 'remove' ? undefined : replaced(attribute, element, operation));
  });
}

function replaced(attribute: Attribute | null, element: unknown, { op, value }: PatchOp): unknown {
  const [next] = listOf(attribute ? coerce(attribute, value) : compact(value));
  return op === 'add' && isObject(element) && isObject(next) ? { ...element, ...next } : next;
}

/** Nothing fits the filter: success for a remove, an error for the rest, or a new element where the dialect means one. */
function missing(place: Place, { op, value, onMissing }: PatchOp, filter: Filter): unknown[] {
  if (op === 'remove') return [];
  const shell = onMissing ? impliedBy(filter, place.attribute) : null;
  if (!shell) throw new ScimError(400, 'noTarget', `No value of "${place.name}" fits the filter in the path.`);
  onMissing?.();
  if (place.sub !== null) {
    const element = withSub(place, shell, op, value);
    return isObject(element) && Object.hasOwn(element, place.sub) ? [element] : [];
  }
  const [given] = listOf(place.attribute ? coerce(place.attribute, value) : compact(value));
  return [isObject(given) ? { ...shell, ...given } : shell];
}

/** The element that a filter of equalities describes; null for any other filter. */
function impliedBy(filter: Filter, attribute: Attribute | null): Json | null {
  if (filter.kind === 'and') {
    const [left, right] = [impliedBy(filter.left, attribute), impliedBy(filter.right, attribute)];
    return left && right ? { ...left, ...right } : null;
  }
  if (filter.kind !== 'compare' || filter.op !== 'eq' || filter.value === null) return null;
  const single = attribute && { ...attribute, multiValued: undefined };
  const coerced = single ? coerce(single, { [filter.path.name]: filter.value }) : { [filter.path.name]: filter.value };
  return isObject(coerced) ? coerced : null;
}

function withSub(
  { attribute, sub, subAttribute }: Place,
  element: unknown,
  op: PatchOp['op'],
  value: unknown,
): unknown {
  if (subAttribute?.mutability === 'immutable') {
    throw new ScimError(
      400,
      'mutability',
      `"${attribute?.name}.${subAttribute.name}" cannot be changed; remove the value and add another.`,
    );
  }
  const next = op === 'remove' ? undefined : subAttribute ? coerce(subAttribute, value) : compact(value);
  return compact(put(isObject(element) ? element : {}, sub ?? 'value', next));
}

/**
 * An element that becomes primary makes the others not so (RFC 7644 section 3.5.2): the last one that the operation was
 * about, so that the same operation again chooses the same.
 */
function onePrimary(elements: readonly Touched[]): unknown[] {
  const isPrimary = (element: unknown) => isObject(element) && element.primary === true;
  const chosen = elements.findLastIndex(({ element, touched: isTouched }) => isTouched && isPrimary(element));
  const primary = elements[chosen]?.element;
  return elements.map(({ element }, n) => {
    if (n === chosen || primary === undefined || !isPrimary(element)) return element;
    // An exact repeat of the chosen one goes, and the chosen one keeps its place.
    return isDeepStrictEqual(element, primary) ? undefined : { ...(element as Json), primary: false };
  });
}
