import { isDatabaseLost } from '../../kernel/errors.js';
import type { Session } from '../../storage/session.js';
import { once, sql } from '../../storage/sql.js';

/** Records the use of a SCIM token, accurate to one hour. If the database is read-only, the caller can still read. */
export async function recordUseOfToken(session: Session, tokenId: string, now: Date): Promise<void> {
  const used = once(now);
  try {
    await session.query(sql`update scim_tokens set last_used_at = ${used}
      where id = ${tokenId} and coalesce(last_used_at, 'epoch') < ${used}::timestamptz - interval '1 hour'`);
  } catch (error) {
    if (!isDatabaseLost(error)) throw error;
  }
}
