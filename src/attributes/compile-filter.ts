import { isExact, operand } from './compare.js';
import { type Attribute, attributeIn, type ResourceType } from './definition.js';
import type { Comparison, Filter, Value } from './filter.js';
import { printPath } from './filter.js';
import { anyBareName, keyOf, type Place, resolve } from './resolve.js';
import { FilterSyntax } from './syntax-errors.js';

/** Adds a bound value and gives back its place in the text: caller's words never become SQL. */
export type Bind = (value: unknown) => string;

/** How one attribute that has a column of its own is compared. */
export interface Column {
  sql: string;
  /** `key`: the column holds `fold()` of the attribute. `exact`: the value itself. */
  form: 'key' | 'exact' | 'boolean' | 'timestamp';
}

/** Where resources of a type are stored. */
export interface Columns {
  type: ResourceType;
  /** Set where names that the schema lacks are attributes without a value, as in a query across types. */
  anyName?: boolean;
  /** The jsonb document with the attributes, and the same with every string folded. */
  exact: string;
  folded: string;
  /** Columns by lower-case path, such as `username` or `meta.created`. */
  columns: Record<string, Column>;
  /** Attributes that live in other tables or need an index of their own; null leaves it to the general rule. */
  special: (place: Place, test: { op: Comparison; value: Value } | 'present', bind: Bind) => string | null;
}

/**
 * The filter as an SQL condition over one row, never null, with every value bound. It tells the same rows as
 * `matchesResource` does in memory.
 *
 * @throws FilterSyntax for an attribute that no schema has, or a comparison that its type lacks
 */
export function compileFilter(filter: Filter, columns: Columns, bind: Bind): string {
  const inner = (part: Filter): string => compileFilter(part, columns, bind);
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${inner(filter.left)} ${filter.kind} ${inner(filter.right)})`;
    case 'not':
      return `(not ${inner(filter.filter)})`;
    case 'present':
      return test(placeOf(columns, filter), 'present', columns, bind);
    case 'compare':
      return test(placeOf(columns, filter), filter, columns, bind);
    case 'element':
      return element(filter, columns, bind);
  }
}

function placeOf(
  { type, anyName = false }: Columns,
  { path }: Extract<Filter, { kind: 'present' | 'compare' | 'element' }>,
): Place {
  const place = resolve(type, path, anyName ? anyBareName : () => false);
  if (!place) throw new FilterSyntax(`there is no attribute "${printPath(path)}"`);
  if (place.attribute?.returned === 'never') throw new FilterSyntax(`"${printPath(path)}" cannot be searched`);
  return place;
}

type Test = { op: Comparison; value: Value } | 'present';

function test(place: Place, what: Test, columns: Columns, bind: Bind): string {
  const special = columns.special(place, what, bind);
  if (special !== null) return special;
  const column = columnOf(place, columns);
  if (column) return onColumn(column, what, place.subAttribute ?? place.attribute, bind);
  return onDocument(place, what, columns, bind);
}

/** The column of its own that the attribute has, if any. */
export const columnOf = (place: Place, { columns }: Columns): Column | undefined =>
  place.urn === null ? columns[keyOf(place)] : undefined;

function onColumn({ sql, form }: Column, what: Test, attribute: Attribute | null, bind: Bind): string {
  if (what === 'present') return `(${sql} is not null)`;
  const value = operand(attribute, what.op, what.value);
  if (value === null) return nothing(sql, what.op);
  if (form === 'boolean') {
    const equals = typeof value === 'boolean' ? `(${sql} = ${bind(value)}::boolean)` : 'false';
    return what.op === 'ne' ? `(not ${equals})` : equals;
  }
  if (form === 'timestamp') {
    if (typeof value !== 'string' || !(what.op in operators))
      throw new FilterSyntax('a dateTime is compared with eq, ne, gt, ge, lt or le');
    return `(${sql} ${operators[what.op]} ${bind(value)}::timestamptz)`;
  }
  if (typeof value !== 'string') return what.op === 'ne' ? 'true' : 'false';
  // No function around the comparison: the planner has to see that an index answers it.
  const condition = onText(sql, what.op, value, bind);
  return what.op === 'ne' ? `(${sql} is null or ${condition})` : `(${sql} is not null and ${condition})`;
}

const nothing = (sql: string, op: Comparison) => {
  if (op === 'eq') return `(${sql} is null)`;
  return op === 'ne' ? `(${sql} is not null)` : 'false';
};

const operators: Partial<Record<Comparison, string>> = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' };

function onText(sql: string, op: Comparison, value: string, bind: Bind): string {
  const bound = `${bind(value)}::text`;
  if (op === 'co') return `strpos(${sql}, ${bound}) > 0`;
  if (op === 'sw') return `starts_with(${sql}, ${bound})`;
  if (op === 'ew') return `right(${sql}, length(${bound})) = ${bound}`;
  return `${sql} ${operators[op]} ${bound} collate "C"`;
}

function onDocument(place: Place, what: Test, columns: Columns, bind: Bind): string {
  const { attribute, subAttribute } = place;
  const compared = subAttribute ?? (place.sub === null ? valueAttribute(attribute) : null);
  const document = isExact(compared) ? columns.exact : columns.folded;
  const top = inDocument(document, place, bind);
  if (place.sub === null && attribute?.type !== 'complex')
    return anyOf(`(${top})`, (x) => scalar(x, what, compared, bind), what, attribute);
  if (what === 'present' && place.sub === null) return `((${top}) is not null)`;
  if (place.sub === null && !compared)
    throw new FilterSyntax(`"${place.name}" is complex: compare one of its sub-attributes`);
  const key = `${bind(place.sub ?? 'value')}::text`;
  return anyOf(`(${top})`, (x) => scalar(`(${x}->${key})`, what, compared, bind), what, attribute);
}

/** Where the attribute stands in a jsonb document, its keys bound like every word of a caller. */
export const inDocument = (document: string, { urn, name }: Place, bind: Bind): string =>
  [urn, name].filter((key) => key !== null).reduce((json, key) => `${json}->${bind(key)}::text`, document);

function valueAttribute(attribute: Attribute | null): Attribute | null {
  if (attribute?.type !== 'complex') return attribute;
  return attributeIn(attribute.subAttributes ?? [], 'value') ?? null;
}

/** Any element of a multi-valued attribute, or the one value. Custom attributes may be either. */
function anyOf(json: string, condition: (x: string) => string, what: Test, attribute: Attribute | null): string {
  if (attribute && !attribute.multiValued) return condition(json);
  const list = `case jsonb_typeof(${json}) when 'array' then ${json} else jsonb_build_array(${json}) end`;
  const some = `exists (select from jsonb_array_elements(${list}) x where ${json} is not null and ${condition('x')})`;
  const none = what !== 'present' && (what.value === null ? what.op === 'eq' : what.op === 'ne');
  if (!none) return some;
  // "eq null" asks that no element has it; "ne" also fits where there is nothing at all.
  const absent = `(${json} is null)`;
  return what.value === null
    ? `(not ${anyOf(json, (x) => `not ${condition(x)}`, 'present', attribute)})`
    : `(${absent} or ${some})`;
}

function scalar(x: string, what: Test, attribute: Attribute | null, bind: Bind): string {
  if (what === 'present') return `(${x} is not null)`;
  const { op } = what;
  const value = operand(attribute, op, what.value);
  if (value === null) return nothing(x, op);
  const typed = { string: 'text', number: 'numeric', boolean: 'boolean' }[
    typeof value as 'string' | 'number' | 'boolean'
  ];
  if (op === 'eq' || op === 'ne') {
    const equals = `coalesce(${x} = to_jsonb(${bind(value)}::${typed}), false)`;
    return op === 'ne' ? `(not ${equals})` : equals;
  }
  if (typeof value === 'number') {
    return `(case jsonb_typeof(${x}) when 'number' then (${x} #>> '{}')::numeric ${operators[op]} ${bind(value)}::numeric else false end)`;
  }
  const condition = onText(`(${x} #>> '{}')`, op, String(value), bind);
  return `(case jsonb_typeof(${x}) when 'string' then ${condition} else false end)`;
}

function element(filter: Extract<Filter, { kind: 'element' }>, columns: Columns, bind: Bind): string {
  const place = placeOf(columns, filter);
  const { attribute } = place;
  if (attribute && (!attribute.multiValued || attribute.mutability === 'readOnly')) {
    throw new FilterSyntax(`"${place.name}" takes no filter in brackets`);
  }
  // The two documents have equal shapes, so an element is found by its number in both.
  const both = `jsonb_array_elements(coalesce(${inDocument(columns.folded, place, bind)}, '[]')) with ordinality f(folded, n)
    join lateral (select ${inDocument(columns.exact, place, bind)}->(f.n::int - 1) as exact) e on true`;
  const conditions = [filter.filter, ...(filter.also ? [filter.also] : [])].map((part) =>
    inElement(part, attribute, bind),
  );
  const general = `exists (select from ${both} where ${conditions.join(' and ')})`;
  const hint = indexHint(filter, place, columns, bind);
  return hint ? `(${hint} and ${general})` : general;
}

/** What the element's `value eq` says of the row, so that an index can find it before the elements are looked at. */
function indexHint(
  filter: Extract<Filter, { kind: 'element' }>,
  place: Place,
  columns: Columns,
  bind: Bind,
): string | null {
  const all = [...conjuncts(filter.filter), ...(filter.also ? [filter.also] : [])];
  const value = all.find((part) => part.kind === 'compare' && part.op === 'eq' && keyOf(part.path) === 'value');
  return value?.kind === 'compare' ? columns.special({ ...place, sub: 'value' }, value, bind) : null;
}

/** The parts of a filter that all have to hold. */
const conjuncts = (filter: Filter): Filter[] =>
  filter.kind === 'and' ? [...conjuncts(filter.left), ...conjuncts(filter.right)] : [filter];

function inElement(filter: Filter, attribute: Attribute | null, bind: Bind): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${inElement(filter.left, attribute, bind)} ${filter.kind} ${inElement(filter.right, attribute, bind)})`;
    case 'not':
      return `(not ${inElement(filter.filter, attribute, bind)})`;
    case 'element':
      throw new FilterSyntax('brackets cannot stand inside brackets');
    default: {
      const sub = attributeIn(attribute?.subAttributes ?? [], filter.path.name) ?? null;
      const x = `(${isExact(sub) ? 'e.exact' : 'f.folded'}->${bind(sub?.name ?? filter.path.name)}::text)`;
      return scalar(x, filter.kind === 'present' ? 'present' : filter, sub, bind);
    }
  }
}
