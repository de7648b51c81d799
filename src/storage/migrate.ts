import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Engine } from './open.js';

const lockKey = 7_219_001;

/**
 * Brings the schema up to date, once, whoever else tries at the same time. Nothing happens when it is.
 *
 * @returns the names of the migrations that ran
 */
export async function migrate(engine: Engine): Promise<string[]> {
  const owner = await engine.connect('owner');
  try {
    return await locked(owner, engine, async () => (await owner.runMigrations()).map(({ name }) => name));
  } finally {
    await owner.destroy();
  }
}

/** The names of the migrations that `migrate` would run now. Changes nothing. */
export async function pendingMigrations(engine: Engine): Promise<string[]> {
  const owner = await engine.connect('owner');
  try {
    const known = await owner.query(`select to_regclass('migrations') is not null as known`);
    const done: { name: string }[] = known[0].known ? await owner.query('select name from migrations') : [];
    const names = new Set(done.map(({ name }) => name));
    return owner.migrations.map(({ name }) => name ?? '').filter((name) => !names.has(name));
  } finally {
    await owner.destroy();
  }
}

// `pg_advisory_lock` would fall under lock_timeout: the second node has to wait for a long migration of the first.
async function locked<T>(owner: DataSource, engine: Engine, work: () => Promise<T>): Promise<T> {
  if (engine.embedded) return work();
  const holder = owner.createQueryRunner();
  try {
    for (;;) {
      const [row] = await holder.query('select pg_try_advisory_lock($1) as taken', [lockKey]);
      if (row.taken) break;
      await sleep(200);
    }
    return await work();
  } finally {
    await holder.query('select pg_advisory_unlock($1)', [lockKey]);
    await holder.release();
  }
}
