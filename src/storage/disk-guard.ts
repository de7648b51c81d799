import { readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientBase, QueryConfig } from 'pg';
import { Unavailable } from '../errors.js';
import { codeOf } from './error-code.js';

/** The disk of the embedded database is full. Nothing was written. */
export class DiskFull extends Unavailable {
  constructor() {
    super('The disk of the database is full. Nothing was changed; writes work again when there is space.');
  }
}

const megabyte = 1_048_576;
const segmentBytes = 16 * megabyte;
/** With more free space than this, the position in the write-ahead log does not matter. */
const plentyBytes = 4 * segmentBytes;
/** What reads, a rollback and the last checkpoint may still write. */
const marginBytes = 4 * megabyte;
const checkMs = 20;

/**
 * Refuses writes before the disk is full. PostgreSQL adds to its write-ahead log in segments of 16 MB, and in the embedded
 * database a segment that cannot be made ends in an endless loop. So there is always room for the next one, or the present one
 * is not used up. Reads go on.
 */
export class DiskGuard {
  isFull = false;
  #checkedAt = 0;
  /** Sessions in which writes are off. */
  readonly #readOnly = new WeakSet<ClientBase>();

  constructor(readonly directory: string) {}

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.directory);
    return bavail * bsize;
  }

  /** Looks at the disk, at most once in 20 ms unless the statement is large, and switches writes off or on. */
  async before(client: ClientBase, { values = [] }: QueryConfig): Promise<void> {
    const size = values.reduce((sum: number, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
    if (size > megabyte || performance.now() - this.#checkedAt > checkMs) {
      this.#checkedAt = performance.now();
      this.isFull = await this.#look(client, marginBytes + 4 * size);
    }
    if (this.isFull) {
      this.#readOnly.add(client);
      // The transaction that is open, if one is, and those that follow. Each time, because a rollback takes a setting back.
      await client.query('set transaction_read_only = on');
      await client.query('set default_transaction_read_only = on');
    } else if (this.#readOnly.delete(client)) await client.query('set default_transaction_read_only = off');
  }

  async #look(client: ClientBase, margin: number): Promise<boolean> {
    const free = this.freeBytes;
    if (free > plentyBytes + margin) return false;
    if (free < megabyte) return true;
    if (free > segmentBytes + margin) return false;
    try {
      const { rows } = await client.query(
        `select pg_walfile_name(pg_current_wal_insert_lsn()) as name,
           ((pg_current_wal_insert_lsn() - '0/0') % ${segmentBytes})::int as used`,
      );
      const { name, used } = rows[0] as { name: string; used: number };
      const spare = readdirSync(join(this.directory, 'pg_wal')).filter(
        (file) => /^[0-9A-F]{24}$/.test(file) && file > name,
      );
      return segmentBytes * (1 + spare.length) - used < margin;
    } catch (error) {
      // A transaction that has failed can only be rolled back.
      if (codeOf(error) === '25P02') return this.isFull;
      throw error;
    }
  }

  /** Returns the error as a caller has to see it. */
  named(error: unknown): unknown {
    const code = codeOf(error);
    return code === '53100' || (code === '25006' && this.isFull) ? new DiskFull() : error;
  }
}
