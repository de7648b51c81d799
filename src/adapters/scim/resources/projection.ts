import { compact } from '../../../directory/users/profile.js';
import { isObject, type Json } from '../../../kernel/json.js';
import type { ResourceType } from '../../../scim-model/definition.js';
import { pathOf } from '../../../scim-model/parse-filter.js';
import { resolve } from '../../../scim-model/resolve.js';
import { ScimError } from '../http/errors.js';
import { textParameter } from '../http/parameters.js';
import { keyIn, ownValue, put } from './keys.js';

/** Attributes that a response contains (RFC 7644 section 3.9). */
export interface Projection {
  only: Place[] | null;
  except: Place[];
}
type Place = { keys: string[] };

const always = new Set(['schemas', 'id']);

/**
 * Parses `attributes` and `excludedAttributes`. Names that no schema defines select nothing.
 *
 * @throws ScimError if both are given, or one of them twice
 */
export function parseProjection(type: ResourceType, query: Json): Projection {
  const only = namesIn(textParameter(query, 'attributes'));
  const except = namesIn(textParameter(query, 'excludedAttributes'));
  if (only.length > 0 && except.length > 0) {
    throw new ScimError(400, 'invalidValue', 'Send "attributes" or "excludedAttributes", not both.');
  }
  const places = (names: string[]) => names.flatMap((name) => placeOf(type, name));
  return { only: only.length > 0 ? places(only) : null, except: places(except) };
}

const namesIn = (text: string | null): string[] =>
  (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);

function placeOf(type: ResourceType, name: string): Place[] {
  try {
    const place = resolve(type, pathOf({ kind: 'word', text: name, at: 0 }), () => true);
    if (!place) return [];
    const keys = [place.urn, place.name, place.sub].filter((key) => key !== null);
    // An undefined URN can be an attribute below another URN, or a separate extension.
    return place.assumed ? [{ keys }, { keys: [name] }] : [{ keys }];
  } catch {
    return [];
  }
}

/** Returns true if the response contains the attribute. Hidden attributes need not be read. */
export function shows({ only, except }: Projection, name: string): boolean {
  if (only) return only.some(({ keys }) => keys[0] === name);
  return !except.some(({ keys }) => keys.length === 1 && keys[0] === name);
}

/** Returns the resource with the selected attributes, and always with `id` and `schemas`. */
export function project(resource: Json, { only, except }: Projection): Json {
  if (only) {
    const start = Object.fromEntries(Object.entries(resource).filter(([key]) => always.has(key)));
    return withoutEmpty(
      only.reduce((shown, { keys }) => include(shown, resource, keys), start),
      only,
    );
  }
  const rest = except.reduce(
    (shown, { keys }) => (always.has(keys[0] ?? '') ? shown : (exclude(shown, keys) as Json)),
    resource,
  );
  return withoutEmpty(rest, except);
}

/** Removes attributes without a remaining sub-attribute: they have no value (RFC 7643 section 2.5). */
function withoutEmpty(shown: Json, places: readonly Place[]): Json {
  const cut = places.flatMap(({ keys }) => (keys.length > 1 ? [keyIn(shown, keys[0] ?? '')] : []));
  return [...new Set(cut)].reduce((object, key) => put(object, key, compact(ownValue(object, key))), shown);
}

function include(shown: Json, from: unknown, [name = '', ...rest]: string[]): Json {
  const key = isObject(from) ? keyIn(from, name) : name;
  if (!isObject(from) || !Object.hasOwn(from, key)) return shown;
  const value = from[key];
  if (rest.length === 0) return put(shown, key, value);
  const before = shown[key];
  if (Array.isArray(value)) {
    const list = value.map((item, n) => include(Array.isArray(before) ? before[n] : {}, item, rest));
    return put(shown, key, list);
  }
  return put(shown, key, include(isObject(before) ? before : {}, value, rest));
}

function exclude(from: unknown, [name = '', ...rest]: string[]): unknown {
  if (Array.isArray(from)) return from.map((item) => exclude(item, [name, ...rest]));
  const key = isObject(from) ? keyIn(from, name) : name;
  if (!isObject(from) || !Object.hasOwn(from, key)) return from;
  return put(from, key, rest.length === 0 ? undefined : exclude(from[key], rest));
}
