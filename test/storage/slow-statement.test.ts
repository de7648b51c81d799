import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { StatementTimeout } from '../../src/kernel/errors.js';
import { onPostgres } from '../support/server.js';
import { eventually, World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

// The embedded database has no timer that could end a statement.
(onPostgres ? test : test.skip)('a session whose statement exceeded its time limit is not used again', async () => {
  const database = world.database();
  const { session, release } = await database.session();
  const [{ pid } = { pid: 0 }] = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
  await session.query(`select set_config('statement_timeout', '50', false)`);
  await expect(session.query('select pg_sleep(5)')).rejects.toBeInstanceOf(StatementTimeout);
  release(false);
  await eventually(async () => {
    const rest = await database.query('select from pg_stat_activity where pid = $1', [pid]);
    return rest.length === 0;
  });
});
