import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import type { Ask } from './ask.js';
import { DatabaseRefused, type Warning } from './database-refused.js';
import type { Engine } from './engine.js';
import { codeOf } from './error-code.js';
import { mended, powerOverLog } from './log-protection.js';
import { refuseIncomplete } from './missing-objects.js';
import { refuseWithout, repair, repairsOf } from './rights.js';
import { candidatesOf, ensureRole, othersOf, roleTaken, takenOf, withoutRole } from './runtime-role.js';
import { refuseReadOnly, refuseUnlessOwner, type SchemaState, schemaState } from './schema-state.js';
import { isUnavailable } from './unavailable.js';

const lockKey = 7_219_001;
const waitMs = 200;
const reportAfterMs = 5_000;

type Warn = (warning: Warning) => void;

/**
 * Updates the schema and the rights. Concurrent calls wait for each other, and a call without pending changes has no
 * effect. Each migration is one transaction, and the lock belongs to the same session: a killed process leaves neither.
 *
 * @param warn receives warnings about states that work but should be changed
 * @returns the names of the migrations that ran
 * @throws DatabaseRefused with the fix, if the database cannot be used
 */
export async function migrate(engine: Engine, warn: Warn = () => {}): Promise<string[]> {
  const owner = await engine.connect('owner');
  try {
    const runner = owner.createQueryRunner();
    const ask: Ask = (sql, values) => runner.query(sql, values);
    try {
      if (!engine.embedded) await lock(ask, warn);
      const state = await schemaState(ask, owner.migrations);
      refuseReadOnly(state);
      if (state.pending.length > 0) refuseUnlessOwner(state);
      const role = await ensureRole(ask);
      const names = state.pending.length > 0 ? await run(owner, runner, state, warn) : [];
      await refuseIncomplete(ask);
      await protect(ask, { role, state, warn });
      engine.role = role;
      engine.schema = state.schema;
      return names;
    } finally {
      await runner.release();
    }
  } finally {
    // Ends the session, and with it the lock.
    await owner.destroy();
  }
}

/** Returns the names of the pending migrations. Changes nothing. @throws DatabaseRefused */
export async function pendingMigrations(engine: Engine): Promise<string[]> {
  const owner = await engine.connect('owner');
  try {
    return (await schemaState((sql, values) => owner.query(sql, values), owner.migrations)).pending;
  } finally {
    await owner.destroy();
  }
}

// The extension can be in a schema outside the search path; an index needs its operator class.
const findTrigrams = `select set_config('search_path', concat_ws(', ', current_setting('search_path'), quote_ident(n.nspname)), false)
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm'`;

/** Maximum attempts of a migration while other sessions lock its tables. */
const attempts = 5;
const pauseMs = 1_000;

async function run(owner: DataSource, runner: QueryRunner, state: SchemaState, warn: Warn): Promise<string[]> {
  await runner.query(findTrigrams);
  for (let attempt = 1; ; attempt++) {
    try {
      const executor = new MigrationExecutor(owner, runner);
      executor.transaction = 'each';
      // Migrations of an earlier attempt stay applied.
      await executor.executePendingMigrations();
      return state.pending;
    } catch (error) {
      if (!state.hasMigrations) await dropEmptyList(runner, state.schema ?? '');
      const reason = error instanceof Error ? error.message : String(error);
      // A lock timeout, or a deadlock with a writing session.
      if (!/^(55P03|40P01)$/.test(codeOf(error))) throw failed(error, reason);
      if (attempt === attempts) throw new DatabaseRefused(inUse(reason), { cause: error });
      if (attempt === 1) warn({ text: `A migration waits for other sessions (${reason}).`, fix: 'It is tried again.' });
      await sleep(Math.random() * pauseMs);
    }
  }
}

function failed(error: unknown, reason: string): unknown {
  const text = `A migration of the database failed: ${reason}. Nothing of it is left, and the migrations before it stand. Remove the cause, and start again.`;
  return isUnavailable(error) ? error : new DatabaseRefused(text, { cause: error });
}

const inUse = (reason: string): string =>
  `A migration of the database waits at most 2 s for other sessions that use its tables, and has failed ${attempts} times (${reason}). Nothing of it is left, and the migrations before it stand. Start again. If it fails repeatedly, stop the servers of the earlier version, or end sessions that are in a long transaction (select pid, query from pg_stat_activity where state <> 'idle';).`;

/** Drops the list of migrations, which TypeORM creates before the first migration and outside of its transaction. */
async function dropEmptyList(runner: QueryRunner, schema: string): Promise<void> {
  // By its qualified name: the search path can lead to the list of another program.
  const list = `${pg.escapeIdentifier(schema)}.migrations`;
  try {
    if ((await runner.query(`select from ${list} limit 1`)).length === 0) await runner.query(`drop table ${list}`);
  } catch {
    // The error of the migration is thrown instead: the connection is lost, or the list was not created.
  }
}

async function protect(
  ask: Ask,
  { role, state, warn }: { role: string | null; state: SchemaState; warn: Warn },
): Promise<void> {
  const candidates = await candidatesOf(ask);
  const others = othersOf(candidates, role);
  // A migration grants rights to a role that existed before it.
  const taken = state.pending.length > 0 ? null : takenOf(candidates);
  if (taken) warn(roleTaken(taken));
  const { done, left } = await repair(ask, () => repairsOf(ask, role, others));
  refuseWithout(role, left);
  // Missing rights are expected for a new schema and for new tables, so they are not reported.
  if (!state.isNew) mended(done.filter(({ kind }) => kind === 'excess' || state.pending.length === 0)).forEach(warn);
  const power = role === null ? withoutRole(candidates) : await powerOverLog(ask, role);
  if (power) warn(power);
}

/** Waits while another process migrates. `pg_advisory_lock` cannot be used: lock_timeout would end it. */
async function lock(ask: Ask, warn: Warn): Promise<void> {
  // If the machine of a process disappears, its session ends and releases the lock.
  await ask(`select set_config('idle_session_timeout', '60s', false)`);
  const startedAt = performance.now();
  for (let reported = false; ; await sleep(waitMs)) {
    const [row] = await ask<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [lockKey]);
    if (row?.taken) return;
    if (reported || performance.now() - startedAt < reportAfterMs) continue;
    reported = true;
    warn(await whoMigrates(ask));
  }
}

async function whoMigrates(ask: Ask): Promise<Warning> {
  const [holder] = await ask<{ pid: number; from: string | null }>(
    `select l.pid, host(a.client_addr) as from from pg_locks l left join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.objid = $1 and l.granted
       and l.database = (select oid from pg_database where datname = current_database())`,
    [lockKey],
  );
  return {
    text: 'Another process migrates the database. This one waits for it.',
    fix: holder
      ? `It has the session ${holder.pid} of PostgreSQL, from ${holder.from ?? 'this machine'}. If its process no longer exists: select pg_terminate_backend(${holder.pid});`
      : 'It has just ended.',
  };
}
