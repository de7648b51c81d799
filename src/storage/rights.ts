import pg from 'pg';
import type { Ask } from './ask.js';
import { DatabaseRefused } from './database-refused.js';
import { codeOf } from './error-code.js';
import { expected, missingFrom } from './missing-objects.js';
import { tables } from './schema-columns.js';
import { logFunctions, logTable, onlyAtStart, ownerFunctions, sequences } from './schema-objects.js';

const { escapeIdentifier: quoted } = pg;

/** Statement that corrects the rights. */
export interface Repair {
  /**
   * Kind of the repair: rights that the server lacks; rights that allow changes of the log; rights of a role that the
   * server does not work as; a function that uses another schema.
   */
  kind: 'missing' | 'excess' | 'other' | 'function';
  statement: string;
}

// Built as statements, so that those that the user cannot run can be printed for an administrator. $1: the role, $2:
// the tables, $3: the sequences.
const tablesHere = `tables as (select c.oid, c.relname as name, c.relacl as acl from pg_class c, here h
    where c.relnamespace = h.oid and c.relkind in ('r', 'p') and c.relname = any ($2))`;
const missing = (except: string) => `
  select 'missing' as kind, format('grant usage on schema %I to %I', h.name, h.role) as statement from here h
    where h.role is not null and not has_schema_privilege(h.role, h.oid, 'usage')
  union all
  select 'missing', format('grant %s on %I.%I to %I', string_agg(p.name, ', ' order by p.n), h.name, t.name, h.role)
    from here h, tables t, unnest(array['select', 'insert', 'update', 'delete']) with ordinality as p (name, n)
    where h.role is not null and not (t.name = '${logTable}' and p.n > 2) and not has_table_privilege(h.role, t.oid, p.name) ${except}
    group by h.name, t.name, h.role
  union all
  select 'missing', format('grant usage, select on sequence %I.%I to %I', h.name, c.relname, h.role) from here h, pg_class c
    where h.role is not null and c.relnamespace = h.oid and c.relkind = 'S' and c.relname = any ($3)
      and not has_sequence_privilege(h.role, c.oid, 'usage')`;

const compare = `
  with here as (select $1::text as role, n.oid, n.nspname as name from pg_namespace n where nspname = current_schema()),
  ${tablesHere},
  functions as (select p.oid, p.proname as name, pg_get_function_identity_arguments(p.oid) as arguments, p.proconfig,
      coalesce(p.proacl, acldefault('f', p.proowner)) as acl from pg_proc p, here h
    where p.pronamespace = h.oid and p.proname = any ($4)),
  granted as (
    select privilege_type as privilege, grantee from tables, aclexplode(acl) where name = '${logTable}'
    union select privilege_type, grantee from tables t join pg_attribute a on a.attrelid = t.oid, aclexplode(a.attacl)
      where t.name = '${logTable}')
  select 'function' as kind, format('alter function %I.%I(%s) set search_path = %I, pg_temp', h.name, f.name, arguments, h.name)
      as statement from functions f, here h
    where not coalesce(proconfig @> array['search_path=' || quote_ident(h.name) || ', pg_temp'], false)
  union all
  select 'excess', format('revoke execute on function %I.%I(%s) from public', h.name, f.name, arguments)
    from functions f, here h, aclexplode(acl) where f.name = any ($5) and grantee = 0
  union all
  select 'excess', format('revoke %s on %I.${logTable} from %s', lower(string_agg(privilege, ', ' order by privilege)), h.name,
      case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
    from granted, here h where privilege in ('UPDATE', 'DELETE', 'TRUNCATE')
      and (grantee = 0 or grantee = (select oid from pg_roles where rolname = h.role)) group by h.name, grantee
  union all
  -- The role of another database, which the first migrations have granted rights here, or the role of before.
  select 'other', format('revoke all on %s from %I', string_agg(format('%I.%I', h.name, t.name), ', ' order by t.name), r.rolname)
    from tables t, here h, pg_roles r where r.rolname = any ($6)
      and exists (select from aclexplode(t.acl) where grantee = r.oid) group by r.rolname
  union all
  ${missing('')}
  union all
  select 'missing', format('grant execute on function %I.%I(%s) to %I', h.name, f.name, arguments, h.role)
    from functions f, here h where h.role is not null and not has_function_privilege(h.role, f.oid, 'execute')`;

/**
 * Returns the statements that give `role` the rights of the server (null: it works as the user), and take the right to
 * change the log from all others.
 */
export const repairsOf = (ask: Ask, role: string | null, otherRoles: readonly string[]): Promise<Repair[]> =>
  ask<Repair>(compare, [role, tables, sequences, ownerFunctions, logFunctions, otherRoles]);

/** Defects that prevent the server from using its tables. */
export interface Lacking {
  /** User that connects. */
  user: string;
  hasSchema: boolean;
  /** True if new sessions of the user can take the role. */
  mayTakeRole: boolean;
  /** Tables, sequences and columns that do not exist, with their kind, such as `table "users"`. */
  gone: string[];
  /** Statements that grant the missing rights. */
  grants: string[];
}

// $4: the columns. $5: the schema. $6: rights that are not required. A schema that the role cannot use is not in its
// search path. The role can have been dropped.
const lack = `
  with here as (select r.rolname::text as role, n.oid, n.nspname as name from pg_namespace n
    left join pg_roles r on r.rolname = coalesce($1::text, session_user::text) where nspname = $5),
  ${tablesHere},
  missing as (${missing(`and t.name || '.' || p.name <> all ($6)`)})
  select session_user::text as user, exists (select from here) as "hasSchema",
    $1::text is null or exists (select from pg_roles where rolname = $1 and pg_has_role(session_user, oid,
      case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)) as "mayTakeRole",
    array(${missingFrom}) as gone,
    array(select statement from missing) as grants`;

/**
 * Returns the defects that prevent a server that works as `role` (null: as the user) from using the tables in `schema`.
 */
export const lackingOf = async (
  ask: Ask,
  { role, schema }: { role: string | null; schema: string },
): Promise<Lacking | undefined> => (await ask<Lacking>(lack, [role, ...expected, schema, onlyAtStart]))[0];

/**
 * Runs the statements of `compareNow`, and returns those that were run and those that are left. Repeats the comparison
 * until it returns no new statement: a right that is revoked from PUBLIC can be missing afterwards, and a revoke
 * without the required right does not fail.
 */
export async function repair(
  ask: Ask,
  compareNow: () => Promise<Repair[]>,
): Promise<{ done: Repair[]; left: Repair[] }> {
  const tried = new Map<string, Repair>();
  for (;;) {
    const found = await compareNow();
    const fresh = found.filter(({ statement }) => !tried.has(statement));
    if (fresh.length === 0) {
      const isLeft = new Set(found.map(({ statement }) => statement));
      return { left: found, done: [...tried.values()].filter(({ statement }) => !isLeft.has(statement)) };
    }
    for (const one of fresh) {
      tried.set(one.statement, one);
      await attempt(ask, one.statement);
    }
  }
}

async function attempt(ask: Ask, statement: string): Promise<void> {
  try {
    await ask(statement);
  } catch (error) {
    // The user lacks the right to run the statement. The caller reports what is left.
    if (codeOf(error) !== '42501') throw error;
  }
}

/** Returns true for a repair that the server requires. */
export const isNeeded = ({ kind }: Repair): boolean => kind === 'missing' || kind === 'function';

/** Checks that the server can work with its rights. @throws DatabaseRefused with the statements that are required */
export function refuseWithout(role: string | null, left: readonly Repair[]): void {
  const needed = left.filter(isNeeded).map(({ statement }) => `${statement};`);
  if (needed.length === 0) return;
  const who = role === null ? 'The server' : `The role ${quoted(role)}, as which the server works,`;
  throw new DatabaseRefused(
    `${who} lacks rights in the database, and the user of DATABASE_URL may not grant them. Run as the owner of the tables or as a superuser, and start again:\n${needed.join('\n')}`,
  );
}
