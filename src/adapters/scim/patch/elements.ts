import { isDeepStrictEqual } from 'node:util';
import { compact } from '../../../directory/users/profile.js';
import { isObject } from '../../../kernel/json.js';
import { comparable } from '../../../scim-model/comparable.js';
import type { Attribute } from '../../../scim-model/definition.js';
import type { Filter } from '../../../scim-model/filter.js';
import { listOf, matchesElement } from '../../../scim-model/match-filter.js';
import type { Place } from '../../../scim-model/resolve.js';
import { PathSyntax } from '../../../scim-model/syntax-errors.js';
import { ScimError } from '../http/errors.js';
import { coerce, coerceElement, elementsIn } from '../resources/coerce.js';
import { putNamed } from '../resources/draft.js';
import { keyIn, put } from '../resources/keys.js';
import { canonical, hasNoValue, isPrimary, merge, tidy } from '../resources/values.js';
import { newElement } from './new-element.js';
import type { PatchOp } from './operation.js';
import { ElementIndex, hasValue, isNamedBy } from './same-element.js';

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
 * @throws ScimError noTarget, invalidValue, mutability; PathSyntax; FilterSyntax
 */
export function changeElements(place: Place, before: unknown, operation: PatchOp, filter: Filter | null): unknown {
  const elements = listOf(before);
  const next = filter ? filtered(place, elements, operation, filter) : unfiltered(place, elements, operation);
  const kept = onePrimary(next).filter((element) => element !== undefined);
  if (place.attribute) return tidy(place.attribute, kept);
  return kept.length > 0 ? kept : undefined;
}

function unfiltered(place: Place, elements: unknown[], operation: PatchOp): Changed[] {
  const { attribute, sub, subAttribute } = place;
  const { op, value, onValue } = operation;
  if (sub !== null) {
    const target = elements.length === 0 && op !== 'remove' ? [{}] : elements;
    const isListed = op === 'remove' ? listed(place, operation) : () => true;
    const isWhole = op === 'remove' && value !== undefined && onValue && subAttribute?.name === 'value';
    const change = (element: unknown) => (isWhole ? left(undefined) : withSub(place, element, operation));
    return target.map((element) => (isListed(element) ? change(element) : left(element)));
  }
  if (op === 'remove') {
    const isListed = listed(place, operation);
    return elements.filter((element) => !isListed(element)).map(left);
  }
  const items = itemsIn(attribute, value);
  if (op === 'replace') return items.map(given);
  return added(attribute, elements, items);
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
    throw new ScimError(400, 'invalidValue', `A value of "${attribute.name}" needs more than a type.`);
  return kept;
}

/** Appends new values, and merges values that already exist with their new sub-attributes (section 3.5.2.1). */
function added(attribute: Attribute | null, elements: unknown[], items: readonly unknown[]): Changed[] {
  const all = elements.map(left);
  const index = new ElementIndex(attribute, elements);
  for (const item of items) {
    const found = index.find(item);
    if (found === undefined) {
      index.add(item, all.length);
      all.push(given(item));
      continue;
    }
    const same = all[found]?.element;
    // Without a definition, a found element is already equal, apart from the case of its names.
    if (!attribute) continue;
    if (isObject(same) && isObject(item)) all[found] = { element: merge(same, item), claims: isPrimary(item) };
  }
  return all;
}

/**
 * Returns a predicate for the elements that a remove selects. Section 3.5.2.2 gives its `value` no meaning; with
 * `onValue`, the value lists the elements to remove. A sub-attribute is removed where it has a listed value; a `value`
 * identifies its element.
 */
function listed(place: Place, operation: PatchOp): (element: unknown) => boolean {
  const { sub, subAttribute } = place;
  const { value, onValue } = operation;
  if (value === undefined || !onValue) return () => true;
  const isListed = sub === null || subAttribute?.name === 'value' ? byElement(place, value) : byPart(place, value);
  onValue();
  return isListed;
}

function byElement({ attribute, name }: Place, value: unknown): (element: unknown) => boolean {
  const items = listOf(value).map((item) =>
    attribute && compact(item) !== undefined ? coerceElement(attribute, item) : compact(item),
  );
  const names = (item: unknown) => !isObject(item) || item.value !== undefined || !hasValue(attribute);
  if (items.some((item) => item === undefined || !names(item))) {
    const detail = `List what to remove from "${name}" by "value", use a filter in the path, or leave "value" out to remove all.`;
    throw new ScimError(400, 'invalidValue', detail);
  }
  return (element) => items.some((item) => isNamedBy(attribute, element, item));
}

function byPart({ attribute, subAttribute, name, sub }: Place, value: unknown): (element: unknown) => boolean {
  const parts = listOf(value).map((item) => {
    const part = subAttribute && compact(item) !== undefined ? coerceElement(subAttribute, item) : compact(item);
    if (part !== undefined) return canonical(comparable(subAttribute, part));
    const detail = `List the values of "${name}.${sub}" to remove, or leave "value" out to remove all.`;
    throw new ScimError(400, 'invalidValue', detail);
  });
  return (element) => {
    const part = isObject(element) ? element[keyIn(element, sub ?? '')] : attribute ? undefined : element;
    return part !== undefined && parts.includes(canonical(comparable(subAttribute, part)));
  };
}

function filtered(place: Place, elements: unknown[], operation: PatchOp, filter: Filter): Changed[] {
  const { attribute, sub } = place;
  const { op, value } = operation;
  // Only elements that match the filter and are listed are removed. An unassigned value lists none.
  const hasList = op === 'remove' && (Array.isArray(value) || compact(value) !== undefined);
  const isListed = hasList ? listed(place, operation) : () => true;
  const hits = elements.map((element) => matchesElement(attribute, element, filter) && isListed(element));
  if (!hits.includes(true)) return [...elements.map(left), ...missing(place, operation, filter)];
  return elements.map((element, n) => {
    if (!hits[n]) return left(element);
    if (sub !== null) return withSub(place, element, operation);
    return operation.op === 'remove' ? left(undefined) : changed(place, element, operation);
  });
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
    `The filter selects values of "${name}"; give one value for them, not a list.`,
  );
}

/**
 * Returns the elements to add if no element matches the filter: none for a remove, or a new element if the operation
 * has `onMissing`. @throws ScimError noTarget
 */
function missing(place: Place, operation: PatchOp, filter: Filter): Changed[] {
  if (operation.op === 'remove') return [];
  const element = operation.onMissing ? newElement(place.attribute, filter) : null;
  if (!element) throw new ScimError(400, 'noTarget', `No value of "${place.name}" fits the filter in the path.`);
  operation.onMissing?.();
  if (compact(operation.value) === undefined) return [];
  return [place.sub === null ? changed(place, element, operation) : withSub(place, element, operation)];
}

function withSub(place: Place, element: unknown, { op, value }: PatchOp): Changed {
  const { attribute, subAttribute, name, sub } = place;
  if (subAttribute?.mutability === 'immutable') {
    const detail = `"${name}.${subAttribute.name}" cannot be changed. Remove the value and add another.`;
    throw new ScimError(400, 'mutability', detail);
  }
  const next = op === 'remove' ? undefined : subAttribute ? coerce(subAttribute, value) : compact(value);
  const key = sub ?? 'value';
  if (!isObject(element)) {
    if (key.toLowerCase() !== 'value') throw new PathSyntax(`the values of "${name}" have no sub-attributes`);
    return left(next);
  }
  const result = compact(put(element, keyIn(element, key), next));
  const isEmptied = next === undefined && attribute !== null && hasNoValue(attribute, result);
  return { element: isEmptied ? undefined : result, claims: key === 'primary' && next === true };
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
