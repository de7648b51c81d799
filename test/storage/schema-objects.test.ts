import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Rollcall } from '../../src/server.js';
import { columns, tables, unusedColumns } from '../../src/storage/schema-columns.js';
import { ownerFunctions, sequences } from '../../src/storage/schema-objects.js';
import { startServer } from '../support/server.js';

let server: Rollcall;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const names = async (sql: string) => (await server.database.run<{ name: string }>(sql)).map(({ name }) => name).sort();

test('the lists of tables, columns, sequences and functions match the migrated schema', async () => {
  const relations = (kind: string) =>
    names(`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = '${kind}'`);
  expect((await relations('r')).filter((name) => name !== 'migrations')).toEqual(tables);
  expect(
    await names(`select c.relname || '.' || attname as name from pg_attribute join pg_class c on c.oid = attrelid
      where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped and relname <> 'migrations'`),
  ).toEqual([...columns, ...unusedColumns].sort());
  // The sequence of an identity column belongs to its table, and needs no separate right.
  const ofColumns = await names(
    `select objid::regclass::text as name from pg_depend where classid = 'pg_class'::regclass and deptype = 'i'
       and refobjsubid > 0`,
  );
  const own = (await relations('S')).filter((name) => name !== 'migrations_id_seq' && !ofColumns.includes(name));
  expect(own).toEqual(sequences);
  expect(
    await names(`select proname as name from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`),
  ).toEqual([...ownerFunctions].sort());
});

test('the server works as its role, which can neither change nor delete events', async () => {
  expect(await server.database.run('select current_user as role')).toEqual([{ role: 'rollcall_runtime' }]);
  for (const statement of ['delete from events', "update events set data = '{}'", 'truncate events'])
    await expect(server.database.run(statement)).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/permission denied/) },
    });
});
