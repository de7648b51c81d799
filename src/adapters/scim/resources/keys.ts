import type { Json } from '../../../kernel/json.js';

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** Returns the key of `object` that equals `name` in any case (RFC 7643 section 2.1), or `name` if there is none. */
export function keyIn(object: Json, name: string): string {
  if (Object.hasOwn(object, name)) return name;
  return Object.keys(object).find((key) => same(key, name)) ?? name;
}

/** Returns the value under exactly this name. Only own keys are considered. */
export const ownValue = (object: Json, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/**
 * Returns `object` with `key` set, or without it if `value` is undefined. A key that differs only in case is replaced.
 * Keys are treated as data, never as inherited properties.
 */
export function put(object: Json, key: string, value: unknown): Json {
  const rest = Object.entries(object).filter(([name]) => !same(name, key));
  return Object.fromEntries(value === undefined ? rest : [...rest, [key, value]]);
}
