import { isUseDue } from '../../access/last-use.js';
import type { Session } from '../../storage/session.js';
import { once, sql } from '../../storage/sql.js';

/** Records the use of an API key, accurate to one hour. */
export async function recordUse(session: Session, keyId: string, at: Date): Promise<void> {
  const now = once(at);
  await session.query(sql`update api_keys set last_used_at = ${now} where id = ${keyId} and ${isUseDue(now)}`);
}
