import { isDatabaseLost } from '../../kernel/errors.js';
import type { Session } from '../../storage/session.js';
import { once, sql } from '../../storage/sql.js';

/**
 * Records the use of an API key. `last_used_at` is accurate to one hour: a write for each request would cost more than
 * the request. If the database is read-only, the caller can still read.
 */
export async function recordUse(session: Session, keyId: string, now: Date): Promise<void> {
  const used = once(now);
  try {
    await session.query(sql`update api_keys set last_used_at = ${used}
      where id = ${keyId} and coalesce(last_used_at, 'epoch') < ${used}::timestamptz - interval '1 hour'`);
  } catch (error) {
    if (!isDatabaseLost(error)) throw error;
  }
}
