import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../errors.js';
import { codeOf } from './error-code.js';

/** PostgreSQL has ended a transaction in favor of another one. Nothing of it was written, and a repeat can succeed. */
export class TransactionConflict extends Unavailable {
  constructor(options?: ErrorOptions) {
    super(
      'Other changes to the same objects were in progress. Nothing was changed; try again in a few seconds.',
      options,
    );
  }
}

/** Returns true for a statement that was prepared before a migration changed its columns. Another session prepares it anew. */
export const isOutdated = (error: unknown): boolean =>
  codeOf(error) === '0A000' && error instanceof Error && error.message.includes('cached plan');

/** Returns true if what a row refers to was deleted while it was written. A repeat finds that out before. */
export const isReferenceGone = (error: unknown): boolean => codeOf(error) === '23503';

/** Returns true for a deadlock, a serialization failure, or a statement that a migration has outdated. */
export const isConflict = (error: unknown): boolean =>
  error instanceof TransactionConflict || /^(40001|40P01)$/.test(codeOf(error)) || isOutdated(error);

const attempts = 4;

/**
 * Runs `work`, which is one statement or one transaction, and runs it again after a conflict, or after what it refers to was
 * deleted, at most four times in all.
 *
 * @throws the last error
 */
export async function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !(isConflict(error) || isReferenceGone(error))) throw error;
      await sleep(Math.random() * 20 * attempt);
    }
  }
}
