import { isDeepStrictEqual } from 'node:util';
import { compact } from '../../../directory/users/profile.js';
import { isObject } from '../../../kernel/json.js';
import type { Attribute } from '../../../scim-model/definition.js';
import type { Filter } from '../../../scim-model/filter.js';
import { elementMatcher, listOf } from '../../../scim-model/match-filter.js';
import type { Place } from '../../../scim-model/resolve.js';
import { PathSyntax } from '../../../scim-model/syntax-errors.js';
import { ScimError } from '../http/errors.js';
import { coerce, coerceElement, elementsIn } from '../resources/coerce.js';
import { putNamed } from '../resources/draft.js';
import { keyIn, put } from '../resources/keys.js';
import { hasNoValue, isPrimary, merge, tidy } from '../resources/values.js';
import { listed } from './listed-elements.js';
import { newElement } from './new-element.js';
import type { PatchOp } from './operation.js';
import { ElementIndex } from './same-element.js';
import { type Change, comparisonsIn, type PatchWork, sizeOf, valuesPerChange } from './work.js';

/** Element after an operation. `claims` is true if the operation makes it primary. */
interface Changed {
  element: unknown;
  claims: boolean;
}
const left = (element: unknown): Changed => ({ element, claims: false });
const given = (element: unknown): Changed => ({ element, claims: isPrimary(element) });

/**
 * Returns a multi-valued attribute after one operation (RFC 7644 section 3.5.2), or undefined if no element is left.
 * Elements of an undefined attribute are kept unchanged, including duplicates.
 *
 * @throws ScimError noTarget, invalidValue, mutability, 413 tooMany; PathSyntax; FilterSyntax
 */
export function changeElements(change: Change, before: unknown, filter: Filter | null): unknown {
  const { place, operation, work } = change;
  const { attribute } = place;
  const elements = listOf(before);
  if (!filter && place.sub === null && operation.op === 'add') return afterAdd(change, elements);
  const name = place.name ?? '';
  work.count(name, sizeOf(elements) * (1 + (filter ? comparisonsIn(filter) : 0)));
  const next = filter ? filtered(change, elements, filter) : unfiltered(change, elements);
  const isReplaced = !filter && place.sub === null;
  for (const [n, { element }] of next.entries())
    if (element !== elements[n]) work.count(name, sizeOf(element) * (isReplaced ? 1 : valuesPerChange));
  return tidied(work, attribute, next);
}

/** Returns the elements of a list after an operation; undefined if none is left. */
function tidied(work: PatchWork, attribute: Attribute | null, next: readonly Changed[]): unknown[] | undefined {
  const kept = onePrimary(next).filter((element) => element !== undefined);
  if (!attribute) return kept.length > 0 ? kept : undefined;
  const keys = work.keysOf(attribute);
  return tidy(attribute, kept, (item) => keys.identity(attribute, item));
}

function unfiltered(change: Change, elements: unknown[]): Changed[] {
  const { place, operation } = change;
  const { attribute, sub, subAttribute } = place;
  const { op, value, onValue } = operation;
  if (sub !== null) {
    const target = elements.length === 0 && op !== 'remove' ? [{}] : elements;
    const isListed = op === 'remove' ? listed(change, elements) : () => true;
    const isWhole = op === 'remove' && value !== undefined && onValue && subAttribute?.name === 'value';
    const changeOne = isWhole ? () => left(undefined) : subChange(place, operation);
    return target.map((element) => (isListed(element) ? changeOne(element) : left(element)));
  }
  if (op === 'remove') {
    const isListed = listed(change, elements);
    return elements.map((element) => left(isListed(element) ? undefined : element));
  }
  return itemsIn(attribute, value).map(given);
}

/**
 * Returns the elements of a value. @throws ScimError invalidValue if the value has elements, and all have only a type
 * or primary
 */
function itemsIn(attribute: Attribute | null, value: unknown): unknown[] {
  if (!attribute) return listOf(compact(value));
  const items = elementsIn(attribute, value);
  const kept = items.filter((item) => !hasNoValue(attribute, item));
  const isUnassigned = (item: unknown) =>
    isObject(item) && Object.values(item).some((part) => compact(part) === undefined);
  if (items.length > 0 && kept.length === 0 && !listOf(value).some(isUnassigned))
    throw new ScimError(400, 'invalidValue', `A value of "${attribute.name}" must have more than a type.`);
  return kept;
}

/**
 * Returns the list after an add. The index of the list is kept for the next operation, so that consecutive additions do
 * not read the list each time.
 */
function afterAdd({ place, operation, work }: Change, elements: unknown[]): unknown[] | undefined {
  const { attribute } = place;
  const name = place.name ?? '';
  const items = itemsIn(attribute, operation.value);
  const known = work.takeIndex(elements);
  const appended = known && append(attribute, elements, { items, index: known });
  if (known && appended) {
    work.count(name, sizeOf(items) + Math.floor(elements.length / copiedPerValue));
    work.keepIndex(appended, known);
    return appended;
  }
  // The index and the check for duplicates both compare all elements.
  work.count(name, sizeOf(elements) * 2);
  const index = new ElementIndex(work.keysOf(attribute), elements);
  const next = added(attribute, elements, { items, index });
  work.count(name, sizeOf(items));
  const after = tidied(work, attribute, next);
  const isAtPlace = ({ element }: Changed, n: number) =>
    element === after?.[n] && (n >= elements.length || element === elements[n]);
  if (after && after.length === next.length && next.every(isAtPlace)) work.keepIndex(after, index);
  return after;
}

/** Number of references that are copied in the time in which one value is read. */
const copiedPerValue = 32;

/**
 * Appends new values to a list with an index, which is tidy. Returns null if a value merges with an existing one, or
 * changes which one is primary; the index is then invalid.
 */
function append(
  attribute: Attribute | null,
  elements: unknown[],
  { items, index }: { items: readonly unknown[]; index: ElementIndex },
): unknown[] | null {
  const fresh: unknown[] = [];
  for (const item of items) {
    const isFound = index.find(item) !== undefined;
    // Without a definition, a found element is already equal, apart from the case of its names.
    if (isFound && !attribute) continue;
    if (isFound || isPrimary(item)) return null;
    index.add(item, elements.length + fresh.length);
    fresh.push(item);
  }
  return fresh.length > 0 ? elements.concat(fresh) : elements;
}

/** Appends new values, and merges values that already exist with their new sub-attributes (section 3.5.2.1). */
function added(
  attribute: Attribute | null,
  elements: unknown[],
  { items, index }: { items: readonly unknown[]; index: ElementIndex },
): Changed[] {
  const all = elements.map(left);
  for (const item of items) {
    const found = index.find(item);
    if (found === undefined) {
      index.add(item, all.length);
      all.push(given(item));
      continue;
    }
    const same = all[found]?.element;
    if (attribute && isObject(same) && isObject(item))
      all[found] = { element: merge(same, item), claims: isPrimary(item) };
  }
  return all;
}

function filtered(change: Change, elements: unknown[], filter: Filter): Changed[] {
  const { place, operation } = change;
  const { attribute, sub } = place;
  const { op, value } = operation;
  // Only elements that match the filter and are listed are removed. An unassigned value lists none.
  const hasList = op === 'remove' && (Array.isArray(value) || compact(value) !== undefined);
  const isListed = hasList ? listed(change, elements) : () => true;
  // An error in the filter is reported only if there are elements.
  const isMatch = elements.length > 0 ? elementMatcher(attribute, filter) : () => false;
  const hits = elements.map((element) => isMatch(element) && isListed(element));
  if (!hits.includes(true)) return [...elements.map(left), ...missing(place, operation, filter)];
  const changeOne = sub === null ? wholeChange(place, operation) : subChange(place, operation);
  return elements.map((element, n) => (hits[n] ? changeOne(element) : left(element)));
}

function wholeChange(place: Place, operation: PatchOp): (element: unknown) => Changed {
  return (element) => (operation.op === 'remove' ? left(undefined) : changed(place, element, operation));
}

/**
 * Changes only the sub-attributes that the value contains (section 3.5.2.3). A replace with an unassigned value removes
 * the element.
 */
function changed(place: Place, element: unknown, { op, value }: PatchOp): Changed {
  const { attribute } = place;
  const item = onlyOne(place, value);
  if (!isObject(item) && compact(item) === undefined) return left(op === 'replace' ? undefined : element);
  const next = attribute ? coerceElement(attribute, item) : compact(item);
  if (!isObject(item)) {
    const isBare = !isObject(element);
    return given(isBare ? next : { ...element, ...(isObject(next) ? next : { value: next }) });
  }
  const base = isObject(element) ? element : { value: element };
  const result = compact(putNamed(base, item, isObject(next) ? next : {}));
  const isLeft = result !== undefined && !(attribute && hasNoValue(attribute, result) && !hasNoValue(attribute, base));
  return { element: isLeft ? result : undefined, claims: isObject(next) && isPrimary(next) };
}

function onlyOne({ name }: Place, value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0) return Array.isArray(value) ? null : value;
  if (value.length === 1) return value[0];
  throw new ScimError(
    400,
    'invalidValue',
    `The filter selects values of "${name}". Send one value for them, not a list.`,
  );
}

/**
 * Returns the elements to add if no element matches the filter: none for a remove, or a new element if the operation
 * has `onMissing`. @throws ScimError noTarget
 */
function missing(place: Place, operation: PatchOp, filter: Filter): Changed[] {
  if (operation.op === 'remove') return [];
  const element = operation.onMissing ? newElement(place.attribute, filter) : null;
  if (!element) throw new ScimError(400, 'noTarget', `No value of "${place.name}" matches the filter in the path.`);
  operation.onMissing?.();
  if (compact(operation.value) === undefined) return [];
  return [place.sub === null ? changed(place, element, operation) : subChange(place, operation)(element)];
}

/** Returns the change of a sub-attribute. Its value is converted once, not for each element. */
function subChange(place: Place, { op, value }: PatchOp): (element: unknown) => Changed {
  const { attribute, subAttribute, name } = place;
  if (subAttribute?.mutability === 'immutable') {
    const detail = `"${name}.${subAttribute.name}" cannot be changed. Remove the value and add another.`;
    throw new ScimError(400, 'mutability', detail);
  }
  const next = op === 'remove' ? undefined : subAttribute ? coerce(subAttribute, value) : compact(value);
  const key = place.sub ?? 'value';
  return (element) => {
    if (!isObject(element)) {
      if (key.toLowerCase() !== 'value') throw new PathSyntax(`the values of "${name}" have no sub-attributes`);
      return left(next);
    }
    const result = compact(put(element, keyIn(element, key), next));
    const isEmptied = next === undefined && attribute !== null && hasNoValue(attribute, result);
    return { element: isEmptied ? undefined : result, claims: key === 'primary' && next === true };
  };
}

/**
 * Makes one element primary and the others not (section 3.5.2): the last one that the operation makes primary.
 * Repeating the operation has the same result.
 */
function onePrimary(elements: readonly Changed[]): unknown[] {
  const chosen = elements.findLastIndex(({ element, claims }) => claims && isPrimary(element));
  const primary = elements[chosen]?.element;
  return elements.map(({ element }, n) => {
    if (n === chosen || primary === undefined || !isPrimary(element)) return element;
    // An exact duplicate of the primary element is removed, and the primary element keeps its position.
    return isDeepStrictEqual(element, primary) ? undefined : { ...element, primary: false };
  });
}
