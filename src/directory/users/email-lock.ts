import type { Tx } from '../../access/write.js';
import { fold } from '../../fold.js';
import { type Sql, sql } from '../../storage/sql.js';

/**
 * Waits until no other transaction is about to create an account with this address, and keeps others waiting until the
 * commit. Addresses are not unique, so no key of a table does this.
 */
export const emailLock = ({ organizationId }: Tx, email: string): Sql =>
  sql`pg_advisory_xact_lock(hashtextextended(${JSON.stringify([organizationId, fold(email)])}, 6))`;
