import { names, type Sql, sql } from '../storage/sql.js';
import { isExact } from './compare.js';
import { columnOf } from './compile-filter.js';
import { type Columns, isStored, memberSql, topSql } from './compile-values.js';
import { instantSql } from './date-time.js';
import { type Attribute, attributeIn } from './definition.js';
import { pathOf } from './parse-filter.js';
import { keyOf, type Place, resolve } from './resolve.js';
import { FilterSyntax, NotSortable } from './syntax-errors.js';

/** Sort order of a list: an SQL expression and its type, or only the id. */
export interface ListOrder {
  value: { sql: Sql; type: 'text' | 'boolean' | 'numeric' | 'timestamp' | 'timestamptz' } | null;
  descending: boolean;
  id: Sql;
}

/** Position in a sorted list: the sort value of a row, as text, and its id. */
export interface ListPlace {
  value: string | null;
  id: string;
}

/**
 * Returns the order for `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3). A multi-valued attribute sorts by its
 * primary value, or else by its first. An unknown attribute is ignored, which the RFC allows.
 *
 * @throws NotSortable for an attribute that has no order
 */
export function compileOrder(
  { sortBy, descending, id }: { sortBy: string | null; descending: boolean; id: Sql },
  columns: Columns,
): ListOrder {
  return { value: sortBy === null ? null : valueToSort(sortBy, columns), descending, id };
}

/**
 * Returns the order as SQL, without the keywords "order by". Rows without a value come last in ascending and first in
 * descending order. The id comes last, so that pages are stable. `backwards` reverses the complete order.
 */
export function orderSql({ value, descending, id }: ListOrder, backwards = false): Sql {
  const ids = backwards ? sql`${id} desc` : sql`${id} asc`;
  if (value === null) return ids;
  const direction = descending === backwards ? sql`asc nulls last` : sql`desc nulls first`;
  return sql`${value.sql} ${direction}, ${ids}`;
}

/** Returns the condition that a row comes after `place` in that order, or before it if `backwards` is true. */
export function beyond({ value, descending, id }: ListOrder, place: ListPlace, backwards: boolean): Sql {
  const ids = backwards ? sql`${id} < ${place.id}` : sql`${id} > ${place.id}`;
  if (value === null) return ids;
  const { sql: sorted, type } = value;
  const growing = descending === backwards;
  if (place.value === null) {
    const same = sql`(${sorted} is null and ${ids})`;
    return growing ? same : sql`(${sorted} is not null or ${same})`;
  }
  const bound = sql`${place.value}::text::${names([type])}${type === 'text' ? sql` collate "C"` : sql``}`;
  const further = growing ? sql`${sorted} > ${bound} or ${sorted} is null` : sql`${sorted} < ${bound}`;
  return sql`(${further} or (${sorted} = ${bound} and ${ids}))`;
}

function valueToSort(sortBy: string, columns: Columns): ListOrder['value'] {
  const place = placeOf(sortBy, columns);
  if (!place) return null;
  if (place.name === null || place.attribute?.returned === 'never' || withoutOrder.has(keyOf(place)))
    throw new NotSortable(sortBy);
  const column = columnOf(place, columns);
  if (column) {
    if (column.form === 'boolean') return { sql: column.sql, type: 'boolean' };
    if (column.form === 'timestamp') return { sql: column.sql, type: 'timestamptz' };
    return { sql: sql`${column.sql} collate "C"`, type: 'text' };
  }
  const { attribute } = place;
  // The server generates `groups`, `members` and `schemas` when the resource is shown: these lists have no first value.
  if (isPutTogether(place)) throw new NotSortable(sortBy);
  const sub = place.sub ?? (attribute?.type === 'complex' ? 'value' : null);
  const below = sub === null ? null : (attributeIn(attribute?.subAttributes ?? [], sub) ?? null);
  if (sub !== null && attribute?.type === 'complex' && !below) throw new NotSortable(sortBy);
  const compared = sub === null ? attribute : below;
  const top = topSql(columns, place, isExact(compared) ? 'exact' : 'folded');
  const value = valueSql(top, { ...place, sub, subAttribute: below }, columns);
  return asDeclared(value, compared);
}

const withoutOrder = new Set(['meta', 'meta.version']);

const isPutTogether = ({ urn, name, attribute }: Place) =>
  attribute?.mutability === 'readOnly' || (urn === null && (name === 'members' || name === 'schemas'));

/** Returns the value that represents the attribute: for a list, its primary element, or else its first. */
function valueSql(top: Sql, { attribute, sub, subAttribute }: Place, columns: Columns): Sql {
  const isKnown = isStored(columns, attribute);
  const one = isKnown && !attribute?.multiValued ? sql`(${top})` : chosen(top);
  if (sub === null) return one;
  return isKnown && subAttribute ? sql`(${one}->${sub}::text)` : memberSql(one, sub);
}

/** Returns the order of a jsonb value by the attribute's type. Undeclared attributes are sorted as text. */
function asDeclared(value: Sql, attribute: Attribute | null): NonNullable<ListOrder['value']> {
  const only = (kinds: Sql) => sql`(select case when jsonb_typeof(o.j) in (${kinds}) then o.j #>> '{}' end
    from (select ${value} as j offset 0) o)`;
  switch (attribute?.type) {
    case 'integer':
    case 'decimal':
      return { sql: sql`${only(sql`'number'`)}::numeric`, type: 'numeric' };
    case 'boolean':
      return { sql: sql`${only(sql`'boolean'`)}::boolean`, type: 'boolean' };
    case 'dateTime':
      return { sql: instantSql(only(sql`'string'`)), type: 'timestamp' };
    default:
      return { sql: sql`${only(sql`'string', 'number', 'boolean'`)} collate "C"`, type: 'text' };
  }
}

function placeOf(sortBy: string, { type }: Columns): Place | null {
  try {
    return resolve(type, pathOf({ kind: 'word', text: sortBy.trim(), at: 0 }), () => false);
  } catch (error) {
    if (error instanceof FilterSyntax) return null;
    throw error;
  }
}

const chosen = (json: Sql): Sql =>
  sql`(select case jsonb_typeof(o.j) when 'array' then (
      select e.x from jsonb_array_elements(o.j) with ordinality e(x, n)
      order by (e.x->'primary' = 'true'::jsonb) is not true, e.n limit 1
    ) else o.j end from (select ${json} as j offset 0) o)`;
