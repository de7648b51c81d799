import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { Engine } from '../../src/storage/engine.js';
import { migrate } from '../../src/storage/migrate.js';
import { openEngine } from '../../src/storage/open.js';
import { embeddedDatabase } from '../support/server.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ directory: (await embeddedDatabase()).DATA_DIR ?? '' });
}, 60_000);
afterAll(() => engine?.close());

async function asOwner<T>(work: (owner: DataSource) => Promise<T>): Promise<T> {
  const owner = await engine.connect('owner');
  return work(owner).finally(() => owner.destroy());
}
const run = (...statements: string[]) =>
  asOwner(async (owner) => {
    for (const statement of statements) await owner.query(statement);
  });
const relations = () =>
  asOwner((owner) =>
    owner.query(`select relname, relkind from pg_class where relnamespace = 'public'::regnamespace order by 1`),
  );
afterEach(() => run('drop schema public cascade', 'create schema public', 'drop schema if exists rollcall cascade'));

const list = 'create table migrations (id serial primary key, "timestamp" bigint not null, name varchar not null)';
const ofAnother = /Another program uses the schema "public" of the database "postgres": its table "migrations"/;

test.each<[string, string[], RegExp]>([
  [
    'of a program with other columns',
    ['create table migrations (id serial primary key, migration varchar, batch integer)'],
    ofAnother,
  ],
  ['of another TypeORM program', [list, `insert into migrations ("timestamp", name) values (1, 'Their1')`], ofAnother],
  [
    'that is missing, with tables of another program,',
    [
      'create table users (id int)',
      'create view groups as select 1',
      'create sequence sessions',
      'create index events on users (id)',
    ],
    /contains the names of tables of Rollcall \(index "events", view "groups", sequence "sessions", table "users"\), and no list of its migrations/,
  ],
])(
  'a table of migrations %s is refused with the next step, and nothing is changed',
  async (_what, statements, text) => {
    await run(...statements);
    const before = await relations();
    for (let n = 0; n < 2; n++) {
      const error: Error = await migrate(engine).then(
        () => new Error('It migrated.'),
        (thrown) => thrown,
      );
      expect(error.constructor.name).toBe('DatabaseRefused');
      expect(error.message).toMatch(text);
      expect(error.message).toMatch(
        /create database rollcall owner "postgres";[\s\S]*create schema rollcall authorization/,
      );
    }
    expect(await relations()).toEqual(before);
  },
);

test('a failed first migration leaves no empty table of migrations', async () => {
  await run('create type users as (a int)');
  const before = await relations();
  await expect(migrate(engine)).rejects.toThrow(/A migration of the database failed/);
  expect(await relations()).toEqual(before);
});
