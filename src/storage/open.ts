import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg, { type PoolClient } from 'pg';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { RoleLost } from './access-lost.js';
import { DatabaseRefused } from './database-refused.js';
import { lockDirectory } from './directory-lock.js';
import type { DiskGuard } from './disk-guard.js';
import { Embedded } from './embedded.js';
import { codeOf } from './error-code.js';
import { type Address, explainConnection } from './explain-connection.js';
import { openPool } from './pool.js';
import { PoolerWatch } from './pooler-watch.js';
import { settingsOf } from './session-settings.js';
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
  /** The role of runtime sessions, as `migrate` has found it; null: the user that connects. */
  role: string | null;
  /** The schema of the tables, as `migrate` has found it. */
  schema: string | null;
  /** Called with every new session of a runtime pool before it is used; what it throws refuses the session. */
  onSession: ((client: PoolClient) => Promise<void>) | null;
  /** Checks a connection of `direct` before it is used. @throws DatabaseRefused if it does not keep its session */
  verify(client: pg.ClientBase): Promise<void>;
  /** Returns why new connections are refused, as by a pooler that was put before the server; null if they are not. */
  refused(): Promise<DatabaseRefused | null>;
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

/** Sends a statement that prepares a session, whose limits are not set yet. */
const send = async (client: pg.ClientBase, text: string) =>
  (await client.query({ text, query_timeout: connectMs } as pg.QueryConfig)).rows;

/** Returns the address as the driver reads it from the URL and the environment; undefined if the URL names a file that it cannot read. */
function addressOf(connect: () => pg.Client): Address | undefined {
  try {
    const { host, port, user } = connect();
    return { host, port, ...(user !== undefined && { user }) };
  } catch {
    // The error of that file is explained instead.
    return undefined;
  }
}

/** @throws RoleLost */
async function takeRole(client: PoolClient, role: string): Promise<void> {
  try {
    await send(client, `set role ${client.escapeIdentifier(role)}`);
  } catch (error) {
    // 22023: there is no such role.
    if (!['42501', '22023'].includes(codeOf(error))) throw error;
    throw new RoleLost('user' in client ? String(client.user) : '', role, { cause: error });
  }
}

/** Limits of migrations: they may take long, but not wait for a lock while everybody waits behind them. */
const ownerLimits = { statementMs: 0, lockMs: 2_000, idleInTransactionMs: 10_000 };
// Without these `pg` waits for ever, and a session that hangs in a transaction would hold the log of its tenant.
const runtimeLimits = { statementMs, lockMs: 3_000, idleInTransactionMs: 10_000 };

class Server implements Engine {
  readonly embedded = false;
  readonly disk = null;
  onSession: Engine['onSession'] = null;
  role: string | null = null;
  schema: string | null = null;
  #checked: Promise<void> | null = null;
  readonly #poolers = new PoolerWatch(() => this.direct());
  constructor(
    readonly url: string,
    readonly poolSize: number,
  ) {}

  async connect(as: 'runtime' | 'owner', entities?: DataSourceOptions['entities']): Promise<DataSource> {
    this.#checked ??= this.#check();
    await this.#checked;
    return openPool(
      {
        connectionString: this.url,
        max: as === 'owner' ? 2 : this.poolSize,
        connectionTimeoutMillis: connectMs,
        // The server measures statement_timeout. A server that is stopped, or behind a silent network, is given up by this
        // limit. A migration may take longer.
        ...(as === 'runtime' && { query_timeout: statementMs + 2_000 }),
        ...keepAlive,
        maxLifetimeSeconds: 1_800,
        onConnect: (client) => this.#prepare(client as PoolClient, as),
      },
      entities,
    );
  }

  /** @throws DatabaseRefused, or what is not explained */
  async #check(): Promise<void> {
    try {
      await this.#poolers.compare();
    } catch (error) {
      this.#checked = null;
      const explanation = explainConnection(error, addressOf(this.direct));
      if (!explanation) throw error;
      const text = `PostgreSQL cannot be used. ${explanation.reason} ${explanation.fix}`;
      throw new DatabaseRefused(text, { cause: error });
    }
  }

  /** @throws OnStandby, RoleLost, DatabaseRefused */
  async #prepare(client: PoolClient, as: 'runtime' | 'owner'): Promise<void> {
    await this.#poolers.verify(client);
    if (as === 'owner') return void (await send(client, settingsOf(ownerLimits)));
    const [state] = await send(client, settingsOf(runtimeLimits));
    if (state.standby) throw new OnStandby();
    if (this.role !== null) await takeRole(client, this.role);
    await this.onSession?.(client);
  }

  readonly direct = () =>
    new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: connectMs,
      query_timeout: statementMs,
      ...keepAlive,
    });

  verify(client: pg.ClientBase): Promise<void> {
    return this.#poolers.verify(client);
  }

  refused(): Promise<DatabaseRefused | null> {
    return this.#poolers.refused();
  }

  async close(): Promise<void> {}
}
