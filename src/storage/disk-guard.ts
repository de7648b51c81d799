import { readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientBase, QueryConfig } from 'pg';
import { Unavailable } from '../kernel/errors.js';
import { codeOf } from './error-code.js';

/** The disk of the embedded database is full. Nothing was written. */
export class DiskFull extends Unavailable {
  constructor() {
    super('The disk of the database is full. Nothing was changed; writes work again when there is space.');
  }
}

const megabyte = 1_048_576;
const segmentBytes = 16 * megabyte;
/** Free space above which the position in the write-ahead log is not checked. */
const plentyBytes = 4 * segmentBytes;
/** Space reserved for reads, a rollback and the last checkpoint. */
const marginBytes = 4 * megabyte;
const checkMs = 20;

/**
 * Rejects writes before the disk is full. PostgreSQL extends its write-ahead log in segments of 16 MB. In the embedded
 * database, a segment that cannot be created causes an endless loop. The guard therefore ensures that the next segment
 * has space, or that the current one is not exhausted. Reads still work.
 */
export class DiskGuard {
  isFull = false;
  #checkedAt = 0;
  /** Sessions in which writes are disabled. */
  readonly #readOnly = new WeakSet<ClientBase>();

  constructor(readonly directory: string) {}

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.directory);
    return bavail * bsize;
  }

  /**
   * Checks the free space, at most once in 20 ms unless the statement is large, and disables or enables writes in the
   * session.
   */
  async before(client: ClientBase, { values = [] }: QueryConfig): Promise<void> {
    const size = values.reduce((sum: number, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
    if (size > megabyte || performance.now() - this.#checkedAt > checkMs) {
      this.#checkedAt = performance.now();
      this.isFull = await this.#look(client, marginBytes + 4 * size);
    }
    if (this.isFull) {
      this.#readOnly.add(client);
      // Sets both the open transaction, if there is one, and those that follow. Repeated each time, because a rollback
      // reverts a setting.
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
      // A failed transaction can only be rolled back.
      if (codeOf(error) === '25P02') return this.isFull;
      throw error;
    }
  }

  /** Returns the error in the form for the caller. */
  named(error: unknown): unknown {
    const code = codeOf(error);
    return code === '53100' || (code === '25006' && this.isFull) ? new DiskFull() : error;
  }
}
