import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { lockKinds } from '../../storage/advisory-locks.js';
import { type Scoped, sql } from '../../storage/sql.js';

/**
 * Lock between the changes of direct members (shared) and the changes of nestings and roles of groups (exclusive) in an
 * organization. Each transaction writes, takes the lock, and then reads whom the change concerns: so one of two at the
 * same time sees the rows of the other, and nobody keeps or misses roles of a group above.
 */
export const nestingLock = (tx: Tx, mode: 'shared' | 'exclusive'): Scoped =>
  mode === 'shared'
    ? sql`pg_advisory_xact_lock_shared(hashtextextended(${scopeOf(tx)}, ${lockKinds.groupNesting}))`
    : sql`pg_advisory_xact_lock(hashtextextended(${scopeOf(tx)}, ${lockKinds.groupNesting}))`;
