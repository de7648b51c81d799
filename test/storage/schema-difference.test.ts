import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { entities } from '../../src/entities.js';
import type { Engine } from '../../src/storage/engine.js';
import { constraintName } from '../../src/storage/naming.js';
import { openEngine } from '../../src/storage/open.js';
import { freshDatabase } from '../support/server.js';

let engine: Engine;
let dataSource: DataSource;
beforeAll(async () => {
  const { DATABASE_URL: url, DATA_DIR: directory = '' } = await freshDatabase();
  engine = await openEngine(url ? { url, pool: 2 } : { directory });
  dataSource = await engine.connect('owner', entities);
});
afterAll(async () => {
  await dataSource.destroy();
  await engine.close();
});

/** Returns the statements with which TypeORM would change the migrated schema to that of the entities. */
async function difference(): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

test('TypeORM finds no difference between the migrated schema and the entities', async () => {
  expect(await difference()).toEqual([]);
});

test('every table has an entity', async () => {
  const rows: { name: string }[] = await dataSource.query(
    `select table_name as name from information_schema.tables
     where table_schema = current_schema() and table_type = 'BASE TABLE' and table_name <> 'migrations' order by 1`,
  );
  expect(dataSource.entityMetadatas.map(({ tableName }) => tableName).sort()).toEqual(rows.map(({ name }) => name));
});

test('only listed indexes are omitted from the comparison', () => {
  expect(dataSource.entityMetadatas.filter(({ synchronize }) => !synchronize)).toEqual([]);
  const lines = execFileSync('grep', ['-rhE', 'synchronize', 'src'], { encoding: 'utf8' }).trim().split('\n');
  expect(lines.filter((line) => !/^@Index\('\w+', \{ synchronize: false \}\)$/.test(line))).toEqual([]);
});

interface Described {
  name: string;
  method: string;
  columns: (string | null)[];
  condition: string | null;
  options: string[] | null;
  expressions: string | null;
  descends: boolean;
}

// TypeORM compares neither the order of the columns of an index nor its condition.
test('indexes have the columns and conditions of the entities, and only those that TypeORM cannot express are left out', async () => {
  const found: Described[] = await dataSource.query(
    `select i.relname as name, m.amname as method, pg_get_expr(x.indpred, x.indrelid) as condition,
       i.reloptions as options, pg_get_expr(x.indexprs, x.indrelid) as expressions, 1 = any(x.indoption::int[]) or 3 = any(x.indoption::int[]) as descends,
       (select json_agg(a.attname order by k.n) from unnest(x.indkey) with ordinality k(attribute, n)
        left join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attribute) as columns
     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam
     join pg_class t on t.oid = x.indrelid
     where i.relnamespace = current_schema()::regnamespace and t.relname <> 'migrations'
       and not exists (select from pg_constraint where conindid = x.indexrelid and contype in ('p', 'u'))`,
  );
  const declared = dataSource.entityMetadatas.flatMap(({ indices }) => indices);
  expect(declared.map(({ name }) => name).sort()).toEqual(found.map(({ name }) => name).sort());
  const special = ({ method, options, expressions, descends }: Described) =>
    !['btree', 'hash'].includes(method) || options !== null || expressions !== null || descends;
  expect(
    declared
      .filter(({ synchronize }) => !synchronize)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(
    found
      .filter(special)
      .map(({ name }) => name)
      .sort(),
  );
  const inDatabase = new Map(found.map((index) => [index.name, index]));
  for (const { name, columns, where } of declared.filter(({ synchronize }) => synchronize)) {
    const index = inDatabase.get(name);
    expect({ name, columns: index?.columns, condition: bare(index?.condition) }).toEqual({
      name,
      columns: columns.map(({ databaseName }) => databaseName),
      condition: where,
    });
  }
});

/** The condition without the parentheses that PostgreSQL puts around it. */
const bare = (condition: string | null | undefined) => condition?.replace(/^\((.*)\)$/s, '$1') ?? undefined;

test.each([
  ['a column', 'alter table users add column added text', 'alter table users drop column added'],
  ['an index', 'create index added on applications (name)', 'drop index added'],
  [
    'a foreign key',
    'alter table users drop constraint users_organization_id_fkey',
    'alter table users add foreign key (organization_id) references organizations on delete cascade',
  ],
])('%s that was changed by hand is a difference', async (_, change, undo) => {
  await dataSource.query(change);
  expect(await difference()).not.toEqual([]);
  await dataSource.query(undo);
  expect(await difference()).toEqual([]);
});

test('views, triggers and functions are not a difference', async () => {
  await dataSource.query('create view added as select id from users');
  await dataSource.query(`create function added() returns trigger language plpgsql as 'begin return new; end'`);
  await dataSource.query('create trigger added before insert on users for each row execute function added()');
  expect(await difference()).toEqual([]);
});

test('names of constraints are truncated like PostgreSQL truncates them', () => {
  const columns = ['organization_id', 'connection_id', 'user_id', 'issuer', 'subject'];
  expect(constraintName('link_requests', columns, 'key')).toBe(
    'link_requests_organization_id_connection_id_user_id_issuer__key',
  );
});
