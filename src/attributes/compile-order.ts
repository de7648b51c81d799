import { isExact } from './compare.js';
import { type Bind, type Columns, columnOf, inDocument } from './compile-filter.js';
import { attributeIn } from './definition.js';
import { pathOf } from './parse-filter.js';
import { resolve } from './resolve.js';
import { FilterSyntax } from './syntax-errors.js';

/** What a list is sorted by: an SQL expression and its type, or nothing but the id. */
export interface ListOrder {
  value: { sql: string; type: 'text' | 'boolean' | 'timestamptz' } | null;
  descending: boolean;
  id: string;
}

/** A place in a sorted list: the sort value of a row, as text, and its id. */
export interface ListPlace {
  value: string | null;
  id: string;
}

/**
 * `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3). A multi-valued attribute sorts by its primary or else its first
 * value. An attribute that is unknown or has no order is ignored, as the RFC lets a server do.
 */
export function compileOrder(
  { sortBy, descending, id }: { sortBy: string | null; descending: boolean; id: string },
  columns: Columns,
  bind: Bind,
): ListOrder {
  return { value: sortBy === null ? null : valueToSort(sortBy, columns, bind), descending, id };
}

/**
 * The order as SQL, without the words "order by": what has no value comes last ascending and first descending, and the id
 * last, so that pages are stable. `backwards` turns all of it round.
 */
export function orderSql({ value, descending, id }: ListOrder, backwards = false): string {
  const ids = `${id} ${backwards ? 'desc' : 'asc'}`;
  if (value === null) return ids;
  return `${value.sql} ${descending === backwards ? 'asc nulls last' : 'desc nulls first'}, ${ids}`;
}

/** The condition that a row comes after `place` in that order, or before it when walking `backwards`. */
export function beyond({ value, descending, id }: ListOrder, place: ListPlace, backwards: boolean, bind: Bind): string {
  const ids = `${id} ${backwards ? '<' : '>'} ${bind(place.id)}`;
  if (value === null) return ids;
  const { sql, type } = value;
  const growing = descending === backwards;
  if (place.value === null) {
    const same = `(${sql} is null and ${ids})`;
    return growing ? same : `(${sql} is not null or ${same})`;
  }
  const bound = `${bind(place.value)}::text::${type}${type === 'text' ? ' collate "C"' : ''}`;
  const further = growing ? `${sql} > ${bound} or ${sql} is null` : `${sql} < ${bound}`;
  return `(${further} or (${sql} = ${bound} and ${ids}))`;
}

function valueToSort(sortBy: string, columns: Columns, bind: Bind): ListOrder['value'] {
  const place = placeOf(sortBy, columns);
  if (!place?.name || place.attribute?.returned === 'never') return null;
  const { attribute } = place;
  const column = columnOf(place, columns);
  if (column?.form === 'boolean') return { sql: column.sql, type: 'boolean' };
  if (column?.form === 'timestamp') return { sql: column.sql, type: 'timestamptz' };
  if (column) return { sql: `${column.sql} collate "C"`, type: 'text' };
  if (attribute?.mutability === 'readOnly' || place.name === 'members') return null;
  const sub = place.sub ?? (attribute?.type === 'complex' ? 'value' : null);
  if (sub !== null && attribute?.type === 'complex' && !attributeIn(attribute.subAttributes ?? [], sub)) return null;
  const document = isExact(place.subAttribute ?? attribute) ? columns.exact : columns.folded;
  const top = inDocument(document, place, bind);
  const value = attribute?.multiValued ? chosen(top) : `(${top})`;
  return {
    sql: `(${sub === null ? `${value} #>> '{}'` : `${value}->>${bind(sub)}::text`}) collate "C"`,
    type: 'text',
  };
}

function placeOf(sortBy: string, { type }: Columns) {
  try {
    return resolve(type, pathOf({ kind: 'word', text: sortBy.trim(), at: 0 }), () => false);
  } catch (error) {
    if (error instanceof FilterSyntax) return null;
    throw error;
  }
}

/** The primary element of a list, or else its first. */
const chosen = (list: string): string =>
  `(select x from jsonb_array_elements(case jsonb_typeof(${list}) when 'array' then ${list} else '[]' end)
    with ordinality e(x, n) order by (x->'primary' = 'true'::jsonb) is not true, n limit 1)`;
