import pg from 'pg';
import type { Ask } from './ask.js';
import { DatabaseRefused } from './database-refused.js';
import { columns, tables } from './schema-columns.js';
import { ownerFunctions, sequences } from './schema-objects.js';

const { escapeIdentifier: quoted } = pg;

/** Maximum number of other tables or columns in a message. */
const maxShown = 5;

interface Found {
  database: string;
  schema: string;
  /** Missing objects with their kind, such as `table "users"`. */
  missing: string[];
  functions: string[];
  /** Tables with unexpected names, one of which can be a renamed table. */
  others: string[];
  /** Columns with unexpected names, in tables with a missing column. */
  otherColumns: string[];
}

/** Returns an SQL expression of the kind of a relation in pg_class, in words. */
export const kindOf = (
  relkind: string,
): string => `case ${relkind} when 'v' then 'view' when 'm' then 'materialized view'
  when 'f' then 'foreign table' when 'S' then 'sequence' when 'i' then 'index' when 'I' then 'index' else 'table' end`;

/** Lists that `missingFrom` uses as $2, $3 and $4. */
export const expected = [tables, sequences, columns];

/**
 * Statement that selects missing objects with their kind. It follows a `with here as (...)` that selects the oid of the
 * schema. A view or an index with the name of a table does not replace the table, because the server has no rights to
 * it.
 */
export const missingFrom = `
  select concat(wanted.kind, format(' "%s"', wanted.name),
      case when c.oid is not null then ' (the name belongs to ' || case when c.relkind in ('i', 'I') then 'an ' else 'a ' end || ${kindOf('c.relkind')} || ')' end)
    from (select 'table' as kind, name, array['r', 'p'] as kinds from unnest($2::text[]) as t (name)
      union all select 'sequence', name, array['S'] from unnest($3::text[]) as s (name)) as wanted
    left join (pg_class c join here on c.relnamespace = here.oid) on c.relname = wanted.name
    where c.oid is null or c.relkind::text <> all (wanted.kinds)
  union all
  select format('column "%s" of the table "%s"', split_part(wanted.name, '.', 2), c.relname)
    from unnest($4::text[]) as wanted (name) join pg_class c on c.relname = split_part(wanted.name, '.', 1) and c.relkind in ('r', 'p')
      join here on c.relnamespace = here.oid
    where not exists (select from pg_attribute where attrelid = c.oid and attname = split_part(wanted.name, '.', 2) and attnum > 0 and not attisdropped)`;

const look = `with here as (select oid, nspname::text as name from pg_namespace where nspname = current_schema()),
  missing as (${missingFrom})
  select current_database()::text as database, here.name as schema, array(select * from missing) as missing,
    array(select format('function "%s"', name) from unnest($1::text[]) as wanted (name)
        where not exists (select from pg_proc where pronamespace = here.oid and proname = name)) as functions,
    array(select relname::text from pg_class where relnamespace = here.oid and relkind = 'r' and relname <> 'migrations'
        and relname <> all ($2::text[]) order by 1) as others,
    array(select format('"%s"."%s"', c.relname, a.attname) from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = here.oid and c.relkind in ('r', 'p') and c.relname = any ($2::text[]) and a.attnum > 0
        and not a.attisdropped and c.relname || '.' || a.attname <> all ($4::text[]) order by 1) as "otherColumns"
  from here`;

/**
 * Checks that all objects of the migrations exist. @throws DatabaseRefused with the names of those that were dropped or
 * renamed
 */
export async function refuseIncomplete(ask: Ask): Promise<void> {
  const [found] = await ask<Found>(look, [ownerFunctions, ...expected]);
  if (found && found.missing.length + found.functions.length > 0) throw new DatabaseRefused(incomplete(found));
}

function incomplete({ database, schema, missing, functions, others, otherColumns }: Found): string {
  const tablesThere = thereAre('tables', others.map(quoted));
  const columnsThere = missing.some((name) => name.startsWith('column')) ? thereAre('columns', otherColumns) : '';
  return `The schema ${quoted(schema)} of the database ${quoted(database)} lacks what the migrations have created: ${[...missing, ...functions].join(', ')}. It was dropped or renamed. Nothing was changed.${tablesThere}${columnsThere} Rename it back or restore a backup, then start the server again.`;
}

function thereAre(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > maxShown ? ', ...' : '';
  return ` The schema has other ${what}: ${names.slice(0, maxShown).join(', ')}${more}.`;
}
