import { isObject, type Json } from '../../../kernel/json.js';
import type { BulkOperation } from './parse-bulk.js';

const reference = /^bulkId:(.+)$/;

/** Returns the bulkIds that the operation references in its data and path. */
export function referencesOf({ data, path }: BulkOperation): Set<string> {
  const found = new Set<string>();
  collect(data, found);
  for (const segment of path.split('/')) collect(segment, found);
  return found;
}

function collect(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') {
    const [, id] = reference.exec(value) ?? [];
    if (id !== undefined) found.add(id);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (isPath(value, key) && typeof item === 'string') for (const { id } of quoted(item)) found.add(id);
      else collect(item, found);
    }
  }
}

/** Returns the value with each known reference replaced by its id. Unknown references stay. */
export function resolved(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return ids.get(reference.exec(value)?.[1] ?? '') ?? value;
  if (Array.isArray(value)) return value.map((item) => resolved(item, ids));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isPath(value, key) && typeof item === 'string' ? resolvedPath(item, ids) : resolved(item, ids),
    ]),
  );
}

/**
 * Returns true for the path of a PATCH operation. Its filter can refer to a resource: `members[value eq "bulkId:a"]`.
 */
const isPath = (object: Json, key: string): boolean =>
  key.toLowerCase() === 'path' && Object.keys(object).some((name) => name.toLowerCase() === 'op');

/** Returns the references in the string values of a path. */
function quoted(path: string): { text: string; id: string }[] {
  return [...path.matchAll(/"bulkId:((?:[^"\\]|\\.)+)"/g)].map(([text, id = '']) => ({ text, id: unescaped(id) }));
}

const unescaped = (text: string): string => text.replace(/\\(["\\/])/g, '$1');

const resolvedPath = (path: string, ids: ReadonlyMap<string, string>): string =>
  quoted(path).reduce((text, { text: part, id }) => {
    const real = ids.get(id);
    return real === undefined ? text : text.replaceAll(part, () => JSON.stringify(real));
  }, path);

/** Resource without the attributes that reference missing resources, and these attributes separately. */
export interface Split {
  now: Json;
  /** Values to add later, each in the form of a PATCH without a path. */
  later: Json[];
}

/**
 * Separates the attributes that contain a reference, so that two resources that reference each other can be created.
 */
export function split(data: unknown): Split {
  const now: [string, unknown][] = [];
  const later: Json[] = [];
  for (const [key, value] of Object.entries(isObject(data) ? data : {})) {
    if (!holdsReference(value)) now.push([key, value]);
    else if (key.includes(':') && isObject(value)) {
      const inner = Object.entries(value);
      now.push([key, Object.fromEntries(inner.filter(([, item]) => !holdsReference(item)))]);
      for (const [name, item] of inner) if (holdsReference(item)) later.push({ [key]: { [name]: item } });
    } else later.push({ [key]: value });
  }
  return { now: Object.fromEntries(now), later };
}

function holdsReference(value: unknown): boolean {
  const found = new Set<string>();
  collect(value, found);
  return found.size > 0;
}

/** Returns the operations on groups that contain each other through references. No order can satisfy them. */
export function groupCircles(operations: readonly BulkOperation[]): Set<BulkOperation> {
  const isGroup = ({ path }: BulkOperation) => /^\/groups(\/|$)/i.test(path);
  const byId = new Map(operations.flatMap((operation) => (operation.bulkId ? [[operation.bulkId, operation]] : [])));
  const below = (operation: BulkOperation) =>
    [...referencesOf(operation)].flatMap((id) => {
      const target = byId.get(id);
      return target && isGroup(target) ? [target] : [];
    });
  return new Set(operations.filter((operation) => isGroup(operation) && reaches(operation, operation, below)));
}

function reaches(
  from: BulkOperation,
  to: BulkOperation,
  below: (operation: BulkOperation) => BulkOperation[],
): boolean {
  const seen = new Set<BulkOperation>();
  const open = below(from);
  for (let next = open.pop(); next; next = open.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...below(next));
  }
  return false;
}
