import { type Sql, sql } from '../storage/sql.js';
import { isExact, operand } from './compare.js';
import { type Column, columnFits, valueFits } from './compile-comparison.js';
import { type Columns, elementsSql, isStored, leavesSql, memberSql, singleSql, topSql } from './compile-values.js';
import type { Attribute } from './definition.js';
import type { Comparison, Filter, Value } from './filter.js';
import { anyBareName, keyOf, type Place } from './resolve.js';
import { attributeInBrackets, comparedAttribute, searchedPlace } from './searched-place.js';
import { FilterSyntax } from './syntax-errors.js';

type Brackets = Extract<Filter, { kind: 'element' }>;
type Test = { op: Comparison; value: Value } | 'present';

/**
 * Returns the filter as an SQL condition on one row, never null. It selects the rows that `matchesResource` selects in
 * memory.
 *
 * @throws FilterSyntax for a filter that cannot be evaluated
 */
export function compileFilter(filter: Filter, columns: Columns): Sql {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return sql`(${compileFilter(filter.left, columns)}
        ${filter.kind === 'and' ? sql`and` : sql`or`} ${compileFilter(filter.right, columns)})`;
    case 'not':
      return sql`(not ${compileFilter(filter.filter, columns)})`;
    case 'element':
      return inBrackets(filter, columns);
    default: {
      const place = searchedPlace(columns.type, filter, columns.anyName ? anyBareName : () => false);
      const what = filter.kind === 'present' ? 'present' : filter;
      return place ? test(place, what, columns) : ofNothing(what);
    }
  }
}

function test(place: Place, what: Test, columns: Columns): Sql {
  const compared = comparedAttribute(place);
  // Checked before the index lookup, which does not check types.
  const expected = what === 'present' ? null : operand(compared, what.op, what.value);
  const lookup = columns.lookup(place, what);
  if (lookup !== null) return lookup;
  const column = columnOf(place, columns);
  if (column) return what === 'present' ? isThere(column) : columnFits(column, what.op, expected);
  const form = isExact(compared) ? 'exact' : 'folded';
  const single = singleSql(columns, place, form);
  if (single) return oneFits(single, what, compared);
  return anyOf(leavesSql(columns, place, form), what, compared);
}

/** Returns the attribute's column, if it has one. */
export const columnOf = (place: Place, { column }: Columns): Column | undefined =>
  place.urn === null ? column(keyOf(place)) : undefined;

const isThere = ({ sql: expression }: Column): Sql => sql`(${expression} is not null)`;

/** Returns the condition that the single value at `x`, or its absence, matches. */
function oneFits(x: Sql, what: Test, attribute: Attribute | null): Sql {
  if (what === 'present') return sql`(${x} is not null)`;
  const expected = operand(attribute, what.op, what.value);
  if (expected === null) return sql`(${x} is ${what.op === 'eq' ? sql`` : sql`not `}null)`;
  if (what.op === 'ne') return sql`(not ${oneFits(x, { ...what, op: 'eq' }, attribute)})`;
  return sql`(${x} is not null and ${valueFits(x, what.op, expected)})`;
}

/** Returns the condition of an attribute without a value. */
function ofNothing(what: Test): Sql {
  if (what === 'present') return sql`false`;
  const isFit = operand(null, what.op, what.value) === null ? what.op === 'eq' : what.op === 'ne';
  return isFit ? sql`true` : sql`false`;
}

/** Returns the condition that any value `v.x` of the FROM items matches, or the absence of all values. */
function anyOf(from: Sql, what: Test, attribute: Attribute | null): Sql {
  const some = (condition: Sql) => sql`exists (select from ${from} where ${condition})`;
  if (what === 'present') return some(sql`true`);
  const expected = operand(attribute, what.op, what.value);
  if (expected === null) return what.op === 'eq' ? sql`(not ${some(sql`true`)})` : some(sql`true`);
  const found = some(valueFits(sql`v.x`, what.op, expected));
  // "ne" also matches if there is no value at all.
  return what.op === 'ne' ? sql`(not ${some(sql`true`)} or ${found})` : found;
}

function inBrackets(filter: Brackets, columns: Columns): Sql {
  const place = searchedPlace(columns.type, filter, columns.anyName ? anyBareName : () => false);
  const both: Filter = filter.also ? { kind: 'and', left: filter.filter, right: filter.also } : filter.filter;
  const attribute = place?.attribute ?? null;
  if (!place) return sql`false`;
  if (columnOf(place, columns)) return compileFilter(ofOne(place, both), columns);
  const condition = inElement(both, { attribute, isPlain: isStored(columns, attribute) });
  // Both documents have the same structure, so an element has the same index in both.
  const exact = topSql(columns, place, 'exact');
  const folded = topSql(columns, place, 'folded');
  const list = (json: Sql) =>
    sql`case jsonb_typeof(${json}) when 'array' then ${json} else jsonb_build_array(${json}) end`;
  const general = sql`exists (select from (select ${exact} as exact, ${folded} as folded offset 0) t,
    jsonb_array_elements(${list(sql`t.exact`)}) with ordinality e(x, n),
    lateral (select ${list(sql`t.folded`)}->(e.n::int - 1) as x offset 0) f
    where jsonb_typeof(e.x) <> 'null' and ${condition})`;
  const hint = indexHint(both, place, columns);
  return hint ? sql`(${hint} and ${general})` : general;
}

/**
 * Returns a filter in brackets on an attribute with columns, such as `meta[created gt "..."]`, as a filter of paths.
 * There is only one element, so each name is a path.
 */
function ofOne(place: Place, filter: Filter): Filter {
  if ('left' in filter) return { ...filter, left: ofOne(place, filter.left), right: ofOne(place, filter.right) };
  if (filter.kind === 'not') return { ...filter, filter: ofOne(place, filter.filter) };
  if (filter.kind === 'element') throw new FilterSyntax('brackets cannot be used inside brackets');
  attributeInBrackets(place.attribute, filter.path);
  return { ...filter, path: { urn: null, name: place.name ?? '', sub: filter.path.name } };
}

/**
 * Returns a condition on the row from the element's `value eq`, so that an index is used before the elements are read.
 */
function indexHint(filter: Filter, place: Place, columns: Columns): Sql | null {
  const value = conjuncts(filter).find(
    (part) => part.kind === 'compare' && part.op === 'eq' && keyOf(part.path) === 'value',
  );
  return value?.kind === 'compare' ? columns.lookup({ ...place, sub: 'value' }, value) : null;
}

/** Returns the parts of a filter that all have to match. */
const conjuncts = (filter: Filter): Filter[] =>
  filter.kind === 'and' ? [...conjuncts(filter.left), ...conjuncts(filter.right)] : [filter];

/** `isPlain`: the elements are objects with the schema's names. */
type Elements = { attribute: Attribute | null; isPlain: boolean };

function inElement(filter: Filter, of: Elements): Sql {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return sql`(${inElement(filter.left, of)}
        ${filter.kind === 'and' ? sql`and` : sql`or`} ${inElement(filter.right, of)})`;
    case 'not':
      return sql`(not ${inElement(filter.filter, of)})`;
    case 'element':
      throw new FilterSyntax('brackets cannot be used inside brackets');
    default: {
      const sub = attributeInBrackets(of.attribute, filter.path);
      const x = isExact(sub) ? sql`e.x` : sql`f.x`;
      const what = filter.kind === 'present' ? 'present' : filter;
      if (of.isPlain && of.attribute?.type === 'complex' && sub && !sub.multiValued)
        return oneFits(sql`(${x}->${sub.name}::text)`, what, sub);
      return anyOf(elementsSql(partSql(x, filter.path.name), sql`v`), what, sub);
    }
  }
}

// An element can be a simple value where the schema defines an object.
function partSql(x: Sql, name: string): Sql {
  const member = memberSql(x, name);
  return name.toLowerCase() === 'value'
    ? sql`case jsonb_typeof(${x}) when 'object' then ${member} else ${x} end`
    : member;
}
