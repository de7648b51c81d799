import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../kernel/errors.js';
import { codeOf } from './error-code.js';

/** PostgreSQL has aborted a transaction in favor of another one. Nothing of it was written, and a retry can succeed. */
export class TransactionConflict extends Unavailable {
  constructor(options?: ErrorOptions) {
    super(
      'Other changes to the same objects were in progress. Nothing was changed. Try again in a few seconds.',
      options,
    );
  }
}

/**
 * Returns true for a statement that was prepared before a migration changed its columns. Another session prepares it
 * again.
 */
export const isOutdated = (error: unknown): boolean =>
  codeOf(error) === '0A000' && error instanceof Error && error.message.includes('cached plan');

/** Returns true if the target of a reference was deleted while the row was written. A retry detects this earlier. */
export const isReferenceGone = (error: unknown): boolean => codeOf(error) === '23503';

/** Returns true for a deadlock, a serialization failure, or a statement that a migration has outdated. */
export const isConflict = (error: unknown): boolean =>
  error instanceof TransactionConflict || /^(40001|40P01)$/.test(codeOf(error)) || isOutdated(error);

const attempts = 4;

/**
 * Runs `work`, which is one statement or one transaction, and retries it after a conflict, or after the target of a
 * reference was deleted. It runs at most four times.
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
