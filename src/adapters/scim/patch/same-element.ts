import { isObject, type Json } from '../../../kernel/json.js';
import { comparable, comparableSub } from '../../../scim-model/comparable.js';
import { type Attribute, attributeIn } from '../../../scim-model/definition.js';
import { canonical, identityOf } from '../resources/values.js';

/** Keys of an element: `key` for an equal element, and `value` for an element of any type. */
interface Keys {
  key: string;
  value: string | null;
  type?: unknown;
}

/**
 * Keys by which the elements of one attribute are compared. The keys of an object are computed once in a PATCH, because
 * each of its operations can need them. The objects are never modified.
 */
export class ElementKeys {
  readonly #keys = new WeakMap<object, Keys>();
  readonly #identities = new WeakMap<object, string>();
  readonly #instants = new Map<string, Keys>();

  constructor(readonly attribute: Attribute | null) {}

  of(element: unknown): Keys {
    if (isObject(element)) return stored(this.#keys, element, () => this.#keysOf(element));
    if (typeof element !== 'string' || this.attribute?.type !== 'dateTime') return this.#keysOf(element);
    return stored(this.#instants, element, () => this.#keysOf(element));
  }

  /** Returns `identityOf` of an element of a defined attribute. */
  identity(attribute: Attribute, element: unknown): string {
    if (!isObject(element)) return identityOf(attribute, element);
    return stored(this.#identities, element, () => identityOf(attribute, element));
  }

  #keysOf(element: unknown): Keys {
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

/** Returns the value under `key`, which `compute` returns the first time. */
function stored<Key, Value>(
  map: { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown },
  key: Key,
  compute: () => Value,
): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = compute();
  map.set(key, value);
  return value;
}

/**
 * Index that finds equal elements in constant time. Elements with a `value` are identified by it and by their `type`
 * (RFC 7643 section 2.4); an item without a `type` is found by its value alone. Other elements are identified by all
 * sub-attributes except `display` and `primary`, and without a definition by everything.
 */
export class ElementIndex {
  readonly #byKey = new Map<string, number>();
  readonly #byValue = new Map<string, number>();

  constructor(
    readonly keys: ElementKeys,
    elements: readonly unknown[],
  ) {
    for (const [n, element] of elements.entries()) this.add(element, n);
  }

  /** Adds an element. The first of several equal elements is kept. */
  add(element: unknown, n: number): void {
    const { key, value } = this.keys.of(element);
    if (!this.#byKey.has(key)) this.#byKey.set(key, n);
    if (value !== null && !this.#byValue.has(value)) this.#byValue.set(value, n);
  }

  /** Returns the index of the element that is equal to `item`; undefined if there is none. */
  find(item: unknown): number | undefined {
    const { key, value, type } = this.keys.of(item);
    const exact = this.#byKey.get(key);
    const isUntyped = exact === undefined && value !== null && type === undefined;
    return isUntyped ? this.#byValue.get(value) : exact;
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

/** Returns true if elements of the attribute are identified by a `value`. */
export const hasValue = (attribute: Attribute | null): boolean =>
  attributeIn(attribute?.subAttributes ?? [], 'value') !== undefined;
