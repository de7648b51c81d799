import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg, { type PoolClient } from 'pg';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { lockDirectory } from './directory-lock.js';
import type { DiskGuard } from './disk-guard.js';
import { Embedded } from './embedded.js';
import { asRuntime, openPool } from './pool.js';
import { OnStandby } from './unavailable.js';

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
  /** Watches the disk of the embedded database; null for a server, which does that by itself. */
  readonly disk: DiskGuard | null;
  close(): Promise<void>;
}

/** Opens the engine; for the embedded one this locks its directory, and creates it when it is not there. */
export async function openEngine(location: Location): Promise<Engine> {
  if ('url' in location) return new Server(location.url, location.pool);
  const unlock = await lockDirectory(location.directory);
  try {
    const path = join(location.directory, 'database');
    mkdirSync(path, { recursive: true });
    return await Embedded.open(path, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

const connectMs = 2_000;
const statementMs = 5_000;
// Linux would wait two hours before its first probe.
const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/** Makes a new session one of the runtime. @throws OnStandby */
async function prepare(client: pg.ClientBase | PoolClient): Promise<void> {
  const send = (text: string) => client.query({ text, query_timeout: connectMs } as pg.QueryConfig);
  const [state] = (await send('select pg_is_in_recovery() as standby')).rows;
  if (state.standby) throw new OnStandby();
  await send(asRuntime);
  // A filter of hundreds of terms runs in milliseconds, and its compilation by LLVM takes up to a minute that no
  // time limit ends.
  await send('set jit = off');
}

class Server implements Engine {
  readonly embedded = false;
  readonly disk = null;
  onSession: Engine['onSession'] = null;
  constructor(
    readonly url: string,
    readonly poolSize: number,
  ) {}

  connect(as: 'runtime' | 'owner', entities?: DataSourceOptions['entities']): Promise<DataSource> {
    // Without these limits `pg` waits for ever, and a session that hangs in a transaction would hold the log of its tenant.
    return openPool(
      {
        connectionString: this.url,
        max: as === 'owner' ? 2 : this.poolSize,
        connectionTimeoutMillis: connectMs,
        statement_timeout: as === 'owner' ? 0 : statementMs,
        // The server measures statement_timeout. A server that is stopped, or behind a silent network, is given up by this
        // limit. A migration may take longer.
        ...(as === 'runtime' && { query_timeout: statementMs + 2_000 }),
        lock_timeout: as === 'owner' ? 2_000 : 3_000,
        idle_in_transaction_session_timeout: 10_000,
        ...keepAlive,
        maxLifetimeSeconds: 1_800,
        onConnect: async (client) => {
          if (as === 'owner') return;
          await prepare(client);
          await this.onSession?.(client as PoolClient);
        },
      },
      entities,
    );
  }

  readonly direct = () =>
    new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: connectMs,
      query_timeout: statementMs,
      ...keepAlive,
    });

  async close(): Promise<void> {}
}
