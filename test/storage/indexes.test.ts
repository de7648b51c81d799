import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

test('no index of users or groups begins with the id, so a list reads only the rows of its organization', async () => {
  const ordered = await world.database().run<{ name: string; first: string }>(
    `select i.relname as name, a.attname as first
     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam and m.amname = 'btree'
     join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[0]
     where x.indrelid in ('users'::regclass, 'groups'::regclass)`,
  );
  expect(ordered.length).toBeGreaterThan(5);
  expect(ordered.filter(({ first }) => first === 'id')).toEqual([]);
});

test.each(['users', 'groups'])('the lookup of the organization of an id of %s uses an index', async (table) => {
  const [row] = await world
    .database()
    .run<{ kind: string }>(
      `select m.amname as kind from pg_class i join pg_am m on m.oid = i.relam where i.oid = $1::regclass`,
      [`${table}_by_id`],
    );
  expect(row?.kind).toBe('hash');
});
