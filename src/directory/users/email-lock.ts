import type { Tx } from '../../access/write.js';
import { fold } from '../../kernel/fold.js';
import { lockKinds } from '../../storage/advisory-locks.js';
import { type Sql, sql } from '../../storage/sql.js';

/**
 * Returns the lock for creating an account with this address: it waits for other transactions and blocks them until the
 * commit. Addresses are not unique, so no table key can do this.
 */
export const emailLock = ({ organizationId }: Tx, email: string): Sql =>
  sql`pg_advisory_xact_lock(hashtextextended(${JSON.stringify([organizationId, fold(email)])}, ${lockKinds.email}))`;
