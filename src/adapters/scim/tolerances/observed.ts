import { isObject, type Json } from '../../../kernel/json.js';

/**
 * Returns the names of the dialects in a body that all connections accept, because they do not change conforming
 * requests. Other files accept them, such as resources/coerce.ts. Called when the request is logged, after the response
 * was sent.
 */
export function observed(body: unknown): string[] {
  if (!isObject(body)) return [];
  const found = new Set<string>();
  const operations = Object.entries(body).find(([key]) => key.toLowerCase() === 'operations');
  if (operations) {
    if (operations[0] !== 'Operations') found.add('operationsInAnyCase');
    if (Array.isArray(operations[1]))
      for (const operation of operations[1].slice(0, 100)) inOperation(operation, found);
    if (Array.isArray(operations[1]) && operations[1].length === 0) found.add('emptyOperations');
  } else inValue(body, found);
  if (!Array.isArray(body.schemas) || body.schemas.length === 0) found.add('schemasMissing');
  return [...found];
}

function inOperation(operation: unknown, found: Set<string>): void {
  if (!isObject(operation)) return;
  // An operation of a bulk request (RFC 7644 section 3.7) contains a body.
  if (isObject(operation.data)) for (const quirk of observed(operation.data)) found.add(quirk);
  const op = Object.entries(operation).find(([key]) => key.toLowerCase() === 'op')?.[1];
  if (typeof op === 'string' && op !== op.toLowerCase()) found.add('opInAnyCase');
  const path = operation.path;
  const value = operation.value;
  if (typeof path === 'string' && isFlag(path) && typeof value === 'string') found.add('booleanAsString');
  if (value === '' || value === null) found.add('emptyAsUnassigned');
  if (typeof path === 'string' && /^(urn:[\w.:-]+:)?password$/i.test(path)) found.add('passwordIgnored');
  if (typeof path === 'string' && /^(urn:[\w.:-]+:)?schemas$/i.test(path)) found.add('readOnlyIgnored');
  inValue(value, found);
}

const isFlag = (path: string) => /(^|[.:\]])(active|primary)$/i.test(path);

function inValue(value: unknown, found: Set<string>, depth = 0): void {
  if (depth > 8) return;
  if (Array.isArray(value)) {
    if (value.filter((item) => isObject(item) && isTrue(item.primary)).length > 1) found.add('severalPrimaries');
    for (const item of value.slice(0, 50)) {
      if (isObject(item) && hasNoValue(item)) found.add('emptyAsUnassigned');
      inValue(item, found, depth + 1);
    }
  }
  if (!isObject(value)) return;
  for (const [key, inner] of Object.entries(value)) inAttribute(key, inner, value, found, depth);
}

function inAttribute(key: string, inner: unknown, _of: Json, found: Set<string>, depth: number): void {
  if (isFlag(key) && (typeof inner === 'string' || typeof inner === 'number')) found.add('booleanAsString');
  else if (inner === '' || inner === null) found.add('emptyAsUnassigned');
  else if (depth === 0 && key.toLowerCase() === 'password') found.add('passwordIgnored');
  else if (key === 'id' || (depth === 0 && isIgnored(key, inner))) found.add('readOnlyIgnored');
  else inValue(inner, found, depth + 1);
}

/**
 * Returns true for an element without a value, such as `{"type": "work"}`. `hasNoValue` in resources/values.ts decides
 * that it is left out; it knows the schema.
 */
const hasNoValue = (item: Json) => {
  const names = Object.keys(item);
  return names.length > 0 && names.every((name) => /^(type|primary)$/i.test(name));
};

/**
 * Returns true for ignored attributes. An empty list of groups, which Okta sends, is not reported: it has no content.
 */
const isIgnored = (key: string, value: unknown) =>
  key === 'meta' || (key === 'groups' && !(Array.isArray(value) && value.length === 0));

const isTrue = (value: unknown) => value === true || String(value).toLowerCase() === 'true';
