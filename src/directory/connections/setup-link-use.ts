import { isUseDue } from '../../access/last-use.js';
import type { Session } from '../../storage/session.js';
import { once, sql } from '../../storage/sql.js';

/** Records the use of a setup link, accurate to one hour. */
export async function recordUseOfLink(session: Session, linkId: string, at: Date): Promise<void> {
  const now = once(at);
  await session.query(sql`update setup_links set last_used_at = ${now} where id = ${linkId} and ${isUseDue(now)}`);
}
