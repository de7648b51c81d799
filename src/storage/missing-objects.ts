import pg from 'pg';
import type { Ask } from './ask.js';
import { DatabaseRefused } from './database-refused.js';
import { ownerFunctions, sequences, tables } from './schema-objects.js';

const { escapeIdentifier: quoted } = pg;

/** Names of other tables that one text contains. */
const maxShown = 5;

interface Found {
  database: string;
  schema: string;
  /** What does not exist, with its kind, as `table "users"`. */
  missing: string[];
  /** Tables under other names: one of them can be a table that was renamed. */
  others: string[];
}

const look = `with here as (select oid, nspname::text as name from pg_namespace where nspname = current_schema()),
  found as (select relname::text as name, relkind from pg_class c, here where c.relnamespace = here.oid)
  select current_database()::text as database, here.name as schema,
    array(select format('table "%s"', name) from unnest($1::text[]) as wanted (name)
        where name not in (select name from found where relkind in ('r', 'p', 'v', 'f'))
      union all select format('sequence "%s"', name) from unnest($2::text[]) as wanted (name)
        where name not in (select name from found where relkind = 'S')
      union all select format('function "%s"', name) from unnest($3::text[]) as wanted (name)
        where not exists (select from pg_proc where pronamespace = here.oid and proname = name)) as missing,
    array(select name from found where relkind = 'r' and name <> 'migrations' and name <> all ($1::text[]) order by 1) as others
  from here`;

/** @throws DatabaseRefused with the names, if something that the migrations have created was dropped or renamed */
export async function refuseIncomplete(ask: Ask): Promise<void> {
  const [found] = await ask<Found>(look, [tables, sequences, ownerFunctions]);
  if (found && found.missing.length > 0) throw new DatabaseRefused(incomplete(found));
}

function incomplete({ database, schema, missing, others }: Found): string {
  const shown = others.slice(0, maxShown).map(quoted).join(', ');
  const other = shown === '' ? '' : ` The schema has other tables: ${shown}${others.length > maxShown ? ', ...' : ''}.`;
  return `The schema ${quoted(schema)} of the database ${quoted(database)} lacks what the migrations have created: ${missing.join(', ')}. It was dropped or renamed. Nothing was changed.${other} Rename it back, or put back a backup, and start again.`;
}
