import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../events/types.js';
import { isObject, type Json } from '../kernel/json.js';

/**
 * Returns the differences attribute by attribute, including the sub-attributes of single complex values. Paths are SCIM
 * paths: extensions end in ":". `null`, `undefined` and absence are equal (RFC 7643 section 2.5).
 */
export function changesBetween(before: Json, after: Json, prefix = ''): Change[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const [old, now] = [before[name] ?? null, after[name] ?? null];
    if (isDeepStrictEqual(old, now)) return [];
    const path = `${prefix}${name}`;
    const below = (isObject(old) || old === null) && (isObject(now) || now === null) && prefix.split('.').length < 3;
    if (!below) return [{ path, before: old, after: now }];
    const separator = name.startsWith('urn:') ? ':' : '.';
    return changesBetween((old ?? {}) as Json, (now ?? {}) as Json, `${path}${separator}`);
  });
}
