import { isDeepStrictEqual } from 'node:util';
import { comparable, comparableSub } from '../../attributes/comparable.js';
import { type Attribute, attributeIn } from '../../attributes/definition.js';
import { attributeValue } from '../../attributes/match-filter.js';
import { isObject, type Json } from '../../json.js';
import { canonical } from '../values.js';

/**
 * Finds elements that are the same value, in constant time each. Elements with a `value` are known by it and by their
 * `type` (RFC 7643 section 2.4); an item without a `type` is found by its value alone. Others are known by everything but
 * `display` and `primary`, and without a definition by everything.
 */
export class ElementIndex {
  readonly #byKey = new Map<string, number>();
  readonly #byValue = new Map<string, number>();

  constructor(
    readonly attribute: Attribute | null,
    elements: readonly unknown[],
  ) {
    for (const [n, element] of elements.entries()) this.add(element, n);
  }

  /** Adds an element; of several that are the same the first stays. */
  add(element: unknown, n: number): void {
    const { key, value } = this.#keysOf(element);
    if (!this.#byKey.has(key)) this.#byKey.set(key, n);
    if (value !== null && !this.#byValue.has(value)) this.#byValue.set(value, n);
  }

  /** Returns the number of the element that is the same as `item`; undefined if there is none. */
  find(item: unknown): number | undefined {
    const { key, value, type } = this.#keysOf(item);
    const exact = this.#byKey.get(key);
    const isUntyped = exact === undefined && value !== null && type === undefined;
    return isUntyped ? this.#byValue.get(value) : exact;
  }

  #keysOf(element: unknown): { key: string; value: string | null; type?: unknown } {
    // Only a schema defines which sub-attributes are the value.
    if (this.attribute?.type === 'dateTime')
      return { key: canonical(comparable(this.attribute, element)), value: null };
    if (this.attribute === null) return { key: canonical(named(element)), value: null };
    if (!isObject(element)) return { key: canonical(element), value: null };
    if (element.value === undefined) return { key: canonical(core(element)), value: null };
    const [value, type] = ['value', 'type'].map((name) => comparableSub(this.attribute, element, name));
    const text = canonical(value);
    return { key: canonical(type === undefined ? [text] : [text, type]), value: text, type };
  }
}

/** A value with the names of its objects in lower case: without a definition no spelling is the right one (section 2.1). */
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name.toLowerCase(), named(part)]));
}

const core = ({ display: _display, primary: _primary, ...rest }: Json): Json => rest;

/**
 * Returns true if a value that a `remove` lists names the element: by `value`, and by `type` if it has one; without a
 * `value`, by each sub-attribute that it has.
 */
export function isNamedBy(attribute: Attribute | null, element: unknown, item: unknown): boolean {
  if (!isObject(element) || !isObject(item)) {
    const value = attribute?.type === 'complex' ? null : attribute;
    return comparable(value, bare(element)) === comparable(value, bare(item));
  }
  const has = (name: string) => attributeValue(item, name) !== undefined;
  const names = has('value') ? ['value', 'type'].filter(has) : Object.keys(item);
  return names.every((name) =>
    isDeepStrictEqual(comparableSub(attribute, element, name), comparableSub(attribute, item, name)),
  );
}

const bare = (element: unknown): unknown => (isObject(element) ? attributeValue(element, 'value') : element);

/** Returns true if the attribute's elements are known by a `value`. */
export const hasValue = (attribute: Attribute | null): boolean =>
  attributeIn(attribute?.subAttributes ?? [], 'value') !== undefined;
