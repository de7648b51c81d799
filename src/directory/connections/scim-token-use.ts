import { isUseDue } from '../../access/last-use.js';
import type { Session } from '../../storage/session.js';
import { once, sql } from '../../storage/sql.js';

/** Records the use of a SCIM token, accurate to one hour. */
export async function recordUseOfToken(session: Session, tokenId: string, at: Date): Promise<void> {
  const now = once(at);
  await session.query(sql`update scim_tokens set last_used_at = ${now} where id = ${tokenId} and ${isUseDue(now)}`);
}
