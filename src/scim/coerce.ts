import { type Attribute, attributeIn, extensionIn, type ResourceType, topLevel } from '../attributes/definition.js';
import { compact } from '../directory/users/profile.js';
import { isObject, type Json } from '../json.js';
import { ScimError } from './errors.js';

/** `object` with `key` set, or without it. Keys are the caller's words: never walked as properties. */
export function put(object: Json, key: string, value: unknown): Json {
  const rest = Object.entries(object).filter(([name]) => name !== key);
  return Object.fromEntries(value === undefined ? rest : [...rest, [key, value]]);
}

const wrong = (attribute: Attribute, need: string) =>
  new ScimError(400, 'invalidValue', `"${attribute.name}" must be ${need}.`);

/**
 * A resource body as the schema has it: names in the schema's spelling, values in its types, what is read-only or never
 * kept left out, and everything unknown as it was sent. Unassigned values are absent.
 *
 * @throws ScimError invalidValue for a value that fits no type, invalidSyntax for a body that is no object
 */
export function coerceResource(type: ResourceType, body: unknown): Json {
  if (!isObject(body)) throw new ScimError(400, 'invalidSyntax', 'The body must be a JSON object.');
  const entries = Object.entries(body).flatMap(([key, value]) => coerceEntry(type, key, value));
  return merged(entries);
}

type Entry = readonly [key: string, value: unknown];

function coerceEntry(type: ResourceType, key: string, value: unknown): Entry[] {
  if (key.toLowerCase() === type.core.id.toLowerCase() && isObject(value)) {
    return Object.entries(value).flatMap(([name, inner]) => coerceEntry(type, name, inner));
  }
  const attribute = attributeIn(topLevel(type), key);
  if (attribute) return isKept(attribute) ? [[attribute.name, coerce(attribute, value)]] : [];
  const extension = extensionIn(type, key);
  if (extension) return [[extension.id, coerceExtension(extension.attributes, value, extension.name)]];
  // Some IdPs send the enterprise attributes beside the core ones.
  for (const { id, attributes } of type.extensions) {
    const extended = attributeIn(attributes, key);
    if (extended) return [[id, merged([[extended.name, coerce(extended, value)]])]];
  }
  return [[key, compact(value)]];
}

function coerceExtension(attributes: readonly Attribute[], value: unknown, name: string): unknown {
  if (value === null || value === undefined) return undefined;
  if (!isObject(value)) throw new ScimError(400, 'invalidValue', `The extension "${name}" must be an object.`);
  const entries = Object.entries(value).map(([key, inner]): Entry => {
    const attribute = attributeIn(attributes, key);
    return attribute ? [attribute.name, coerce(attribute, inner)] : [key, compact(inner)];
  });
  return compact(merged(entries));
}

/** `entries` as one object. Later ones win, objects are laid over each other; keys are data, whatever they spell. */
function merged(entries: readonly Entry[]): Json {
  const all = new Map<string, unknown>();
  for (const [key, value] of entries) {
    const before = all.get(key);
    if (value === undefined) continue;
    all.set(
      key,
      isObject(before) && isObject(value) ? merged([...Object.entries(before), ...Object.entries(value)]) : value,
    );
  }
  return Object.fromEntries(all);
}

/** Read-only attributes are ignored in bodies (RFC 7644 section 3.3); passwords are accepted and never kept. */
const isKept = ({ name, mutability, returned }: Attribute) =>
  mutability !== 'readOnly' && returned !== 'never' && name !== 'schemas';

/** A value of one attribute in the schema's type; undefined when it is unassigned. @throws ScimError invalidValue */
export function coerce(attribute: Attribute, value: unknown): unknown {
  if (attribute.multiValued) return coerceMany(attribute, value);
  // An array of one where the schema has one value.
  const one = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (one === null || one === undefined || one === '') return undefined;
  if (Array.isArray(one)) {
    if (one.length === 0) return undefined;
    throw wrong(attribute, 'one value, not a list');
  }
  return attribute.type === 'complex' ? coerceComplex(attribute, one) : coerceScalar(attribute, one);
}

function coerceComplex(attribute: Attribute, value: unknown): unknown {
  const definitions = attribute.subAttributes ?? [];
  if (!isObject(value)) {
    const main = attributeIn(definitions, 'value');
    // A bare value where an object is meant: Entra sends the manager so, in bodies too (E25).
    if (!main) throw wrong(attribute, 'an object');
    return { value: coerceScalar(main, value) };
  }
  const entries = Object.entries(value).map(([key, inner]): Entry => {
    const sub = attributeIn(definitions, key);
    if (!sub) return [key, compact(inner)];
    return [sub.name, sub.mutability === 'readOnly' ? undefined : coerce(sub, inner)];
  });
  return compact(merged(entries));
}

const bare = new Set(['type', 'primary']);

function coerceMany(attribute: Attribute, value: unknown): unknown {
  if (value === null || value === undefined || value === '') return undefined;
  const single: Attribute = { ...attribute };
  const items = (Array.isArray(value) ? value : [value])
    .map((item) => (attribute.type === 'complex' ? item && coerceComplex(single, item) : coerceScalar(attribute, item)))
    // An element that has lost its value says nothing: IdPs send `{"type": "work", "value": null}`.
    .filter(
      (item) => item != null && item !== '' && !(isObject(item) && Object.keys(item).every((key) => bare.has(key))),
    );
  return tidy(items);
}

/** Exact repeats once; one primary at most, the last one (RFC 7643 section 2.4). Empty is unassigned. */
export function tidy(items: readonly unknown[]): unknown[] | undefined {
  const once = distinct(items);
  const last = once.findLastIndex((item) => isObject(item) && item.primary === true);
  const single = once.map((item, n) =>
    isObject(item) && item.primary === true && n !== last ? { ...item, primary: false } : item,
  );
  const kept = distinct(single);
  return kept.length > 0 ? kept : undefined;
}

/** Exact repeats once, in time that grows with the list: each is known by its JSON with the names in order. */
function distinct(items: readonly unknown[]): unknown[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const text = JSON.stringify(item, (_, value) => (isObject(value) ? sorted(value) : value));
    return !seen.has(text) && seen.add(text);
  });
}

const sorted = (object: Json): Json => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

function coerceScalar(attribute: Attribute, value: unknown): unknown {
  if (isObject(value) || Array.isArray(value)) throw wrong(attribute, `a ${attribute.type}`);
  switch (attribute.type) {
    case 'boolean':
      return coerceBoolean(attribute, value);
    case 'integer':
    case 'decimal': {
      const number = typeof value === 'string' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number)) throw wrong(attribute, `a ${attribute.type}`);
      return number;
    }
    case 'dateTime':
      if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) throw wrong(attribute, 'a dateTime');
      return value;
    default:
      if (typeof value === 'number' && !Number.isFinite(value)) throw wrong(attribute, 'a number that can be written');
      if (String(value).includes('\0')) throw wrong(attribute, 'a string without NUL characters');
      return String(value);
  }
}

function coerceBoolean(attribute: Attribute, value: unknown): boolean {
  const text = String(value).toLowerCase();
  if (text === 'true' || value === 1) return true;
  if (text === 'false' || value === 0) return false;
  throw wrong(attribute, 'true or false');
}
