import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import type pg from 'pg';
import type { PoolClient } from 'pg';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { DiskFull, DiskGuard } from './disk-guard.js';
import type { Engine } from './engine.js';
import { DirectoryUnusable } from './make-directory.js';
import { PgliteStream } from './pglite-stream.js';
import { openPool } from './pool.js';

/** Disk space of a new database in bytes. */
const firstBytes = 42 * 1_048_576;
/**
 * Statistics target. PostgreSQL's default is 100, but here nothing else runs while statistics are collected: 10,000
 * users would take two seconds.
 */
const statisticsTarget = 10;
/** Disk space in bytes that recovery needs after a failed write of the log. */
const recoveryBytes = 40 * 1_048_576;

async function create(path: string): Promise<PGlite> {
  const { PGlite: Pglite } = await import('@electric-sql/pglite');
  const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm');
  return Pglite.create(path, { extensions: { pg_trgm } });
}

/** PostgreSQL embedded in this process. It has a single session. */
export class Embedded implements Engine {
  readonly embedded = true;
  readonly poolSize = 1;
  readonly direct = null;
  onSession: Engine['onSession'] = null;
  role: string | null = null;
  schema: string | null = null;
  /** True after the log could not be written: any further call would not return. */
  #broken = false;
  #opening: Promise<PGlite>;

  private constructor(
    readonly path: string,
    readonly disk: DiskGuard,
    database: PGlite,
    readonly unlock: () => void,
  ) {
    this.#opening = Promise.resolve(database);
  }

  /** Opens the embedded database. @throws DirectoryUnusable if there is no space for a new database */
  static async open(path: string, unlock: () => void): Promise<Embedded> {
    const disk = new DiskGuard(path);
    if (!existsSync(join(path, 'PG_VERSION')) && disk.freeBytes < firstBytes)
      throw new DirectoryUnusable(
        `The directory ${path} cannot be used: a new database needs ${firstBytes / 1_048_576} MB and the disk is full. Free space, or set DATA_DIR to another directory.`,
      );
    return new Embedded(path, disk, await create(path), unlock);
  }

  connect(as: 'runtime' | 'owner', entities?: DataSourceOptions['entities']): Promise<DataSource> {
    const stream = () => new PgliteStream((bytes) => this.#execute(bytes));
    return openPool(
      {
        user: 'postgres',
        database: 'postgres',
        max: 1,
        // All callers share one session and wait for it in turn. This limit is reached only if the process is stuck.
        connectionTimeoutMillis: 30_000,
        idleTimeoutMillis: 0,
        ...({ stream } as object),
        onConnect: async (client) => {
          await renew(client, as === 'runtime' ? this.role : null);
          if (as === 'runtime') await this.onSession?.(client as PoolClient);
        },
      },
      entities,
    );
  }

  async #execute(bytes: Uint8Array): Promise<Uint8Array> {
    if (this.#broken) this.#reopen();
    const database = await this.#opening;
    // `execProtocolRaw` would parse each response, and keep all its messages in memory until the process ends.
    const parts: Uint8Array[] = [];
    await database.execProtocolRawStream(bytes, { onRawData: (part) => void parts.push(part.slice()) });
    const answer = Buffer.concat(parts);
    const end = Buffer.from(answer.subarray(-1_024));
    // The guard's reserve normally prevents this, but a single statement can write more than the reserve.
    if (!end.includes('C53100\0') || !end.includes('pg_wal')) return answer;
    this.#broken = true;
    throw new DiskFull();
  }

  /**
   * Reopens the database, which recovers committed transactions from the log. @throws DiskFull if there is no space for
   * this
   */
  #reopen(): void {
    if (this.disk.freeBytes < recoveryBytes) throw new DiskFull();
    this.#broken = false;
    this.#opening = create(this.path);
  }

  /** The embedded database has no network connection, so there can be no pooler. */
  async verify(): Promise<void> {}

  async refused(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {
    try {
      if (this.#broken) return;
      const database = await this.#opening;
      await database.exec('reset role; checkpoint');
      await database.close();
    } finally {
      this.unlock();
    }
  }
}

// All "connections" share one session, so the state of an earlier one must be reset.
async function renew(client: PoolClient | pg.ClientBase, role: string | null) {
  await client.query('rollback');
  await client.query('discard all');
  await client.query(`set default_statistics_target = ${statisticsTarget}`);
  if (role !== null) await client.query(`set role ${client.escapeIdentifier(role)}`);
}
