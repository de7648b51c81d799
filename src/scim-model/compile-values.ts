import { type Sql, sql } from '../storage/sql.js';
import type { Column } from './compile-comparison.js';
import type { Attribute, ResourceType, Schema } from './definition.js';
import type { Comparison, Value } from './filter.js';
import { nameKey } from './match-filter.js';
import { keyOf, type Place } from './resolve.js';

/** Storage of the resources of a type. */
export interface Columns {
  type: ResourceType;
  /** True if unknown names are attributes without a value, as in a query across types. */
  anyName?: boolean;
  /** The jsonb document with the attributes, and the same document with all strings folded. */
  exact: Sql;
  folded: Sql;
  /** Schemas whose attributes are always stored in the schema's form, under its names. */
  stored: readonly Schema[];
  /** Returns the column of a lower-case path, such as `username` or `meta.created`. */
  column: (path: string) => Column | undefined;
  /** Attributes that are generated when the resource is shown, as jsonb, by lower-case name. */
  shown: Record<string, (form: Form) => Sql>;
  /**
   * Returns a condition that an index can evaluate, for a whole comparison or `present`; null to use the general rule.
   */
  lookup: (place: Place, test: { op: Comparison; value: Value } | 'present') => Sql | null;
}

/** Form of strings: as they were sent, or folded. */
export type Form = 'exact' | 'folded';

/** Returns true if the attribute is always stored in the form of its definition. */
export const isStored = ({ stored }: Columns, attribute: Attribute | null): boolean =>
  attribute !== null && stored.some(({ attributes }) => attributes.includes(attribute));

/** Returns the attribute's jsonb value as SQL. `topValue` in `match-filter.ts` returns the same value in memory. */
export function topSql(columns: Columns, place: Place, form: Form): Sql {
  const { urn, name, attribute } = place;
  const shown = name === null || !attribute ? undefined : columns.shown[attribute.name.toLowerCase()];
  if (shown && isShownHere(columns, place)) return shown(form);
  const document = columns[form];
  if (name === null) return memberSql(document, urn ?? '');
  if (isStored(columns, attribute)) return storedSql(document, place);
  if (urn === null) return memberSql(document, name);
  const inside = memberSql(memberSql(document, urn), name);
  // An undeclared URN can be a whole key, or be followed by a dot and the attribute (docs/scim.md, D27).
  return attribute ? inside : sql`coalesce(${inside}, ${memberSql(document, `${urn}:${name}`)})`;
}

// A declared extension can have an attribute with the same name.
const isShownHere = (columns: Columns, { urn, attribute }: Place) => urn === null || isStored(columns, attribute);

const storedSql = (document: Sql, { urn, name }: Place): Sql =>
  [urn, name].filter((key) => key !== null).reduce((json: Sql, key) => sql`${json}->${key}::text`, document);

/** Returns the value under a case-insensitive name, the exact spelling first; null if `json` is not an object. */
export function memberSql(json: Sql, name: string): Sql {
  // Most documents have the exact spelling, whose lookup costs a tenth of a scan of all names.
  return sql`(select coalesce(o.j->${name}::text, (
      select e.value
      from jsonb_each(case jsonb_typeof(o.j) when 'object' then o.j end) with ordinality e(key, value, n)
      where lower(e.key collate "C") = ${nameKey(name)}::text collate "C" order by n limit 1
    )) from (select ${json} as j offset 0) o)`;
}

/** Returns the items of a list or the single value, without null, as a FROM item with the column `x`. */
export const elementsSql = (json: Sql, alias: Sql): Sql =>
  sql`(select e.x from (select ${json} as j offset 0) o,
    jsonb_array_elements(case jsonb_typeof(o.j) when 'array' then o.j else jsonb_build_array(o.j) end) e(x)
    where jsonb_typeof(e.x) <> 'null') ${alias}`;

/** Returns the values at the path, as FROM items with the values in `v.x`. */
export function leavesSql(columns: Columns, place: Place, form: Form): Sql {
  const { attribute, sub, subAttribute } = place;
  const top = topSql(columns, place, form);
  const isPlain = isStored(columns, attribute);
  const member = (name: string, isKnown: boolean) =>
    isPlain && isKnown ? sql`(e.x->${name}::text)` : memberSql(sql`e.x`, name);
  if (sub !== null)
    return sql`${elementsSql(top, sql`e`)}, lateral ${elementsSql(member(sub, subAttribute !== null), sql`v`)}`;
  if (attribute?.type !== 'complex') return elementsSql(top, sql`v`);
  return sql`${elementsSql(top, sql`e`)}, lateral ${elementsSql(sql`coalesce(${member('value', true)}, e.x)`, sql`v`)}`;
}

/** Returns the jsonb value of a place with at most one value; null for any other place. */
export function singleSql(columns: Columns, place: Place, form: Form): Sql | null {
  const { attribute, sub, subAttribute } = place;
  const isSimple =
    attribute?.type !== 'complex' || (sub !== null && subAttribute !== null && !subAttribute.multiValued);
  if (!isStored(columns, attribute) || attribute?.multiValued || !isSimple) return null;
  if (columns.shown[keyOf({ name: place.name, sub: null })]) return null;
  const top = storedSql(columns[form], place);
  return sub === null ? sql`(${top})` : sql`(${top}->${sub}::text)`;
}
