import { isObject, type Json } from '../../../kernel/json.js';
import { comparableSub } from '../../../scim-model/comparable.js';
import { type Attribute, attributeIn } from '../../../scim-model/definition.js';

const qualifiers = new Set(['type', 'primary']);

/**
 * Returns true for an element that has a `type` or `primary` but no value. IdPs send `{"type": "work", "value": null}`
 * for an address that they do not have.
 */
export function hasNoValue({ subAttributes = [] }: Attribute, element: unknown): boolean {
  const isUsual = attributeIn(subAttributes, 'primary') && subAttributes.some(({ name }) => !qualifiers.has(name));
  return Boolean(isUsual) && isObject(element) && Object.keys(element).every((name) => qualifiers.has(name));
}

/**
 * Returns the elements with each (`type`, `value`) once and at most one primary, the last (RFC 7643 section 2.4). A
 * duplicate is merged into the first, with the later sub-attributes. Returns undefined if no element is left.
 *
 * @param identity `identityOf` for the attribute, which a caller can cache
 */
export function tidy(
  attribute: Attribute,
  items: readonly unknown[],
  identity = (item: unknown) => identityOf(attribute, item),
): unknown[] | undefined {
  const last = items.findLastIndex(isPrimary);
  const single = items.map((item, n) => (isPrimary(item) && n !== last ? { ...item, primary: false } : item));
  const all = new Map<string, unknown>();
  for (const item of single) {
    const key = identity(item);
    const before = all.get(key);
    all.set(key, isObject(before) && isObject(item) ? repeated(before, item) : (before ?? item));
  }
  return all.size > 0 ? [...all.values()] : undefined;
}

export const isPrimary = (item: unknown): item is Json => isObject(item) && item.primary === true;

/** Returns an element with the sub-attributes of another one applied; its `value` and `type` keep their spelling. */
export function merge(before: Json, item: Json): Json {
  const { value = item.value, type = item.type } = before;
  const merged = { ...before, ...item, value, type };
  return Object.fromEntries(Object.entries(merged).filter(([, part]) => part !== undefined));
}

const repeated = (before: Json, item: Json): Json => ({
  ...merge(before, item),
  ...((isPrimary(before) || isPrimary(item)) && { primary: true }),
});

/**
 * Returns a key that is equal for two elements with the same `value` and `type`, or, without a `value`, if they are
 * equal.
 */
export function identityOf(attribute: Attribute, item: unknown): string {
  if (!isObject(item) || item.value === undefined || !attributeIn(attribute.subAttributes ?? [], 'value'))
    return canonical(item);
  return canonical([comparableSub(attribute, item, 'value'), comparableSub(attribute, item, 'type')]);
}

/** Returns the JSON of a value with the names of each object sorted. */
export const canonical = (item: unknown): string =>
  JSON.stringify(typeof item === 'object' && item !== null ? inOrder(item) : item);

// A replacer of JSON.stringify is several times slower, because it is called for each value.
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  return isObject(value) ? sorted(value) : value;
}

const sorted = (object: Json): Json =>
  Object.fromEntries(
    Object.entries(object)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, inOrder(value)]),
  );
