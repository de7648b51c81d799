import { compact } from '../../../directory/users/profile.js';
import { isObject, type Json } from '../../../kernel/json.js';

/**
 * Mutable form of a JSON object. Names are found in any case (RFC 7643 section 2.1), in constant time each, and keep
 * their stored spelling.
 */
export class Draft {
  readonly #entries = new Map<string, [key: string, value: unknown]>();
  readonly #below = new Map<string, Draft>();
  /** URNs of the object's extensions, by their lower-case form. */
  readonly urns = new Map<string, string>();

  constructor(object: Json) {
    for (const [key, value] of Object.entries(object)) {
      const name = key.toLowerCase();
      // If two names differ only in case, the second cannot be looked up and stays unchanged.
      this.#entries.set(this.#entries.has(name) ? `${name}\0${key}` : name, [key, value]);
      if (key.includes(':')) this.urns.set(name, key);
    }
  }

  /** Returns the stored spelling of a name, or the name itself if it has no value. */
  keyOf(name: string): string {
    return this.#entries.get(name.toLowerCase())?.[0] ?? name;
  }

  get(name: string): unknown {
    const below = this.#below.get(name.toLowerCase());
    return below ? below.toJson() : this.#entries.get(name.toLowerCase())?.[1];
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase());
  }

  /** Sets a value under that spelling, or removes it if the value is undefined. */
  set(key: string, value: unknown): void {
    const name = key.toLowerCase();
    this.#below.delete(name);
    if (value === undefined) {
      this.#entries.delete(name);
      this.urns.delete(name);
      return;
    }
    this.#entries.set(name, [key, value]);
    if (key.includes(':')) this.urns.set(name, key);
  }

  /** Returns the object under a URN as a draft that is part of this one; an empty draft if there is none. */
  below(urn: string): Draft {
    const name = urn.toLowerCase();
    const known = this.#below.get(name);
    if (known) return known;
    const before = this.#entries.get(name)?.[1];
    const draft = new Draft(isObject(before) ? before : {});
    this.set(this.keyOf(urn), {});
    this.#below.set(name, draft);
    return draft;
  }

  /** Returns the current object. Extensions without attributes are omitted. */
  toJson(): Json {
    const entries = [...this.#entries].flatMap(([name, [key, value]]): [string, unknown][] => {
      const below = this.#below.get(name);
      const kept = below ? compact(below.toJson()) : value;
      return kept === undefined ? [] : [[key, kept]];
    });
    return Object.fromEntries(entries);
  }
}

/**
 * Returns `before` with each name of `given` set to its value in `next`, or removed if `next` does not contain it.
 * Other names stay unchanged.
 */
export function putNamed(before: Json, given: Json, next: Json): Json {
  const draft = new Draft(before);
  const values = new Draft(next);
  for (const key of Object.keys(given)) if (!values.has(key)) draft.set(key, undefined);
  for (const [key, value] of Object.entries(next)) draft.set(draft.keyOf(key), value);
  return draft.toJson();
}
