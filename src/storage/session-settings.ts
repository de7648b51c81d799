/** Limits that PostgreSQL enforces in a session, in milliseconds; 0 disables a limit. */
export interface SessionLimits {
  statementMs: number;
  lockMs: number;
  idleInTransactionMs: number;
}

// Sets the schema of the tables, or, before they exist, the first schema of the search path. It comes first and by
// name, because "$user" changes with the role of the session, and a schema that is created later must not precede the
// tables.
const searchPath = `select set_config('search_path', concat_ws(', ', quote_ident(home.name), (
    select string_agg(quote_ident(p.name), ', ' order by p.n)
    from unnest(current_schemas(false)) with ordinality as p (name, n) where p.name <> home.name)), false)
  from (select coalesce((
    select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass('event_heads')
  ), current_schema()) as name) home where home.name is not null`;

/**
 * Returns the statement that prepares a new session and returns whether the server is a standby. The settings are set
 * by a statement instead of the connection, because a pooler does not forward settings of the connection.
 */
export const settingsOf = ({ statementMs, lockMs, idleInTransactionMs }: SessionLimits): string => `select
  set_config('statement_timeout', '${statementMs}', false),
  set_config('lock_timeout', '${lockMs}', false),
  set_config('idle_in_transaction_session_timeout', '${idleInTransactionMs}', false),
  -- A filter of hundreds of terms runs in milliseconds, and its compilation by LLVM takes up to a minute that no limit ends.
  set_config('jit', 'off', false),
  -- Functions of the first migrations name the schema public, where the tables need not be. They are altered afterwards.
  set_config('check_function_bodies', 'off', false),
  (${searchPath}),
  pg_is_in_recovery() as standby`;
