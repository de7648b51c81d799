import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import pg, { type PoolClient, type PoolConfig } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { lockDirectory } from './directory-lock.js';
import { SnakeNaming } from './naming.js';
import { PgliteStream } from './pglite-stream.js';
import { parseTypes } from './types.js';

/** Where the data is: a PostgreSQL URL, or a directory for the embedded database. */
export type Location = { url: string; pool: number } | { directory: string };

/** Something that data sources can be made of, and that must be closed after them. */
export interface Engine {
  readonly embedded: boolean;
  /** Connections that one pool may hold. The embedded database has a single session. */
  readonly poolSize: number;
  /** A pool whose sessions work as the runtime role, or as the owner when migrating. */
  connect(as: 'runtime' | 'owner', entities?: DataSourceOptions['entities']): Promise<DataSource>;
  /** Called with every new session of a runtime pool before it is used; what it throws refuses the session. */
  onSession: ((client: PoolClient) => Promise<void>) | null;
  /** A connection outside the pool, for notifications; null for the embedded database, which has no other node. */
  readonly direct: (() => pg.Client) | null;
  close(): Promise<void>;
}

/** Opens the engine; for the embedded one this locks its directory, and creates it when it is not there. */
export async function openEngine(location: Location): Promise<Engine> {
  if ('url' in location) return new Server(location.url, location.pool);
  const unlock = lockDirectory(location.directory);
  try {
    const { PGlite } = await import('@electric-sql/pglite');
    const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm');
    const path = join(location.directory, 'database');
    mkdirSync(path, { recursive: true });
    return new Embedded(await PGlite.create(path, { extensions: { pg_trgm } }), unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

const asRuntime = `select set_config('role', 'rollcall_runtime', false)
  from pg_roles where rolname = 'rollcall_runtime' and pg_has_role(current_user, oid, 'member')`;

async function connect(extra: PoolConfig & { poolSize?: number }, entities: DataSourceOptions['entities']) {
  const dataSource = new DataSource({
    type: 'postgres',
    entities: entities ?? [],
    migrations,
    migrationsTransactionMode: 'each',
    namingStrategy: new SnakeNaming(),
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    installExtensions: false,
    extra: { ...extra, types: parseTypes },
  });
  return dataSource.initialize();
}

class Server implements Engine {
  readonly embedded = false;
  onSession: Engine['onSession'] = null;
  constructor(
    readonly url: string,
    readonly poolSize: number,
  ) {}

  connect(as: 'runtime' | 'owner', entities?: DataSourceOptions['entities']): Promise<DataSource> {
    // Without these limits `pg` waits for ever, and a session that hangs in a transaction would hold the log of its tenant.
    return connect(
      {
        connectionString: this.url,
        max: as === 'owner' ? 2 : this.poolSize,
        connectionTimeoutMillis: 2_000,
        statement_timeout: as === 'owner' ? 0 : 5_000,
        lock_timeout: as === 'owner' ? 2_000 : 3_000,
        idle_in_transaction_session_timeout: 10_000,
        keepAlive: true,
        maxLifetimeSeconds: 1_800,
        onConnect: async (client) => {
          if (as === 'owner') return;
          await client.query(asRuntime);
          // A filter of hundreds of terms runs in milliseconds, and its compilation by LLVM takes up to a minute that no
          // time limit ends.
          await client.query('set jit = off');
          await this.onSession?.(client as PoolClient);
        },
      },
      entities,
    );
  }

  readonly direct = () =>
    new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 2_000, keepAlive: true });

  async close(): Promise<void> {}
}

class Embedded implements Engine {
  readonly embedded = true;
  readonly poolSize = 1;
  readonly direct = null;
  onSession: Engine['onSession'] = null;
  constructor(
    readonly database: PGlite,
    readonly unlock: () => void,
  ) {}

  connect(as: 'runtime' | 'owner', entities?: DataSourceOptions['entities']): Promise<DataSource> {
    const stream = () => new PgliteStream(this.database);
    return connect(
      {
        user: 'postgres',
        database: 'postgres',
        max: 1,
        // Everybody waits for the one session in turn; only a process that is stuck waits this long.
        connectionTimeoutMillis: 30_000,
        idleTimeoutMillis: 0,
        ...({ stream } as object),
        onConnect: async (client) => {
          await renew(client, as);
          if (as === 'runtime') await this.onSession?.(client as PoolClient);
        },
      },
      entities,
    );
  }

  async close(): Promise<void> {
    await this.database.exec('reset role; checkpoint');
    await this.database.close();
    this.unlock();
  }
}

// There is one session behind every "connection": what an earlier one left in it has to go.
async function renew(client: PoolClient | { query(sql: string): Promise<unknown> }, as: 'runtime' | 'owner') {
  await client.query('rollback');
  await client.query('discard all');
  if (as === 'runtime') await client.query(asRuntime);
}
