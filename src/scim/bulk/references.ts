import { isObject, type Json } from '../../json.js';
import type { BulkOperation } from './operation.js';

const reference = /^bulkId:(.+)$/;

/** The bulkIds that the operation speaks of, in its data and its path. */
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

/** The value with every reference replaced by the id that it stands for; those that are not known yet stay. */
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

/** Returns true for the path of a PATCH operation. Its filter can refer to a resource: `members[value eq "bulkId:a"]`. */
const isPath = (object: Json, key: string): boolean =>
  key.toLowerCase() === 'path' && Object.keys(object).some((name) => name.toLowerCase() === 'op');

/** The strings in a path that are references. */
function quoted(path: string): { text: string; id: string }[] {
  return [...path.matchAll(/"bulkId:((?:[^"\\]|\\.)+)"/g)].map(([text, id = '']) => ({ text, id: unescaped(id) }));
}

const unescaped = (text: string): string => text.replace(/\\(["\\/])/g, '$1');

const resolvedPath = (path: string, ids: ReadonlyMap<string, string>): string =>
  quoted(path).reduce((text, { text: part, id }) => {
    const real = ids.get(id);
    return real === undefined ? text : text.replaceAll(part, () => JSON.stringify(real));
  }, path);

/** A resource without the attributes that speak of something that is not there yet, and these apart. */
export interface Split {
  now: Json;
  /** Values to add later, each as a PATCH without a path takes it. */
  later: Json[];
}

/** Takes out the attributes that still hold a reference, so that two resources that need each other can both be made. */
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

/** Operations on groups that contain each other through their references: no order of work can satisfy them. */
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
