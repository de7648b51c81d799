import { isExact, operand } from './compare.js';
import { type Bind, type Column, columnFits, columnSql, valueFits } from './compile-comparison.js';
import { type Columns, elementsSql, isStored, leavesSql, memberSql, singleSql, topSql } from './compile-values.js';
import type { Attribute } from './definition.js';
import type { Comparison, Filter, Value } from './filter.js';
import { anyBareName, keyOf, type Place } from './resolve.js';
import { attributeInBrackets, comparedAttribute, searchedPlace } from './searched-place.js';
import { FilterSyntax } from './syntax-errors.js';

type Brackets = Extract<Filter, { kind: 'element' }>;
type Test = { op: Comparison; value: Value } | 'present';

/**
 * Returns the filter as an SQL condition over one row, never null, with every value bound. It finds the rows that
 * `matchesResource` finds in memory.
 *
 * @throws FilterSyntax for a filter that cannot be evaluated
 */
export function compileFilter(filter: Filter, columns: Columns, bind: Bind): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${compileFilter(filter.left, columns, bind)} ${filter.kind} ${compileFilter(filter.right, columns, bind)})`;
    case 'not':
      return `(not ${compileFilter(filter.filter, columns, bind)})`;
    case 'element':
      return inBrackets(filter, columns, bind);
    default: {
      const place = searchedPlace(columns.type, filter, columns.anyName ? anyBareName : () => false);
      const what = filter.kind === 'present' ? 'present' : filter;
      return place ? test(place, what, columns, bind) : ofNothing(what);
    }
  }
}

function test(place: Place, what: Test, columns: Columns, bind: Bind): string {
  const compared = comparedAttribute(place);
  // Checked before an index is asked, which knows no types.
  const expected = what === 'present' ? null : operand(compared, what.op, what.value);
  const lookup = columns.lookup(place, what, bind);
  if (lookup !== null) return lookup;
  const column = columnOf(place, columns);
  if (column) return what === 'present' ? isThere(column, bind) : columnFits(column, what.op, expected, bind);
  const form = isExact(compared) ? 'exact' : 'folded';
  const single = singleSql(columns, place, form, bind);
  if (single) return oneFits(single, what, compared, bind);
  return anyOf(leavesSql(columns, place, form, bind), what, compared, bind);
}

/** Returns the attribute's column, if it has one. */
export const columnOf = (place: Place, { columns }: Columns): Column | undefined =>
  place.urn === null ? columns[keyOf(place)] : undefined;

const isThere = (column: Column, bind: Bind) => `(${columnSql(column, bind)} is not null)`;

/** Returns the condition that the one value at `x`, or its absence, passes. */
function oneFits(x: string, what: Test, attribute: Attribute | null, bind: Bind): string {
  if (what === 'present') return `(${x} is not null)`;
  const expected = operand(attribute, what.op, what.value);
  if (expected === null) return `(${x} is ${what.op === 'eq' ? '' : 'not '}null)`;
  if (what.op === 'ne') return `(not ${oneFits(x, { ...what, op: 'eq' }, attribute, bind)})`;
  return `(${x} is not null and ${valueFits(x, what.op, expected, bind)})`;
}

/** Returns the condition of an attribute without a value. */
function ofNothing(what: Test): string {
  if (what === 'present') return 'false';
  return String(operand(null, what.op, what.value) === null ? what.op === 'eq' : what.op === 'ne');
}

/** Returns the condition that any value `v.x` of the FROM items passes, or the absence of all. */
function anyOf(from: string, what: Test, attribute: Attribute | null, bind: Bind): string {
  const some = (condition: string) => `exists (select from ${from} where ${condition})`;
  if (what === 'present') return some('true');
  const expected = operand(attribute, what.op, what.value);
  if (expected === null) return what.op === 'eq' ? `(not ${some('true')})` : some('true');
  const found = some(valueFits('v.x', what.op, expected, bind));
  // "ne" also fits where there is no value at all.
  return what.op === 'ne' ? `(not ${some('true')} or ${found})` : found;
}

function inBrackets(filter: Brackets, columns: Columns, bind: Bind): string {
  const place = searchedPlace(columns.type, filter, columns.anyName ? anyBareName : () => false);
  const both: Filter = filter.also ? { kind: 'and', left: filter.filter, right: filter.also } : filter.filter;
  const attribute = place?.attribute ?? null;
  if (!place) return 'false';
  if (columnOf(place, columns)) return compileFilter(ofOne(place, both), columns, bind);
  const condition = inElement(both, { attribute, isPlain: isStored(columns, attribute) }, bind);
  // The two documents have equal shapes, so an element is found by its number in both.
  const exact = topSql(columns, place, 'exact', bind);
  const folded = topSql(columns, place, 'folded', bind);
  const list = (json: string) =>
    `case jsonb_typeof(${json}) when 'array' then ${json} else jsonb_build_array(${json}) end`;
  const general = `exists (select from (select ${exact} as exact, ${folded} as folded offset 0) t,
    jsonb_array_elements(${list('t.exact')}) with ordinality e(x, n),
    lateral (select ${list('t.folded')}->(e.n::int - 1) as x offset 0) f
    where jsonb_typeof(e.x) <> 'null' and ${condition})`;
  const hint = indexHint(both, place, columns, bind);
  return hint ? `(${hint} and ${general})` : general;
}

/** Brackets on an attribute of columns, such as `meta[created gt "..."]`: there is one element, so each name is a path. */
function ofOne(place: Place, filter: Filter): Filter {
  if ('left' in filter) return { ...filter, left: ofOne(place, filter.left), right: ofOne(place, filter.right) };
  if (filter.kind === 'not') return { ...filter, filter: ofOne(place, filter.filter) };
  if (filter.kind === 'element') throw new FilterSyntax('brackets cannot be used inside brackets');
  attributeInBrackets(place.attribute, filter.path);
  return { ...filter, path: { urn: null, name: place.name ?? '', sub: filter.path.name } };
}

/** Returns what the element's `value eq` says of the row, so that an index finds it before the elements are read. */
function indexHint(filter: Filter, place: Place, columns: Columns, bind: Bind): string | null {
  const value = conjuncts(filter).find(
    (part) => part.kind === 'compare' && part.op === 'eq' && keyOf(part.path) === 'value',
  );
  return value?.kind === 'compare' ? columns.lookup({ ...place, sub: 'value' }, value, bind) : null;
}

/** Returns the parts of a filter that all have to match. */
const conjuncts = (filter: Filter): Filter[] =>
  filter.kind === 'and' ? [...conjuncts(filter.left), ...conjuncts(filter.right)] : [filter];

/** `isPlain`: the elements are objects with the schema's names. */
type Elements = { attribute: Attribute | null; isPlain: boolean };

function inElement(filter: Filter, of: Elements, bind: Bind): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${inElement(filter.left, of, bind)} ${filter.kind} ${inElement(filter.right, of, bind)})`;
    case 'not':
      return `(not ${inElement(filter.filter, of, bind)})`;
    case 'element':
      throw new FilterSyntax('brackets cannot be used inside brackets');
    default: {
      const sub = attributeInBrackets(of.attribute, filter.path);
      const x = isExact(sub) ? 'e.x' : 'f.x';
      const what = filter.kind === 'present' ? 'present' : filter;
      if (of.isPlain && of.attribute?.type === 'complex' && sub && !sub.multiValued)
        return oneFits(`(${x}->${bind(sub.name)}::text)`, what, sub, bind);
      return anyOf(elementsSql(partSql(x, filter.path.name, bind), 'v'), what, sub, bind);
    }
  }
}

// An element may be a bare value where a schema says object.
function partSql(x: string, name: string, bind: Bind): string {
  const member = memberSql(x, name, bind);
  return name.toLowerCase() === 'value' ? `case jsonb_typeof(${x}) when 'object' then ${member} else ${x} end` : member;
}
