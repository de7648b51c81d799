import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { opensDatabase, readKeyFile } from '../../access/secret-key.js';
import { type Config, locationOf } from '../../config.js';
import { findHistory } from '../../events/epoch.js';
import { Session } from '../../storage/database.js';
import { DirectoryInUse } from '../../storage/directory-lock.js';
import { pendingMigrations } from '../../storage/migrate.js';
import { openEngine } from '../../storage/open.js';
import { broken, doubtful, type Finding, fine } from './finding.js';

const oldest = 140_000;

/** The database: whether it answers, is new enough, keeps what it commits, and has its tables. */
export async function checkDatabase(config: Config, now: () => Date): Promise<Finding[]> {
  const url = config.DATABASE_URL?.reveal();
  return url ? checkServer(url, config, now) : checkEmbedded(config);
}

async function checkEmbedded(config: Config): Promise<Finding[]> {
  if (!existsSync(join(config.DATA_DIR, 'database'))) return [newDirectory(config.DATA_DIR)];
  try {
    const engine = await openEngine(locationOf(config));
    try {
      return [fine('database', `The embedded database in ${config.DATA_DIR} opens.`), ...(await migrations(engine))];
    } finally {
      await engine.close();
    }
  } catch (error) {
    if (error instanceof DirectoryInUse) {
      return [fine('database', `A server is running on ${config.DATA_DIR}: its own /readyz tells how it is.`)];
    }
    const mend = 'Check that the process may write to DATA_DIR, and that the disk is not full.';
    return [broken('database', `${config.DATA_DIR} cannot be opened: ${messageOf(error)}`, mend)];
  }
}

/** Nothing is there yet: the first start makes it, where it may. */
function newDirectory(directory: string): Finding {
  const parent = existsSync(directory) ? directory : dirname(resolve(directory));
  try {
    accessSync(parent, constants.W_OK);
    return fine('database', `The embedded database will be made in ${directory} by the first start.`);
  } catch {
    const mend = 'Set DATA_DIR to a directory that the user of the process may write to.';
    return broken('database', `${directory} cannot be made: ${parent} is not there, or may not be written to.`, mend);
  }
}

async function migrations(engine: Awaited<ReturnType<typeof openEngine>>): Promise<Finding[]> {
  const pending = await pendingMigrations(engine);
  if (pending.length === 0) return [fine('migrations', 'The tables are up to date.'), ...(await history(engine))];
  const says = `${pending.length} would run at the next start: ${pending.join(', ')}.`;
  return [doubtful('migrations', says, 'Run `rollcall migrate`, or let the next start do it.')];
}

/** What the log knows of its history, and what is left to do after a restore that leaves no trace. */
async function history(engine: Awaited<ReturnType<typeof openEngine>>): Promise<Finding[]> {
  const owner = await engine.connect('owner');
  try {
    const found = await findHistory(Session.of(owner), null);
    if (!found) return [];
    const after = 'After a restore, run `rollcall log rotate-epoch`.';
    if (found.isSame !== false) return [fine('event log', `Its epoch is ${found.epoch}. ${after}`)];
    return [
      fine('event log', 'The database was restored or has failed over: servers begin a new epoch by themselves.'),
    ];
  } finally {
    await owner.destroy();
  }
}

async function checkServer(url: string, config: Config, now: () => Date): Promise<Finding[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    return [unreachable(error)];
  }
  try {
    const findings = [fine('database', 'PostgreSQL answers.'), ...(await settings(client, config, now))];
    if (findings.some(({ state }) => state === 'broken')) return findings;
    findings.push(...(await sealedBy(client, config)));
    const engine = await openEngine(locationOf(config));
    return [...findings, ...(await migrations(engine).finally(() => engine.close()))];
  } finally {
    await client.end();
  }
}

/** Whether the key of this machine opens what the database was sealed with. */
async function sealedBy(client: pg.Client, { ROLLCALL_SECRET_KEY, DATA_DIR }: Config): Promise<Finding[]> {
  const { rows } = await client.query(`select to_regclass('key_checks') is not null as known`);
  const sealed = rows[0].known ? (await client.query('select sealed from key_checks')).rows[0]?.sealed : null;
  if (!sealed) return [];
  const given = ROLLCALL_SECRET_KEY?.reveal() ?? readKeyFile(DATA_DIR);
  if (given !== null && opensDatabase(given, sealed)) return [fine('sealed secrets', 'The secret key opens them.')];
  const says = 'The database was sealed with another secret key: the server would refuse to start.';
  return [
    broken(
      'sealed secrets',
      says,
      'Set ROLLCALL_SECRET_KEY to the key of the first start, or bring its secret.key file.',
    ),
  ];
}

const refusals: Record<string, [says: string, mend: string]> = {
  ECONNREFUSED: ['Nothing listens at its address.', 'Start PostgreSQL, or correct host and port in DATABASE_URL.'],
  ENOTFOUND: ['Its host name is not known.', 'Correct the host in DATABASE_URL.'],
  EAI_AGAIN: ['Its host name cannot be looked up now.', 'Check the DNS of this machine.'],
  '28P01': ['It refuses the password.', 'Correct user and password in DATABASE_URL.'],
  '28000': ['It refuses the user.', 'Correct the user in DATABASE_URL, or let it in by pg_hba.conf.'],
  '3D000': ['The database does not exist.', 'Create it: createdb NAME.'],
  '53300': ['It takes no more connections.', 'Raise max_connections, or lower DATABASE_POOL on every node.'],
};

function unreachable(error: unknown): Finding {
  const { code = '' } = error as { code?: string };
  const [says, mend] = refusals[code] ?? [
    messageOf(error),
    'Check DATABASE_URL, and that PostgreSQL can be reached from here.',
  ];
  return broken('database', `PostgreSQL cannot be used. ${says}`, mend);
}

interface Facts {
  version: number;
  fsync: string;
  commit: string;
  connections: number;
  trigrams: boolean;
  role: boolean;
  may_create_role: boolean;
  now: Date;
}

const facts = `select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync,
  current_setting('synchronous_commit') as commit, current_setting('max_connections')::int as connections,
  exists (select from pg_available_extensions where name = 'pg_trgm') as trigrams,
  exists (select from pg_roles where rolname = 'rollcall_runtime') as role,
  (select rolcreaterole or rolsuper from pg_roles where rolname = current_user) as may_create_role,
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
      broken('PostgreSQL version', `It is ${Math.floor(found.version / 10_000)}.`, 'Use PostgreSQL 14 or later.'),
    );
  }
  const off = [found.fsync === 'off' && 'fsync', found.commit === 'off' && 'synchronous_commit'].filter(Boolean);
  if (off.length > 0 && DATABASE_DURABLE === 'required') {
    const says = `${off.join(' and ')} is off: a crash could take events back that subscribers have seen.`;
    findings.push(
      broken('durability', says, 'Switch it on, or set DATABASE_DURABLE="not required" where that does not matter.'),
    );
  }
  if (DATABASE_POOL + 3 > found.connections) {
    const says = `DATABASE_POOL is ${DATABASE_POOL}, and PostgreSQL takes ${found.connections} connections in all.`;
    findings.push(broken('connections', says, 'Lower DATABASE_POOL, or raise max_connections.'));
  }
  if (!found.trigrams) {
    const says = 'The extension pg_trgm is not installed: searches by words read every row.';
    findings.push(doubtful('search', says, "Install PostgreSQL's contrib package, and create the extension."));
  }
  if (!found.role && !found.may_create_role) {
    const says =
      'The role rollcall_runtime is not there, and the user may not create it: the server would work as the owner of its tables.';
    findings.push(
      doubtful('runtime role', says, 'As a superuser: create role rollcall_runtime nologin; grant it to the user.'),
    );
  }
  return [...findings, clock(now(), found.now)];
}

const mostSkewMs = 2_000;

/** Two nodes compare times: what their clocks are apart is what a deadline is off. */
export function clock(here: Date, there: Date): Finding {
  const skew = Math.abs(here.getTime() - there.getTime());
  if (skew <= mostSkewMs) return fine('clock', "It agrees with the database's.");
  const says = `It is ${Math.round(skew / 1_000)} s apart from the database's: sign-ins and tokens would be refused, or taken too long.`;
  return broken('clock', says, 'Let NTP set the clock of this machine and of the database.');
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message || error.name : String(error));
