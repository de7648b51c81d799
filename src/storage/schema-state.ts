import pg from 'pg';
import type { MigrationInterface } from 'typeorm';
import type { Ask } from './ask.js';
import { DatabaseRefused } from './database-refused.js';
import { kindOf } from './missing-objects.js';
import { tables } from './schema-columns.js';

const { escapeIdentifier: quoted } = pg;

interface Facts {
  isStandby: boolean;
  isReadOnly: boolean;
  user: string;
  database: string;
  /** First name of the search path, with "$user" replaced. */
  first: string;
  /** Schema of the tables; null if the search path contains none. */
  schema: string | null;
  firstExists: boolean;
  mayCreate: boolean;
  hasMigrations: boolean;
  /** True if the table `migrations` has the columns of Rollcall's list. */
  isList: boolean;
  /** Other objects with the names of Rollcall's tables, with their kind, such as `view "groups"`. */
  occupied: string[];
  mayRead: boolean;
  /** Owner of the table `migrations`; null if there is none. */
  listOwner: string | null;
  /** Schema with Rollcall's tables that is outside the search path. */
  hidden: string | null;
  mayUseHidden: boolean;
  /** Schema of pg_trgm, if the user cannot use it. */
  closedTrigrams: string | null;
  /** Owner of the tables; null before the first migration. */
  owner: string | null;
  owns: boolean;
}

// Rollcall's sessions set their own search path. The user's search path is the value that RESET would restore.
const look = `with path as (
    select array(select case when entry = '$user' then current_user::text else entry end
      from pg_settings, unnest(string_to_array(reset_val, ',')) with ordinality as e (raw, n),
        lateral (select trim(both '" ' from raw) as entry) trimmed where pg_settings.name = 'search_path' order by n) as names),
  here as (select oid from pg_namespace where nspname = current_schema()),
  hidden as (
    select n.oid, n.nspname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace, path
    where c.relname = 'event_heads' and to_regclass('event_heads') is null
      and exists (select from pg_class where relnamespace = n.oid and relname = 'migrations')
      and (n.nspname = any (path.names) or pg_has_role(current_user, c.relowner, 'usage')) limit 1)
  select pg_is_in_recovery() as "isStandby", current_setting('transaction_read_only') = 'on' as "isReadOnly",
    current_user as user, current_database() as database, path.names[1] as first, current_schema() as schema,
    exists (select from pg_namespace where nspname = path.names[1]) as "firstExists",
    coalesce(has_schema_privilege(current_schema(), 'create'), false) as "mayCreate",
    m.oid is not null as "hasMigrations",
    (select count(*) = 3 from pg_attribute where attrelid = m.oid and attname in ('id', 'timestamp', 'name')) as "isList",
    array(select format('%s "%s"', ${kindOf('relkind')}, relname) from pg_class, here where relnamespace = here.oid and relkind <> 'c'
      and relname = any ($1) order by relname) as occupied, coalesce(has_table_privilege(m.oid, 'select'), false) as "mayRead",
    pg_get_userbyid(m.relowner)::text as "listOwner",
    (select name from hidden) as hidden,
    coalesce((select has_schema_privilege(hidden.oid, 'usage') from hidden), false) as "mayUseHidden",
    (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace
      where e.extname = 'pg_trgm' and not has_schema_privilege(n.oid, 'usage')) as "closedTrigrams",
    pg_get_userbyid(t.relowner)::text as owner, coalesce(pg_has_role(current_user, t.relowner, 'usage'), false) as owns
  from path left join here on true left join pg_class m on m.relnamespace = here.oid and m.relname = 'migrations'
    left join pg_class t on t.oid = to_regclass('event_heads')`;

/** State of the schema. */
export interface SchemaState extends Facts {
  pending: string[];
  /** True if no migration has run yet. */
  isNew: boolean;
}

/**
 * Returns the state of the schema without changing anything.
 *
 * @throws DatabaseRefused if there is no usable schema, it cannot be read, or another program or a newer version uses
 *   it
 */
export async function schemaState(ask: Ask, migrations: readonly MigrationInterface[]): Promise<SchemaState> {
  const [facts] = await ask<Facts>(look, [tables]);
  if (!facts) throw new Error('PostgreSQL has not returned its settings.');
  if (facts.hidden !== null) throw new DatabaseRefused(hiddenTables(facts, facts.hidden));
  if (facts.schema === null) throw new DatabaseRefused(noSchema(facts));
  if (facts.hasMigrations && !facts.isList) throw new DatabaseRefused(foreignList(facts));
  if (facts.hasMigrations && !facts.mayRead)
    throw new DatabaseRefused(facts.owns ? closedList(facts) : notOwner(facts));
  const done = facts.hasMigrations
    ? (await ask<{ name: string }>('select name from migrations')).map(({ name }) => name)
    : [];
  const known = migrations.map(({ name }) => name ?? '');
  const unknown = done.filter((name) => !known.includes(name));
  if (unknown.length > 0 && unknown.length === done.length && facts.owner === null)
    throw new DatabaseRefused(foreignList(facts));
  if (unknown.length > 0) throw new DatabaseRefused(tooNew(unknown));
  if (done.length === 0 && facts.occupied.length > 0) throw new DatabaseRefused(foreignTables(facts));
  return { ...facts, pending: known.filter((name) => !done.includes(name)), isNew: done.length === 0 };
}

/** Checks that the database is writable, because a server writes at its start. @throws DatabaseRefused if it is not */
export function refuseReadOnly({ isStandby, isReadOnly, database }: SchemaState): void {
  if (isStandby)
    throw new DatabaseRefused('The database is a standby. Set DATABASE_URL to the primary, or promote the standby.');
  if (!isReadOnly) return;
  throw new DatabaseRefused(
    `The database ${quoted(database)} is read-only. Wait until a failover is over, or run as its owner, and start again:\nalter database ${quoted(database)} reset default_transaction_read_only;`,
  );
}

/** Checks that the user can create the missing tables. @throws DatabaseRefused if it cannot */
export function refuseUnlessOwner(state: SchemaState): void {
  if (state.owner !== null && !state.owns) throw new DatabaseRefused(notOwner(state));
  if (!state.mayCreate) throw new DatabaseRefused(mayNotCreate(state));
  if (state.closedTrigrams !== null) throw new DatabaseRefused(noTrigrams(state.user, state.closedTrigrams));
}

const asDatabaseOwner = 'Run as the owner of the database or as a superuser, and start again:';

// Otherwise a second, empty directory would be created, and the data of the first one would seem to be lost.
function hiddenTables({ user, database, mayUseHidden }: Facts, hidden: string): string {
  const statement = mayUseHidden
    ? `alter role ${quoted(user)} in database ${quoted(database)} set search_path = ${quoted(hidden)};`
    : `grant usage, create on schema ${quoted(hidden)} to ${quoted(user)};`;
  return `The tables are in the schema ${quoted(hidden)} of the database ${quoted(database)}, to which the search path of the user ${quoted(user)} does not lead. ${asDatabaseOwner}\n${statement}`;
}

function noSchema({ user, first, firstExists }: Facts): string {
  const statement = firstExists
    ? `grant usage, create on schema ${quoted(first)} to ${quoted(user)};`
    : `create schema ${quoted(first)} authorization ${quoted(user)};`;
  return `The search path of the user ${quoted(user)} leads to no schema that it may use. ${asDatabaseOwner}\n${statement}`;
}

const noTrigrams = (user: string, schema: string): string =>
  `The extension pg_trgm is in the schema ${quoted(schema)}, which the user ${quoted(user)} may not use. ${asDatabaseOwner}\ngrant usage on schema ${quoted(schema)} to ${quoted(user)};`;

function mayNotCreate({ user, schema, owner, first }: Facts): string {
  // The default search path finds a schema with the name of the user first, so that public stays unchanged.
  const statement =
    schema === 'public' && owner === null && first === user
      ? `create schema ${quoted(user)} authorization ${quoted(user)};`
      : `grant create on schema ${quoted(schema ?? '')} to ${quoted(user)};`;
  return `The user ${quoted(user)} may not create tables in the schema ${quoted(schema ?? '')}. ${asDatabaseOwner}\n${statement}`;
}

const notOwner = ({ user, database, owner }: Facts): string =>
  `The tables in the database ${quoted(database)} belong to ${owner === null ? 'another user' : quoted(owner)}, and the user ${quoted(user)} may not change them. Set DATABASE_URL to their owner, or run as a superuser, and start again:\ngrant ${quoted(owner ?? 'OWNER')} to ${quoted(user)};`;

function closedList({ user, schema, owner, listOwner }: Facts): string {
  const list = `${quoted(schema ?? '')}.migrations`;
  const statement =
    listOwner === owner
      ? `grant all on ${list} to ${quoted(user)};`
      : `alter table ${list} owner to ${quoted(owner ?? '')};`;
  return `The user ${quoted(user)} may not read the table ${list}, which lists the migrations that have run. Run as its owner or as a superuser, and start again:\n${statement}`;
}

const ofItsOwn = (user: string): string =>
  `Rollcall needs a database or a schema of its own. Create one of them:
create database rollcall owner ${quoted(user)}; -- and set DATABASE_URL to it
create schema rollcall authorization ${quoted(user)}; -- and add ?options=-c%20search_path%3Drollcall to DATABASE_URL`;

const foreignList = ({ user, database, schema }: Facts): string =>
  `Another program uses the schema ${quoted(schema ?? '')} of the database ${quoted(database)}: its table "migrations" lists the migrations of that program. Nothing was changed. ${ofItsOwn(user)}`;

const foreignTables = ({ user, database, schema, occupied }: Facts): string =>
  `The schema ${quoted(schema ?? '')} of the database ${quoted(database)} contains the names of tables of Rollcall (${occupied.join(', ')}), and no list of its migrations. Another program uses it, or a restore has left out the table "migrations". Nothing was changed. ${ofItsOwn(user)}`;

const tooNew = (names: readonly string[]): string =>
  `A newer version of Rollcall has migrated the database (${names.join(', ')}), and this version does not know what it has changed. Start the newer version, or put back a backup from before its first start. If another program has written these entries, move it to a database or schema of its own.`;
