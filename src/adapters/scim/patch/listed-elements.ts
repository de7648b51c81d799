import { compact } from '../../../directory/users/profile.js';
import { isObject, type Json } from '../../../kernel/json.js';
import { comparable, comparableSub } from '../../../scim-model/comparable.js';
import type { Attribute } from '../../../scim-model/definition.js';
import { attributeValue, listOf } from '../../../scim-model/match-filter.js';
import type { Place } from '../../../scim-model/resolve.js';
import { ScimError } from '../http/errors.js';
import { coerceElement } from '../resources/coerce.js';
import { keyIn } from '../resources/keys.js';
import { canonical } from '../resources/values.js';
import { hasValue } from './same-element.js';
import { type Change, sizeOf } from './work.js';

/**
 * Returns a predicate for the elements that a remove selects. Section 3.5.2.2 gives its `value` no meaning; with
 * `onValue`, the value lists the elements to remove. A sub-attribute is removed where it has a listed value; a `value`
 * identifies its element.
 */
export function listed({ place, operation, work }: Change, elements: unknown[]): (element: unknown) => boolean {
  const { sub, subAttribute } = place;
  const { value, onValue } = operation;
  if (value === undefined || !onValue) return () => true;
  const isElement = sub === null || subAttribute?.name === 'value';
  const { comparisons, has } = isElement ? byElement(place, value) : byPart(place, value);
  work.count(place.name ?? '', sizeOf(value) + sizeOf(elements) * comparisons);
  onValue();
  return has;
}

/** Predicate for listed elements, and the number of comparisons that one element needs. */
interface Listed {
  comparisons: number;
  has: (element: unknown) => boolean;
}

function byElement({ attribute, name }: Place, value: unknown): Listed {
  const items = listOf(value).map((item) =>
    attribute && compact(item) !== undefined ? coerceElement(attribute, item) : compact(item),
  );
  const names = (item: unknown) => !isObject(item) || item.value !== undefined || !hasValue(attribute);
  if (items.some((item) => item === undefined || !names(item))) {
    const detail = `Send the values to remove from "${name}" in "value", use a filter in the path, or remove "value" to remove all.`;
    throw new ScimError(400, 'invalidValue', detail);
  }
  const all = new ListedElements(attribute, items);
  return { comparisons: all.comparisons, has: (element) => all.has(element) };
}

function byPart({ attribute, subAttribute, name, sub }: Place, value: unknown): Listed {
  const parts = listOf(value).map((item) => {
    const part = subAttribute && compact(item) !== undefined ? coerceElement(subAttribute, item) : compact(item);
    if (part !== undefined) return canonical(comparable(subAttribute, part));
    const detail = `Send the values of "${name}.${sub}" to remove, or remove "value" to remove all.`;
    throw new ScimError(400, 'invalidValue', detail);
  });
  const all = new Set(parts);
  const has = (element: unknown) => {
    const part = isObject(element) ? element[keyIn(element, sub ?? '')] : attribute ? undefined : element;
    return part !== undefined && all.has(canonical(comparable(subAttribute, part)));
  };
  return { comparisons: 1, has };
}

/**
 * Values that a `remove` lists. An object identifies elements by `value`, and by `type` if it has one; without a
 * `value`, by each sub-attribute that it has. Objects with the same names are one set, so that an element is compared
 * once with all of them.
 */
class ListedElements {
  readonly #simple = new Set<unknown>();
  /** The `value` of objects, for elements that are simple values. */
  readonly #values = new Set<unknown>();
  readonly #objects = new Map<string, { names: readonly string[]; keys: Set<string> }>();

  constructor(
    readonly attribute: Attribute | null,
    items: readonly unknown[],
  ) {
    for (const item of items) {
      (isObject(item) ? this.#values : this.#simple).add(this.#bare(item));
      if (!isObject(item)) continue;
      const names = namesIn(item);
      const signature = JSON.stringify(names);
      const known = this.#objects.get(signature) ?? { names, keys: new Set() };
      this.#objects.set(signature, known);
      known.keys.add(this.#key(item, names));
    }
  }

  /** Number of comparisons that one element needs. */
  get comparisons(): number {
    return 1 + this.#objects.size;
  }

  has(element: unknown): boolean {
    const value = this.#bare(element);
    if (value !== undefined && this.#simple.has(value)) return true;
    if (!isObject(element)) return this.#values.has(value);
    for (const { names, keys } of this.#objects.values()) if (keys.has(this.#key(element, names))) return true;
    return false;
  }

  #bare(element: unknown): unknown {
    const value = isObject(element) ? attributeValue(element, 'value') : element;
    return comparable(this.attribute?.type === 'complex' ? null : this.attribute, value);
  }

  #key(element: Json, names: readonly string[]): string {
    return canonical(names.map((name) => comparableSub(this.attribute, element, name)));
  }
}

function namesIn(item: Json): string[] {
  const has = (name: string) => attributeValue(item, name) !== undefined;
  return has('value') ? ['value', 'type'].filter(has) : Object.keys(item).sort();
}
