import type { Json } from '../json.js';

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** Returns the key of `object` that equals `name` in any case (RFC 7643 section 2.1), or `name` if there is none. */
export function keyIn(object: Json, name: string): string {
  if (Object.hasOwn(object, name)) return name;
  return Object.keys(object).find((key) => same(key, name)) ?? name;
}

/** Returns the value under `name` as it is spelled; own keys only. */
export const ownValue = (object: Json, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/**
 * Returns `object` with `key` set, or without it if `value` is undefined. Replaces the key in any other case. Keys are
 * data: they are never walked as properties.
 */
export function put(object: Json, key: string, value: unknown): Json {
  const rest = Object.entries(object).filter(([name]) => !same(name, key));
  return Object.fromEntries(value === undefined ? rest : [...rest, [key, value]]);
}
