import pg from 'pg';
import { type Config, locationOf } from '../../config/config.js';
import { broken, doubtful, type Finding, fine } from '../../config/finding.js';
import { opensDatabase, readKeyFile } from '../../credentials/secret-key.js';
import { findHistory } from '../../events/epoch.js';
import { isAccessLost } from '../../storage/access-lost.js';
import type { Ask } from '../../storage/ask.js';
import { DatabaseRefused } from '../../storage/database-refused.js';
import { DirectoryInUse } from '../../storage/directory-lock.js';
import type { Engine } from '../../storage/engine.js';
import { type Address, explainConnection } from '../../storage/explain-connection.js';
import { inspect } from '../../storage/inspect.js';
import { whyNotMakeable } from '../../storage/make-directory.js';
import { openEngine } from '../../storage/open.js';
import { Session } from '../../storage/session.js';
import { sql } from '../../storage/sql.js';
import { whyLacking } from '../../storage/why-refused.js';
import { hasDatabase } from '../open-existing.js';

const oldest = 140_000;

/** Checks the database: whether it responds, its version, its durability, and its tables. */
export async function checkDatabase(config: Config, now: () => Date): Promise<Finding[]> {
  const url = config.DATABASE_URL?.reveal();
  return url ? checkServer(url, config, now) : checkEmbedded(config);
}

async function checkEmbedded(config: Config): Promise<Finding[]> {
  if (!hasDatabase(config.DATA_DIR)) return [newDirectory(config.DATA_DIR)];
  try {
    const engine = await openEngine(locationOf(config));
    try {
      return [
        fine('database', `The embedded database in ${config.DATA_DIR} can be opened.`),
        ...(await schema(engine, config)),
      ];
    } finally {
      await engine.close();
    }
  } catch (error) {
    if (error instanceof DirectoryInUse) {
      return [
        fine('database', `A running server uses ${config.DATA_DIR}. Its /readyz reports the state of the database.`),
      ];
    }
    const fix = 'Check that the process can write to DATA_DIR and that the disk is not full.';
    return [broken('database', `${config.DATA_DIR} cannot be opened: ${messageOf(error)}`, fix)];
  }
}

/** Returns the finding for a database that does not exist yet: the first start creates it if possible. */
function newDirectory(directory: string): Finding {
  const why = whyNotMakeable(directory);
  if (why === null) return fine('database', `The first start will create the embedded database in ${directory}.`);
  const fix = 'Set DATA_DIR to a directory to which the user of the process can write.';
  return broken('database', `${directory} cannot be created: ${why}`, fix);
}

async function migrations(engine: Engine, pending: string[]): Promise<Finding[]> {
  if (pending.length === 0) return [fine('migrations', 'No migration is pending.'), ...(await history(engine))];
  const description = `${pending.length} will run at the next start: ${pending.join(', ')}.`;
  return [doubtful('migrations', description, 'Run `rollcall migrate`, or start the server.')];
}

/**
 * Returns findings about the history of the log, and the step that is required after a restore that leaves no trace.
 */
async function history(engine: Engine): Promise<Finding[]> {
  const owner = await engine.connect('owner');
  try {
    const found = await findHistory(Session.of(owner), null);
    if (!found) return [];
    const after = 'After a restore, run `rollcall log rotate-epoch`.';
    if (found.isSame !== false) return [fine('event log', `The epoch of the log is ${found.epoch}. ${after}`)];
    return [fine('event log', 'The database was restored or failed over. Servers start a new epoch automatically.')];
  } finally {
    await owner.destroy();
  }
}

async function checkServer(url: string, config: Config, now: () => Date): Promise<Finding[]> {
  let client: pg.Client;
  try {
    // The driver reads the files in the URL here.
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  } catch (error) {
    return [unreachable(error)];
  }
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {
      // The client was never connected. The finding contains the error.
    });
    return [unreachable(error, client)];
  }
  try {
    const findings = [fine('database', 'PostgreSQL is reachable.'), ...(await settings(client, config, now))];
    if (findings.some(({ state }) => state === 'broken')) return findings;
    const engine = await openEngine(locationOf(config));
    return [...findings, ...(await schema(engine, config).finally(() => engine.close()))];
  } finally {
    await client.end();
  }
}

/** Checks the tables, the secret key of the database, and the rights of the server. */
async function schema(engine: Engine, config: Config): Promise<Finding[]> {
  try {
    const { pending, problems, warnings } = await inspect(engine);
    const rights = [
      ...problems.map(({ text, fix }) => broken('database', text, fix)),
      ...warnings.map(({ text, fix }) => doubtful('event log', text, fix)),
    ];
    return [...(await sealedBy(engine, config)), ...(await migrations(engine, pending)), ...rights];
  } catch (error) {
    if (isAccessLost(error) && !(error instanceof DatabaseRefused)) return [await refused(engine, error)];
    if (!(error instanceof DatabaseRefused)) throw error;
    // The first line describes the problem; the others are the statements to run.
    const [description = '', ...statements] = error.message.split('\n');
    return [
      broken('database', description, statements.join(' ') || 'Fix this as described, then run the doctor again.'),
    ];
  }
}

/**
 * Returns the finding if the user of DATABASE_URL lacks a right to its own tables. Retention would fail, and the
 * remaining checks cannot read the tables.
 */
async function refused(engine: Engine, error: unknown): Promise<Finding> {
  const owner = await engine.connect('owner');
  try {
    const ask: Ask = (sql, values) => owner.query(sql, values);
    const [found] = await ask<{ schema: string | null }>('select current_schema() as schema');
    const why = await whyLacking(ask, { role: null, schema: found?.schema ?? null });
    const fix = 'Fix this as described, then run the doctor again.';
    return broken('database', why ?? messageOf(error instanceof Error && error.cause ? error.cause : error), fix);
  } finally {
    await owner.destroy();
  }
}

async function readSealed(session: Session): Promise<string | null> {
  const [known] = await session.run<{ known: boolean }>(sql`select to_regclass('key_checks') is not null as known`);
  const rows = known?.known ? await session.run<{ sealed: string }>(sql`select sealed from key_checks`) : [];
  return rows[0]?.sealed ?? null;
}

/** Checks that the secret key of this machine decrypts the secrets of the database. */
async function sealedBy(engine: Engine, { ROLLCALL_SECRET_KEY, DATA_DIR }: Config): Promise<Finding[]> {
  const owner = await engine.connect('owner');
  const sealed = await readSealed(Session.of(owner)).finally(() => owner.destroy());
  if (sealed === null) return [];
  const given = ROLLCALL_SECRET_KEY?.reveal() ?? readKeyFile(DATA_DIR);
  if (given !== null && opensDatabase(given, sealed))
    return [fine('sealed secrets', 'The secret key decrypts the stored secrets.')];
  if (given === null) {
    const description = `The key that encrypts the secrets of this database is missing: ROLLCALL_SECRET_KEY is not set and ${DATA_DIR}/secret.key does not exist. The server cannot start.`;
    return [
      broken(
        'sealed secrets',
        description,
        'Restore that file from a backup, or set ROLLCALL_SECRET_KEY to its content.',
      ),
    ];
  }
  const description = 'The secrets of the database are encrypted with another key. The server cannot start.';
  return [
    broken(
      'sealed secrets',
      description,
      'Set ROLLCALL_SECRET_KEY to the key of the first start, or restore its secret.key file.',
    ),
  ];
}

function unreachable(error: unknown, address?: Address): Finding {
  const { reason, fix } = explainConnection(error, address) ?? {
    reason: messageOf(error),
    fix: 'Check DATABASE_URL and that this machine can reach PostgreSQL.',
  };
  return broken('database', `PostgreSQL cannot be used. ${reason}`, fix);
}

interface Facts {
  version: number;
  fsync: string;
  commit: string;
  connections: number;
  trigrams: boolean;
  now: Date;
}

const facts = `select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync,
  current_setting('synchronous_commit') as commit, current_setting('max_connections')::int as connections,
  exists (select from pg_available_extensions where name = 'pg_trgm') as trigrams,
  clock_timestamp() as now`;

async function settings(
  client: pg.Client,
  { DATABASE_DURABLE, DATABASE_POOL }: Config,
  now: () => Date,
): Promise<Finding[]> {
  const { rows } = await client.query<Facts>(facts);
  const [found] = rows;
  if (!found) return [];
  const findings: Finding[] = [];
  if (found.version < oldest) {
    findings.push(
      broken(
        'PostgreSQL version',
        `The version is ${Math.floor(found.version / 10_000)}.`,
        'Use PostgreSQL 14 or later.',
      ),
    );
  }
  const off = [found.fsync === 'off' && 'fsync', found.commit === 'off' && 'synchronous_commit'].filter(Boolean);
  if (off.length > 0 && DATABASE_DURABLE === 'required') {
    const description = `PostgreSQL has ${off.join(' and ')} off: a crash could undo events that subscribers have received.`;
    findings.push(
      broken(
        'durability',
        description,
        'Enable it in PostgreSQL, or set DATABASE_DURABLE="not required" if losing events is acceptable.',
      ),
    );
  }
  if (DATABASE_POOL + 3 > found.connections) {
    const description = `DATABASE_POOL is ${DATABASE_POOL}, but PostgreSQL accepts at most ${found.connections} connections (max_connections).`;
    findings.push(broken('connections', description, 'Reduce DATABASE_POOL, or increase max_connections.'));
  }
  if (!found.trigrams) {
    const description = 'The extension pg_trgm is not installed: word searches read every row.';
    findings.push(doubtful('search', description, "Install PostgreSQL's contrib package and create the extension."));
  }
  return [...findings, clock(now(), found.now)];
}

const mostSkewMs = 2_000;

/** Compares the clock of this machine with that of the database. A difference shifts deadlines and expiries. */
export function clock(here: Date, there: Date): Finding {
  const skew = Math.abs(here.getTime() - there.getTime());
  if (skew <= mostSkewMs) return fine('clock', 'The clock matches that of the database.');
  const description = `The clock differs from that of the database by ${Math.round(skew / 1_000)} s: valid sign-ins and tokens can be rejected, and expired ones accepted.`;
  return broken('clock', description, 'Synchronize the clocks of this machine and of the database with NTP.');
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message || error.name : String(error));
