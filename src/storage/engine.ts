import type { Client, ClientBase, PoolClient } from 'pg';
import type { DataSource, DataSourceOptions } from 'typeorm';
import type { DatabaseRefused } from './database-refused.js';
import type { DiskGuard } from './disk-guard.js';

/** Database engine that opens data sources. It must be closed after them. */
export interface Engine {
  readonly embedded: boolean;
  /** Maximum connections in one pool. The embedded database has a single session. */
  readonly poolSize: number;
  /** Opens a pool whose sessions work as the runtime role, or as the owner for migrations. */
  connect(as: 'runtime' | 'owner', entities?: DataSourceOptions['entities']): Promise<DataSource>;
  /** Role of runtime sessions that `migrate` has determined; null for the user that connects. */
  role: string | null;
  /** Schema of the tables that `migrate` has determined. */
  schema: string | null;
  /** Called with each new session of a runtime pool before its first use. If it throws, the session is rejected. */
  onSession: ((client: PoolClient) => Promise<void>) | null;
  /** Checks a connection of `direct` before its first use. @throws DatabaseRefused if it does not keep its session */
  verify(client: ClientBase): Promise<void>;
  /**
   * Returns why new connections are rejected, for example because of a pooler that was added later; null if they are
   * accepted.
   */
  refused(): Promise<DatabaseRefused | null>;
  /**
   * Opens a connection outside the pool, for notifications; null for the embedded database, which has only one node.
   */
  readonly direct: (() => Client) | null;
  /** Disk guard of the embedded database; null for PostgreSQL, which handles a full disk itself. */
  readonly disk: DiskGuard | null;
  close(): Promise<void>;
}
