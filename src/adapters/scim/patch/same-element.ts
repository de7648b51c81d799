import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json } from '../../../kernel/json.js';
import { comparable, comparableSub } from '../../../scim-model/comparable.js';
import { type Attribute, attributeIn } from '../../../scim-model/definition.js';
import { attributeValue } from '../../../scim-model/match-filter.js';
import { canonical } from '../resources/values.js';

/**
 * Index that finds equal elements in constant time. Elements with a `value` are identified by it and by their `type`
 * (RFC 7643 section 2.4); an item without a `type` is found by its value alone. Other elements are identified by all
 * sub-attributes except `display` and `primary`, and without a definition by everything.
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

  /** Adds an element. The first of several equal elements is kept. */
  add(element: unknown, n: number): void {
    const { key, value } = this.#keysOf(element);
    if (!this.#byKey.has(key)) this.#byKey.set(key, n);
    if (value !== null && !this.#byValue.has(value)) this.#byValue.set(value, n);
  }

  /** Returns the index of the element that is equal to `item`; undefined if there is none. */
  find(item: unknown): number | undefined {
    const { key, value, type } = this.#keysOf(item);
    const exact = this.#byKey.get(key);
    const isUntyped = exact === undefined && value !== null && type === undefined;
    return isUntyped ? this.#byValue.get(value) : exact;
  }

  #keysOf(element: unknown): { key: string; value: string | null; type?: unknown } {
    // Only a schema defines the sub-attributes that identify a value.
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

/**
 * Returns a value with the names of its objects in lower case. Without a definition, names are compared in any case
 * (section 2.1).
 */
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name.toLowerCase(), named(part)]));
}

const core = ({ display: _display, primary: _primary, ...rest }: Json): Json => rest;

/**
 * Returns true if a value that a `remove` lists identifies the element: by `value`, and by `type` if the listed value
 * has one; without a `value`, by each sub-attribute that it has.
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

/** Returns true if elements of the attribute are identified by a `value`. */
export const hasValue = (attribute: Attribute | null): boolean =>
  attributeIn(attribute?.subAttributes ?? [], 'value') !== undefined;
