import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { migrations } from '../../migrations/index.js';
import { codeOf } from '../../src/storage/error-code.js';
import { migrate } from '../../src/storage/migrate.js';
import { openEngine } from '../../src/storage/open.js';
import { administer } from '../support/database.js';
import { ids, landed, rows } from '../support/landed.js';
import { startServer } from '../support/server.js';
import { sized } from '../support/soak.js';
import { type Anything, World } from '../support/world.js';

const people = sized(2_000, 100_000);
/** Many copies of the one user of the small directory. */
const copies = `insert into users select (jsonb_populate_record(u, jsonb_build_object('id', 'user_' || lpad(n::text, 26, '0'),
    'user_name', n || '@many.test', 'user_name_key', n || '@many.test'))).* from users u, generate_series(1, ${people}) n
  where u.id = '${ids.user}'`;

async function migrateTo(url: string): Promise<string[]> {
  const engine = await openEngine({ url, pool: 2 });
  return migrate(engine).finally(() => engine.close());
}
const done = async (url: string) => (((await administer(url, 'select from migrations'))[0] ?? []) as unknown[]).length;
const numberIn = async (url: string, table: string): Promise<number> =>
  ((await administer(url, `select count(*)::int as count from ${table}`))[0] as { count: number }[])[0]?.count ?? 0;

/** Changes rows as a server of the earlier version does, with its limits, until `stop`. */
class Writer {
  readonly acknowledged: string[] = [];
  readonly errors: string[] = [];
  #isOver = false;
  readonly #running: Promise<void>;

  constructor(
    readonly url: string,
    readonly number: number,
  ) {
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, statement_timeout: 5_000, lock_timeout: 3_000 });
    await client.connect();
    for (let n = 0; !this.#isOver; n++) {
      const name = `writer ${this.number} change ${n}`;
      try {
        await client.query('begin');
        await client.query('update users set display_name = $1, updated_at = now() where id = $2', [
          name,
          `user_${String(1 + ((n * 7 + this.number) % people)).padStart(26, '0')}`,
        ]);
        await client.query('update groups set display_name = $1 where id = $2', [name, ids.group]);
        await client.query(
          `with head as (update event_heads set position = position + 1 where organization_id = $1 returning position)
           insert into events select (jsonb_populate_record(e, jsonb_build_object('position', head.position, 'seq', nextval('event_seq') + 1000,
             'id', 'evt_' || lpad($2, 26, '0'), 'data', jsonb_build_object('name', $3::text)))).*
           from events e, head where e.organization_id = $1 and e.id = $4`,
          [ids.organization, `${this.number}x${n}`, name, ids.event],
        );
        await client.query('commit');
        this.acknowledged.push(name);
      } catch (error) {
        this.errors.push(`${codeOf(error)} ${error instanceof Error ? error.message : error}`);
        await client.query('rollback');
      }
    }
    await client.end();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }
}

test('the rows of the first schema exist in every table after the migration, and the server starts', async () => {
  const { DATABASE_URL: url = '' } = await landed(1);
  await administer(url, copies);
  const tables = [...new Set(rows.map(([table]) => table))];
  const before = new Map<string, number>();
  for (const table of tables) before.set(table, await numberIn(url, table));
  expect([...before.values()].every((count) => count > 0)).toBe(true);
  await migrateTo(url);
  const after = new Map<string, number>();
  for (const table of tables) after.set(table, await numberIn(url, table));
  expect(after).toEqual(before);
  const world = new World(await startServer({}, { DATABASE_URL: url }));
  const { organization }: Anything = await world.gql(
    `query($id: ID!) { organization(id: $id) { users(first: 200) { nodes { id status } } } }`,
    { id: ids.organization },
  );
  expect(organization.users.nodes.length).toBe(200);
  await world.close();
}, 240_000);

test('a migration under concurrent reads and writes loses no acknowledged change, and saves no refused one', async () => {
  const { DATABASE_URL: url = '' } = await landed(1);
  await administer(url, copies);
  const writers = [1, 2, 3].map((number) => new Writer(url, number));
  let isOver = false;
  const reads: number[] = [];
  const reader = (async () => {
    while (!isOver) reads.push(await numberIn(url, 'users'));
  })();
  await sleep(500);
  // A migration that waits too long for a lock ends, and so does the start; the next start continues.
  for (let attempt = 0; (await done(url)) < migrations.length && attempt < 50; attempt++)
    await migrateTo(url).then(
      () => {},
      (error: Error) => expect(error.message).toMatch(/waits at most 2 s for other sessions/),
    );
  await sleep(500);
  isOver = true;
  await reader;
  for (const writer of writers) await writer.stop();

  expect(await done(url)).toBe(migrations.length);
  // A reader waits, and sees every row each time.
  expect(new Set(reads)).toEqual(new Set([people + 1]));
  const [found] = (await administer(
    url,
    `select data->>'name' as name from events where data ? 'name' order by position`,
  )) as {
    name: string;
  }[][];
  const acknowledged = writers.flatMap((writer) => writer.acknowledged);
  process.stdout.write(
    `acknowledged ${acknowledged.length}, refused ${JSON.stringify([...new Set(writers.flatMap(({ errors }) => errors))])}\n`,
  );
  // The old version tries a deadlock again, and answers 503 after a lock timeout.
  for (const error of writers.flatMap(({ errors }) => errors)) expect(error).toMatch(/^(40P01|55P03) /);
  expect(acknowledged.length).toBeGreaterThan(0);
  expect((found ?? []).map(({ name }) => name).sort()).toEqual([...acknowledged].sort());
  const [last] = (found ?? []).slice(-1);
  const [[group]] = (await administer(url, `select display_name as name from groups where id = '${ids.group}'`)) as [
    [{ name: string }],
  ];
  expect(group.name).toBe(last?.name);
}, 240_000);

test('a migration that cannot obtain a lock ends after a timeout, leaves nothing, and continues at the next start', async () => {
  const { DATABASE_URL: url = '' } = await landed(migrations.length - 15);
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query('begin');
  for (const [table] of rows) await holder.query(`lock table ${table} in access share mode`);
  const before = await done(url);
  // It is tried five times.
  await expect(migrateTo(url)).rejects.toThrow(
    /waits at most 2 s for other sessions.*lock timeout.*Nothing of it is left.*Start again/,
  );
  expect(await done(url)).toBeGreaterThanOrEqual(before);
  await holder.query('rollback');
  await holder.end();
  await migrateTo(url);
  expect(await done(url)).toBe(migrations.length);
}, 120_000);

test('a migration that obtains its lock at a later attempt continues within the same start', async () => {
  const { DATABASE_URL: url = '' } = await landed(migrations.length - 15);
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query('begin');
  for (const [table] of rows) await holder.query(`lock table ${table} in access share mode`);
  const migrated = migrateTo(url);
  await sleep(4_000);
  await holder.query('rollback');
  await holder.end();
  expect((await migrated).length).toBe(15);
  expect(await done(url)).toBe(migrations.length);
}, 60_000);
