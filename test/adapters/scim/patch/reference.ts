/**
 * A slow and simple implementation of RFC 7644 section 3.5.2 and RFC 7643 section 2, with the choices of docs/scim.md. It shares
 * no code with the server: an operation is passed by its meaning, and only the server parses its path.
 */

export type Value = unknown;
export type Attributes = Record<string, Value>;

/** Meaning of an operation. `schema` is null for the core. */
export interface Operation {
  op: 'add' | 'remove' | 'replace';
  schema: string | null;
  name: string;
  filter: { sub: string; value: string | boolean } | null;
  sub: string | null;
  value?: Value;
}

/** Characteristics of an attribute. `parts` are the sub-attributes of a complex one. */
export type Kind =
  | { kind: 'simple' }
  | { kind: 'complex'; parts: string[] }
  | { kind: 'many'; parts: string[]; types: string[] }
  | { kind: 'unknown' };

/** Definitions by schema (an empty text for the core) and name. */
export type Definitions = Record<string, Record<string, Kind>>;

/** Error that refuses a complete PATCH, with its scimType (RFC 7644 section 3.12). */
export class Refusal extends Error {}
const refuse = (scimType: string): never => {
  throw new Refusal(scimType);
};

/** Returns the resource after a PATCH. `creates`: the tolerance filteredReplaceCreates is enabled. */
export function patch(
  definitions: Definitions,
  before: Attributes,
  operations: Operation[],
  creates: boolean,
): Attributes {
  const state = copy(before);
  for (const operation of operations) step(definitions, state, operation, creates);
  for (const [name, kind] of Object.entries(definitions[''] ?? {}))
    if (kind.kind === 'many' && list(state[name]).some((element) => isEmptyShell(kind, element))) refuse('noTarget');
  return state;
}

function step(definitions: Definitions, state: Attributes, operation: Operation, creates: boolean): void {
  const { schema } = operation;
  const holder = schema === null ? state : object(state[spelled(state, schema)]);
  const known = definitions[schema === null ? '' : spelled(definitions, schema)] ?? {};
  const name = spelled(known, operation.name);
  const kind: Kind = known[name] ?? { kind: 'unknown' };
  const key = known[name] ? name : spelled(holder, name);
  assign(holder, key, change(kind, holder[key], operation, creates));
  if (schema !== null) assign(state, spelled(state, schema), holder);
}

function change(kind: Kind, before: Value, operation: Operation, creates: boolean): Value {
  if (kind.kind === 'simple') return simple(before, operation);
  if (kind.kind === 'complex') return complex(kind.parts, before, operation);
  if (kind.kind === 'many') return many(kind, before, operation, creates);
  return unknown(before, operation);
}

function simple(_before: Value, { op, filter, sub, value }: Operation): Value {
  if (filter || sub) return refuse('invalidPath');
  return op === 'remove' ? undefined : clean(value);
}

function complex(parts: string[], before: Value, { op, filter, sub, value }: Operation): Value {
  if (filter) return refuse('invalidPath');
  const next = object(before);
  if (sub) {
    const part = spelled(asKeys(parts), sub);
    if (!parts.includes(part)) return refuse('invalidPath');
    assign(next, part, op === 'remove' ? undefined : clean(value));
    return next;
  }
  if (op === 'remove') return undefined;
  if (!isObject(value)) {
    if (clean(value) === undefined) return op === 'add' ? before : undefined;
    return parts.includes('value') ? { value } : refuse('invalidValue');
  }
  setParts(parts, next, value);
  return next;
}

function setParts(parts: string[], target: Attributes, value: Attributes): void {
  for (const [name, part] of Object.entries(value)) {
    const known = spelled(asKeys(parts), name);
    assign(target, parts.includes(known) ? known : spelled(target, name), clean(part));
  }
}

type Many = Extract<Kind, { kind: 'many' }>;

function many(kind: Many, before: Value, operation: Operation, creates: boolean): Value {
  const { op, filter, sub, value } = operation;
  if (sub && !kind.parts.includes(spelled(asKeys(kind.parts), sub))) return refuse('invalidPath');
  if (filter && !kind.parts.includes(spelled(asKeys(kind.parts), filter.sub))) return refuse('invalidPath');
  const elements = list(copy(before)) as Attributes[];
  if (filter && op === 'remove' && hasList(value)) {
    // A filter and a list of values: only elements that both select.
    const isListed = listedPart(kind, sub, value);
    const hits = elements.filter((element) => fits(element, filter) && isListed(element));
    return tidied(kind, sub ? part(kind, elements, hits, operation) : elements.filter((item) => !hits.includes(item)));
  }
  if (filter) return tidied(kind, selected(kind, elements, operation, creates));
  if (sub) {
    const all = elements.length === 0 && op !== 'remove' ? [{}] : elements;
    return tidied(kind, part(kind, all, all, operation));
  }
  if (op === 'remove') return value === undefined ? undefined : tidied(kind, without(kind, elements, value));
  const items = itemsOf(kind, value);
  if (op === 'replace') return tidied(kind, items);
  const claims = new Map<Attributes, boolean>();
  for (const item of items) {
    const known =
      elements.find((element) => sameValue(element, item)) ?? elements.find((element) => looselySame(element, item));
    if (known) Object.assign(known, { ...item, value: known.value, type: known.type ?? item.type });
    else elements.push(item);
    claims.set(known ?? item, item.primary === true);
  }
  return tidied(kind, onlyPrimary(elements, elements.filter((element) => claims.get(element)).at(-1) ?? null));
}

function itemsOf(kind: Many, value: Value): Attributes[] {
  const raw = list(value);
  const items = raw.flatMap((item) => {
    if (clean(item) === undefined && !isObject(item)) return [];
    if (!isObject(item)) return kind.parts.includes('value') ? [{ value: item }] : refuse('invalidValue');
    const element: Attributes = {};
    setParts(kind.parts, element, item);
    return Object.keys(element).length > 0 ? [element] : [];
  });
  const kept = items.filter((item) => !isEmptyShell(kind, item));
  const saysUnassigned = raw.some(
    (item) => isObject(item) && Object.values(item).some((part) => clean(part) === undefined),
  );
  if (items.length > 0 && kept.length === 0 && !saysUnassigned) refuse('invalidValue');
  return kept;
}

function without(kind: Many | null, elements: Value[], value: Value): Value[] {
  const listed = list(value).map((item) => {
    if (clean(item) === undefined) return refuse('invalidValue');
    if (!isObject(item))
      return kind && !kind.parts.includes('value') ? refuse('invalidValue') : kind ? { value: item } : item;
    const wanted = clean(item) as Attributes;
    return kind?.parts.includes('value') && wanted.value === undefined ? refuse('invalidValue') : wanted;
  });
  return elements.filter((element) => !listed.some((item) => isListed(element, item)));
}

const hasList = (value: Value) => Array.isArray(value) || clean(value) !== undefined;

/** Returns true for the elements that a remove lists, as a whole or by a sub-attribute. */
function listedPart(kind: Many | null, sub: string | null, value: Value): (element: Value) => boolean {
  if (!sub || (kind && sub.toLowerCase() === 'value')) {
    without(kind, [], value);
    return (element) => without(kind, [element], value).length === 0;
  }
  const parts = list(value).map((item) => (clean(item) === undefined ? refuse('invalidValue') : item));
  return (element) => {
    const own = isObject(element) ? element[spelled(element, sub)] : kind ? undefined : element;
    return own !== undefined && parts.some((item) => same(fold(own), fold(item)));
  };
}

function isListed(element: Value, item: Value): boolean {
  if (!isObject(element) || !isObject(item)) return fold(mainValue(element)) === fold(mainValue(item));
  const names =
    item.value === undefined ? Object.keys(item) : ['value', 'type'].filter((name) => item[name] !== undefined);
  return names.every((name) => same(fold(element[spelled(element, name)]), fold(item[name])));
}

function selected(kind: Many, elements: Attributes[], operation: Operation, creates: boolean): Attributes[] {
  const { op, filter, sub, value } = operation;
  const hits = elements.filter((element) => fits(element, filter));
  if (hits.length === 0) {
    if (op === 'remove') return elements;
    const isType = filter?.sub === 'type' && kind.types.includes(String(filter.value).toLowerCase());
    const isPrimary = filter?.sub === 'primary' && String(filter.value).toLowerCase() === 'true';
    if (!creates || (!isType && !isPrimary)) return refuse('noTarget');
    if (clean(value) === undefined) return elements;
    const shell: Attributes = isType ? { type: filter?.value } : { primary: true };
    return selectedOn(kind, [...elements, shell], [shell], operation);
  }
  if (op === 'remove' && !sub) return elements.filter((element) => !hits.includes(element));
  return selectedOn(kind, elements, hits, operation);
}

function selectedOn(kind: Many, elements: Attributes[], hits: Attributes[], operation: Operation): Attributes[] {
  if (operation.sub) return part(kind, elements, hits, operation);
  const { op, value } = operation;
  const single = Array.isArray(value) ? (value.length > 1 ? refuse('invalidValue') : value[0]) : value;
  if (!isObject(single) && clean(single) === undefined)
    return op === 'replace' ? elements.filter((element) => !hits.includes(element)) : elements;
  if (!isObject(single) && !kind.parts.includes('value')) return refuse('invalidValue');
  const given: Attributes = isObject(single) ? single : { value: single };
  const shells = new Set(hits.filter((element) => isEmptyShell(kind, element)));
  for (const element of hits) setParts(kind.parts, element, given);
  const claims = Object.entries(given).some(([name, item]) => name.toLowerCase() === 'primary' && item === true);
  const kept = elements.filter(
    (element) =>
      !hits.includes(element) ||
      (Object.keys(element).length > 0 && (shells.has(element) || !isEmptyShell(kind, element))),
  );
  return claims ? onlyPrimary(kept, kept.filter((element) => hits.includes(element)).at(-1) ?? null) : kept;
}

function part(kind: Many, elements: Attributes[], hits: Attributes[], { op, sub, value }: Operation): Attributes[] {
  const name = spelled(asKeys(kind.parts), sub ?? '');
  const next = op === 'remove' ? undefined : clean(value);
  for (const element of hits) assign(element, name, next);
  const kept = elements.filter(
    (element) =>
      !hits.includes(element) ||
      (Object.keys(element).length > 0 && !(next === undefined && isEmptyShell(kind, element))),
  );
  const claims = name === 'primary' && next === true;
  return claims ? onlyPrimary(kept, kept.filter((element) => hits.includes(element)).at(-1) ?? null) : kept;
}

/** RFC 7643 section 2.4: each (type, value) once, at most one primary. */
function tidied(kind: Many, elements: Value[]): Value {
  const one = onlyPrimary(elements as Attributes[], (elements as Attributes[]).filter(isPrimary).at(-1) ?? null);
  const result: Attributes[] = [];
  for (const element of one) {
    const earlier = result.find((other) =>
      kind.parts.includes('value') && element.value !== undefined ? sameValue(other, element) : same(other, element),
    );
    if (!earlier) result.push(element);
    else {
      const primary = isPrimary(earlier) || isPrimary(element);
      Object.assign(earlier, { ...element, value: earlier.value, type: earlier.type }, primary && { primary });
      for (const key of Object.keys(earlier)) if (earlier[key] === undefined) delete earlier[key];
    }
  }
  return result.length > 0 ? result : undefined;
}

const isPrimary = (element: Attributes) => element.primary === true;

/** Keeps the chosen element primary and removes its exact repeats. */
function onlyPrimary(all: Attributes[], chosen: Attributes | null): Attributes[] {
  const elements = all.filter((element) => element === chosen || chosen === null || !same(element, chosen));
  if (chosen) for (const element of elements) if (element !== chosen && isPrimary(element)) element.primary = false;
  for (const element of elements)
    for (const key of Object.keys(element)) if (element[key] === undefined) delete element[key];
  return elements;
}

function unknown(before: Value, { op, filter, sub, value }: Operation): Value {
  const elements = list(copy(before));
  if (filter) {
    if (before !== undefined && !Array.isArray(before)) return refuse('invalidPath');
    const isListed = op === 'remove' && hasList(value) ? listedPart(null, sub, value) : () => true;
    const hits = elements.filter((element) => fits(element, filter) && isListed(element));
    if (hits.length === 0) return op === 'remove' ? before : refuse('noTarget');
    const isHit = (element: Value) => hits.includes(element);
    if (op === 'remove' && !sub) return clean(elements.filter((element) => !isHit(element)));
    const edit = (element: Value) => (sub ? unknownPart(element, sub, op, value) : unknownElement(element, op, value));
    return clean(elements.map((element) => (isHit(element) ? edit(element) : element)));
  }
  if (sub) {
    if (Array.isArray(before)) return clean(elements.map((element) => unknownPart(element, sub, op, value)));
    if (before !== undefined && !isObject(before)) return refuse('invalidPath');
    return unknownPart(object(before), sub, op, value);
  }
  if (op === 'remove')
    return Array.isArray(before) && value !== undefined ? clean(without(null, elements, value)) : undefined;
  if (op === 'add' && before !== undefined && (Array.isArray(before) || Array.isArray(value))) {
    for (const item of list(clean(value))) if (!elements.some((element) => same(element, item))) elements.push(item);
    return elements;
  }
  if (!isObject(before) || !isObject(value)) return clean(value);
  const next = object(before);
  for (const [name, item] of Object.entries(value)) assign(next, spelled(next, name), clean(item));
  return clean(next);
}

function unknownPart(element: Value, sub: string, op: Operation['op'], value: Value): Value {
  const next = op === 'remove' ? undefined : clean(value);
  if (!isObject(element)) return sub.toLowerCase() === 'value' ? next : refuse('invalidPath');
  const changed = object(element);
  assign(changed, spelled(changed, sub), next);
  return clean(changed);
}

function unknownElement(element: Value, op: Operation['op'], value: Value): Value {
  const single = Array.isArray(value) ? (value.length > 1 ? refuse('invalidValue') : value[0]) : value;
  if (!isObject(single) && clean(single) === undefined) return op === 'replace' ? undefined : element;
  if (!isObject(single)) return isObject(element) ? { ...element, value: single } : single;
  const next = isObject(element) ? object(element) : { value: element };
  for (const [name, item] of Object.entries(single)) assign(next, spelled(next, name), clean(item));
  return clean(next);
}

// ---- terms of the RFCs ----

/** RFC 7643 section 2.5: null, "" and empty lists are unassigned. */
export function clean(value: Value): Value {
  if (value === null || value === '' || value === undefined) return undefined;
  if (Array.isArray(value)) {
    const items = value.map(clean).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (!isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([key, item]) => (clean(item) === undefined ? [] : [[key, clean(item)]]));
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** RFC 7643 section 2.1: names are compared in any case. */
export const spelled = (target: object, name: string): string =>
  Object.keys(target).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;

const isEmptyShell = (kind: Many, element: Value): boolean =>
  kind.parts.includes('primary') &&
  isObject(element) &&
  Object.keys(element).every((name) => name === 'type' || name === 'primary');

function fits(element: Value, filter: Operation['filter']): boolean {
  if (!filter) return true;
  const actual = isObject(element)
    ? element[spelled(element, filter.sub)]
    : filter.sub === 'value'
      ? element
      : undefined;
  if (filter.sub === 'primary') return actual === (String(filter.value).toLowerCase() === 'true');
  return typeof actual === 'string' && fold(actual) === fold(filter.value);
}

const sameValue = (a: Attributes, b: Attributes) =>
  b.value === undefined
    ? same(essence(a), essence(b))
    : fold(a.value) === fold(b.value) && fold(a.type) === fold(b.type);
const looselySame = (a: Attributes, b: Attributes) =>
  b.value !== undefined && b.type === undefined && fold(a.value) === fold(b.value);
const essence = ({ display: _display, primary: _primary, ...rest }: Attributes) => rest;
const mainValue = (element: Value) => (isObject(element) ? element.value : element);
const fold = (value: Value) => (typeof value === 'string' ? value.toLowerCase() : value);
const list = (value: Value): Value[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const isObject = (value: Value): value is Attributes =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const object = (value: Value): Attributes => (isObject(value) ? copy(value) : {});
const copy = <T>(value: T): T => structuredClone(value);
const asKeys = (names: string[]) => Object.fromEntries(names.map((name) => [name, true]));
const same = (a: Value, b: Value): boolean => canonical(a) === canonical(b);
const canonical = (value: Value): string =>
  JSON.stringify(value, (_, inner) =>
    // Names are compared in any case (RFC 7643 section 2.1).
    isObject(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .map(([name, part]) => [name.toLowerCase(), part] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  ) ?? 'undefined';

function assign(target: Attributes, key: string, value: Value): void {
  if (clean(value) === undefined) delete target[key];
  else target[key] = value;
}
