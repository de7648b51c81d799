import { isExact } from './compare.js';
import { type Bind, type Columns, columnOf, inDocument } from './compile-filter.js';
import { attributeIn } from './definition.js';
import { pathOf } from './parse-filter.js';
import { resolve } from './resolve.js';
import { FilterSyntax } from './syntax-errors.js';

/**
 * `sortBy` and `sortOrder` as SQL (RFC 7644 section 3.4.2.3), without the words "order by", with the id last so that pages
 * are stable. A multi-valued attribute sorts by its primary or else its first value; what has no value comes last ascending
 * and first descending. An attribute that is unknown or has no order is ignored, as the RFC lets a server do.
 */
export function compileOrder(
  { sortBy, descending, id }: { sortBy: string | null; descending: boolean; id: string },
  columns: Columns,
  bind: Bind,
): string {
  const value = sortBy === null ? null : valueToSort(sortBy, columns, bind);
  return value === null ? id : `${value} ${descending ? 'desc nulls first' : 'asc nulls last'}, ${id}`;
}

function valueToSort(sortBy: string, columns: Columns, bind: Bind): string | null {
  const place = placeOf(sortBy, columns);
  if (!place?.name || place.attribute?.returned === 'never') return null;
  const { attribute } = place;
  const column = columnOf(place, columns);
  if (column) return column.form === 'key' || column.form === 'exact' ? `${column.sql} collate "C"` : column.sql;
  if (attribute?.mutability === 'readOnly' || place.name === 'members') return null;
  const sub = place.sub ?? (attribute?.type === 'complex' ? 'value' : null);
  if (sub !== null && attribute?.type === 'complex' && !attributeIn(attribute.subAttributes ?? [], sub)) return null;
  const document = isExact(place.subAttribute ?? attribute) ? columns.exact : columns.folded;
  const top = inDocument(document, place, bind);
  const value = attribute?.multiValued ? chosen(top) : `(${top})`;
  return `(${sub === null ? `${value} #>> '{}'` : `${value}->>${bind(sub)}::text`}) collate "C"`;
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
