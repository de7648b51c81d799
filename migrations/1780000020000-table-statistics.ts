import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The planner's statistics are gathered for one table at a time. In the embedded database every other statement waits for
 * it, so the logs are sampled less, and without the documents in them, which no plan depends on.
 */
export class TableStatistics1780000020000 implements MigrationInterface {
  name = 'TableStatistics1780000020000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop function refresh_statistics()');
    const [{ name }] = await runner.query('select quote_ident(current_schema()) as name');
    await runner.query(refreshStatistics(name));
    for (const [table, documents] of logs) await runner.query(setTargets(table, documents));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function refresh_statistics()');
    const [{ name }] = await runner.query('select quote_ident(current_schema()) as name');
    await runner.query(formerFunction(name));
    for (const [table] of logs) await runner.query(setTargets(table, [], -1));
  }
}

const tables = [
  'users',
  'identities',
  'memberships',
  'groups',
  'group_nestings',
  'events',
  'sessions',
  'managed_counts',
  'provisioning_requests',
  'oauth_artifacts',
  'oauth_grants',
  'sign_in_transactions',
  'used_tokens',
  'seat_counts',
];

/** The logs, with their columns that hold documents. */
const logs: [string, string[]][] = [
  ['events', ['data', 'changes']],
  ['provisioning_requests', ['request_body', 'response_body', 'quirks']],
];

// ANALYZE reads 300 rows for each unit of the largest target of a table.
const setTargets = (table: string, documents: string[], target = 20) => `do $$ declare name text; begin
    for name in select attname from pg_attribute where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped loop
      execute format('alter table ${table} alter column %I set statistics %s', name,
        case when name = any ('{${documents.join()}}') then 0 else ${target} end);
    end loop;
  end $$`;

// One table a call: the largest of those that have doubled. The answer says whether there may be more. It is false if the
// table's statistics stay as they are (a table of another owner is skipped with a warning), so that no caller repeats it.
const refreshStatistics = (schema: string) => `create function refresh_statistics() returns boolean
  language plpgsql security definer set search_path = ${schema}, pg_temp as $$
  declare chosen regclass; live bigint; begin
    if not pg_try_advisory_xact_lock(7219002) then return false; end if;
    select c.oid, s.n_live_tup into chosen, live from pg_class c join pg_stat_user_tables s on s.relid = c.oid
      where c.oid in (${tables.map((table) => `'${table}'::regclass`).join(', ')})
        and s.n_live_tup > 100 and s.n_live_tup > 2 * greatest(c.reltuples, 0)
      order by s.n_live_tup desc limit 1;
    if chosen is null then return false; end if;
    execute format('analyze %s', chosen);
    return exists (select from pg_class where oid = chosen and live <= 2 * reltuples);
  end $$`;

const formerFunction = (schema: string) => `create function refresh_statistics() returns void
  language plpgsql security definer set search_path = ${schema}, pg_temp as $$ begin
    if pg_try_advisory_xact_lock(7219002) then
      analyze ${tables.join(', ')};
    end if;
  end $$`;
