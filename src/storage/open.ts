import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg, { type PoolClient } from 'pg';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { RoleLost } from './access-lost.js';
import { DatabaseRefused } from './database-refused.js';
import { lockDirectory } from './directory-lock.js';
import { Embedded } from './embedded.js';
import type { Engine } from './engine.js';
import { codeOf } from './error-code.js';
import { type Address, explainConnection } from './explain-connection.js';
import { openPool } from './pool.js';
import { PoolerWatch } from './pooler-watch.js';
import { settingsOf } from './session-settings.js';
import { OnStandby } from './unavailable.js';

/** Location of the data: a PostgreSQL URL, or a directory of the embedded database. */
export type Location = { url: string; pool: number } | { directory: string };

/** Opens the engine. For the embedded database, locks its directory, and creates it if it does not exist. */
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
// By default Linux waits for two hours before the first keep-alive probe.
const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/** Sends a statement that prepares a session. The session has no limits yet. */
const send = async (client: pg.ClientBase, text: string) =>
  (await client.query({ text, query_timeout: connectMs } as pg.QueryConfig)).rows;

/**
 * Returns the address that the driver derives from the URL and the environment; undefined if the URL refers to an
 * unreadable file.
 */
function addressOf(connect: () => pg.Client): Address | undefined {
  try {
    const { host, port, user } = connect();
    return { host, port, ...(user !== undefined && { user }) };
  } catch {
    // The error of that file is explained separately.
    return undefined;
  }
}

/** Takes the runtime role. @throws RoleLost */
async function takeRole(client: PoolClient, role: string): Promise<void> {
  try {
    await send(client, `set role ${client.escapeIdentifier(role)}`);
  } catch (error) {
    // 22023: the role does not exist.
    if (!['42501', '22023'].includes(codeOf(error))) throw error;
    throw new RoleLost('user' in client ? String(client.user) : '', role, { cause: error });
  }
}

/**
 * Limits of migrations. They can take long, but must not wait long for a lock, because all later statements on the
 * table wait behind them.
 */
const ownerLimits = { statementMs: 0, lockMs: 2_000, idleInTransactionMs: 10_000 };
// Without these limits `pg` waits indefinitely, and a session that is stuck in a transaction would lock the log of its
// tenant.
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
        // Statements of a transaction that do not need the rows of the previous one are sent together.
        pipeline: as === 'runtime',
        connectionTimeoutMillis: connectMs,
        // The server enforces statement_timeout. This limit applies if the server is stopped or the network does not
        // respond. A migration can take longer.
        ...(as === 'runtime' && { query_timeout: statementMs + 2_000 }),
        ...keepAlive,
        maxLifetimeSeconds: 1_800,
        onConnect: (client) => this.#prepare(client as PoolClient, as),
      },
      entities,
    );
  }

  /** Checks for poolers. @throws DatabaseRefused, or an error without an explanation */
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

  /** Prepares a new session. @throws OnStandby, RoleLost, DatabaseRefused */
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
